// SPDX-License-Identifier: Apache-2.0
// Counters of the chip added up for nicinfo. Reading a register clears it, so the sums live here.
#include <net/if_dl.h>
#include <string.h>

#include "e1000.hpp"

namespace e1000 {

void stats_update(Softc& sc)
{
    Hw& hw = sc.hw;
    nic_stats_t& s = sc.stats;
    nic_ethernet_stats_t& e = s.un.estats;
    s.revision = NIC_STATS_REVISION;
    s.media = NIC_MEDIA_802_3;
    s.valid_stats = NIC_STAT_TX_FAILED_ALLOCS | NIC_STAT_RX_FAILED_ALLOCS |
                    NIC_STAT_RXED_MULTICAST | NIC_STAT_RXED_BROADCAST | NIC_STAT_TXED_MULTICAST |
                    NIC_STAT_TXED_BROADCAST;
    e.valid_stats = NIC_ETHER_STAT_ALIGN_ERRORS | NIC_ETHER_STAT_SINGLE_COLLISIONS |
                    NIC_ETHER_STAT_MULTI_COLLISIONS | NIC_ETHER_STAT_FCS_ERRORS |
                    NIC_ETHER_STAT_TX_DEFERRED | NIC_ETHER_STAT_LATE_COLLISIONS |
                    NIC_ETHER_STAT_XCOLL_ABORTED | NIC_ETHER_STAT_NO_CARRIER |
                    NIC_ETHER_STAT_INTERNAL_RX_ERRORS | NIC_ETHER_STAT_OVERSIZED_PACKETS |
                    NIC_ETHER_STAT_SHORT_PACKETS | NIC_ETHER_STAT_JABBER_DETECTED;
    if ((sc.ifp().if_flags & IFF_RUNNING) == 0)
        return;
    s.rxed_ok += hw.read_at(stat::gprc);
    s.txed_ok += hw.read_at(stat::gptc);
    s.octets_rxed_ok += hw.read_stat64(stat::gorcl);
    s.octets_txed_ok += hw.read_stat64(stat::gotcl);
    s.rxed_broadcast += hw.read_at(stat::bprc);
    s.rxed_multicast += hw.read_at(stat::mprc);
    s.txed_broadcast += hw.read_at(stat::bptc);
    s.txed_multicast += hw.read_at(stat::mptc);
    e.align_errors += hw.read_at(stat::algnerrc);
    e.single_collisions += hw.read_at(stat::scc);
    e.multi_collisions += hw.read_at(stat::mcc);
    e.fcs_errors += hw.read_at(stat::crcerrs);
    e.tx_deferred += hw.read_at(stat::dc);
    e.late_collisions += hw.read_at(stat::latecol);
    e.xcoll_aborted += hw.read_at(stat::ecol);
    e.no_carrier += hw.read_at(stat::tncrs);
    e.oversized_packets += hw.read_at(stat::roc);
    e.short_packets += hw.read_at(stat::ruc);
    e.jabber_detected += hw.read_at(stat::rjc);
    uint32_t missed = hw.read_at(stat::mpc);
    e.internal_rx_errors += missed + hw.read_at(stat::rxerrc);
    sc.ifp().if_ierrors += missed;
}

void config_update(Softc& sc)
{
    nic_config_t& c = sc.config;
    c.media_rate = sc.link.mbps * 1000;
    c.duplex = sc.link.full_duplex ? 1 : 0;
    c.flags = sc.options.multicast ? NIC_FLAG_MULTICAST : 0;
    if (sc.ifp().if_flags & IFF_PROMISC)
        c.flags |= NIC_FLAG_PROMISCUOUS;
    if (!sc.link.up)
        c.flags |= NIC_FLAG_LINK_DOWN;
    c.mtu = static_cast<uint32_t>(sc.ifp().if_mtu);
    memcpy(c.current_address, CLLADDR(sc.ifp().if_sadl), ETHER_ADDR_LEN);
}

} // namespace e1000
