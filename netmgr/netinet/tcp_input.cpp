// SPDX-License-Identifier: Apache-2.0
// TCP in: checks, decoding, and to whom a segment belongs. What it does there is tcp_steps.hpp's list.
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>

#include "net/ip_text.hpp"
#include "net/net.hpp"
#include "netinet/ip_arrival.hpp"
#include "netinet/tcp.hpp"
#include "netinet/tcp_steps.hpp"
#include "wire/checksum.hpp"

namespace netmgr {

namespace {

bool checksum_ok(const Tcp& tcp, const MbufPtr& m, size_t header_len, const IpArrival& a)
{
    const int csum = m->m_pkthdr.csum_flags;
    if ((m->m_flags & M_LOOP) != 0) {
        if (tcp.settings.do_loopback_cksum == 0)
            return true;
    } else if ((csum & (a.v4 ? M_CSUM_TCPv4 : M_CSUM_TCPv6)) != 0) {
        return (csum & M_CSUM_TCP_UDP_BAD) == 0;
    }
    const size_t size = m.packet_len() - header_len;
    wire::Checksum sum;
    sum.add_pseudo(a.source, a.destination, wire::proto_tcp, size);
    sum.add_chain(m.get(), header_len, size);
    return sum.value() == 0;
}

// Length, offset, checksum; the header with its options contiguous. False: counted.
bool check(Tcp& tcp, MbufPtr& m, size_t header_len, const IpArrival& a)
{
    if (m.packet_len() < header_len + sizeof(wire::TcpHeader) ||
        !m.pullup(header_len + sizeof(wire::TcpHeader)))
        return ++tcp.stats.too_short, false;
    const size_t tcp_len = m.as<wire::TcpHeader>(header_len)->header_len();
    if (tcp_len < sizeof(wire::TcpHeader) || header_len + tcp_len > m.packet_len())
        return ++tcp.stats.bad_offset, false;
    if (!m.pullup(header_len + tcp_len))
        return ++tcp.stats.no_memory, false;
    if (!checksum_ok(tcp, m, header_len, a))
        return ++tcp.stats.bad_checksum, false;
    return true;
}

// RFC 1122 4.2.3.10: no connection with broadcast or group addresses, and none from them.
bool addresses_ok(Tcp& tcp, const MbufPtr& m, const IpArrival& a)
{
    if (!a.v4) {
        const bool bad = (m->m_flags & (M_BCAST | M_MCAST)) != 0 || a.source.is_any() ||
                         a.source.is_v6_multicast() || a.destination.is_v6_multicast();
        if (bad)
            ++tcp.stats.bad_address;
        return !bad;
    }
    const uint32_t from = a.source.ip4();
    const uint32_t to = a.destination.ip4();
    if ((m->m_flags & (M_BCAST | M_MCAST)) != 0 || IN_MULTICAST(to) || IN_MULTICAST(from) ||
        to == INADDR_BROADCAST || from == INADDR_BROADCAST || from == 0 ||
        tcp.inet.is_broadcast_on(*m->m_pkthdr.rcvif, to))
        return ++tcp.stats.bad_address, false;
    return true;
}

bool decode(Tcp& tcp, MbufPtr& m, size_t header_len, const IpArrival& a, TcpSegment& s)
{
    const auto& h = *m.as<wire::TcpHeader>(header_len);
    const size_t tcp_len = h.header_len();
    s.source = a.source;
    s.destination = a.destination;
    s.ttl = a.ttl;
    s.tos = a.tos;
    s.source_port = h.source_port;
    s.destination_port = h.destination_port;
    s.seq = SeqNum(h.seq);
    s.ack = SeqNum(h.ack);
    s.flags = h.flags;
    s.window = h.window;
    s.urgent = h.urgent;
    s.ifp = m->m_pkthdr.rcvif;
    s.len = static_cast<uint32_t>(m.packet_len() - header_len - tcp_len);
    if (a.v4 && header_len > sizeof(wire::Ipv4Header)) // RFC 9293 MUST-50: others mean nothing here
        s.way_back = ip_reverse_route(*m.as<wire::Ipv4Header>());
    const std::span<const uint8_t> options(m.as<uint8_t>(header_len + sizeof(h)),
                                           tcp_len - sizeof(h));
    if (!tcp_parse_options(options, s.has(wire::tcp_syn), s.options))
        return ++tcp.stats.bad_options, false;
    return true;
}

// RFC 2385: a signed connection takes only signed segments, others only unsigned ones.
bool signature_ok(Tcp& tcp, const Inpcb* inp, const MbufPtr& m, size_t header_len,
                  const TcpSegment& s)
{
    const Tcpcb* tp = inp != nullptr ? tcpcb_of(*inp) : nullptr;
    const bool wanted = tp != nullptr && tp->has(tf_signature);
    if (!wanted && !s.options.has_signature)
        return true;
    if (!wanted || !s.options.has_signature)
        return ++tcp.stats.bad_signature, false;
    const size_t tcp_len = m.as<wire::TcpHeader>(header_len)->header_len();
    uint8_t pseudo[tcp_pseudo_max];
    const size_t pseudo_len =
        tcp_pseudo_header(s.source, s.destination, m.packet_len() - header_len, pseudo);
    uint8_t digest[16];
    tcp_signature(pseudo, pseudo_len, *m.as<wire::TcpHeader>(header_len), m.get(),
                  header_len + tcp_len, {tp->md5_key, tp->md5_key_len}, digest);
    const auto* given =
        m.as<uint8_t>(header_len + sizeof(wire::TcpHeader) + s.options.signature_at);
    if (memcmp(digest, given, sizeof(digest)) != 0)
        return ++tcp.stats.bad_signature, false;
    return true;
}

void log_refused(Tcp& tcp, const TcpSegment& s)
{
    char text[96];
    char from[ip_text_size];
    snprintf(text, sizeof(text), "refused TCP %s:%u -> port %u", ip_text(s.source, from),
             s.source_port, s.destination_port);
    tcp.inet.stack.platform().log(log_info, text);
}

// RFC 9293 3.10.7.1: nobody is there.
void closed_input(Tcp& tcp, const TcpSegment& s)
{
    ++tcp.stats.no_port;
    if (tcp.settings.log_refused != 0 && s.has(wire::tcp_syn))
        log_refused(tcp, s);
    const int32_t hush = tcp.settings.blackhole;
    if (!s.has(wire::tcp_rst) && (hush == 0 || (hush == 1 && !s.has(wire::tcp_syn))))
        tcp.send_reset(s);
}

// RFC 9293 3.10.7.2.
void listen_input(Tcp& tcp, Inpcb& listener, TcpSegment& s)
{
    if (s.has(wire::tcp_rst)) { // first: RST. Ours may be a half-open one's
        tcp.syncache.reset(s);
        return;
    }
    if (s.has(wire::tcp_ack) && !s.has(wire::tcp_syn)) { // second: ACK
        bool answered = false;
        Tcpcb* tp = tcp.syncache.complete(listener, s, answered);
        if (tp != nullptr) {
            tcp_synchronized_input(*tp, s);
        } else if (!answered) {
            ++tcp.stats.listen_bad_flags;
            tcp.send_reset(s);
        }
        return;
    }
    if (s.has(wire::tcp_ack)) { // SYN and ACK
        ++tcp.stats.listen_bad_flags;
        tcp.send_reset(s);
        return;
    }
    if (!s.has(wire::tcp_syn)) { // fourth: anything else
        ++tcp.stats.listen_bad_flags;
        return;
    }
    if (s.source == s.destination && s.source_port == s.destination_port) {
        ++tcp.stats.bad_address; // a "LAND" attack: we would talk to ourselves
        return;
    }
    tcp.syncache.add(listener, s); // third: SYN
}

// RFC 6191: a new connection may take the place of one in TIME-WAIT when its SYN cannot be an old one.
bool reuses_time_wait(Tcpcb& tp, const TcpSegment& s)
{
    if (tp.state != TcpState::time_wait || !s.has(wire::tcp_syn) || s.has(wire::tcp_ack) ||
        s.has(wire::tcp_rst))
        return false;
    if (tp.has(tf_timestamps) && s.options.has_timestamps) {
        if (ts_before(tp.ts_recent, s.options.ts_value))
            return true;
        return tp.ts_recent == s.options.ts_value && s.seq > tp.rcv_nxt;
    }
    return s.seq > tp.rcv_nxt;
}

} // namespace

void tcp_synchronized_input(Tcpcb& tp, TcpSegment& seg)
{
    TcpArrival a{tp, seg};
    Stack& stack = tp.stack();
    static constexpr TcpStep (*steps[])(TcpArrival&) = {
        tcp_check_timestamp, // RFC 7323 5.3: PAWS comes before everything
        tcp_check_sequence,  // first
        tcp_check_reset,     // second
        tcp_check_syn,       // fourth (third, security, is gone since RFC 9293)
        tcp_process_ack,     // fifth
        tcp_process_urgent,  // sixth
        tcp_process_data,    // seventh
        tcp_process_fin,     // eighth
    };
    tp.last_received_ns = stack.now_ns();
    tp.traffic.segments_in++;
    tp.traffic.data_segments_in += seg.len != 0;
    if (tp.probes != 0 && !tcp_persisting(tp))
        tp.probes = 0;
    for (auto step : steps) {
        const TcpStep result = step(a);
        if (result == TcpStep::closed)
            return;
        if (result == TcpStep::dropped)
            break;
    }
    (void)tcp_output(tp);
}

void Tcp::input(MbufPtr m, size_t header_len)
{
    TcpSegment s;
    ++stats.received;
    const IpArrival a = ip_arrival(*m);
    if (!check(*this, m, header_len, a) || !addresses_ok(*this, m, a) ||
        !decode(*this, m, header_len, a, s))
        return;
    if (settings.drop_synfin != 0 && s.has(wire::tcp_syn) && s.has(wire::tcp_fin)) {
        ++stats.syn_fin;
        return;
    }
    Inpcb* inp = table.lookup(s.destination, s.destination_port, s.source, s.source_port);
    if (inp != nullptr && inp->so.bound_if != 0 && inp->so.bound_if != s.ifp->if_index) {
        ++stats.wrong_interface;
        inp = nullptr;
    }
    if (!signature_ok(*this, inp, m, header_len, s))
        return;
    if (inp != nullptr && inp->min_ttl != 0 && s.ttl < inp->min_ttl) {
        ++stats.min_ttl;
        return;
    }
    m_adj(m.get(), static_cast<int>(header_len + m.as<wire::TcpHeader>(header_len)->header_len()));
    if (s.len != 0)
        s.data = std::move(m);
    Tcpcb* tp = inp != nullptr ? tcpcb_of(*inp) : nullptr;
    if (tp != nullptr && reuses_time_wait(*tp, s)) {
        Inpcb* listener = table.lookup_listener(s.destination, s.destination_port);
        if (listener != nullptr && tcpcb_of(*listener)->state == TcpState::listen) {
            ++stats.time_wait_reused;
            tcp_close(*tp);
            inp = listener;
            tp = tcpcb_of(*listener);
        }
    }
    if (tp == nullptr || tp->state == TcpState::closed) {
        closed_input(*this, s);
    } else if (tp->state == TcpState::listen) {
        listen_input(*this, *inp, s);
    } else if (tp->state == TcpState::syn_sent) {
        TcpArrival arrival{*tp, s};
        if (tcp_process_syn_sent(arrival) != TcpStep::closed)
            (void)tcp_output(*tp);
    } else {
        tcp_synchronized_input(*tp, s);
    }
}

} // namespace netmgr
