// SPDX-License-Identifier: Apache-2.0
// Forwarding (RFC 1812 5.2): TTL, redirects, errors back to the source.
#include <errno.h>
#include <netinet/in.h>

#include "net/net.hpp"
#include "net/sockaddr.hpp"
#include "netinet/inet.hpp"
#include "wire/checksum.hpp"

namespace netmgr {

namespace {

bool may_forward(Inet& inet, const mbuf& m, const wire::Ipv4Header& h)
{
    const uint32_t destination = h.destination;
    const uint32_t source = h.source;
    if ((m.m_flags & (M_BCAST | M_MCAST)) != 0 || IN_MULTICAST(destination) ||
        IN_BADCLASS(destination))
        return false;
    if (source == 0 || source >> 24 == IN_LOOPBACKNET || destination >> 24 == IN_LOOPBACKNET)
        return false;
    return inet.ip.directed_broadcast != 0 || !inet.is_broadcast_anywhere(destination);
}

// The source is a neighbour on the interface the packet leaves by: it should have asked the next router itself.
bool should_redirect(Inet& inet, const mbuf& m, const wire::Ipv4Header& h, const rtentry& route,
                     uint32_t& gateway)
{
    if (inet.ip.redirect == 0 || route.ifp != m.m_pkthdr.rcvif ||
        (route.flags & (RTF_DYNAMIC | RTF_MODIFIED)) != 0)
        return false;
    const uint32_t source = h.source;
    for (const ifaddr* a = route.ifp->if_addrs; a != nullptr; a = a->next)
        if (a->family() == AF_INET && (source & a->mask()) == a->network()) {
            gateway = (route.flags & RTF_GATEWAY) != 0
                          ? ip_of(reinterpret_cast<const sockaddr*>(&route.gateway))
                          : static_cast<uint32_t>(h.destination);
            return true;
        }
    return false;
}

void report(Inet& inet, MbufPtr quote, int error, uint32_t mtu)
{
    switch (error) {
    case EMSGSIZE:
        ++inet.stats.cannot_fragment;
        icmp_error(inet, std::move(quote), wire::icmp_unreachable, wire::unreach_need_fragment,
                   mtu);
        break;
    case ENETUNREACH:
    case EHOSTUNREACH:
    case ENETDOWN:
    case EHOSTDOWN:
        icmp_error(inet, std::move(quote), wire::icmp_unreachable, wire::unreach_host);
        break;
    case EACCES:
        icmp_error(inet, std::move(quote), wire::icmp_unreachable, wire::unreach_host_prohibited);
        break;
    default: // ENOBUFS: RFC 1812 4.3.3.3 deprecates source quench
        break;
    }
}

} // namespace

void ip_forward(Inet& inet, MbufPtr m, bool source_routed)
{
    const wire::Ipv4Header& h = *m.as<wire::Ipv4Header>();
    if (!may_forward(inet, *m, h)) {
        ++inet.stats.not_for_us;
        return;
    }
    if (h.ttl <= 1) {
        ++inet.stats.ttl_exceeded;
        icmp_error(inet, std::move(m), wire::icmp_time_exceeded, wire::exceeded_ttl);
        return;
    }
    const unsigned fib = Inet::fib_of(m->m_pkthdr.rcvif);
    const rtentry* route = inet.lookup_route(h.destination, fib);
    if (route == nullptr) {
        inet.missed_route(h.destination, fib);
        icmp_error(inet, std::move(m), wire::icmp_unreachable, wire::unreach_host);
        return;
    }
    // Kept for an ICMP error; shares clusters, so the header is changed only in a private copy of m.
    MbufPtr quote(m_dup(m.get(), 0, 128 < m->m_pkthdr.len ? 128 : m->m_pkthdr.len, M_DONTWAIT));
    uint32_t gateway = 0;
    const bool redirect = !source_routed && should_redirect(inet, *m, h, *route, gateway);
    const uint32_t mtu = inet.path_mtu(*route);
    ifnet& in = *m->m_pkthdr.rcvif;
    ifnet& out = *route->ifp;
    const uint32_t hop = (route->flags & RTF_GATEWAY) != 0
                             ? ip_of(reinterpret_cast<const sockaddr*>(&route->gateway))
                             : static_cast<uint32_t>(h.destination);
    // Worth a flow: not where the sender should not have asked us, nor where smaller packets are wanted, nor into nothing.
    const bool flows = &in != &out && mtu == static_cast<uint32_t>(out.if_mtu) &&
                       (route->flags & (RTF_REJECT | RTF_BLACKHOLE)) == 0 && !source_routed;
    const wire::Ipv4Header header = h;
    auto& writable = *m.as<wire::Ipv4Header>();
    const uint16_t old_word = static_cast<uint16_t>(writable.ttl << 8 | writable.protocol);
    writable.ttl--;
    writable.checksum = wire::checksum_update(
        writable.checksum, old_word, static_cast<uint16_t>(writable.ttl << 8 | writable.protocol));
    m->m_pkthdr.csum_flags = 0;
    IpOutput how;
    how.fib = fib;
    how.flags =
        IpOutput::forwarding | (inet.ip.directed_broadcast != 0 ? IpOutput::allow_broadcast : 0u);
    const int error = ip_output(inet, std::move(m), how);
    if (error != 0) {
        if (quote)
            report(inet, std::move(quote), error, mtu);
        return;
    }
    ++inet.stats.forwarded;
    if (flows)
        inet.flows.add(in, header, out, hop, fib);
    if (redirect && quote) {
        ++inet.stats.redirects_sent;
        icmp_error(inet, std::move(quote), wire::icmp_redirect, wire::redirect_host, gateway);
    }
}

} // namespace netmgr
