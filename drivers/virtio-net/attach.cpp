// SPDX-License-Identifier: Apache-2.0
// devnp-virtio.so: entry point, PCI detection, attach and detach of one interface (vt0, vt1, ...).
#include <abi/usage.h>
#include <errno.h>
#include <stdlib.h>

#include "virtio_net.hpp"

QNX_USAGE("devnp-virtio - virtio network device (VIRTIO 1.x over PCI), interface vt0\n\n"
          "io-pkt-v4-hc -d virtio [option[,option...]]\n"
          "mount -T io-pkt [-o option[,option...]] devnp-virtio.so\n"
          " vid=X, did=X    PCI vendor and device (default: 0x1af4, 0x1000 and 0x1041)\n"
          " pci=N           only the Nth matching device, from 0\n"
          " memrange=X      only the card whose registers lie there\n"
          " irq=N           interrupt line to use; implies nomsix\n"
          " nomsix          use the interrupt line even when MSI-X is there\n"
          " mac=X           station address, 12 hexadecimal digits\n"
          " receive=N       receive queue size (256)\n"
          " transmit=N      transmit queue size (256)\n"
          " priority=N      priority of the receive thread (io-pkt's rx_prio)\n"
          " mtu=N           maximum transmission unit, up to 9000 (1500)\n"
          " nomulticast     do not receive multicasts\n"
          " verbose[=N]     log more\n")

namespace virtio {

namespace {

constexpr uint16_t command_memory_and_master = 0x0006; // PCI command register bits 1, 2
constexpr uint16_t command_intx_disable = 0x0400;

// Two vectors: configuration changes, both queues. ENOTSUP when the line has to do.
int enable_msix(Softc& sc)
{
    pci_bdf_t bdf = pci_bdf(sc.pci);
    int_t index = pci_device_find_capid(bdf, CAPID_MSIX);
    if (index < 0 || !sc.options.msix || sc.options.irq >= 0)
        return ENOTSUP;
    pci_cap_t cap = nullptr;
    if (pci_device_read_cap(bdf, &cap, static_cast<uint_t>(index)) != PCI_ERR_OK)
        return ENOTSUP;
    pci_irq_t irq[2];
    int_t count = 2;
    if (cap_msix_get_nirq(cap) < 2 || cap_msix_set_nirq(sc.pci, cap, 2) != PCI_ERR_OK ||
        pci_device_cfg_cap_enable(sc.pci, pci_reqType_e_MANDATORY, cap) != PCI_ERR_OK) {
        free(cap);
        return ENOTSUP;
    }
    if (pci_device_read_irq(sc.pci, &count, irq) != PCI_ERR_OK || count < 2) {
        pci_device_cfg_cap_disable(sc.pci, pci_reqType_e_MANDATORY, cap);
        free(cap);
        return ENOTSUP;
    }
    sc.irq[0] = static_cast<uint32_t>(irq[0]);
    sc.irq[1] = static_cast<uint32_t>(irq[1]);
    sc.queue_vector = 1;
    sc.msix_cap = cap;
    return 0;
}

int claim_device(Softc& sc, pci_bdf_t bdf)
{
    if (int error = nic::claim(kind, bdf, sc.pci))
        return error;
    pci_cmd_t command = 0;
    pci_device_read_cmd(bdf, &command);
    command = (command | command_memory_and_master) & static_cast<pci_cmd_t>(~command_intx_disable);
    if (pci_device_write_cmd(sc.pci, command, nullptr) != PCI_ERR_OK)
        return EIO;
    if (int error = sc.transport.map(sc.pci, sc.options.registers_at)) {
        if (error != ENODEV)
            log(LOG_ERR, "devnp-virtio: pci device %x is not a VIRTIO 1.x device", bdf);
        return error;
    }
    if (enable_msix(sc) == 0)
        return 0;
    sc.queue_vector = no_vector;
    return nic::find_line(sc.pci, sc.options, sc.irq[0]);
}

// The queues' sizes and the address can be read after the features are settled (3.1.1).
int read_device(Softc& sc, uint8_t mac[ETHER_ADDR_LEN])
{
    if (int err = device_negotiate(sc))
        return err;
    if (sc.options.mtu > ETHERMTU && !sc.transport.has(feature::net_mrg_rxbuf)) {
        log(LOG_ERR, "%s: option mtu: the device cannot spread a frame over several buffers",
            sc.sc_dev.dv_xname);
        return ENOTSUP;
    }
    if (sc.transport.has(feature::net_mac)) {
        NetCfg cfg = sc.transport.net_config();
        memcpy(mac, cfg.mac, ETHER_ADDR_LEN);
        memcpy(sc.config.permanent_address, mac, ETHER_ADDR_LEN);
    } else if (!sc.options.have_mac) {
        log(LOG_ERR, "%s: the device has no address; give mac=", sc.sc_dev.dv_xname);
        return ENXIO;
    }
    if (sc.options.have_mac)
        memcpy(mac, sc.options.mac, ETHER_ADDR_LEN);
    return rings_create(sc);
}

void describe(Softc& sc, pci_bdf_t bdf)
{
    nic_config_t& c = sc.config;
    nic::describe(c, sc.options, sc.priority(), bdf);
    c.num_irqs = sc.msix_cap != nullptr ? 2 : 1;
    c.irq[0] = sc.irq[0];
    c.irq[1] = sc.irq[1];
    c.connector = NIC_CONNECTOR_UNKNOWN;
    c.num_mem_windows = 1;
    c.mem_window[0] = {sc.transport.window_base(), sc.transport.window_size()};
    strlcpy(c.device_description, "VirtIO Network Device", sizeof c.device_description);

    nic_stats_t& s = sc.stats;
    s.revision = NIC_STATS_REVISION;
    s.media = NIC_MEDIA_802_3;
    s.valid_stats = NIC_STAT_TX_FAILED_ALLOCS | NIC_STAT_RX_FAILED_ALLOCS |
                    NIC_STAT_RXED_MULTICAST | NIC_STAT_RXED_BROADCAST | NIC_STAT_TXED_MULTICAST |
                    NIC_STAT_TXED_BROADCAST;
}

void attach_interface(Softc& sc, const uint8_t mac[ETHER_ADDR_LEN])
{
    ifnet& ifp = sc.ifp();
    nic::fill_interface(sc, {init, stop, start, ioctl});
    constexpr uint64_t tcp_udp = IFCAP_CSUM_TCPv4 | IFCAP_CSUM_UDPv4;
    ifp.if_capabilities_tx = sc.transport.has(feature::net_csum) ? tcp_udp : 0;
    ifp.if_capabilities_rx = sc.transport.has(feature::net_guest_csum) ? tcp_udp : 0;
    if (sc.transport.has(feature::net_mrg_rxbuf))
        sc.sc_ec.ec_capabilities |= ETHERCAP_VLAN_MTU | ETHERCAP_JUMBO_MTU;
    if_attach(&ifp);
    sc.sc_ec.ec_capabilities |= ETHERCAP_VLAN_MTU; // a cluster has room for the tag
    ether_ifattach(&ifp, mac);
}

void shutdown_hook(void* arg)
{
    static_cast<Softc*>(arg)->transport.reset();
}

void release(Softc& sc)
{
    if (sc.transport.mapped())
        sc.transport.reset();
    ifmedia_delete_instance(&sc.media, IFM_INST_ANY);
    events_stop(sc);
    rings_destroy(sc);
    sc.transport.unmap();
    if (sc.msix_cap != nullptr) {
        pci_device_cfg_cap_disable(sc.pci, pci_reqType_e_MANDATORY, sc.msix_cap);
        free(sc.msix_cap);
    }
    if (sc.pci != nullptr)
        pci_device_detach(sc.pci);
    pthread_mutex_destroy(&sc.receive_lock);
}

int attach_steps(Softc& sc, pci_bdf_t bdf)
{
    uint8_t mac[ETHER_ADDR_LEN];
    if (int err = claim_device(sc, bdf))
        return err;
    if (int err = read_device(sc, mac))
        return err;
    if (int err = events_start(sc))
        return err;
    describe(sc, bdf);
    media_init(sc);
    attach_interface(sc, mac);
    sc.shutdown_hook = shutdownhook_establish(shutdown_hook, &sc);
    return 0;
}

CFATTACH_DECL(virtio, sizeof(Softc), nullptr, (nic::attach<Softc, attach_steps, release>),
              (nic::detach<Softc, release>), nullptr);

bool is_network(uint16_t did)
{
    return did == pci_net_transitional || did == pci_net_modern;
}

int entry(void* dll, _iopkt_self* iopkt, char* text)
{
    Options options;
    if (int err = parse_options(text, options))
        return err;
    return nic::attach_cards(kind, dll, iopkt, options);
}

} // namespace

const nic::CardKind kind = {"devnp-virtio", "vt", &virtio_ca, pci_vendor, is_network};

} // namespace virtio

extern "C" {
extern struct _iopkt_drvr_entry IOPKT_DRVR_ENTRY_SYM(virtio);
struct _iopkt_drvr_entry IOPKT_DRVR_ENTRY_SYM(virtio) = IOPKT_DRVR_ENTRY_SYM_INIT(virtio::entry);
}
