// SPDX-License-Identifier: Apache-2.0
// The first steps: is the segment in the window, and may it reset or restart the connection? (RFC 9293 3.10.7.4, RFC 7323 5, RFC 5961)
#include <errno.h>

#include "netinet/tcp_steps.hpp"

namespace netmgr {

namespace {

constexpr uint64_t paws_idle_ns = 24ull * 86400 * ns_per_s; // RFC 7323 5.5
constexpr uint64_t challenge_window_ns = 5 * ns_per_s;      // RFC 5961 7

// RFC 9293 3.10.7.4, table 6, with RFC 9293's own "one exception": a probe of a closed window still brings its ACK.
bool acceptable(const Tcpcb& tp, const TcpSegment& s)
{
    const uint32_t window = tp.receive_window();
    const uint32_t len = s.seq_len();
    const SeqNum end = tp.rcv_nxt + window;
    if (len == 0)
        return window == 0 ? s.seq == tp.rcv_nxt : s.seq >= tp.rcv_nxt && s.seq < end;
    if (window == 0)
        return false;
    const SeqNum last = s.seq + (len - 1);
    return (s.seq >= tp.rcv_nxt && s.seq < end) || (last >= tp.rcv_nxt && last < end);
}

void count_unacceptable(Tcp& tcp, const Tcpcb& tp, const TcpSegment& s)
{
    if (s.end() <= tp.rcv_nxt)
        ++tcp.stats.duplicate;
    else
        ++tcp.stats.beyond_window;
}

// RFC 2883: tell which bytes came twice.
void note_duplicate(Tcpcb& tp, SeqNum start, SeqNum end)
{
    if (!tp.has(tf_sack) || start >= end)
        return;
    tp.dsack = {start, end};
    tp.has_dsack = true;
}

void cut_front(TcpArrival& a)
{
    Tcpcb& tp = a.tp;
    TcpSegment& s = a.seg;
    if (s.seq >= tp.rcv_nxt)
        return;
    const uint32_t old = tp.rcv_nxt - s.seq;
    ++tp.tcp.stats.partly_duplicate;
    const uint32_t cut = old < s.len ? old : s.len;
    note_duplicate(tp, s.seq, s.seq + cut);
    m_adj(s.data.get(), static_cast<int>(cut));
    s.len -= cut;
    s.seq += old;
    tp.flags |= tf_ack_now;
    if (s.urgent > old)
        s.urgent -= old;
    else
        s.flags &= static_cast<uint8_t>(~wire::tcp_urg);
}

void cut_end(TcpArrival& a)
{
    TcpSegment& s = a.seg;
    const SeqNum end = a.tp.rcv_nxt + a.tp.receive_window();
    if (s.end() <= end)
        return;
    const uint32_t excess = s.end() - end;
    const uint32_t of_data = s.has(wire::tcp_fin) ? excess - 1 : excess;
    ++a.tp.tcp.stats.beyond_window;
    s.flags &= static_cast<uint8_t>(~(wire::tcp_fin | wire::tcp_push));
    m_adj(s.data.get(), -static_cast<int>(of_data < s.len ? of_data : s.len));
    s.len -= of_data < s.len ? of_data : s.len;
    a.tp.flags |= tf_ack_now;
}

// RFC 5961 4.2: a SYN is answered, never believed; or RFC 793 page 71 when that is wanted.
TcpStep answer_syn(TcpArrival& a)
{
    Tcpcb& tp = a.tp;
    const bool inside = a.seg.seq >= tp.rcv_nxt && a.seg.seq < tp.rcv_nxt + tp.receive_space();
    ++tp.tcp.stats.syn_in_window;
    if (inside && tp.tcp.settings.insecure_syn != 0 && tp.state != TcpState::time_wait) {
        tcp_drop(tp, ECONNRESET);
        return TcpStep::closed;
    }
    tcp_challenge(tp);
    return TcpStep::dropped;
}

} // namespace

// An ACK that proves to an honest peer where we are, and tells an attacker nothing; few of them (RFC 5961 7).
void tcp_challenge(Tcpcb& tp)
{
    const uint64_t now = tp.tcp.now_ns();
    if (now - tp.challenge_window_ns >= challenge_window_ns) {
        tp.challenge_window_ns = now;
        tp.challenges = 0;
    }
    if (tp.challenges >= tp.tcp.settings.ackdrop_limit) {
        ++tp.tcp.stats.challenge_limited;
        return;
    }
    tp.challenges++;
    ++tp.tcp.stats.challenge_acks;
    tp.flags |= tf_ack_now;
}

TcpStep tcp_check_timestamp(TcpArrival& a)
{
    Tcpcb& tp = a.tp;
    const TcpSegment& s = a.seg;
    if (!tp.has(tf_timestamps) || s.has(wire::tcp_rst))
        return TcpStep::go_on;
    if (!s.options.has_timestamps) { // RFC 7323 3.2
        if (s.has(wire::tcp_syn))
            return TcpStep::go_on;
        ++tp.tcp.stats.no_timestamp;
        return tp.tcp.settings.tolerate_missing_ts != 0 ? TcpStep::go_on : TcpStep::dropped;
    }
    if (!ts_before(s.options.ts_value, tp.ts_recent))
        return TcpStep::go_on;
    if (tp.tcp.now_ns() - tp.ts_recent_ns > paws_idle_ns) {
        tp.ts_recent = s.options.ts_value;
        tp.ts_recent_ns = tp.tcp.now_ns();
        return TcpStep::go_on;
    }
    ++tp.tcp.stats.paws;
    if (s.len != 0)
        note_duplicate(tp, s.seq, seq_min(s.end(), tp.rcv_nxt));
    tp.flags |= tf_ack_now;
    return TcpStep::dropped;
}

// RFC 7323 4.3: the timestamp of the segment that holds the last byte acknowledged.
void tcp_learn_timestamp(TcpArrival& a)
{
    Tcpcb& tp = a.tp;
    if (!tp.has(tf_timestamps) || !a.seg.options.has_timestamps)
        return;
    if (ts_before(a.seg.options.ts_value, tp.ts_recent) || a.original_seq > tp.last_ack_sent)
        return;
    tp.ts_recent = a.seg.options.ts_value;
    tp.ts_recent_ns = tp.tcp.now_ns();
}

TcpStep tcp_check_sequence(TcpArrival& a)
{
    Tcpcb& tp = a.tp;
    TcpSegment& s = a.seg;
    a.original_seq = s.seq;
    if (tp.state == TcpState::time_wait &&
        (s.flags & (wire::tcp_ack | wire::tcp_rst | wire::tcp_syn)) == 0) {
        ++tp.tcp.stats.no_ack_flag; // what no TCP sends need not be answered, wherever it lies
        return TcpStep::dropped;
    }
    if (tp.fast_opened && s.has(wire::tcp_syn) && !s.has(wire::tcp_ack) && s.seq == tp.irs) {
        tp.tcp.syncache.fast_open_again(tp);
        return TcpStep::dropped;
    }
    if (tp.state == TcpState::syn_received && s.has(wire::tcp_syn) && s.seq == tp.irs) {
        s.flags &= static_cast<uint8_t>(~wire::tcp_syn); // simultaneous open: counted already
        s.seq += 1;
        tp.flags |= tf_ack_now;
    }
    const bool ok = acceptable(tp, s);
    if (!ok && !s.has(wire::tcp_rst)) {
        count_unacceptable(tp.tcp, tp, s);
        if (s.has(wire::tcp_syn))
            return answer_syn(a);
        if (s.len != 0 && s.seq < tp.rcv_nxt)
            note_duplicate(tp, s.seq, seq_min(s.seq + s.len, tp.rcv_nxt));
        if (s.seq_len() == 0 && s.seq != tp.rcv_nxt - 1) {
            tcp_challenge(tp); // an ACK from nowhere must not start an ACK war
        } else {
            tp.flags |= tf_ack_now;
        }
        // What stands behind the window may still acknowledge (RFC 9293 3.10.7.4: "should process the ACK, URG and RST").
        if (tp.state == TcpState::time_wait && s.has(wire::tcp_fin))
            tcp_arm_wait(tp, 2 * slow_ticks_ns(tp.tcp.settings.msl));
        if (s.has(wire::tcp_ack) && s.seq <= tp.rcv_nxt + tp.receive_window() &&
            s.end() + tp.so().rcv.hiwat >= tp.rcv_nxt && s.ack > tp.snd_una &&
            s.ack <= tp.snd_max && !s.has(wire::tcp_syn)) {
            s.data.reset();
            s.len = 0;
            s.flags &= static_cast<uint8_t>(~(wire::tcp_fin | wire::tcp_urg));
            return TcpStep::go_on;
        }
        return TcpStep::dropped;
    }
    if (s.has(wire::tcp_rst))
        return TcpStep::go_on;
    cut_front(a);
    cut_end(a);
    a.fin = s.has(wire::tcp_fin);
    tcp_learn_timestamp(a);
    if (tp.has(tf_learned_route)) // only of connections opened passively
        tcp_learn_route(tp, s.way_back);
    return TcpStep::go_on;
}

// RFC 5961 3.2: only a RST exactly at rcv_nxt resets.
TcpStep tcp_check_reset(TcpArrival& a)
{
    Tcpcb& tp = a.tp;
    const TcpSegment& s = a.seg;
    if (!s.has(wire::tcp_rst))
        return TcpStep::go_on;
    const uint32_t window = tp.receive_space();
    const bool inside = s.seq >= tp.rcv_nxt && s.seq < tp.rcv_nxt + window;
    const bool believed = inside && tp.tcp.settings.insecure_rst != 0;
    if (s.seq != tp.rcv_nxt && s.seq != tp.last_ack_sent && !believed) {
        ++tp.tcp.stats.bad_reset;
        if (inside && tp.state != TcpState::time_wait)
            tcp_challenge(tp);
        return TcpStep::dropped;
    }
    if (tp.state == TcpState::time_wait) { // RFC 1337: it must not cut TIME-WAIT short
        ++tp.tcp.stats.time_wait_resets_ignored;
        return TcpStep::dropped;
    }
    int error = ECONNRESET;
    if (tp.state == TcpState::syn_received && !tp.fast_opened)
        error = ECONNREFUSED;
    else if (tp.state == TcpState::closing || tp.state == TcpState::last_ack)
        error = 0;
    ++tp.tcp.stats.drops;
    if (error != 0)
        tp.so().error = error;
    tcp_close(tp);
    return TcpStep::closed;
}

TcpStep tcp_check_syn(TcpArrival& a)
{
    return a.seg.has(wire::tcp_syn) ? answer_syn(a) : TcpStep::go_on;
}

} // namespace netmgr
