// SPDX-License-Identifier: Apache-2.0
// ICMP (RFC 792, RFC 1122 3.2.2): echo, errors in both directions.
#include "netinet/icmp.hpp"

#include <errno.h>
#include <netinet/in.h>

#include "net/net.hpp"
#include "net/sockaddr.hpp"
#include "netinet/raw_ip.hpp"
#include "netinet/tcp.hpp"
#include "netinet/udp.hpp"
#include "wire/checksum.hpp"
#include "wire/tcp.hpp"
#include "wire/udp.hpp"

namespace netmgr {

namespace {

constexpr uint8_t reply_ttl = 255; // RFC 1122 3.2.1.7 leaves it to us; BSD's

Icmp& icmp_of(Inet& inet)
{
    return *inet.icmp_state;
}

// The message goes back where it came from: addresses swapped, the way back as its options tell (RFC 1122 3.2.2.6).
void reflect(Inet& inet, MbufPtr m, size_t header_len)
{
    wire::Ipv4Header h = *m.as<wire::Ipv4Header>();
    const uint32_t asked = h.destination;
    const ifnet& ifp = *m->m_pkthdr.rcvif;
    const IpOptions options = ip_echo_options(*m.as<wire::Ipv4Header>());
    uint32_t source = asked;
    if ((m->m_flags & (M_BCAST | M_MCAST)) != 0 || inet.net.address_of(asked) == nullptr) {
        const ifaddr* a = inet.first_address(ifp);
        if (a == nullptr)
            return;
        source = a->ip();
    }
    m_adj(m.get(), static_cast<int>(header_len));
    auto& icmp = *m.as<wire::IcmpHeader>();
    icmp.checksum = 0;
    wire::Checksum sum;
    sum.add_chain(m.get(), 0, m.packet_len());
    icmp.checksum = sum.value();
    h.set_header_len(sizeof(h));
    h.destination = h.source;
    h.source = source;
    h.ttl = reply_ttl;
    h.fragment = static_cast<uint16_t>(0);
    if (!m.prepend(sizeof(h)))
        return;
    *m.as<wire::Ipv4Header>() = h;
    m->m_flags &= ~(M_BCAST | M_MCAST | M_LOOP);
    IpOutput how;
    how.fib = Inet::fib_of(&ifp);
    how.set_options(options);
    m->m_pkthdr.rcvif = nullptr;
    m->m_pkthdr.csum_flags = 0;
    ++icmp_of(inet).reflected;
    (void)ip_output(inet, std::move(m), how);
}

// Echo and timestamp requests are answered; true when the message is used up.
bool handle_request(Inet& inet, MbufPtr& m, size_t header_len, wire::IcmpType answer)
{
    const bool stamps = answer == wire::icmp_timestamp_reply;
    const size_t least =
        header_len + (stamps ? sizeof(wire::IcmpTimestamp) : sizeof(wire::IcmpHeader));
    if (m.packet_len() < least) {
        ++icmp_of(inet).bad_len;
        return true;
    }
    if (inet.icmp.bmcastecho == 0 && (m->m_flags & (M_BCAST | M_MCAST)) != 0) {
        ++icmp_of(inet).broadcast_echo;
        m.reset();
        return true;
    }
    // The reply is written over the request: it must be ours alone.
    if (mbuf* own = m_dup(m.get(), 0, M_COPYALL, M_DONTWAIT))
        m.reset(own);
    else
        return true;
    if (!m.pullup(least))
        return true;
    m.as<wire::IcmpHeader>(header_len)->type = answer;
    if (stamps) {
        auto& times = *m.as<wire::IcmpTimestamp>(header_len);
        times.receive = ms_since_midnight(inet.stack);
        times.transmit = static_cast<uint32_t>(times.receive);
    }
    reflect(inet, std::move(m), header_len);
    return true;
}

struct Meaning {
    int error;
    bool hard;
};

Meaning meaning_of(const wire::IcmpHeader& icmp)
{
    if (icmp.type == wire::icmp_time_exceeded)
        return {icmp.code == wire::exceeded_ttl ? EHOSTUNREACH : 0, false};
    if (icmp.type == wire::icmp_parameter)
        return {ENOPROTOOPT, false}; // RFC 1122 4.2.3.9: a hint
    switch (icmp.code) {
    case wire::unreach_protocol:
    case wire::unreach_port:
    case wire::unreach_net_prohibited:
    case wire::unreach_host_prohibited:
    case wire::unreach_admin_prohibited:
        return {ECONNREFUSED, true};
    case wire::unreach_need_fragment:
        return {EMSGSIZE, true};
    case wire::unreach_net:
    case wire::unreach_host:
        return {EHOSTUNREACH, false}; // RFC 1122 4.2.3.9: a hint
    default:
        return {EHOSTUNREACH, false};
    }
}

// RFC 1191: the MTU of the next hop, or from old routers a guess from the packet's length.
uint32_t next_mtu(const wire::IcmpHeader& icmp, const wire::Ipv4Header& quoted)
{
    static constexpr uint16_t plateaus[] = {32000, 17914, 8166, 4352, 2002, 1492, 1006, 508, 296};
    const uint32_t told = icmp.need_fragment.next_mtu;
    if (told != 0)
        return told;
    for (uint16_t plateau : plateaus)
        if (plateau < quoted.total_len)
            return plateau;
    return wire::ipv4_mtu_min;
}

bool sent_by_tcp(Inet& inet, const IpError& what)
{
    const auto& h = *reinterpret_cast<const wire::TcpHeader*>(what.payload.data());
    const Inpcb* inp = inet.tcp == nullptr
                           ? nullptr
                           : inet.tcp->table.lookup_exact(what.source, h.source_port,
                                                          what.destination, h.destination_port);
    const Tcpcb* tp = inp != nullptr ? tcpcb_of(*inp) : nullptr;
    const SeqNum seq(h.seq);
    return tp != nullptr && seq >= tp->snd_una && seq < tp->snd_max;
}

bool sent_by_udp(Inet& inet, const IpError& what)
{
    const auto& h = *reinterpret_cast<const wire::UdpHeader*>(what.payload.data());
    bool found = false;
    inet.udp->table.for_each_on_port(h.source_port, [&](const Inpcb& p) {
        found |= !p.connected() ||
                 (p.foreign == what.destination && p.foreign_port == h.destination_port);
    });
    return found;
}

// RFC 5927: a path's MTU is taken from an error only if a socket of ours can have sent what it quotes.
bool can_be_ours(Inet& inet, const IpError& what, uint8_t protocol)
{
    bool found = icmp_quotes_transport(inet, what, protocol);
    inet.raw->table.for_each([&](const Inpcb& p) {
        found |= (p.flags & inp_hdrincl) != 0 || p.so.protocol == protocol;
    });
    return found;
}

void handle_error(Inet& inet, MbufPtr& m, size_t header_len)
{
    const size_t quote_at = header_len + sizeof(wire::IcmpHeader);
    const size_t least = quote_at + sizeof(wire::Ipv4Header) + 8;
    if (m.packet_len() < least) {
        ++icmp_of(inet)
              .bad_len; // too little to say whose packet it was; raw sockets may still want it
        return;
    }
    if (!m.pullup(least))
        return;
    const size_t quoted_len = m.as<wire::Ipv4Header>(quote_at)->header_len();
    if (quoted_len < sizeof(wire::Ipv4Header) || m.packet_len() < quote_at + quoted_len + 8) {
        ++icmp_of(inet).bad_len;
        return;
    }
    const size_t payload = m.packet_len() - quote_at - quoted_len;
    const size_t look_at =
        payload < 20 ? payload : 20; // enough for a TCP header's ports and sequence
    if (!m.pullup(quote_at + quoted_len + look_at))
        return;
    const auto& quoted = *m.as<wire::Ipv4Header>(quote_at);
    const auto& icmp = *m.as<wire::IcmpHeader>(header_len);
    if (inet.net.address_of(quoted.source) == nullptr) {
        ++icmp_of(inet).not_ours;
        return;
    }
    const Meaning meaning = meaning_of(icmp);
    const IpProtocolHandler& protocol = inet.protocols[quoted.protocol];
    if (meaning.error == 0 || protocol.error == nullptr)
        return;
    IpError what;
    what.error = meaning.error;
    what.hard = meaning.hard;
    what.source = IpAddress::v4(quoted.source);
    what.destination = IpAddress::v4(quoted.destination);
    what.payload = {m.as<uint8_t>(quote_at + quoted_len), look_at};
    if (meaning.error == EMSGSIZE) {
        if (inet.ip.mtudisc == 0)
            return;
        what.next_mtu = next_mtu(icmp, quoted);
        if (can_be_ours(inet, what, quoted.protocol))
            inet.learn_path_mtu(quoted.destination, what.next_mtu);
    }
    protocol.error(inet, what);
}

void handle_redirect(Inet& inet, MbufPtr& m, size_t header_len)
{
    const size_t quote_at = header_len + sizeof(wire::IcmpHeader);
    if (inet.icmp.rediraccept == 0 || m.packet_len() < quote_at + sizeof(wire::Ipv4Header) + 8)
        return;
    if (!m.pullup(quote_at + sizeof(wire::Ipv4Header)))
        return;
    const uint32_t from = m.as<wire::Ipv4Header>()->source;
    const uint32_t gateway = m.as<wire::IcmpHeader>(header_len)->gateway;
    if (!inet.redirect(from, m.as<wire::Ipv4Header>(quote_at)->destination, gateway,
                       *m->m_pkthdr.rcvif))
        ++icmp_of(inet).redirects_refused;
}

} // namespace

bool icmp_quotes_transport(Inet& inet, const IpError& what, uint8_t protocol)
{
    if (protocol == wire::proto_tcp)
        return sent_by_tcp(inet, what);
    return protocol == wire::proto_udp && sent_by_udp(inet, what);
}

void icmp_input(Inet& inet, MbufPtr m, size_t header_len)
{
    Icmp& state = icmp_of(inet);
    if (m.packet_len() < header_len + sizeof(wire::IcmpHeader)) {
        ++state.bad_len;
        return;
    }
    wire::Checksum sum;
    sum.add_chain(m.get(), header_len, m.packet_len() - header_len);
    if (sum.value() != 0) {
        ++state.bad_checksum;
        return;
    }
    if (!m.pullup(header_len + sizeof(wire::IcmpHeader)))
        return;
    ++state.received;
    switch (m.as<wire::IcmpHeader>(header_len)->type) {
    case wire::icmp_echo:
        if (handle_request(inet, m, header_len, wire::icmp_echo_reply))
            return;
        break;
    case wire::icmp_timestamp:
        if (handle_request(inet, m, header_len, wire::icmp_timestamp_reply))
            return;
        break;
    case wire::icmp_echo_reply:
    case wire::icmp_timestamp_reply:
        break; // a raw socket's
    case wire::icmp_unreachable:
    case wire::icmp_time_exceeded:
    case wire::icmp_parameter:
        handle_error(inet, m, header_len);
        break;
    case wire::icmp_redirect:
        handle_redirect(inet, m, header_len);
        break;
    default:
        ++state.ignored;
        break;
    }
    if (m)
        raw_input(inet, std::move(m), header_len); // ping and traceroute listen there
}

bool Icmp::may_send_error(int32_t limit, uint64_t now_ns)
{
    if (limit < 0)
        return true;
    if (now_ns - window_start_ns_ >= ns_per_s) {
        window_start_ns_ = now_ns;
        sent_in_window_ = 0;
    }
    if (sent_in_window_ >= limit) {
        ++rate_limited;
        return false;
    }
    sent_in_window_++;
    return true;
}

namespace {

// RFC 1122 3.2.2: no error about an error, a broadcast, a later fragment, or to nobody.
bool error_allowed(Inet& inet, const mbuf& m, const wire::Ipv4Header& h)
{
    const uint32_t source = h.source;
    if (h.fragment_offset() != 0 || (m.m_flags & (M_BCAST | M_MCAST)) != 0)
        return false;
    if (IN_MULTICAST(h.destination) || h.destination == INADDR_BROADCAST)
        return false;
    if (source == 0 || source == INADDR_BROADCAST || IN_MULTICAST(source) || IN_BADCLASS(source))
        return false;
    if (h.protocol == wire::proto_icmp && static_cast<size_t>(m.m_pkthdr.len) > h.header_len()) {
        uint8_t type = 0;
        m_copydata(&m, static_cast<int>(h.header_len()), 1, &type);
        if (wire::is_icmp_error(type))
            return false;
    }
    return !inet.is_broadcast_anywhere(source);
}

uint32_t error_source(Inet& inet, const ifnet* rcvif, const wire::Ipv4Header& h)
{
    if (inet.net.address_of(h.destination) != nullptr)
        return h.destination;
    const ifaddr* a = rcvif != nullptr ? inet.first_address(*rcvif) : nullptr;
    return a != nullptr ? a->ip() : 0;
}

} // namespace

void icmp_error(Inet& inet, MbufPtr m, wire::IcmpType type, uint8_t code, uint32_t extra)
{
    const wire::Ipv4Header quoted = *m.as<wire::Ipv4Header>();
    Icmp& state = icmp_of(inet);
    if (!error_allowed(inet, *m, quoted) ||
        !state.may_send_error(inet.icmp.errppslimit, inet.stack.now_ns()))
        return;
    const size_t wanted = quoted.header_len() + static_cast<size_t>(inet.icmp.returndatabytes);
    const size_t quote_len = wanted < m.packet_len() ? wanted : m.packet_len();
    const size_t total = sizeof(wire::Ipv4Header) + sizeof(wire::IcmpHeader) + quote_len;
    MbufPtr reply = inet.stack.mbufs().get_data(total, 64);
    if (!reply)
        return;
    if (!reply.pullup(sizeof(wire::Ipv4Header) + sizeof(wire::IcmpHeader) +
                      (quote_len < 68 ? quote_len : 68)))
        return;
    m_copydata(m.get(), 0, static_cast<int>(quote_len),
               reply.as<char>(sizeof(wire::Ipv4Header) + sizeof(wire::IcmpHeader)));
    wire::IcmpHeader icmp = {};
    icmp.type = type;
    icmp.code = code;
    icmp.word = 0u;
    if (type == wire::icmp_redirect)
        icmp.gateway = extra;
    else if (type == wire::icmp_parameter)
        icmp.parameter.pointer = static_cast<uint8_t>(extra);
    else if (type == wire::icmp_unreachable && code == wire::unreach_need_fragment)
        icmp.need_fragment.next_mtu = static_cast<uint16_t>(extra);
    icmp.checksum = 0;
    *reply.as<wire::IcmpHeader>(sizeof(wire::Ipv4Header)) = icmp;
    wire::Checksum sum;
    sum.add_chain(reply.get(), sizeof(wire::Ipv4Header), sizeof(icmp) + quote_len);
    reply.as<wire::IcmpHeader>(sizeof(wire::Ipv4Header))->checksum = sum.value();
    wire::Ipv4Header& h = *reply.as<wire::Ipv4Header>();
    h = {};
    h.set_header_len(sizeof(h));
    h.tos = 0xc0; // RFC 1812 4.3.2.5: internetwork control
    h.ttl = reply_ttl;
    h.protocol = wire::proto_icmp;
    h.fragment = static_cast<uint16_t>(0);
    h.source = error_source(inet, m->m_pkthdr.rcvif, quoted);
    h.destination = static_cast<uint32_t>(quoted.source);
    ++state.errors_sent;
    IpOutput how;
    how.fib = Inet::fib_of(m->m_pkthdr.rcvif);
    (void)ip_output(inet, std::move(reply), how);
}

} // namespace netmgr
