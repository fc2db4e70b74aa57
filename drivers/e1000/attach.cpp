// SPDX-License-Identifier: Apache-2.0
// devnp-e1000.so: entry point, PCI detection, attach and detach of one interface (wm0, wm1, ...).
#include <abi/usage.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "e1000.hpp"

QNX_USAGE("devnp-e1000 - Intel 8254x Ethernet (82540EM and relatives, 82574L), interface wm0\n\n"
          "io-pkt-v4-hc -d e1000 [option[,option...]]\n"
          "mount -T io-pkt [-o option[,option...]] devnp-e1000.so\n"
          " vid=X, did=X    PCI vendor and device (default: the known ones)\n"
          " pci=N           only the Nth matching device, from 0\n"
          " memrange=X      only the card whose registers lie there\n"
          " irq=N           interrupt to use\n"
          " mac=X           station address, 12 hexadecimal digits\n"
          " receive=N       receive descriptors (512)\n"
          " transmit=N      transmit descriptors (4096)\n"
          " tx_reap=N       free sent packets when N descriptors are in use (64)\n"
          " int_mod=N       interrupts a second at most, 0 = no limit (20000)\n"
          " speed=N         10, 100 or 1000: offer only that to the partner\n"
          " duplex=N        1 full, 0 half; with speed\n"
          " force_link      10 or 100 Mb/s without negotiation\n"
          " max_read=N      512 to 4096 bytes a PCI Express read request\n"
          " pauseignore     do not heed pause frames\n"
          " pausesuppress   do not send pause frames\n"
          " priority=N      priority of interrupt work (io-pkt's rx_prio)\n"
          " mtu=N           maximum transmission unit (1500)\n"
          " nomulticast     do not receive multicasts\n"
          " verbose[=N]     log more\n")

namespace e1000 {

namespace {

constexpr uint16_t intel = 0x8086;
constexpr uint16_t did_82574 = 0x10d3;
constexpr uint16_t known_devices[] = {
    0x100e, // 82540EM
    0x100f, // 82545EM
    0x1004, // 82543GC copper
    0x1010, // 82546EB
    0x1026, // 82545GM
    0x1078, // 82541ER
    did_82574,
};
constexpr uint16_t command_memory_and_master = 0x0006; // PCI command register bits 1, 2

int map_registers(Softc& sc)
{
    pci_ba_t ranges[7];
    int_t count = 7;
    pci_err_t err = pci_device_read_ba(sc.pci, &count, ranges, pci_reqType_e_UNSPECIFIED);
    if (err != PCI_ERR_OK)
        return EIO;
    for (int_t i = 0; i < count && i < 7; i++) {
        if (ranges[i].type != pci_asType_e_MEM || ranges[i].size < register_bytes)
            continue;
        if (sc.options.registers_at != 0 && ranges[i].addr != sc.options.registers_at)
            continue;
        void* p = mmap_device_memory(nullptr, register_bytes, PROT_READ | PROT_WRITE | PROT_NOCACHE,
                                     0, ranges[i].addr);
        if (p == MAP_FAILED)
            return errno;
        sc.mmio = p;
        sc.mmio_paddr = ranges[i].addr;
        sc.hw.map(p);
        return 0;
    }
    return ENXIO;
}

// Moves on to the next capability of the list (PCI Local Bus Specification, 6.7).
bool capability_at(pci_bdf_t bdf, uint8_t& at, uint8_t& id)
{
    pci_device_cfg_rd8(bdf, at == 0 ? 0x34u : at + 1u, &at);
    at &= 0xfc;
    return at >= 0x40 && pci_device_cfg_rd8(bdf, at, &id) == PCI_ERR_OK;
}

// Only PCI Express has it: the capability's device control register (PCI Express Base Specification, 7.5.3.4).
int set_max_read(Softc& sc, pci_bdf_t bdf)
{
    constexpr unsigned device_control = 8;
    constexpr unsigned request_shift = 12;
    if (sc.options.max_read == 0)
        return 0;
    unsigned at = 0;
    for (uint8_t next = 0, id = 0; at == 0 && capability_at(bdf, next, id);)
        at = id == CAPID_PCIe ? next : 0;
    if (at == 0) {
        log(LOG_ERR, "%s: option max_read: the card is not on PCI Express", sc.sc_dev.dv_xname);
        return ENOTSUP;
    }
    uint16_t control = 0;
    pci_device_cfg_rd16(bdf, at + device_control, &control);
    unsigned code = 0; // 0: 128 bytes
    while ((128u << code) < sc.options.max_read)
        code++;
    control = static_cast<uint16_t>((control & ~(7u << request_shift)) | code << request_shift);
    uint16_t now = 0;
    if (pci_device_cfg_wr16(sc.pci, at + device_control, control, &now) != PCI_ERR_OK)
        return EIO;
    if (now == control)
        return 0;
    log(LOG_ERR, "%s: option max_read: the card keeps %u bytes", sc.sc_dev.dv_xname,
        128u << (now >> request_shift & 7));
    return ENOTSUP;
}

int claim_device(Softc& sc, pci_bdf_t bdf)
{
    if (int error = nic::claim(kind, bdf, sc.pci))
        return error;
    if (int error = map_registers(sc))
        return error;
    pci_did_t did = 0;
    if (pci_device_read_did(bdf, &did) == PCI_ERR_OK && did == did_82574)
        sc.hw.set_82574();
    if (int error = nic::find_line(sc.pci, sc.options, sc.irq))
        return error;
    pci_cmd_t command = 0;
    pci_device_read_cmd(bdf, &command);
    if (pci_device_write_cmd(sc.pci, command | command_memory_and_master, nullptr) != PCI_ERR_OK)
        return EIO;
    return set_max_read(sc, bdf);
}

int choose_address(Softc& sc, uint8_t mac[ETHER_ADDR_LEN])
{
    int err = sc.hw.read_station_address(mac);
    if (err == 0)
        memcpy(sc.config.permanent_address, mac, ETHER_ADDR_LEN);
    else if (!sc.options.have_mac)
        log(LOG_ERR, "%s: EEPROM checksum is wrong; give mac=", sc.sc_dev.dv_xname);
    if (sc.options.have_mac) {
        memcpy(mac, sc.options.mac, ETHER_ADDR_LEN);
        err = 0;
    }
    return err;
}

void describe(Softc& sc, pci_bdf_t bdf)
{
    nic_config_t& c = sc.config;
    nic::describe(c, sc.options, sc.priority(), bdf);
    c.phy_addr = internal_phy;
    c.num_irqs = 1;
    c.irq[0] = sc.irq;
    c.connector = NIC_CONNECTOR_MII;
    c.num_mem_windows = 1;
    c.mem_window[0] = {sc.mmio_paddr, register_bytes};
    strlcpy(c.device_description, "INTEL PRO/1000 Gigabit Ethernet Controller",
            sizeof c.device_description);
}

void attach_interface(Softc& sc, const uint8_t mac[ETHER_ADDR_LEN])
{
    ifnet& ifp = sc.ifp();
    nic::fill_interface(sc, {init, stop, start, ioctl});
    ifp.if_capabilities_rx = IFCAP_CSUM_IPv4 | IFCAP_CSUM_TCPv4 | IFCAP_CSUM_UDPv4;
    ifp.if_capabilities_tx = IFCAP_CSUM_IPv4 | IFCAP_CSUM_TCPv4 | IFCAP_CSUM_UDPv4;
    sc.sc_ec.ec_capabilities |= ETHERCAP_VLAN_MTU | ETHERCAP_JUMBO_MTU;
    if_attach(&ifp);
    ether_ifattach(&ifp, mac);
}

void shutdown_hook(void* arg)
{
    static_cast<Softc*>(arg)->hw.quiesce();
}

void release(Softc& sc)
{
    if (sc.hw.mapped()) {
        sc.hw.quiesce();
        media_destroy(sc);
    }
    events_stop(sc);
    rings_destroy(sc);
    if (sc.mmio != nullptr)
        munmap_device_memory(sc.mmio, register_bytes);
    if (sc.pci != nullptr)
        pci_device_detach(sc.pci);
    pthread_mutex_destroy(&sc.receive_lock);
}

int attach_steps(Softc& sc, pci_bdf_t bdf)
{
    uint8_t mac[ETHER_ADDR_LEN];
    if (int err = claim_device(sc, bdf))
        return err;
    if (int err = sc.hw.reset())
        return err;
    if (int err = choose_address(sc, mac))
        return err;
    if (int err = rings_create(sc))
        return err;
    if (int err = events_start(sc))
        return err;
    describe(sc, bdf);
    if (int err = media_init(sc))
        return err;
    attach_interface(sc, mac);
    sc.shutdown_hook = shutdownhook_establish(shutdown_hook, &sc);
    return 0;
}

CFATTACH_DECL(e1000, sizeof(Softc), nullptr, (nic::attach<Softc, attach_steps, release>),
              (nic::detach<Softc, release>), nullptr);

bool is_known(uint16_t did)
{
    for (uint16_t known : known_devices)
        if (known == did)
            return true;
    return false;
}

int entry(void* dll, _iopkt_self* iopkt, char* text)
{
    Options options;
    if (int err = parse_options(text, options))
        return err;
    return nic::attach_cards(kind, dll, iopkt, options);
}

} // namespace

const nic::CardKind kind = {"devnp-e1000", "wm", &e1000_ca, intel, is_known};

} // namespace e1000

extern "C" {
extern struct _iopkt_drvr_entry IOPKT_DRVR_ENTRY_SYM(e1000);
struct _iopkt_drvr_entry IOPKT_DRVR_ENTRY_SYM(e1000) = IOPKT_DRVR_ENTRY_SYM_INIT(e1000::entry);
}
