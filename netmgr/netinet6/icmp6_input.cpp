// SPDX-License-Identifier: Apache-2.0
// ICMPv6 in (RFC 4443): echo, errors about our packets; the rest goes to its part.
#include <errno.h>

#include "net/sockaddr6.hpp"
#include "netinet/icmp.hpp"
#include "netinet6/inet6.hpp"
#include "wire/checksum.hpp"

namespace netmgr {

namespace {

struct Meaning {
    int error;
    bool hard;
};

Meaning meaning_of(uint8_t type, uint8_t code)
{
    switch (type) {
    case wire::icmp6_too_big:
        return {EMSGSIZE, true};
    case wire::icmp6_time_exceeded:
        return {code == wire::exceeded6_hops ? EHOSTUNREACH : 0, false};
    case wire::icmp6_parameter:
        return {code == wire::parameter6_next ? ECONNREFUSED : ENOPROTOOPT,
                code == wire::parameter6_next};
    default:
        break;
    }
    switch (code) {
    case wire::unreach6_port:
    case wire::unreach6_prohibited:
    case wire::unreach6_policy:
    case wire::unreach6_reject:
        return {ECONNREFUSED, true};
    default:
        return {EHOSTUNREACH, false}; // RFC 1122 4.2.3.9's hints, for IPv6 too
    }
}

// The transport header behind the quoted packet's extension headers; 0: not there.
size_t quoted_transport(const mbuf& m, size_t at, uint8_t& next, size_t total)
{
    for (int count = 0; count < 8; ++count) {
        wire::Ipv6Extension h;
        if (next != wire::next_hop_by_hop && next != wire::next_destination &&
            next != wire::next_routing && next != wire::next_fragment)
            return at;
        if (at + 8 > total)
            return 0;
        m_copydata(&m, static_cast<int>(at), sizeof(h), &h);
        if (next == wire::next_fragment) {
            wire::Ipv6Fragment f;
            m_copydata(&m, static_cast<int>(at), sizeof(f), &f);
            if (f.start() != 0)
                return 0;
            at += sizeof(f);
        } else {
            at += h.size();
        }
        next = h.next;
    }
    return 0;
}

} // namespace

// RFC 5927: an error may quote what none of our sockets can have sent.
bool Inet6::can_be_ours(const IpError& what, uint8_t protocol)
{
    bool found = icmp_quotes_transport(inet, what, protocol);
    raw.table.for_each([&](const Inpcb& p) { found |= p.so.protocol == protocol; });
    return found;
}

void Inet6::handle_error(MbufPtr& m, size_t header_len)
{
    const size_t quote_at = header_len + sizeof(wire::Icmp6Header);
    const size_t total = m.packet_len();
    wire::Icmp6Header icmp6;
    wire::Ipv6Header quoted;
    if (total < quote_at + sizeof(quoted)) {
        ++icmp_stats.bad_len;
        return;
    }
    m_copydata(m.get(), static_cast<int>(header_len), sizeof(icmp6), &icmp6);
    m_copydata(m.get(), static_cast<int>(quote_at), sizeof(quoted), &quoted);
    const unsigned zone = m->m_pkthdr.rcvif->if_index;
    IpError what;
    what.source = quoted.source().with_zone(zone);
    what.destination = quoted.destination().with_zone(zone);
    if (address_of(what.source) == nullptr)
        return; // not about a packet of ours
    uint8_t next = quoted.next;
    const size_t at = quoted_transport(*m, quote_at + sizeof(quoted), next, total);
    const Meaning meaning = meaning_of(icmp6.type, icmp6.code);
    uint8_t bytes[20];
    const size_t there = at == 0 || at > total ? 0 : total - at;
    const size_t look_at = there < sizeof(bytes) ? there : sizeof(bytes);
    m_copydata(m.get(), static_cast<int>(at), static_cast<int>(look_at), bytes);
    what.error = meaning.error;
    what.hard = meaning.hard;
    what.payload = {bytes, look_at};
    if (meaning.error == EMSGSIZE) {
        what.next_mtu = icmp6.word;
        if (what.next_mtu < wire::ipv6_mtu_min)
            return; // RFC 8201 4: never below
        if (look_at >= 8 && can_be_ours(what, next))
            learn_path_mtu(what.destination, what.next_mtu);
    }
    const IpProtocolHandler& protocol = inet.protocols[next];
    if (meaning.error != 0 && look_at >= 8 && protocol.error != nullptr &&
        (next == wire::proto_tcp || next == wire::proto_udp))
        protocol.error(inet, what);
}

// True when the message is used up.
bool Inet6::handle_echo(MbufPtr& m, size_t header_len)
{
    const IpArrival a = ip_arrival(*m);
    ifnet& ifp = *m->m_pkthdr.rcvif;
    const size_t size = m.packet_len() - header_len;
    IpAddress source = a.destination;
    if (source.is_v6_multicast()) {
        const ifaddr* own = source_for(a.source, &ifp);
        if (own == nullptr)
            return true;
        source = ip6_of(&own->address);
    }
    MbufPtr reply(m_dup(m.get(), static_cast<int>(header_len), M_COPYALL, M_DONTWAIT));
    if (!reply || !reply.pullup(sizeof(wire::Icmp6Header)))
        return true;
    auto& icmp6 = *reply.as<wire::Icmp6Header>();
    icmp6.type = wire::icmp6_echo_reply;
    icmp6.checksum = uint16_t{0};
    wire::Checksum sum;
    sum.add_pseudo(source, a.source, wire::next_icmp6, size);
    sum.add_chain(reply.get(), 0, size);
    icmp6.checksum = sum.value();
    if (!reply.prepend(sizeof(wire::Ipv6Header)))
        return true;
    reply->m_flags &= ~(M_BCAST | M_MCAST | M_LOOP);
    reply->m_pkthdr.csum_flags = 0;
    reply->m_pkthdr.rcvif = nullptr;
    make_ip_header(inet, reply.as<char>(), nullptr, source, a.source, wire::next_icmp6);
    reply.as<wire::Ipv6Header>()->set_flow(a.tos, 0);
    ++icmp_stats.reflected;
    IpOutput how;
    how.fib = Inet::fib_of(&ifp);
    (void)output(std::move(reply), how);
    return true;
}

void Inet6::icmp_input(MbufPtr m, const Ip6Chain& chain)
{
    constexpr size_t header_len = sizeof(wire::Ipv6Header);
    const size_t size = m.packet_len() - header_len;
    if (size < sizeof(wire::Icmp6Header)) {
        ++icmp_stats.bad_len;
        return;
    }
    const IpArrival a = ip_arrival(*m);
    wire::Checksum sum;
    sum.add_pseudo(a.source, a.destination, wire::next_icmp6, size);
    sum.add_chain(m.get(), header_len, size);
    if (sum.value() != 0) {
        ++icmp_stats.bad_checksum;
        return;
    }
    if (!m.pullup(header_len + sizeof(wire::Icmp6Header)))
        return;
    ++icmp_stats.received;
    const uint8_t type = m.as<wire::Icmp6Header>(header_len)->type;
    switch (type) {
    case wire::icmp6_echo:
        handle_echo(m, header_len);
        return;
    case wire::icmp6_unreachable:
    case wire::icmp6_too_big:
    case wire::icmp6_time_exceeded:
    case wire::icmp6_parameter:
        handle_error(m, header_len);
        break;
    case wire::mld_query:
    case wire::mld_report:
    case wire::mld_done:
        mld.input(*m, header_len, chain.router_alert);
        break;
    case wire::nd_router_solicit:
    case wire::nd_router_advert:
    case wire::nd_neighbour_solicit:
    case wire::nd_neighbour_advert:
    case wire::nd_redirect:
        nd.input(*m, header_len, chain.was_fragments);
        break;
    default:
        break;
    }
    raw.input(m, header_len, wire::next_icmp6); // ping6 and traceroute6 listen there
}

} // namespace netmgr
