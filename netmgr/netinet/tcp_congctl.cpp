// SPDX-License-Identifier: Apache-2.0
// NewReno, and what all algorithms share: initial window, slow start, entering recovery.
#include "netinet/tcp_congctl.hpp"

#include <string.h>

#include "netinet/tcp.hpp"

namespace netmgr {

namespace {

uint32_t half_flight(Tcpcb& tp)
{
    const uint32_t half = tp.in_flight() / 2;
    const uint32_t least = 2u * tp.max_seg; // RFC 5681 eqn. 4
    return half > least ? half : least;
}

// One segment a window, counted in bytes (RFC 5681 3.1, the recommended way).
void reno_grow(Tcpcb& tp, uint32_t acked)
{
    tp.acked_in_cwnd += acked;
    if (tp.acked_in_cwnd < tp.cwnd)
        return;
    tp.acked_in_cwnd -= tp.cwnd;
    tp.cwnd += tp.max_seg;
}

void reno_nothing(Tcpcb&)
{
}

} // namespace

const TcpCongestionControl tcp_newreno = {"newreno", reno_nothing, reno_grow, half_flight,
                                          reno_nothing};

const TcpCongestionControl* tcp_find_congctl(const char* name)
{
    for (const TcpCongestionControl* c : {&tcp_newreno, &tcp_cubic})
        if (strcmp(c->name, name) == 0)
            return c;
    return strcmp(name, "reno") == 0 ? &tcp_newreno : nullptr;
}

// RFC 6928 2: ten segments, but no more than 14600 bytes unless two segments are.
uint32_t tcp_initial_window(const Tcpcb& tp)
{
    const auto segments = static_cast<uint32_t>(tp.tcp.settings.init_win);
    const uint32_t mss = tp.max_seg;
    const uint32_t most = segments * 1460 > 2 * mss ? segments * 1460 : 2 * mss;
    return segments * mss < most ? segments * mss : most;
}

void tcp_start_congctl(Tcpcb& tp)
{
    tp.cwnd = tcp_initial_window(tp);
    // RFC 5681 3.1: a lost SYN means one segment to begin with.
    if (tp.rexmt_shift > 1 || (tp.rexmt_shift == 1 && tp.rtt.srtt_ns == 0))
        tp.cwnd = tp.max_seg;
    tp.congctl->start(tp);
}

void tcp_grow_window(Tcpcb& tp, uint32_t acked)
{
    constexpr uint32_t most = 1u << 30;
    if (tp.cwnd >= most)
        return;
    if (tp.cwnd < tp.ssthresh) {
        // RFC 3465: at most two segments an ACK; after a timeout one, for the ACK may cover old retransmissions.
        const uint32_t limit = tp.tcp.settings.abc_enable == 0 || tp.has(tf_rto_recovery)
                                   ? tp.max_seg
                                   : 2u * tp.max_seg;
        tp.cwnd += acked < limit ? acked : limit;
        return;
    }
    tp.congctl->grow(tp, acked);
}

void tcp_enter_recovery(Tcpcb& tp)
{
    tp.ssthresh = tp.congctl->reduced(tp);
    tp.cwnd = tp.ssthresh;
    tp.acked_in_cwnd = 0;
    tp.recover = tp.snd_max;
    tp.prr = {tp.snd_max - tp.snd_una, 0, 0};
    tp.rack.probe_out = false;
    if (tp.rack.window_persists != 0 && --tp.rack.window_persists == 0)
        tp.rack.window_quarters = 1;
    tp.flags |= tf_recovery | (tp.has(tf_ecn) ? tf_cwr_now : 0u);
    tp.flags &= ~static_cast<uint32_t>(tf_rescue_used);
}

// RFC 6937 3.1, with the slow start reduction bound: what goes out during recovery follows what arrives.
void tcp_pace_recovery(Tcpcb& tp, uint32_t delivered)
{
    TcpPrr& prr = tp.prr;
    const uint32_t pipe = tcp_pipe(tp);
    uint32_t more = 0;
    prr.delivered += delivered;
    if (pipe > tp.ssthresh) {
        const uint64_t share = static_cast<uint64_t>(prr.delivered) * tp.ssthresh;
        const auto due = static_cast<uint32_t>((share + prr.flight - 1) / prr.flight);
        more = due > prr.out ? due - prr.out : 0;
    } else {
        const uint32_t owed = prr.delivered > prr.out ? prr.delivered - prr.out : 0;
        const uint32_t limit = (owed > delivered ? owed : delivered) + tp.max_seg;
        more = tp.ssthresh - pipe < limit ? tp.ssthresh - pipe : limit;
    }
    tp.cwnd = pipe + more;
}

// RFC 5681 4.1: after a time without sending, the ACK clock is gone.
void tcp_restart_after_idle(Tcpcb& tp)
{
    const uint32_t initial = tcp_initial_window(tp);
    if (tp.cwnd > initial)
        tp.cwnd = initial;
    tp.cubic.epoch_ns = 0;
}

} // namespace netmgr
