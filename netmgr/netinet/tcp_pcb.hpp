// SPDX-License-Identifier: Apache-2.0
// One TCP connection's control block (RFC 9293 3.3.1), and the functions its life is made of. Stack context only.
#pragma once
#include <stdint.h>

#include <sys/callout.h>

#include "kern/stack.hpp"
#include "netinet/in_pcb.hpp"
#include "netinet/tcp_reass.hpp"
#include "netinet/tcp_scoreboard.hpp"
#include "netinet/tcp_seq.hpp"
#include "wire/tcp.hpp"

namespace netmgr {

class Tcp;
struct Tcpcb;
struct TcpCongestionControl;

enum class TcpState : uint8_t { // BSD's numbers, for netstat
    closed,
    listen,
    syn_sent,
    syn_received,
    established,
    close_wait,
    fin_wait_1,
    closing,
    last_ack,
    fin_wait_2,
    time_wait,
};

enum TcpcbFlags : uint32_t {
    tf_ack_now = 0x01,
    tf_delayed_ack = 0x02,
    tf_no_delay = 0x04, // TCP_NODELAY
    tf_no_push = 0x08,  // TCP_CORK's BSD name: only full segments
    tf_no_options = 0x10,
    tf_scale = 0x20,      // window scaling is on in both directions
    tf_timestamps = 0x40, // RFC 7323 timestamps are on
    tf_sack = 0x80,       // RFC 2018 SACK is on
    tf_ecn = 0x100,       // RFC 3168 ECN is on
    tf_ece_now = 0x200,   // echo congestion until CWR comes
    tf_cwr_now = 0x400,   // tell that we reduced, with the next new data
    tf_signature = 0x800, // TCP_MD5SIG
    tf_fin_sent = 0x1000,
    tf_recovery = 0x2000,     // fast recovery, until `recover` is acknowledged
    tf_rto_recovery = 0x4000, // the same after a timeout: slow start through what was in flight
    tf_ecn_recovery = 0x8000, // one reduction a window (RFC 3168 6.1.2)
    tf_force = 0x10000,       // a window or keepalive probe is to be sent whatever the window
    tf_dont_fragment = 0x20000,
    tf_black_hole = 0x40000,  // the segment size was lowered because nothing came through
    tf_rescue_used = 0x80000, // RFC 6675 NextSeg() rule 4
    tf_urgent = 0x100000,     // send urgent data up to snd_up
    tf_loss_probe = 0x200000,
    tf_app_limited = 0x400000,
    tf_quick_ack = 0x800000,   // TCP_QUICKACK: no ACK is delayed
    tf_probe_new = 0x1000000,  // one segment more than the congestion window allows (RFC 8985 7.3)
    tf_probe_tail = 0x2000000, // the last segment again
    tf_fast_open = 0x8000000,  // TCP_FASTOPEN
    tf_learned_route = 0x4000000, // the IP options are the way back of what was received
};

struct TcpSegment; // tcp_segment.hpp

// Smoothed round trip (RFC 6298), in nanoseconds.
struct TcpRtt {
    uint64_t srtt_ns = 0; // 0: no sample yet
    uint64_t var_ns = 0;
    uint64_t min_ns = 0;
    uint64_t started_ns = 0; // the one segment timed without timestamps; 0 = none
    SeqNum timed;            // its last byte's successor
};

struct TcpCubic {          // RFC 9438
    uint64_t epoch_ns = 0; // 0: no epoch since the last congestion event
    uint32_t w_max = 0;    // bytes
    uint32_t w_est = 0;
    uint32_t acked_in_est = 0;
    uint64_t k_ms = 0;
    uint32_t cwnd_prior = 0;
};

struct TcpRack { // RFC 8985
    bool reordering_seen = false;
    bool probe_out = false;      // a tail loss probe went out, its ACK has not come
    bool probe_resent = false;   // it was old data
    bool waiting = false;        // the timer is the reordering window's, not the probe's
    uint8_t window_quarters = 1; // of the least round trip; grows with DSACKs
    uint8_t window_persists = 0; // recoveries until it is one again
    SeqNum probe_end;
    SeqNum wait_high; // holes below are lost when the reordering window is over
};

struct TcpPrr {          // RFC 6937, bytes since recovery began
    uint32_t flight = 0; // RecoverFS
    uint32_t delivered = 0;
    uint32_t out = 0;
};

enum class Frto : uint8_t { // RFC 5682
    off,
    resent,   // the first segment went out again: what does its ACK say?
    new_data, // it moved on: two new segments went out, and their ACKs decide
};

struct TcpKeepalive {
    uint64_t idle_ns = 0; // 0: the sysctl's
    uint64_t interval_ns = 0;
    uint32_t count = 0;
};

struct
    TcpTuning { // by socket option; connections have it from their listener. 0: the variables' values
    uint64_t keepinit_ns = 0; // TCP_KEEPINIT
    uint32_t fast_open_limit =
        0; // TCP_FASTOPEN: of a listener, connections that nobody confirmed yet
    uint64_t fin_wait_2_ns = 0;   // TCP_LINGER2
    uint64_t defer_accept_ns = 0; // TCP_DEFER_ACCEPT
    uint32_t unsent_lowat = 0;    // TCP_NOTSENT_LOWAT
    uint32_t window_clamp = 0;    // TCP_WINDOW_CLAMP
    uint8_t syn_count = 0;        // TCP_SYNCNT
};

struct TcpTraffic { // what TCP_INFO tells of this connection
    uint64_t bytes_acked = 0;
    uint64_t bytes_received = 0;
    uint64_t segments_in = 0;
    uint64_t segments_out = 0;
    uint64_t data_segments_in = 0;
    uint64_t data_segments_out = 0;
    uint32_t retransmits = 0;
};

struct Tcpcb {
    Tcpcb(Tcp& owner, Inpcb& pcb);
    ~Tcpcb();
    Tcpcb(const Tcpcb&) = delete;
    Tcpcb& operator=(const Tcpcb&) = delete;

    Tcp& tcp;
    Inpcb& inp;
    TcpState state = TcpState::closed;
    uint32_t flags = 0;

    // Send sequence space. nxt goes back below max only after a window probe.
    SeqNum iss, snd_una, snd_nxt, snd_max, snd_up, snd_wl1, snd_wl2;
    uint32_t snd_wnd = 0;     // scaled, as the peer gave it
    uint32_t max_snd_wnd = 0; // largest ever
    uint8_t snd_scale = 0;
    uint8_t rcv_scale = 0;
    uint8_t rexmt_shift = 0; // timeouts in a row
    uint8_t probes = 0;      // keepalive or window probes in a row
    uint8_t syn_ecn_tries = 0;

    // Receive sequence space.
    SeqNum irs, rcv_nxt, rcv_up, rcv_adv, last_ack_sent;
    uint32_t rcv_mss = 0;   // largest segment seen: the estimate behind delayed ACKs
    uint8_t quick_acks = 0; // segments to acknowledge at once: the sender has just lost some

    uint16_t max_seg = 536;  // payload of a segment without options (path MTU and peer's MSS)
    uint16_t peer_mss = 536; // what the peer offered
    uint16_t our_mss = 0;    // what we offered
    uint16_t user_mss = 0;   // TCP_MAXSEG; 0 = none
    uint16_t saved_seg = 0;  // before the black hole
    uint16_t proven_seg = 0; // segments of this size have arrived

    // Congestion control.
    const TcpCongestionControl* congctl;
    uint32_t cwnd = 0;
    uint32_t dup_acks = 0; // without SACK each stands for a segment that arrived
    uint32_t ssthresh = UINT32_MAX;
    uint32_t acked_in_cwnd = 0; // counts up to a window in congestion avoidance
    SeqNum recover;
    SeqNum ecn_recover;
    TcpCubic cubic;
    TcpScoreboard board;
    TcpRack rack;
    TcpPrr prr;
    Frto frto = Frto::off;
    uint64_t last_sent_ns = 0;
    uint64_t last_new_ns = 0;      // data that was never sent before
    uint64_t newest_resent_ns = 0; // of the retransmissions that arrived
    uint32_t prior_cwnd = 0;       // before the timeout (Eifel, RFC 4015)
    uint32_t prior_ssthresh = 0;
    uint32_t rto_first_ts = 0; // timestamp of the first retransmission

    TcpRtt rtt;
    uint64_t rto_ns = 0;

    // Timestamps.
    uint32_t ts_offset = 0;
    uint32_t ts_recent = 0;
    uint64_t ts_recent_ns = 0;

    TcpReass reass;
    SackBlock dsack; // to report with the next ACK
    bool has_dsack = false;
    SackBlock recent[4]; // ranges that arrived out of order, newest first
    uint8_t recent_count = 0;

    // Urgent data (RFC 6093): the byte before rcv_up when it is not inline.
    bool oob_have = false;
    bool oob_taken = false;
    uint8_t oob_byte = 0;

    TcpKeepalive keepalive;
    TcpTuning tuning;
    TcpTraffic traffic;
    uint64_t last_received_ns = 0;
    uint64_t autosize_start_ns = 0; // of the round trip whose bytes are counted
    uint32_t autosize_bytes = 0;
    uint64_t user_timeout_ns = 0; // R2 of this connection (RFC 9293 MUST-21); 0 = maxrexmt
    uint64_t rexmt_since_ns = 0;  // first unanswered transmission
    uint64_t challenge_window_ns = 0;
    int32_t challenges = 0;
    int soft_error = 0;
    bool fast_opened = false; // its SYN-ACK is the SYN cache's business still (RFC 7413 4.2)
    uint8_t md5_key_len = 0;
    uint8_t md5_key[80] = {};

    callout rexmt_timer = CALLOUT_INITIALIZER;
    callout persist_timer = CALLOUT_INITIALIZER;
    callout keep_timer = CALLOUT_INITIALIZER; // keepalive, and giving up on SYN_SENT
    callout delack_timer = CALLOUT_INITIALIZER;
    callout loss_timer = CALLOUT_INITIALIZER; // RFC 8985: reordering window, tail loss probe
    callout wait_timer = CALLOUT_INITIALIZER; // TIME-WAIT, idle FIN-WAIT-2, lingering SYN_RECEIVED

    Socket& so() const { return inp.so; }
    Stack& stack() const { return inp.so.stack; }
    bool synchronized() const { return state >= TcpState::syn_received; }
    bool may_receive_data() const
    {
        return state == TcpState::established || state == TcpState::fin_wait_1 ||
               state == TcpState::fin_wait_2;
    }
    bool fin_wanted() const
    {
        return state == TcpState::fin_wait_1 || state == TcpState::closing ||
               state == TcpState::last_ack;
    }
    bool has(uint32_t flag) const { return (flags & flag) != 0; }
    uint32_t in_flight() const { return snd_nxt - snd_una; }
    // The window we may still tell the peer without taking any back.
    uint32_t receive_window() const;
    // The same, not limited to what an unscaled window field can say.
    uint32_t receive_space() const;
};

inline Tcpcb* tcpcb_of(const Inpcb& inp)
{
    return static_cast<Tcpcb*>(inp.protocol_pcb);
}

// The connection of a socket; nullptr when it is over.
inline Tcpcb* tcpcb_of(const Socket& so)
{
    return so.pcb != nullptr ? tcpcb_of(*static_cast<const Inpcb*>(so.pcb)) : nullptr;
}

// tcp_pcb.cpp
Tcpcb* tcp_new(Tcp& tcp, Inpcb& inp); // nullptr: out of memory
void tcp_close(Tcpcb& tp);            // tp and its PCB are gone, and the socket when nobody has it
void tcp_drop(Tcpcb& tp,
              int error);        // tells the peer with a RST when it knows of us; then tcp_close
void tcp_user_closed(Tcpcb& tp); // no more data will come from the user
void tcp_established(Tcpcb& tp);
void tcp_arm_fin_wait_2(
    Tcpcb& tp); // nobody has the socket any more: the peer's FIN is not waited for for ever
uint32_t tcp_unsent(const Tcpcb& tp);                       // bytes that were never sent
void tcp_learn_route(Tcpcb& tp, const IpOptions& way_back); // RFC 9293 3.9.2.1
void tcp_enter_time_wait(Tcpcb& tp);
void tcp_set_mss(Tcpcb& tp); // from path MTU and the peer's offer
uint16_t tcp_offered_mss(Tcp& tcp, const IpAddress& foreign, unsigned fib);
uint32_t tcp_path_mtu(Tcp& tcp, Inpcb& inp);
uint32_t tcp_timestamp(const Tcpcb& tp);
void tcp_start_sending(Tcpcb& tp, SeqNum iss);
uint8_t tcp_scale_for(const Tcp& tcp, const Socket& so);
void tcp_path_mtu_changed(Tcpcb& tp, uint32_t mtu);

// tcp_ack.cpp: bytes in the network, as far as we know.
uint32_t tcp_pipe(const Tcpcb& tp);

// tcp_ack.cpp: losses were found; recovery begins unless it goes on.
void tcp_enter_fast_recovery(Tcpcb& tp);

// tcp_rack.cpp (RFC 8985)
void tcp_find_losses(Tcpcb& tp);
void tcp_rack_dsack(Tcpcb& tp); // something was sent twice in vain
void tcp_probe_acked(Tcpcb& tp, bool dsack);
void tcp_arm_probe(Tcpcb& tp);
void tcp_stop_probe(Tcpcb& tp);

// tcp_output.cpp: everything that may be sent now. 0 or an errno of the last packet that failed.
int tcp_output(Tcpcb& tp);

// tcp_timer.cpp
void tcp_arm_rexmt(Tcpcb& tp);
void tcp_stop_rexmt(Tcpcb& tp);
void tcp_delay_rexmt(Tcpcb& tp, uint64_t ns); // a timeout, ns from now on
void tcp_arm_persist(Tcpcb& tp);
void tcp_stop_persist(Tcpcb& tp);
void tcp_arm_delack(Tcpcb& tp);
void tcp_arm_keepalive(Tcpcb& tp);
void tcp_arm_wait(Tcpcb& tp, uint64_t ns);
void tcp_stop_timers(Tcpcb& tp);
bool tcp_persisting(const Tcpcb& tp);
void tcp_rtt_sample(Tcpcb& tp, uint64_t rtt_ns);
void tcp_forget_rtt(Tcpcb& tp);
uint64_t slow_ticks_ns(int32_t ticks);

} // namespace netmgr
