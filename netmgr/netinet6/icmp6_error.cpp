// SPDX-License-Identifier: Apache-2.0
// ICMPv6 errors out (RFC 4443 2.4), and redirects (RFC 4861 8.2).
#include "net/sockaddr6.hpp"
#include "netinet6/inet6.hpp"

namespace netmgr {

namespace {

// RFC 4443 2.4 (e): not about an error or a redirect, nor about what went to a group, unless it says how to send better.
bool error_allowed(const mbuf& m, const wire::Ipv6Header& h, wire::Icmp6Type type, uint8_t code)
{
    const bool excepted = type == wire::icmp6_too_big ||
                          (type == wire::icmp6_parameter && code == wire::parameter6_option);
    if (!excepted && (h.destination().is_v6_multicast() || (m.m_flags & (M_BCAST | M_MCAST)) != 0))
        return false;
    const IpAddress source = h.source();
    if (source.is_any() || source.is_v6_multicast())
        return false;
    uint8_t next = h.next;
    size_t at = sizeof(h);
    const auto total = static_cast<size_t>(m.m_pkthdr.len);
    for (int count = 0; count < 8 && at + 8 <= total; ++count) {
        wire::Ipv6Extension extension;
        if (next == wire::next_icmp6) {
            uint8_t its = 0;
            m_copydata(&m, static_cast<int>(at), 1, &its);
            return !wire::is_icmp6_error(its) && its != wire::nd_redirect;
        }
        if (next != wire::next_hop_by_hop && next != wire::next_destination &&
            next != wire::next_routing && next != wire::next_fragment)
            return true;
        m_copydata(&m, static_cast<int>(at), sizeof(extension), &extension);
        at += next == wire::next_fragment ? sizeof(wire::Ipv6Fragment) : extension.size();
        next = extension.next;
    }
    return true;
}

} // namespace

bool ErrorBucket::take(int32_t limit, uint64_t now_ns)
{
    if (limit < 0)
        return true;
    if (now_ns - window_start_ns_ >= ns_per_s) {
        window_start_ns_ = now_ns;
        sent_ = 0;
    }
    if (sent_ >= limit)
        return false;
    sent_++;
    return true;
}

void Inet6::icmp_error(MbufPtr m, wire::Icmp6Type type, uint8_t code, uint32_t word)
{
    const wire::Ipv6Header quoted = *m.as<wire::Ipv6Header>();
    if (!error_allowed(*m, quoted, type, code))
        return;
    if (!errors.take(icmp.errppslimit, stack.now_ns())) {
        ++icmp_stats.rate_limited;
        return;
    }
    ifnet* ifp = m->m_pkthdr.rcvif;
    const IpArrival a = ip_arrival(*m);
    IpAddress source = a.destination;
    if (!is_ours(source)) {
        const ifaddr* own = source_for(a.source, ifp);
        if (own == nullptr)
            return;
        source = ip6_of(&own->address);
    }
    // As much of the packet as fits into the least MTU.
    constexpr size_t most = wire::ipv6_mtu_min - sizeof(wire::Ipv6Header);
    uint8_t message[most];
    const size_t room = most - sizeof(wire::Icmp6Header);
    const size_t quote = m.packet_len() < room ? m.packet_len() : room;
    const wire::Icmp6Header header = {type, code, uint16_t{0}, word};
    memcpy(message, &header, sizeof(header));
    m_copydata(m.get(), 0, static_cast<int>(quote), message + sizeof(header));
    ++icmp_stats.errors_sent;
    (void)icmp_send(a.source.has_zone() ? ifp : nullptr, source, a.source, message,
                    sizeof(header) + quote, static_cast<uint8_t>(ip.hlim));
}

void Inet6::port_unreachable(MbufPtr m)
{
    icmp_error(std::move(m), wire::icmp6_unreachable, wire::unreach6_port);
}

void Inet6::redirect_sender(MbufPtr m, ifnet& ifp, const IpAddress& target, const IpAddress& to)
{
    const ifaddr* own = link_local_of(ifp);
    const IpArrival a = ip_arrival(*m);
    if (own == nullptr || !errors.take(icmp.errppslimit, stack.now_ns()))
        return;
    uint8_t message[wire::ipv6_mtu_min - sizeof(wire::Ipv6Header)];
    wire::NdRedirect r = {};
    r.header.type = wire::nd_redirect;
    memcpy(r.target, target.without_zone().bytes, sizeof(r.target));
    memcpy(r.destination, to.without_zone().bytes, sizeof(r.destination));
    size_t at = sizeof(r);
    memcpy(message, &r, sizeof(r));
    if (const Nd6Entry* e = nd.find(ifp, target);
        e != nullptr && e->state != Nd6Entry::State::incomplete) {
        const wire::NdLinkOption link = {wire::ndopt_target_link, 1, e->mac};
        memcpy(message + at, &link, sizeof(link));
        at += sizeof(link);
    }
    const size_t room = (sizeof(message) - at - 8) & ~size_t{7};
    const size_t quote = (m.packet_len() < room ? m.packet_len() : room) & ~size_t{7};
    const uint8_t redirected[8] = {wire::ndopt_redirected, static_cast<uint8_t>(quote / 8 + 1)};
    memcpy(message + at, redirected, sizeof(redirected));
    m_copydata(m.get(), 0, static_cast<int>(quote), message + at + sizeof(redirected));
    ++stats.redirects_sent;
    (void)icmp_send(&ifp, ip6_of(&own->address), a.source, message, at + sizeof(redirected) + quote,
                    255);
}

} // namespace netmgr
