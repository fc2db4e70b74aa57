// SPDX-License-Identifier: Apache-2.0
// TCP's timers: retransmission (RFC 6298), window probes, keepalive, delayed ACK, TIME-WAIT.
#include <errno.h>

#include "net/route_socket.hpp"
#include "netinet/tcp.hpp"
#include "netinet/tcp_congctl.hpp"

namespace netmgr {

namespace {

constexpr uint8_t advice_shift = 3;       // R1: tell the routing layer (RFC 9293 MUST-20)
constexpr uint8_t black_hole_shift = 4;   // timeouts of full segments until smaller ones are tried
constexpr uint8_t changed_path_shift = 6; // the same when full segments came through before
constexpr uint16_t black_hole_mss[] = {1024, 536}; // RFC 4821 7.7, RFC 2923 2.1
constexpr uint64_t persist_min_ns = ns_per_s / 2;
constexpr uint64_t persist_max_ns = 60 * ns_per_s;
constexpr uint8_t shift_max = 16;

uint64_t clamp_ns(uint64_t value, uint64_t least, uint64_t most)
{
    return value < least ? least : value > most ? most : value;
}

uint64_t ms_ns(int32_t ms)
{
    return static_cast<uint64_t>(ms) * ns_per_ms;
}

// RFC 6298 2.4, 5.5.
uint64_t backed_off(const Tcpcb& tp)
{
    const uint64_t most = ms_ns(tp.tcp.settings.rto_max_ms);
    const uint64_t rto = clamp_ns(tp.rto_ns, ms_ns(tp.tcp.settings.rto_min_ms), most);
    const unsigned shift = tp.rexmt_shift < shift_max ? tp.rexmt_shift : shift_max;
    const bool first = shift == 0 && tp.rtt.srtt_ns == 0;
    const uint64_t slop = first ? 0 : ms_ns(tp.tcp.settings.rexmit_slop);
    return (rto > most >> shift ? most : rto << shift) + slop;
}

bool gave_up(const Tcpcb& tp)
{
    const uint64_t now = tp.tcp.now_ns();
    if (tp.user_timeout_ns != 0 && tp.rexmt_since_ns != 0)
        return now - tp.rexmt_since_ns >= tp.user_timeout_ns;
    if (tp.state == TcpState::syn_sent && tp.tuning.syn_count != 0)
        return tp.rexmt_shift > tp.tuning.syn_count;
    return tp.rexmt_shift > tp.tcp.settings.maxrexmt;
}

// Full segments vanish and nobody says why: try smaller ones (RFC 4821), at last without DF.
void check_black_hole(Tcpcb& tp)
{
    if (tp.tcp.settings.mtudisc_blackhole == 0 || !tp.has(tf_dont_fragment) ||
        tp.state != TcpState::established ||
        tp.rexmt_shift < (tp.proven_seg >= tp.max_seg ? changed_path_shift : black_hole_shift) ||
        tp.rexmt_shift % 2 != 0 || tp.snd_max - tp.snd_una < tp.max_seg)
        return;
    for (uint16_t smaller : black_hole_mss) {
        if (smaller >= tp.max_seg)
            continue;
        if (tp.saved_seg == 0)
            tp.saved_seg = tp.max_seg;
        tp.max_seg = smaller;
        tp.flags |= tf_black_hole;
        ++tp.tcp.stats.black_holes;
        return;
    }
    tp.flags &= ~static_cast<uint32_t>(tf_dont_fragment);
}

// RFC 5681 3.1 eqn. 4, RFC 6298 5, RFC 6675 5.1: everything in flight counts as lost, one segment goes.
void timeout_window(Tcpcb& tp)
{
    const bool fresh = tp.rexmt_shift == 1 && !tp.has(tf_recovery | tf_rto_recovery);
    tp.frto =
        fresh && tp.tcp.settings.frto != 0 && !tp.has(tf_timestamps) ? Frto::resent : Frto::off;
    if (tp.rexmt_shift == 1) {
        tp.prior_cwnd = tp.cwnd;
        tp.prior_ssthresh = tp.ssthresh;
        tp.rto_first_ts = tcp_timestamp(tp);
        // Once: later timeouts, and one in a recovery that could not end, are the same congestion.
        if (!tp.has(tf_recovery))
            tp.ssthresh = tp.congctl->reduced(tp);
    }
    tp.congctl->timed_out(tp);
    tp.cwnd = tp.max_seg;
    tp.acked_in_cwnd = 0;
    tp.dup_acks = 0;
    tp.recover = tp.snd_max;
    tp.rack.probe_out = tp.rack.waiting = false;
    tp.stack().callouts().stop(tp.loss_timer);
    tp.flags &= ~static_cast<uint32_t>(tf_recovery);
    tp.flags |= tf_rto_recovery;
    tp.board.mark_all_lost(tp.snd_una, tp.snd_max);
    if (tp.has(tf_ecn))
        tp.flags |= tf_cwr_now;
}

// Nothing comes through: listeners of the routing socket hear of it, and the next segment looks for another way. What a
// redirect taught is forgotten; a path MTU stays true.
void doubt_route(Tcpcb& tp)
{
    Inet& inet = tp.tcp.inet;
    rtentry* route = inet.lookup_route(tp.inp.route, tp.inp.foreign, tp.so().fib);
    tp.inp.route = RouteCache();
    if (route == nullptr)
        return;
    announce_losing(inet.net, *route);
    constexpr int redirected = RTF_DYNAMIC | RTF_GATEWAY;
    if ((route->flags & redirected) == redirected && route->mtu == 0)
        inet.net.remove_route(route);
}

void rexmt_timeout(void* arg)
{
    Tcpcb& tp = *static_cast<Tcpcb*>(arg);
    if (tp.snd_una == tp.snd_max && tp.synchronized()) {
        (void)tcp_output(tp); // an earlier attempt found no memory
        return;
    }
    ++tp.tcp.stats.retransmit_timeouts;
    tp.rexmt_shift++;
    const bool opening =
        tp.state == TcpState::syn_sent || (tp.state == TcpState::syn_received && !tp.fast_opened);
    if (gave_up(tp) || (opening && tp.rexmt_shift > advice_shift && tp.soft_error != 0)) {
        ++tp.tcp.stats.timeout_drops;
        tcp_drop(tp, ETIMEDOUT);
        return;
    }
    if (tp.rexmt_shift >= advice_shift)
        doubt_route(tp);
    if (tp.rexmt_shift > advice_shift)
        tcp_forget_rtt(tp);
    check_black_hole(tp);
    tp.rtt.started_ns = 0; // Karn
    tcp_arm_rexmt(tp);
    if (opening) {
        tp.snd_nxt = tp.iss;
        if (tp.rexmt_shift > tp.tcp.settings.ecn_maxretries)
            tp.flags &= ~static_cast<uint32_t>(tf_ecn);
    } else {
        timeout_window(tp);
    }
    (void)tcp_output(tp);
}

// RFC 9293 3.8.6.1: ask as long as the peer answers, however often.
void persist_timeout(void* arg)
{
    Tcpcb& tp = *static_cast<Tcpcb*>(arg);
    if (tp.so().snd.data_bytes() == 0)
        return; // the last byte went as a probe
    ++tp.tcp.stats.persist_timeouts;
    const uint64_t silence = tp.tcp.now_ns() - tp.last_received_ns;
    const uint64_t patience =
        tp.user_timeout_ns != 0
            ? tp.user_timeout_ns
            : ms_ns(tp.tcp.settings.rto_max_ms) * static_cast<uint64_t>(tp.tcp.settings.maxrexmt);
    const bool orphan = (tp.so().state & ss_detached) != 0;
    if (silence >= patience || (orphan && tp.probes > tp.tcp.settings.maxrexmt)) {
        ++tp.tcp.stats.persist_drops;
        tcp_drop(tp, ETIMEDOUT);
        return;
    }
    tp.probes++;
    ++tp.tcp.stats.sent_probes;
    tcp_arm_persist(tp);
    tp.flags |= tf_force;
    tp.snd_nxt = tp.snd_una; // the same byte each time
    const SeqNum before = tp.snd_nxt;
    (void)tcp_output(tp);
    if (tcp_persisting(tp))
        tp.snd_nxt = before;
}

uint64_t keep_interval(const Tcpcb& tp)
{
    return tp.keepalive.interval_ns != 0 ? tp.keepalive.interval_ns
                                         : slow_ticks_ns(tp.tcp.settings.keepintvl);
}

uint64_t keep_idle(const Tcpcb& tp)
{
    return tp.keepalive.idle_ns != 0 ? tp.keepalive.idle_ns
                                     : slow_ticks_ns(tp.tcp.settings.keepidle);
}

void keep_timeout(void* arg)
{
    Tcpcb& tp = *static_cast<Tcpcb*>(arg);
    ++tp.tcp.stats.keepalive_timeouts;
    if (tp.state == TcpState::syn_sent || tp.state == TcpState::syn_received) {
        ++tp.tcp.stats.timeout_drops;
        tcp_drop(tp, ETIMEDOUT);
        return;
    }
    if ((tp.so().options & SO_KEEPALIVE) == 0 || tp.state == TcpState::time_wait)
        return;
    const uint64_t quiet = tp.tcp.now_ns() - tp.last_received_ns;
    if (quiet < keep_idle(tp)) {
        tp.probes = 0;
        tp.stack().callouts().start(tp.keep_timer, keep_idle(tp) - quiet, keep_timeout, &tp);
        return;
    }
    const auto most = tp.keepalive.count != 0 ? static_cast<int32_t>(tp.keepalive.count)
                                              : tp.tcp.settings.keepcnt;
    if (tp.probes >= most) {
        ++tp.tcp.stats.keepalive_drops;
        tcp_drop(tp, ETIMEDOUT);
        return;
    }
    tp.probes++;
    tp.stack().callouts().start(tp.keep_timer, keep_interval(tp), keep_timeout, &tp);
    if (tp.snd_una != tp.snd_max || tcp_persisting(tp))
        return; // data is being retransmitted: that probes enough
    ++tp.tcp.stats.keepalive_probes;
    tp.flags |= tf_force;
    (void)tcp_output(tp);
}

void delack_timeout(void* arg)
{
    Tcpcb& tp = *static_cast<Tcpcb*>(arg);
    ++tp.tcp.stats.delayed_acks;
    tp.flags |= tf_ack_now;
    (void)tcp_output(tp);
}

void wait_timeout(void* arg)
{
    tcp_close(*static_cast<Tcpcb*>(arg));
}

} // namespace

uint64_t slow_ticks_ns(int32_t ticks)
{
    return static_cast<uint64_t>(ticks) * (ns_per_s / 2);
}

void tcp_arm_rexmt(Tcpcb& tp)
{
    tp.stack().callouts().start(tp.rexmt_timer, backed_off(tp), rexmt_timeout, &tp);
}

void tcp_delay_rexmt(Tcpcb& tp, uint64_t ns)
{
    tp.stack().callouts().start(tp.rexmt_timer, ns + backed_off(tp), rexmt_timeout, &tp);
}

void tcp_stop_rexmt(Tcpcb& tp)
{
    tp.stack().callouts().stop(tp.rexmt_timer);
    tp.rexmt_since_ns = 0;
}

void tcp_arm_persist(Tcpcb& tp)
{
    const unsigned shift = tp.probes < shift_max ? tp.probes : shift_max;
    const uint64_t ns = clamp_ns(tp.rto_ns << shift, persist_min_ns, persist_max_ns);
    tp.stack().callouts().start(tp.persist_timer, ns, persist_timeout, &tp);
}

void tcp_stop_persist(Tcpcb& tp)
{
    tp.stack().callouts().stop(tp.persist_timer);
    tp.probes = 0;
}

bool tcp_persisting(const Tcpcb& tp)
{
    return callout_pending(&tp.persist_timer) != 0;
}

void tcp_arm_delack(Tcpcb& tp)
{
    if (callout_pending(&tp.delack_timer) == 0)
        tp.stack().callouts().start(tp.delack_timer, ms_ns(tp.tcp.settings.delack_ms),
                                    delack_timeout, &tp);
}

void tcp_arm_keepalive(Tcpcb& tp)
{
    uint64_t ns = 0;
    if (tp.state == TcpState::syn_sent || (tp.state == TcpState::syn_received && tp.fast_opened))
        ns = tp.tuning.keepinit_ns != 0 ? tp.tuning.keepinit_ns
                                        : slow_ticks_ns(tp.tcp.settings.keepinit);
    else if ((tp.so().options & SO_KEEPALIVE) != 0 && tp.synchronized())
        ns = keep_idle(tp);
    if (ns != 0)
        tp.stack().callouts().start(tp.keep_timer, ns, keep_timeout, &tp);
    else
        tp.stack().callouts().stop(tp.keep_timer);
}

void tcp_arm_wait(Tcpcb& tp, uint64_t ns)
{
    tp.stack().callouts().start(tp.wait_timer, ns, wait_timeout, &tp);
}

void tcp_stop_timers(Tcpcb& tp)
{
    for (callout* c : {&tp.rexmt_timer, &tp.persist_timer, &tp.keep_timer, &tp.delack_timer,
                       &tp.wait_timer, &tp.loss_timer})
        tp.stack().callouts().stop(*c);
}

// RFC 6298 2: alpha 1/8, beta 1/4, K = 4; the variance's term is at least the minimum RTO, as delayed ACKs come late.
void tcp_rtt_sample(Tcpcb& tp, uint64_t rtt_ns)
{
    TcpRtt& r = tp.rtt;
    ++tp.tcp.stats.rtt_samples;
    if (rtt_ns < ns_per_ms)
        rtt_ns = ns_per_ms;
    if (r.min_ns == 0 || rtt_ns < r.min_ns)
        r.min_ns = rtt_ns;
    if (r.srtt_ns == 0) {
        r.srtt_ns = rtt_ns;
        r.var_ns = rtt_ns / 2;
    } else {
        const uint64_t error = rtt_ns > r.srtt_ns ? rtt_ns - r.srtt_ns : r.srtt_ns - rtt_ns;
        r.var_ns = (3 * r.var_ns + error) / 4;
        r.srtt_ns = (7 * r.srtt_ns + rtt_ns) / 8;
    }
    const uint64_t least = ms_ns(tp.tcp.settings.rto_min_ms);
    tp.rto_ns = r.srtt_ns + (4 * r.var_ns > least ? 4 * r.var_ns : least);
}

// RFC 6298 5.7: after many timeouts the old estimate is worth nothing; the timer stays as it is.
void tcp_forget_rtt(Tcpcb& tp)
{
    if (tp.rtt.srtt_ns == 0)
        return;
    tp.rtt.srtt_ns = tp.rtt.var_ns = 0;
}

} // namespace netmgr
