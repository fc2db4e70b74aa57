// SPDX-License-Identifier: Apache-2.0
// Finding losses by time: the reordering window and the tail loss probe of RFC 8985, beside RFC 6675's count of three.
#include "netinet/tcp.hpp"
#include "netinet/tcp_congctl.hpp"

namespace netmgr {

namespace {

constexpr uint32_t dup_threshold = 3;
constexpr uint64_t max_ack_delay_ns =
    200 * ns_per_ms;                       // 7.2: what a lone segment's ACK may take longer
constexpr uint8_t window_persistence = 16; // 6.2.1: recoveries

// 6.2.1: reo_wnd.
uint64_t reordering_window(const Tcpcb& tp)
{
    const uint64_t window = tp.rtt.min_ns / 4 * tp.rack.window_quarters;
    return window < tp.rtt.srtt_ns ? window : tp.rtt.srtt_ns;
}

bool recovering(const Tcpcb& tp)
{
    return tp.has(tf_recovery | tf_rto_recovery);
}

// 7.3: new data when there is some and the peer's window takes it, else the last segment again.
void send_probe(Tcpcb& tp)
{
    const auto buffered = static_cast<uint32_t>(tp.so().snd.data_bytes());
    const uint32_t sent = tp.snd_max - tp.snd_una;
    const bool fresh = buffered > sent && sent < tp.snd_wnd && tp.snd_nxt == tp.snd_max;
    ++tp.tcp.stats.loss_probes;
    tp.rack.probe_out = true;
    tp.rack.probe_resent = !fresh;
    tp.flags |= fresh ? tf_probe_new : tf_probe_tail;
    (void)tcp_output(tp);
    tp.flags &= ~static_cast<uint32_t>(tf_probe_new | tf_probe_tail);
    tp.rack.probe_end = tp.snd_max;
    tcp_arm_rexmt(tp);
}

void loss_timeout(void* arg)
{
    Tcpcb& tp = *static_cast<Tcpcb*>(arg);
    if (!tp.rack.waiting) {
        if (!recovering(tp) && tp.snd_max != tp.snd_una && !tcp_persisting(tp))
            send_probe(tp);
        return;
    }
    tp.rack.waiting = false;
    if (!tp.board.mark_lost_below(tp.rack.wait_high))
        return;
    if (!recovering(tp))
        tcp_enter_fast_recovery(tp);
    (void)tcp_output(tp);
}

void start_waiting(Tcpcb& tp)
{
    tp.rack.wait_high = tp.board.high();
    if (tp.rack.waiting && callout_pending(&tp.loss_timer) != 0)
        return;
    tp.rack.waiting = true;
    tp.stack().callouts().start(tp.loss_timer, reordering_window(tp), loss_timeout, &tp);
}

} // namespace

void tcp_find_losses(Tcpcb& tp)
{
    TcpScoreboard& board = tp.board;
    board.mark_lost(tp.max_seg);
    if (board.take_reordering())
        tp.rack.reordering_seen = true;
    const bool patient = tp.rack.reordering_seen;
    const uint64_t slack_ns = patient ? reordering_window(tp) : 0;
    const uint64_t before = tp.newest_resent_ns > slack_ns ? tp.newest_resent_ns - slack_ns : 0;
    const uint32_t slack = patient ? (dup_threshold - 1) * tp.max_seg : 0;
    if (const unsigned n = board.mark_resent_lost(before, slack))
        tp.tcp.stats.lost_retransmits += n;
    if (!tp.has(tf_sack) || !board.any_undecided())
        return;
    if (!patient && recovering(tp))
        board.mark_lost_below(board.high()); // 6.2.1: no reordering was ever seen, and losses were
    else
        start_waiting(tp);
}

void tcp_rack_dsack(Tcpcb& tp)
{
    constexpr uint8_t most = 16;
    if (tp.rack.window_quarters < most)
        tp.rack.window_quarters++;
    tp.rack.window_persists = window_persistence;
    tp.rack.reordering_seen = true;
}

// 7.4.2: a probe of old data that nobody reports as a duplicate has repaired a loss: that is congestion.
void tcp_probe_acked(Tcpcb& tp, bool dsack)
{
    if (!tp.rack.probe_out || tp.snd_una < tp.rack.probe_end)
        return;
    tp.rack.probe_out = false;
    if (!tp.rack.probe_resent || dsack || recovering(tp))
        return;
    tp.ssthresh = tp.congctl->reduced(tp);
    tp.cwnd = tp.ssthresh;
    tp.acked_in_cwnd = 0;
}

// 7.2: after new data and after ACKs that move on, while no loss is known.
void tcp_arm_probe(Tcpcb& tp)
{
    if (!tp.has(tf_sack) || tp.state < TcpState::established || tp.rtt.srtt_ns == 0 ||
        recovering(tp) || tp.rack.probe_out || tp.board.any_sacked() || tp.rexmt_shift != 0)
        return;
    const uint32_t flight = tp.snd_max - tp.snd_una;
    uint64_t ns = 2 * tp.rtt.srtt_ns + (flight <= tp.max_seg ? max_ack_delay_ns : 2 * ns_per_ms);
    if (ns > tp.rto_ns)
        ns = tp.rto_ns; // the probe takes the place of the first timeout
    tp.rack.waiting = false;
    tp.stack().callouts().start(tp.loss_timer, ns, loss_timeout, &tp);
    tcp_delay_rexmt(tp, ns);
}

void tcp_stop_probe(Tcpcb& tp)
{
    if (!tp.rack.waiting)
        tp.stack().callouts().stop(tp.loss_timer);
}

} // namespace netmgr
