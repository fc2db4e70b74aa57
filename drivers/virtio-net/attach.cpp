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

int find_line(Softc& sc)
{
    sc.queue_vector = no_vector;
    if (sc.options.irq >= 0) {
        sc.irq[0] = static_cast<uint32_t>(sc.options.irq);
        return 0;
    }
    pci_irq_t irq[4];
    int_t count = 4;
    if (pci_device_read_irq(sc.pci, &count, irq) != PCI_ERR_OK || count < 1 || irq[0] < 0)
        return ENXIO;
    sc.irq[0] = static_cast<uint32_t>(irq[0]);
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
    if (int error = sc.transport.map(sc.pci)) {
        log(LOG_ERR, "devnp-virtio: pci device %x is not a VIRTIO 1.x device", bdf);
        return error;
    }
    if (enable_msix(sc) == 0)
        return 0;
    return find_line(sc);
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
    c.revision = NIC_CONFIG_REVISION;
    c.priority = static_cast<uint32_t>(sc.priority());
    c.iftype = IFT_ETHER;
    strlcpy(c.uptype, "en", sizeof c.uptype);
    c.verbose = static_cast<uint8_t>(sc.options.verbose);
    c.mru = sc.options.mtu;
    c.device_index = bdf;
    c.num_irqs = sc.msix_cap != nullptr ? 2 : 1;
    c.irq[0] = sc.irq[0];
    c.irq[1] = sc.irq[1];
    c.media = NIC_MEDIA_802_3;
    c.mac_length = ETHER_ADDR_LEN;
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
    strlcpy(ifp.if_xname, sc.sc_dev.dv_xname, IFNAMSIZ);
    ifp.if_softc = &sc;
    ifp.if_dev = &sc.sc_dev;
    ifp.if_flags = IFF_BROADCAST | IFF_SIMPLEX | (sc.options.multicast ? IFF_MULTICAST : 0);
    ifp.if_mtu = sc.options.mtu;
    ifp.if_init = init;
    ifp.if_stop = stop;
    ifp.if_start = start;
    ifp.if_ioctl = ioctl;
    ifp.if_media = &sc.media;
    constexpr uint64_t tcp_udp = IFCAP_CSUM_TCPv4 | IFCAP_CSUM_UDPv4;
    ifp.if_capabilities_tx = sc.transport.has(feature::net_csum) ? tcp_udp : 0;
    ifp.if_capabilities_rx = sc.transport.has(feature::net_guest_csum) ? tcp_udp : 0;
    if (sc.transport.has(feature::net_mrg_rxbuf))
        sc.sc_ec.ec_capabilities |= ETHERCAP_VLAN_MTU | ETHERCAP_JUMBO_MTU;
    IFQ_SET_MAXLEN(&ifp.if_snd, static_cast<int>(sc.options.transmit));
    IFQ_SET_READY(&ifp.if_snd);
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

int attach(device*, device* self, void* aux)
{
    auto* sc = reinterpret_cast<Softc*>(self);
    auto* args = static_cast<nic::AttachArgs*>(aux);
    sc->iopkt = args->iopkt;
    sc->dll = args->dll;
    sc->sc_dev.dv_dll_hdl = args->dll;
    sc->options = *static_cast<const Options*>(args->options);
    pthread_mutex_init(&sc->receive_lock, nullptr);
    int err = attach_steps(*sc, args->bdf);
    if (err != 0) {
        if (err != EBUSY && err != EPERM) // that was said already
            log(LOG_ERR, "%s: attach: %s", sc->sc_dev.dv_xname, strerror(err));
        release(*sc);
    }
    return err;
}

int detach(device* self, int)
{
    auto* sc = reinterpret_cast<Softc*>(self);
    ifnet& ifp = sc->ifp();
    stop(&ifp, 1);
    shutdownhook_disestablish(sc->shutdown_hook);
    ether_ifdetach(&ifp);
    if_detach(&ifp);
    ifmedia_delete_instance(&sc->media, IFM_INST_ANY);
    release(*sc);
    return 0;
}

CFATTACH_DECL(virtio, sizeof(Softc), nullptr, attach, detach, nullptr);

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
