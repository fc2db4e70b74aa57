// SPDX-License-Identifier: Apache-2.0
// A segment for a connection in SYN-SENT (RFC 9293 3.10.7.3).
#include <errno.h>

#include "netinet/tcp_congctl.hpp"
#include "netinet/tcp_steps.hpp"

namespace netmgr {

namespace {

// First: the ACK must be of our SYN.
TcpStep check_ack(TcpArrival& a)
{
    const Tcpcb& tp = a.tp;
    const TcpSegment& s = a.seg;
    if (!s.has(wire::tcp_ack) || (s.ack > tp.iss && s.ack <= tp.snd_max))
        return TcpStep::go_on;
    ++tp.tcp.stats.bad_ack;
    if (!s.has(wire::tcp_rst))
        tp.tcp.send_reset(s);
    return TcpStep::dropped;
}

// Second: RST. Only one that acknowledges our SYN counts.
TcpStep check_reset(TcpArrival& a)
{
    const TcpSegment& s = a.seg;
    if (!s.has(wire::tcp_rst))
        return TcpStep::go_on;
    if (!s.has(wire::tcp_ack)) {
        ++a.tp.tcp.stats.bad_reset;
        return TcpStep::dropped;
    }
    ++a.tp.tcp.stats.conn_drops;
    a.tp.so().error = ECONNREFUSED;
    tcp_close(a.tp);
    return TcpStep::closed;
}

// What the peer agreed to.
void negotiated(Tcpcb& tp, const TcpSegment& s)
{
    const TcpOptions& o = s.options;
    tp.irs = s.seq;
    tp.rcv_nxt = tp.rcv_up = s.seq + 1;
    tp.last_ack_sent = tp.rcv_nxt;
    tp.rcv_adv = tp.rcv_nxt + (tp.rcv_adv - SeqNum()); // what our SYN offered
    tp.peer_mss = o.has_mss ? o.mss : static_cast<uint16_t>(tp.tcp.settings.mssdflt);
    if (!o.has_timestamps)
        tp.flags &= ~static_cast<uint32_t>(tf_timestamps);
    if (!o.sack_permitted)
        tp.flags &= ~static_cast<uint32_t>(tf_sack);
    if (o.has_window_scale && tp.has(tf_scale)) {
        tp.snd_scale = o.window_scale;
    } else {
        tp.flags &= ~static_cast<uint32_t>(tf_scale);
        tp.snd_scale = tp.rcv_scale = 0;
    }
    if (tp.has(tf_timestamps)) {
        tp.ts_recent = o.ts_value;
        tp.ts_recent_ns = tp.tcp.now_ns();
    }
    tcp_set_mss(tp);
    // RFC 3168 6.1.1: an answer to our offer, or an offer that crossed ours.
    const auto ecn = static_cast<uint8_t>(s.flags & (wire::tcp_ece | wire::tcp_cwr));
    const bool offers = ecn == (wire::tcp_ece | wire::tcp_cwr) && tp.tcp.settings.ecn_enable != 0;
    const bool agreed = s.has(wire::tcp_ack) ? tp.has(tf_ecn) && ecn == wire::tcp_ece : offers;
    tp.flags = agreed ? tp.flags | tf_ecn : tp.flags & ~static_cast<uint32_t>(tf_ecn);
    tp.snd_wnd = s.window;
    tp.max_snd_wnd = s.window;
    tp.snd_wl1 = s.seq;
    tp.snd_wl2 = s.ack;
}

void connected(TcpArrival& a)
{
    Tcpcb& tp = a.tp;
    const TcpSegment& s = a.seg;
    if (tp.rexmt_shift == 0) {
        if (tp.rtt.started_ns != 0)
            tcp_rtt_sample(tp, tp.tcp.now_ns() - tp.rtt.started_ns);
    }
    tp.rtt.started_ns = 0;
    const uint32_t data_acked = s.ack - (tp.iss + 1); // that went with the SYN
    if (tp.has(tf_fast_open) && tp.tcp.settings.fastopen_client != 0)
        tp.tcp.fastopen.learn(tp.inp.foreign, tp.tcp.now_ns(), s.options, data_acked != 0);
    tp.so().snd.drop(data_acked);
    tp.traffic.bytes_acked += data_acked;
    tp.snd_una = s.ack;
    tp.snd_nxt = tp.snd_max = s.ack; // the rest of it is sent anew
    tp.board.clear(s.ack);
    tp.snd_up = s.ack;
    tcp_stop_rexmt(tp);
    tp.soft_error = 0;
    tp.flags |= tf_ack_now;
    tcp_established(tp);
}

} // namespace

TcpStep tcp_process_syn_sent(TcpArrival& a)
{
    Tcpcb& tp = a.tp;
    TcpSegment& s = a.seg;
    for (auto check : {check_ack, check_reset}) {
        const TcpStep result = check(a);
        if (result != TcpStep::go_on)
            return result;
    }
    if (!s.has(wire::tcp_syn)) // fifth
        return TcpStep::dropped;
    negotiated(tp, s); // fourth
    if (s.has(wire::tcp_ack)) {
        connected(a);
        if ((tp.so().state & ss_cant_send) != 0)
            tcp_user_closed(tp);
    } else { // both sides opened at once
        tp.state = TcpState::syn_received;
        tp.flags |= tf_ack_now;
        tp.snd_nxt = tp.iss; // our SYN again, now with an ACK
    }
    // Data and FIN of the SYN segment, as if it came in ESTABLISHED.
    s.seq += 1;
    s.flags &= static_cast<uint8_t>(~wire::tcp_syn);
    a.original_seq = s.seq;
    if (tp.state != TcpState::established) { // RFC 9293: queued until the handshake is over
        SackBlock range;
        if (s.len != 0 && s.len <= tp.so().rcv.hiwat)
            (void)tp.reass.add(s.seq, s.len, false, std::move(s.data), range);
        return TcpStep::go_on;
    }
    a.fin = s.has(wire::tcp_fin);
    for (auto step : {tcp_process_urgent, tcp_process_data, tcp_process_fin})
        if (step(a) == TcpStep::closed)
            return TcpStep::closed;
    return TcpStep::go_on;
}

} // namespace netmgr
