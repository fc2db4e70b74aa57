// SPDX-License-Identifier: Apache-2.0
// CUBIC (RFC 9438), in integers: C = 0.4, beta = 0.7, fast convergence and the Reno-friendly region.
#include "kern/callout_wheel.hpp"
#include "netinet/tcp_congctl.hpp"
#include "netinet/tcp_pcb.hpp"

namespace netmgr {

namespace {

// floor(cbrt(x)), by bits.
uint64_t cube_root(uint64_t x)
{
    uint64_t y = 0;
    for (int s = 63; s >= 0; s -= 3) {
        y *= 2;
        const uint64_t b = 3 * y * (y + 1) + 1;
        if (x >> s >= b) {
            x -= b << s;
            y++;
        }
    }
    return y;
}

// Eqn. 2: K = cbrt((W_max - cwnd_epoch) / C), here in ms: cbrt(segments / 0.4 * 1e9).
uint64_t inflection_ms(uint32_t bytes, uint32_t mss)
{
    const uint64_t segments_milli = static_cast<uint64_t>(bytes) * 1000 / mss;
    return cube_root(segments_milli * 2'500'000);
}

void start_epoch(Tcpcb& tp, uint64_t now)
{
    TcpCubic& c = tp.cubic;
    c.epoch_ns = now;
    c.w_est = tp.cwnd;
    c.acked_in_est = 0;
    if (c.w_max <= tp.cwnd) {
        c.w_max = tp.cwnd;
        c.k_ms = 0;
    } else {
        c.k_ms = inflection_ms(c.w_max - tp.cwnd, tp.max_seg);
    }
}

// Eqn. 1 at a time of the epoch: C * (t - K)^3 + W_max, in bytes.
uint64_t window_at(const Tcpcb& tp, uint64_t ms)
{
    const TcpCubic& c = tp.cubic;
    const int64_t d = static_cast<int64_t>(ms) - static_cast<int64_t>(c.k_ms);
    const int64_t capped = d > 1'000'000 ? 1'000'000 : d < -1'000'000 ? -1'000'000 : d;
    const int64_t segments_milli =
        capped * capped / 1000 * capped / 1000 * 4 / 10; // 0.4 t^3, t in s
    const int64_t w = static_cast<int64_t>(c.w_max) + segments_milli * tp.max_seg / 1000;
    return w < 0 ? 0 : static_cast<uint64_t>(w);
}

// 4.3: what Reno would have. alpha is 1 from the start, not 3 * (1 - 0.7) / (1 + 0.7) until the old window is reached: with small
// buffers and random loss the link would stay empty (docs/performance.md).
void grow_reno_estimate(Tcpcb& tp, uint32_t acked)
{
    TcpCubic& c = tp.cubic;
    const uint64_t grown = static_cast<uint64_t>(acked) * tp.max_seg + c.acked_in_est;
    c.w_est += static_cast<uint32_t>(grown / tp.cwnd);
    c.acked_in_est = static_cast<uint32_t>(grown % tp.cwnd);
}

void cubic_grow(Tcpcb& tp, uint32_t acked)
{
    TcpCubic& c = tp.cubic;
    const uint64_t now = tp.stack().now_ns();
    if (c.epoch_ns == 0)
        start_epoch(tp, now);
    grow_reno_estimate(tp, acked);
    const uint64_t t = (now - c.epoch_ns + tp.rtt.srtt_ns) / ns_per_ms;
    uint64_t target = window_at(tp, t);
    const uint64_t most = tp.cwnd + tp.cwnd / 2; // 4.2: target within [cwnd, 1.5 cwnd]
    target = target > most ? most : target;
    if (target < c.w_est) {
        if (tp.cwnd < c.w_est)
            tp.cwnd = c.w_est;
        return;
    }
    if (target <= tp.cwnd)
        return;
    // 4.4: cwnd += (target - cwnd) / cwnd a segment acknowledged.
    const uint64_t step = (target - tp.cwnd) * acked / tp.cwnd;
    tp.cwnd += static_cast<uint32_t>(step);
}

uint32_t cubic_reduced(Tcpcb& tp)
{
    TcpCubic& c = tp.cubic;
    const uint32_t cwnd = tp.cwnd;
    c.epoch_ns = 0;
    c.cwnd_prior = cwnd;
    c.w_max = cwnd < c.w_max ? static_cast<uint32_t>(cwnd * 17ull / 20) : cwnd; // 4.7
    // 4.6 allows cwnd for the flight size; tcp_ack.cpp keeps it below twice that.
    const auto next = static_cast<uint32_t>(cwnd * 7ull / 10);
    return next > 2u * tp.max_seg ? next : 2u * tp.max_seg;
}

void cubic_start(Tcpcb& tp)
{
    tp.cubic = TcpCubic();
}

void cubic_timed_out(Tcpcb& tp)
{
    tp.cubic.epoch_ns = 0; // 4.8
}

} // namespace

const TcpCongestionControl tcp_cubic = {"cubic", cubic_start, cubic_grow, cubic_reduced,
                                        cubic_timed_out};

} // namespace netmgr
