// SPDX-License-Identifier: Apache-2.0
// The fifth step: what an ACK says about our data (RFC 9293 3.10.7.4), SACK, loss recovery (RFC 6582, 6675), ECN.
#include <errno.h>

#include "netinet/tcp_congctl.hpp"
#include "netinet/tcp_steps.hpp"

namespace netmgr {

namespace {

constexpr uint32_t dup_threshold = 3;

struct SackNews {
    bool any = false;
    bool dsack = false;
};

// RFC 2883 4: a first block below the ACK, or inside the second block, tells of a duplicate.
bool is_dsack(const TcpSegment& s)
{
    const SackBlock& first = s.options.sacks[0];
    if (first.end <= s.ack)
        return true;
    return s.options.sack_count > 1 && first.start >= s.options.sacks[1].start &&
           first.end <= s.options.sacks[1].end;
}

// RFC 2018 5. Blocks that make no sense are counted and ignored.
SackNews process_sacks(Tcpcb& tp, const TcpSegment& s)
{
    SackNews news;
    bool full = false;
    unsigned first = 0;
    if (!tp.has(tf_sack) || s.options.sack_count == 0)
        return news;
    if (is_dsack(s)) {
        ++tp.tcp.stats.dsack_received;
        news.dsack = true;
        first = 1;
    }
    const SeqNum una = seq_max(s.ack, tp.snd_una);
    for (unsigned i = first; i < s.options.sack_count; ++i) {
        SackBlock b = s.options.sacks[i];
        ++tp.tcp.stats.sack_blocks_received;
        if (b.start >= b.end || b.end > tp.snd_max || b.end - b.start > tp.snd_max - tp.snd_una) {
            ++tp.tcp.stats.sack_bad_blocks;
            continue;
        }
        if (b.end <= una)
            continue; // old news
        b.start = seq_max(b.start, una);
        news.any = tp.board.sacked(una, b, tp.newest_resent_ns, full) != 0 || news.any;
    }
    if (full)
        ++tp.tcp.stats.sack_holes_full;
    return news;
}

// RFC 5681 2: the definition of a duplicate; with SACK, RFC 6675 2's.
bool is_duplicate(const Tcpcb& tp, const TcpSegment& s, const SackNews& news)
{
    if (s.ack != tp.snd_una || tp.snd_una == tp.snd_max || tcp_persisting(tp))
        return false; // the answer to a window probe is none
    if (tp.has(tf_sack) && s.options.sack_count != 0)
        return news.any;
    return s.len == 0 && !s.has(wire::tcp_fin) && !s.has(wire::tcp_syn) &&
           s.window << tp.snd_scale == tp.snd_wnd;
}

void duplicate_ack(Tcpcb& tp)
{
    ++tp.tcp.stats.received_dup_acks;
    tp.dup_acks++;
    if (tp.has(tf_recovery | tf_rto_recovery))
        return;
    const bool lost = tp.dup_acks >= dup_threshold || tp.board.first_to_resend() != nullptr;
    // RFC 6582 3.2: without SACK, ACKs of what was sent before a timeout prove nothing.
    if (lost && (tp.has(tf_sack) || tp.snd_una > tp.recover))
        tcp_enter_fast_recovery(tp);
}

void leave_recovery(Tcpcb& tp)
{
    const uint32_t flight = tp.snd_max - tp.snd_una;
    const uint32_t mss = tp.max_seg;
    if (tp.has(tf_recovery)) {
        // RFC 6582 3.2 step 3 (1): no burst.
        const uint32_t least = (flight > mss ? flight : mss) + mss;
        tp.cwnd = tp.has(tf_sack) || tp.ssthresh < least ? tp.ssthresh : least;
    }
    tp.flags &= ~static_cast<uint32_t>(tf_recovery | tf_rto_recovery | tf_rescue_used);
    tp.recover = tp.snd_una - 1;
    tp.dup_acks = 0;
}

// Some of what was in flight when the loss was seen is acknowledged, not all.
void partial_ack(Tcpcb& tp, uint32_t acked)
{
    if (tp.has(tf_rto_recovery)) {
        tcp_grow_window(tp, acked);
        return;
    }
    if (tp.has(tf_sack))
        return;
    // RFC 6582 3.2 step 3: the next hole is at snd_una. The segments that arrived are now acknowledged.
    const uint32_t arrived = acked / tp.max_seg;
    tp.dup_acks -= arrived > tp.dup_acks ? tp.dup_acks : arrived > 0 ? arrived - 1 : 0;
    tp.board.mark_first_lost(tp.snd_una, tp.max_seg);
    tp.flags |= tf_loss_probe;
}

// RFC 3522 and 4015: an ACK that echoes a time before our first retransmission shows that the timeout was needless.
bool was_spurious(Tcpcb& tp, const TcpSegment& s)
{
    return tp.has(tf_rto_recovery) && tp.rto_first_ts != 0 && tp.has(tf_timestamps) &&
           s.options.has_timestamps && ts_before(s.options.ts_echo, tp.rto_first_ts);
}

void undo_timeout(Tcpcb& tp)
{
    ++tp.tcp.stats.spurious_timeouts;
    tp.cwnd = tp.prior_cwnd;
    tp.ssthresh = tp.prior_ssthresh;
    tp.board.clear(tp.snd_una);
    leave_recovery(tp);
}

void sample_rtt(Tcpcb& tp, const TcpSegment& s)
{
    if (tp.has(tf_timestamps) && s.options.has_timestamps && s.options.ts_echo != 0) {
        const uint32_t ms = tcp_timestamp(tp) - s.options.ts_echo;
        if (ms < 1u << 22) // over an hour: the echo is no time of ours
            tcp_rtt_sample(tp, ms * ns_per_ms);
    } else if (tp.rtt.started_ns != 0 && s.ack >= tp.rtt.timed) {
        tcp_rtt_sample(tp, tp.tcp.now_ns() - tp.rtt.started_ns);
    }
    if (s.ack >= tp.rtt.timed)
        tp.rtt.started_ns = 0;
}

// A window far above what is in flight says nothing about the network any more: it stops at twice that.
bool was_limited_by_cwnd(const Tcpcb& tp, uint32_t flight)
{
    return flight * 2 >= tp.cwnd;
}

// Takes the acknowledged bytes out of the buffer. True when our FIN is among them.
bool release_acked(Tcpcb& tp, SeqNum ack)
{
    Socket& so = tp.so();
    uint32_t acked = ack - tp.snd_una;
    if (tp.snd_una == tp.iss)
        acked--; // the SYN
    const size_t bytes = acked < so.snd.data_bytes() ? acked : so.snd.data_bytes();
    const bool fin = acked > bytes && tp.has(tf_fin_sent);
    so.snd.drop(bytes);
    tp.snd_una = ack;
    tp.snd_nxt = seq_max(tp.snd_nxt, ack);
    tp.snd_up = seq_max(tp.snd_up, ack);
    if (bytes != 0)
        sowwakeup(so);
    return fin;
}

// All of what was in flight when the loss was seen is acknowledged: congestion avoidance goes on, with what this ACK acknowledges.
void leave_or_grow(Tcpcb& tp, uint32_t acked)
{
    if (tp.has(tf_rto_recovery)) {
        tcp_grow_window(tp, acked);
        leave_recovery(tp);
        return;
    }
    leave_recovery(tp);
    if (tp.has(tf_sack) && tp.cwnd >= tp.ssthresh)
        tcp_grow_window(tp, acked < tp.cwnd ? acked : tp.cwnd);
}

// RFC 5682 2.1: ACKs that move on after a timeout, though nothing but one segment was sent again, are of the first transmissions.
// True: this one is dealt with.
bool detect_spurious(Tcpcb& tp)
{
    if (tp.frto == Frto::off || !tp.has(tf_rto_recovery))
        return false;
    if (tp.frto == Frto::new_data) {
        tp.frto = Frto::off;
        undo_timeout(tp);
        return true;
    }
    const bool some_left = tp.snd_una < tp.recover && tcp_pipe(tp) == 0;
    tp.frto = some_left && tcp_unsent(tp) != 0 ? Frto::new_data : Frto::off;
    if (tp.frto == Frto::off)
        return false;
    tp.cwnd = 2u * tp.max_seg;
    return true;
}

// Step 3 (a): the segments behind the first are missing, too.
void frto_duplicate(Tcpcb& tp)
{
    const uint32_t most = 3u * tp.max_seg;
    if (tp.frto == Frto::new_data && tp.cwnd < most)
        tp.cwnd = most;
    tp.frto = Frto::off;
}

// The send buffer grows while the window is larger than what waits in it (as in NetBSD): a sender that fills it is held up by it.
void grow_send_buffer(Tcpcb& tp)
{
    const TcpSettings& set = tp.tcp.settings;
    Sockbuf& snd = tp.so().snd;
    if (set.sendbuf_auto == 0 || !snd.autosize || snd.data_bytes() < snd.hiwat / 8 * 7)
        return;
    const uint32_t window = tp.snd_wnd < tp.cwnd ? tp.snd_wnd : tp.cwnd;
    size_t most = tp.so().stack.socket_limit();
    if (most > static_cast<size_t>(set.sendbuf_max))
        most = static_cast<size_t>(set.sendbuf_max);
    if (tp.snd_wnd / 4 * 5 < snd.hiwat || window < tcp_unsent(tp) || snd.hiwat >= most)
        return;
    const size_t wanted = snd.hiwat + static_cast<size_t>(set.sendbuf_inc);
    snd.hiwat = wanted < most ? wanted : most;
}

void after_new_ack(Tcpcb& tp, const TcpSegment& s, uint32_t acked, uint32_t flight_before)
{
    if (was_spurious(tp, s))
        undo_timeout(tp);
    tp.rto_first_ts = 0;
    if (detect_spurious(tp))
        return;
    if (!tp.has(tf_recovery | tf_rto_recovery)) {
        tp.dup_acks = 0;
        tcp_find_losses(tp);
        if (tp.board.first_to_resend() != nullptr)
            tcp_enter_fast_recovery(tp);
        else if (was_limited_by_cwnd(tp, flight_before))
            tcp_grow_window(tp, acked);
    } else if (tp.snd_una >= tp.recover) {
        leave_or_grow(tp, acked);
    } else {
        tcp_find_losses(tp);
        partial_ack(tp, acked);
    }
}

bool new_ack(Tcpcb& tp, const TcpSegment& s, bool dsack)
{
    const uint32_t acked = s.ack - tp.snd_una;
    const uint32_t flight_before = tp.snd_max - tp.snd_una;
    ++tp.tcp.stats.received_acks;
    tp.tcp.stats.received_ack_bytes += acked;
    tp.traffic.bytes_acked += acked;
    sample_rtt(tp, s);
    tp.rexmt_shift = 0;
    tp.soft_error = 0;
    if (acked >= tp.max_seg && tp.proven_seg < tp.max_seg)
        tp.proven_seg = tp.max_seg;
    grow_send_buffer(tp);
    const bool fin_acked = release_acked(tp, s.ack);
    tp.board.acked(tp.snd_una);
    after_new_ack(tp, s, acked, flight_before);
    tcp_probe_acked(tp, dsack);
    if (tp.snd_una == tp.snd_max) {
        tcp_stop_rexmt(tp);
        tcp_stop_probe(tp);
    } else if (!tcp_persisting(tp)) {
        tp.rexmt_since_ns = tp.tcp.now_ns();
        tcp_arm_rexmt(tp); // RFC 6298 5.3
        tcp_arm_probe(tp);
    }
    return fin_acked;
}

// RFC 3168 6.1.2: the peer saw CE; once a window.
void congestion_echoed(Tcpcb& tp, const TcpSegment& s)
{
    if (!tp.has(tf_ecn) || !s.has(wire::tcp_ece) || s.ack <= tp.ecn_recover ||
        tp.has(tf_recovery | tf_rto_recovery))
        return;
    ++tp.tcp.stats.ecn_reductions;
    tp.ssthresh = tp.congctl->reduced(tp);
    tp.cwnd = tp.ssthresh;
    tp.acked_in_cwnd = 0;
    tp.ecn_recover = tp.snd_max;
    tp.flags |= tf_cwr_now;
}

// Our FIN is acknowledged.
TcpStep fin_acknowledged(TcpArrival& a)
{
    Tcpcb& tp = a.tp;
    switch (tp.state) {
    case TcpState::fin_wait_1:
        tp.state = TcpState::fin_wait_2;
        sowwakeup(tp.so()); // a close() that lingers
        tcp_arm_fin_wait_2(tp);
        break;
    case TcpState::closing:
        tcp_enter_time_wait(tp);
        break;
    case TcpState::last_ack:
        tcp_close(tp);
        return TcpStep::closed;
    default:
        break;
    }
    return TcpStep::go_on;
}

// SYN_RECEIVED: the handshake's last ACK.
TcpStep complete_handshake(TcpArrival& a)
{
    Tcpcb& tp = a.tp;
    const TcpSegment& s = a.seg;
    const bool by_syncache = tp.snd_una == tp.iss + 1; // which checked the ACK already
    if (by_syncache ? s.ack < tp.snd_una || s.ack > tp.snd_max
                    : s.ack <= tp.snd_una || s.ack > tp.snd_max) {
        tp.tcp.send_reset(s);
        ++tp.tcp.stats.bad_ack;
        return TcpStep::dropped;
    }
    if (!by_syncache)
        tp.snd_wnd = s.window << tp.snd_scale;
    tp.snd_wl1 = s.seq - 1; // so that this segment's window is taken
    tcp_established(tp);
    tcp_deliver_early_data(tp);
    return TcpStep::go_on;
}

} // namespace

void tcp_enter_fast_recovery(Tcpcb& tp)
{
    tp.board.mark_first_lost(tp.snd_una, tp.max_seg < tp.in_flight() ? tp.max_seg : tp.in_flight());
    tcp_enter_recovery(tp);
    tp.rtt.started_ns = 0;
    ++tp.tcp.stats.fast_retransmits;
    if (tp.has(tf_sack))
        ++tp.tcp.stats.sack_recoveries;
    tp.flags |= tf_loss_probe; // the first retransmission goes out whatever the pipe holds
    tcp_arm_rexmt(tp);         // a tail loss probe may have put it off
}

uint32_t tcp_pipe(const Tcpcb& tp)
{
    const uint32_t pipe = tp.board.pipe(tp.snd_max);
    if (tp.has(tf_sack))
        return pipe;
    const uint32_t arrived = tp.dup_acks * tp.max_seg;
    return pipe > arrived ? pipe - arrived : 0;
}

namespace {

// The peer took its window back with data in flight: that is asked for like anything behind a closed window, for as long as the peer
// answers (RFC 9293 3.8.6, MUST-37), not sent again until patience ends.
void window_taken_back(Tcpcb& tp)
{
    if (tp.snd_una == tp.snd_max || tcp_persisting(tp) || tp.state < TcpState::established ||
        tp.has(tf_fin_sent) || tp.so().snd.data_bytes() == 0)
        return;
    tcp_stop_rexmt(tp);
    tcp_stop_probe(tp);
    tp.board.clear(tp.snd_una);
    tp.flags &= ~static_cast<uint32_t>(tf_recovery | tf_rto_recovery | tf_rescue_used);
    tp.frto = Frto::off;
    tp.recover = tp.snd_una - 1;
    tp.dup_acks = 0;
    tp.rexmt_shift = 0;
    tp.snd_nxt = tp.snd_una;
    tcp_arm_persist(tp);
}

} // namespace

void tcp_update_window(Tcpcb& tp, const TcpSegment& s)
{
    const uint32_t window = s.window << (s.has(wire::tcp_syn) ? 0 : tp.snd_scale);
    const bool newer = tp.snd_wl1 < s.seq || (tp.snd_wl1 == s.seq && tp.snd_wl2 <= s.ack);
    if (!newer)
        return;
    if (s.len == 0 && s.ack == tp.snd_wl2 && window > tp.snd_wnd)
        ++tp.tcp.stats.received_window_updates;
    tp.snd_wnd = window;
    tp.snd_wl1 = s.seq;
    tp.snd_wl2 = s.ack;
    if (window > tp.max_snd_wnd)
        tp.max_snd_wnd = window;
    if (window != 0 && tcp_persisting(tp))
        tcp_stop_persist(tp);
    if (window == 0)
        window_taken_back(tp);
}

TcpStep tcp_process_ack(TcpArrival& a)
{
    Tcpcb& tp = a.tp;
    const TcpSegment& s = a.seg;
    if (!s.has(wire::tcp_ack)) {
        ++tp.tcp.stats.no_ack_flag;
        return TcpStep::dropped;
    }
    if (tp.state == TcpState::syn_received && complete_handshake(a) == TcpStep::dropped)
        return TcpStep::dropped;
    if (tp.fast_opened && s.ack >= tp.snd_una && s.ack <= tp.snd_max)
        tp.tcp.syncache.fast_open_over(tp);
    // RFC 5961 5.2: neither from the far past nor from the future.
    if (s.ack > tp.snd_max || s.ack < tp.snd_una - tp.max_snd_wnd) {
        ++tp.tcp.stats.bad_ack;
        tcp_challenge(tp);
        return TcpStep::dropped;
    }
    if (tp.state == TcpState::time_wait) { // the peer's FIN again
        if (a.fin)
            tcp_arm_wait(tp, 2 * slow_ticks_ns(tp.tcp.settings.msl));
        if (s.len != 0 || a.fin || s.seq != tp.rcv_nxt || s.ack != tp.snd_max)
            tp.flags |= tf_ack_now; // anything but what a peer in TIME-WAIT itself would send
        return TcpStep::go_on;
    }
    const bool counted = tp.board.any() || tp.has(tf_recovery);
    const SeqNum una_before = tp.snd_una;
    const uint32_t sacked_before = counted ? tp.board.sacked_bytes() : 0;
    const SackNews news = process_sacks(tp, s);
    if (news.dsack)
        tcp_rack_dsack(tp);
    congestion_echoed(tp, s);
    TcpStep next = TcpStep::go_on;
    if (s.ack > tp.snd_una) {
        a.new_ack = true;
        if (new_ack(tp, s, news.dsack))
            next = fin_acknowledged(a);
        if (next == TcpStep::closed)
            return next;
    } else {
        tcp_find_losses(tp);
        if (is_duplicate(tp, s, news)) {
            frto_duplicate(tp);
            duplicate_ack(tp);
        } else if (s.ack == tp.snd_una && s.len == 0 && !tp.has(tf_recovery | tf_rto_recovery)) {
            tp.dup_acks = 0;
        }
    }
    if (tp.has(tf_recovery) && tp.has(tf_sack) && tp.tcp.settings.prr != 0)
        tcp_pace_recovery(tp, (tp.snd_una - una_before) + tp.board.sacked_bytes() - sacked_before);
    tcp_update_window(tp, s);
    return next;
}

} // namespace netmgr
