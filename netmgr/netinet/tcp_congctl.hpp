// SPDX-License-Identifier: Apache-2.0
// Congestion control algorithms: how the window grows and shrinks. When it does is tcp_ack.cpp's and tcp_timer.cpp's business.
#pragma once
#include <stdint.h>

namespace netmgr {

struct Tcpcb;

struct TcpCongestionControl {
    const char* name;
    void (*start)(Tcpcb& tp);
    void (*grow)(Tcpcb& tp, uint32_t acked); // congestion avoidance, bytes newly acknowledged
    uint32_t (*reduced)(Tcpcb& tp);          // ssthresh after a loss or CE
    void (*timed_out)(Tcpcb& tp);
};

extern const TcpCongestionControl tcp_newreno; // RFC 5681, RFC 6582
extern const TcpCongestionControl tcp_cubic;   // RFC 9438

const TcpCongestionControl* tcp_find_congctl(const char* name);
constexpr const char* tcp_congctl_available = "newreno cubic";

uint32_t tcp_initial_window(const Tcpcb& tp);
void tcp_start_congctl(Tcpcb& tp);
void tcp_grow_window(Tcpcb& tp, uint32_t acked);
void tcp_enter_recovery(Tcpcb& tp);
void tcp_pace_recovery(Tcpcb& tp, uint32_t delivered); // bytes that this ACK says arrived
void tcp_restart_after_idle(Tcpcb& tp);

} // namespace netmgr
