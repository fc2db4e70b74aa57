// SPDX-License-Identifier: Apache-2.0
// The steps a segment for a connection takes, in the order of RFC 9293 3.10.7.4.
#pragma once
#include "netinet/tcp.hpp"
#include "netinet/tcp_segment.hpp"

namespace netmgr {

// What a step decided. dropped and closed end the way; after closed the control block is gone.
enum class TcpStep { go_on, dropped, closed };

struct TcpArrival {
    Tcpcb& tp;
    TcpSegment& seg;
    bool fin = false; // of this segment, still in the window
    bool new_ack = false;
    SeqNum original_seq{}; // before duplicates were cut off
};

// tcp_sequence.cpp
TcpStep tcp_check_timestamp(TcpArrival& a);
TcpStep tcp_check_sequence(TcpArrival& a);
TcpStep tcp_check_reset(TcpArrival& a);
TcpStep tcp_check_syn(TcpArrival& a);
void tcp_challenge(Tcpcb& tp);
// tcp_ack.cpp
TcpStep tcp_process_ack(TcpArrival& a);
// tcp_data.cpp
TcpStep tcp_process_urgent(TcpArrival& a);
TcpStep tcp_process_data(TcpArrival& a);
TcpStep tcp_process_fin(TcpArrival& a);
void tcp_deliver_early_data(Tcpcb& tp); // that came with the SYN of a simultaneous open
// tcp_syn_sent.cpp
TcpStep tcp_process_syn_sent(TcpArrival& a);

void tcp_synchronized_input(Tcpcb& tp, TcpSegment& seg);
void tcp_learn_timestamp(TcpArrival& a);
void tcp_update_window(Tcpcb& tp, const TcpSegment& seg);

} // namespace netmgr
