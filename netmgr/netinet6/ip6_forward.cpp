// SPDX-License-Identifier: Apache-2.0
// Forwarding of IPv6 packets: hop limit, scopes, errors back to the source, redirects.
#include <errno.h>

#include "net/sockaddr6.hpp"
#include "netinet6/inet6.hpp"

namespace netmgr {

namespace {

bool may_forward(const mbuf& m, const IpArrival& a)
{
    return (m.m_flags & (M_BCAST | M_MCAST)) == 0 && !a.destination.is_v6_multicast() &&
           !a.source.is_any() && !a.source.is_v6_loopback() && !a.destination.is_v6_loopback() &&
           !a.destination.is_link_local();
}

} // namespace

void Inet6::forward(MbufPtr m)
{
    Ip6Chain chain;
    const IpArrival a = ip_arrival(*m);
    if (!may_forward(*m, a)) {
        ++stats.not_for_us;
        return;
    }
    if (a.ttl <= 1) {
        ++stats.hops_exceeded;
        icmp_error(std::move(m), wire::icmp6_time_exceeded, wire::exceeded6_hops);
        return;
    }
    if (!ip6_walk_hop_by_hop(*this, m, chain))
        return;
    ifnet& in = *m->m_pkthdr.rcvif;
    const unsigned fib = Inet::fib_of(&in);
    const rtentry* route = lookup_route(a.destination, fib);
    if (route == nullptr) {
        missed_route(a.destination, fib);
        icmp_error(std::move(m), wire::icmp6_unreachable, wire::unreach6_no_route);
        return;
    }
    if (a.source.is_link_local() && route->ifp != &in) { // RFC 4443 3.1: beyond scope of source
        ++stats.bad_scope;
        icmp_error(std::move(m), wire::icmp6_unreachable, wire::unreach6_scope);
        return;
    }
    // Kept for an error, with bytes of its own: the header of m is changed.
    constexpr int most = wire::ipv6_mtu_min - sizeof(wire::Ipv6Header) - sizeof(wire::Icmp6Header);
    MbufPtr quote(m_dup(m.get(), 0, most < m->m_pkthdr.len ? most : m->m_pkthdr.len, M_DONTWAIT));
    const uint32_t mtu = path_mtu(*route);
    ifnet& out = *route->ifp;
    const IpAddress hop =
        (route->flags & RTF_GATEWAY) != 0 ? ip6_of(&route->gateway) : a.destination;
    const bool redirect_wanted =
        ip.redirect != 0 && &out == &in && (route->flags & RTF_DYNAMIC) == 0;
    m.as<wire::Ipv6Header>()->hop_limit--;
    m->m_pkthdr.csum_flags = 0;
    IpOutput how;
    how.fib = fib;
    how.flags = IpOutput::forwarding;
    const int error = output(std::move(m), how);
    if (!quote || !quote.pullup(sizeof(wire::Ipv6Header)))
        return;
    if (error == EMSGSIZE) {
        ++stats.too_big;
        icmp_error(std::move(quote), wire::icmp6_too_big, 0, mtu);
    } else if (error == ENETUNREACH || error == EHOSTUNREACH || error == ENETDOWN) {
        icmp_error(std::move(quote), wire::icmp6_unreachable, wire::unreach6_address);
    } else if (error == 0) {
        ++stats.forwarded;
        if (redirect_wanted && a.source.scope() == IpAddress::scope_global)
            redirect_sender(std::move(quote), in, hop, a.destination);
    }
}

} // namespace netmgr
