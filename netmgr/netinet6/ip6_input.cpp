// SPDX-License-Identifier: Apache-2.0
// IPv6 in: the header (RFC 8200 3), addresses that cannot be (RFC 4291), then local delivery or forwarding.
#include "netinet6/inet6.hpp"

#include <netinet6/in6_var.h>

namespace netmgr {

namespace {

bool check_header(Inet6& inet6, MbufPtr& m)
{
    Ip6Stats& stats = inet6.stats;
    if (!m.pullup(sizeof(wire::Ipv6Header)))
        return ++stats.too_short, false;
    const auto& h = *m.as<wire::Ipv6Header>();
    if (h.version() != 6)
        return ++stats.bad_version, false;
    const size_t total = sizeof(h) + h.payload_len;
    if (total > m.packet_len())
        return ++stats.bad_len, false;
    if (m.packet_len() > total)
        m_adj(m.get(), static_cast<int>(total) - m->m_pkthdr.len); // Ethernet padding
    return true;
}

// What can never be a source or a destination on this kind of interface (RFC 4291 2.5, 2.7).
bool check_addresses(Inet6& inet6, const mbuf& m, const ifnet& ifp)
{
    const auto& h = *reinterpret_cast<const wire::Ipv6Header*>(m.m_data);
    const IpAddress source = h.source();
    const IpAddress destination = h.destination();
    const bool on_wire = (ifp.if_flags & IFF_LOOPBACK) == 0 && (m.m_flags & M_LOOP) == 0;
    const bool bad =
        source.is_v6_multicast() || destination.is_any() || source.is_v4() || destination.is_v4() ||
        (destination.is_v6_multicast() && destination.scope() == 0) ||
        (on_wire &&
         (source.is_v6_loopback() || destination.is_v6_loopback() ||
          (destination.is_v6_multicast() && destination.scope() == IpAddress::scope_node)));
    if (bad)
        ++inet6.stats.bad_source;
    return !bad;
}

bool is_for_us(Inet6& inet6, const mbuf& m, ifnet& ifp)
{
    const IpAddress destination = ip_arrival(m).destination;
    if (destination.is_v6_multicast())
        return inet6.is_member(ifp, destination);
    const ifaddr* a = inet6.address_of(destination);
    if (a == nullptr)
        return false;
    if ((a->flags6 & (IN6_IFF_TENTATIVE | IN6_IFF_DUPLICATED)) != 0) {
        ++inet6.stats.tentative;
        return false;
    }
    return true;
}

// Transports see a packet without extension headers: the IPv6 header moves up to the payload.
bool strip(MbufPtr& m, const Ip6Chain& chain)
{
    if (chain.at == sizeof(wire::Ipv6Header))
        return true;
    wire::Ipv6Header h = *m.as<wire::Ipv6Header>();
    m_adj(m.get(), static_cast<int>(chain.at));
    if (!m.prepend(sizeof(h)))
        return false;
    h.next = chain.next;
    h.payload_len = static_cast<uint16_t>(m.packet_len() - sizeof(h));
    *m.as<wire::Ipv6Header>() = h;
    return true;
}

void deliver(Inet6& inet6, MbufPtr m)
{
    Ip6Chain chain;
    if (!ip6_walk_headers(inet6, m, chain))
        return;
    while (chain.fragment_at != 0) {
        m = inet6.reassembly.add(std::move(m), chain);
        if (!m || !ip6_walk_headers(inet6, m, chain))
            return;
        chain.was_fragments = true;
    }
    constexpr size_t header_len = sizeof(wire::Ipv6Header);
    ++inet6.stats.delivered;
    switch (chain.next) {
    case wire::next_none:
        return;
    case wire::next_icmp6:
        if (strip(m, chain))
            inet6.icmp_input(std::move(m), chain);
        return;
    case wire::proto_tcp:
    case wire::proto_udp:
        if (strip(m, chain))
            inet6.inet.protocols[chain.next].input(inet6.inet, std::move(m), header_len);
        return;
    default:
        if (inet6.raw.input(m, chain.at, chain.next) != 0)
            return;
        ++inet6.stats.no_protocol;
        inet6.icmp_error(std::move(m), wire::icmp6_parameter, wire::parameter6_next,
                         static_cast<uint32_t>(chain.next_field));
    }
}

} // namespace

void Inet6::input(MbufPtr m)
{
    ifnet& ifp = *m->m_pkthdr.rcvif;
    int error = 0;
    ++stats.received;
    if (!check_header(*this, m) || !check_addresses(*this, *m, ifp))
        return;
    if (!net.pfil_inet6.run(m, &ifp, pfil_in, error)) {
        ++stats.filtered;
        return;
    }
    if (net.pfil_inet6.any() && !m.pullup(sizeof(wire::Ipv6Header)))
        return;
    if (is_for_us(*this, *m, ifp))
        deliver(*this, std::move(m));
    else if (ip.forwarding != 0)
        forward(std::move(m));
    else
        ++stats.not_for_us;
}

} // namespace netmgr
