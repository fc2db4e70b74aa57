// SPDX-License-Identifier: Apache-2.0
// The parts of a card's life that do not depend on the kind of card.
#include "common/card.hpp"

#include <sys/neutrino.h>

namespace nic {

int find_line(pci_devhdl_t pci, const Options& options, uint32_t& irq)
{
    if (options.irq >= 0) {
        irq = static_cast<uint32_t>(options.irq);
        return 0;
    }
    pci_irq_t found[4];
    int_t count = 4;
    if (pci_device_read_irq(pci, &count, found) != PCI_ERR_OK || count < 1 || found[0] < 0)
        return ENXIO;
    irq = static_cast<uint32_t>(found[0]);
    return 0;
}

int open_channel(int& chid, int& coid)
{
    chid = ChannelCreate(_NTO_CHF_PRIVATE);
    if (chid == -1)
        return errno;
    coid = ConnectAttach(0, 0, chid, _NTO_SIDE_CHANNEL, 0);
    return coid == -1 ? errno : 0;
}

void close_channel(int& chid, int& coid)
{
    if (coid > 0)
        ConnectDetach(coid);
    if (chid > 0)
        ChannelDestroy(chid);
    coid = chid = 0;
}

void describe(nic_config_t& config, const Options& options, int priority, pci_bdf_t bdf)
{
    config.revision = NIC_CONFIG_REVISION;
    config.priority = static_cast<uint32_t>(priority);
    config.iftype = IFT_ETHER;
    strlcpy(config.uptype, "en", sizeof config.uptype);
    config.verbose = static_cast<uint8_t>(options.verbose);
    config.mru = options.mtu;
    config.device_index = bdf;
    config.media = NIC_MEDIA_802_3;
    config.mac_length = ETHER_ADDR_LEN;
}

mbuf* defragment(mbuf* m, ifnet& ifp, nic_stats_t& stats)
{
    mbuf* packed = m_defrag(m, M_DONTWAIT);
    if (packed == nullptr) {
        stats.tx_failed_allocs++;
        ifp.if_oerrors++;
        m_freem(m);
    }
    return packed;
}

int common_ioctl(ifnet* ifp, unsigned long cmd, char* data, ifmedia& media, bool& groups_changed)
{
    groups_changed = false;
    if (cmd == SIOCGIFMEDIA || cmd == SIOCSIFMEDIA)
        return ifmedia_ioctl(ifp, reinterpret_cast<ifreq*>(data), &media, cmd);
    const int error = ether_ioctl(ifp, cmd, data);
    groups_changed = error == ENETRESET && (ifp->if_flags & IFF_RUNNING) != 0;
    return error == ENETRESET ? 0 : error;
}

} // namespace nic
