// SPDX-License-Identifier: Apache-2.0
// Extension headers (RFC 8200 4): checked, followed, and answered when they must not be.
#include "netinet6/inet6.hpp"
#include "wire/tcp.hpp"
#include "wire/udp.hpp"

namespace netmgr {

namespace {

enum class Verdict { ok, drop }; // drop: m is gone

Verdict parameter_problem(Inet6& inet6, MbufPtr& m, uint8_t code, size_t at)
{
    inet6.icmp_error(std::move(m), wire::icmp6_parameter, code, static_cast<uint32_t>(at));
    return Verdict::drop;
}

// The options of a hop-by-hop or destination header at `at`, size bytes, contiguous.
Verdict walk_options(Inet6& inet6, MbufPtr& m, size_t at, size_t size, Ip6Chain& chain)
{
    const auto* bytes = m.as<uint8_t>();
    for (size_t i = at + sizeof(wire::Ipv6Extension); i < at + size;) {
        const uint8_t type = bytes[i];
        if (type == wire::opt6_pad1) {
            i++;
            continue;
        }
        if (i + 2 > at + size || i + 2 + bytes[i + 1] > at + size) {
            ++inet6.stats.bad_options;
            return parameter_problem(inet6, m, wire::parameter6_field, i + 1);
        }
        if (type == wire::opt6_router_alert) {
            chain.router_alert = true;
        } else if (type != wire::opt6_padn && wire::opt6_action(type) != 0) {
            ++inet6.stats.bad_options;
            const bool to_group = m.as<wire::Ipv6Header>()->destination().is_v6_multicast();
            const unsigned action = wire::opt6_action(type);
            if (action == 2 || (action == 3 && !to_group))
                return parameter_problem(inet6, m, wire::parameter6_option, i);
            m.reset();
            return Verdict::drop;
        }
        i += 2 + size_t{bytes[i + 1]};
    }
    return Verdict::ok;
}

// The header at chain.at, whole and contiguous; its size. 0: m is gone.
size_t take_header(Inet6& inet6, MbufPtr& m, size_t at)
{
    if (m.packet_len() < at + sizeof(wire::Ipv6Extension) ||
        !m.pullup(at + sizeof(wire::Ipv6Extension))) {
        ++inet6.stats.too_short;
        m.reset();
        return 0;
    }
    const size_t size = m.as<wire::Ipv6Extension>(at)->size();
    if (m.packet_len() < at + size || !m.pullup(at + size)) {
        ++inet6.stats.too_short;
        m.reset();
        return 0;
    }
    return size;
}

// RFC 5095: type 0 is refused, as is every other type with segments left that we do not know.
Verdict check_routing(Inet6& inet6, MbufPtr& m, const Ip6Chain& chain)
{
    const auto& h = *m.as<wire::Ipv6Routing>(chain.at);
    if (h.segments_left == 0)
        return Verdict::ok;
    ++inet6.stats.routing_header;
    return parameter_problem(inet6, m, wire::parameter6_field,
                             chain.at + offsetof(wire::Ipv6Routing, type));
}

bool start(const MbufPtr& m, Ip6Chain& chain)
{
    chain = {};
    chain.next = m.as<wire::Ipv6Header>()->next;
    chain.next_field = offsetof(wire::Ipv6Header, next);
    chain.at = sizeof(wire::Ipv6Header);
    return true;
}

} // namespace

bool ip6_walk_hop_by_hop(Inet6& inet6, MbufPtr& m, Ip6Chain& chain)
{
    start(m, chain);
    if (chain.next != wire::next_hop_by_hop)
        return true;
    const size_t size = take_header(inet6, m, chain.at);
    if (size == 0 || walk_options(inet6, m, chain.at, size, chain) != Verdict::ok)
        return false;
    chain.next = m.as<wire::Ipv6Extension>(chain.at)->next;
    chain.next_field = chain.at;
    chain.at += size;
    return true;
}

bool ip6_whole_chain(const mbuf& m, size_t at, size_t size, uint8_t next)
{
    while (next == wire::next_hop_by_hop || next == wire::next_destination ||
           next == wire::next_routing || next == wire::next_fragment) {
        wire::Ipv6Extension h;
        if (size < sizeof(wire::Ipv6Fragment)) // none is shorter
            return false;
        m_copydata(&m, static_cast<int>(at), sizeof(h), &h);
        const size_t its = next == wire::next_fragment ? sizeof(wire::Ipv6Fragment) : h.size();
        if (size < its)
            return false;
        at += its;
        size -= its;
        next = h.next;
    }
    const size_t upper = next == wire::proto_tcp    ? sizeof(wire::TcpHeader)
                         : next == wire::proto_udp  ? sizeof(wire::UdpHeader)
                         : next == wire::next_icmp6 ? sizeof(wire::Icmp6Header)
                                                    : 0;
    return size >= upper;
}

bool ip6_walk_headers(Inet6& inet6, MbufPtr& m, Ip6Chain& chain)
{
    if (!ip6_walk_hop_by_hop(inet6, m, chain))
        return false;
    for (int32_t count = 0;; ++count) {
        if (chain.next != wire::next_destination && chain.next != wire::next_routing &&
            chain.next != wire::next_hop_by_hop)
            break;
        if (count >= inet6.ip.hdrnestlimit) {
            ++inet6.stats.too_many_headers;
            m.reset();
            return false;
        }
        if (chain.next == wire::next_hop_by_hop) { // only right behind the IPv6 header
            ++inet6.stats.late_hop_by_hop;
            return parameter_problem(inet6, m, wire::parameter6_next, chain.next_field) ==
                   Verdict::ok;
        }
        const size_t size = take_header(inet6, m, chain.at);
        if (size == 0)
            return false;
        const Verdict verdict = chain.next == wire::next_routing
                                    ? check_routing(inet6, m, chain)
                                    : walk_options(inet6, m, chain.at, size, chain);
        if (verdict != Verdict::ok)
            return false;
        chain.next = m.as<wire::Ipv6Extension>(chain.at)->next;
        chain.next_field = chain.at;
        chain.at += size;
    }
    if (chain.next == wire::next_fragment) {
        if (m.packet_len() < chain.at + sizeof(wire::Ipv6Fragment) ||
            !m.pullup(chain.at + sizeof(wire::Ipv6Fragment))) {
            ++inet6.stats.too_short;
            m.reset();
            return false;
        }
        chain.fragment_at = chain.at;
    }
    return true;
}

} // namespace netmgr
