// SPDX-License-Identifier: Apache-2.0
// Making and ending connections, and the numbers they agree on: MSS, window scale.
#include "netinet/tcp_pcb.hpp"

#include <errno.h>
#include <new>

#include "net/net.hpp"
#include "netinet/tcp.hpp"
#include "netinet/tcp_congctl.hpp"

namespace netmgr {

namespace {

uint32_t headers_to(const IpAddress& foreign)
{
    return static_cast<uint32_t>(ip_header_size(foreign) + sizeof(wire::TcpHeader));
}

uint16_t clamp16(uint32_t value)
{
    return static_cast<uint16_t>(value > 65535 ? 65535 : value);
}

// Options that every segment of the connection carries; SACK blocks come on top when there are any.
uint32_t fixed_options(const Tcpcb& tp)
{
    return (tp.has(tf_timestamps) ? 12u : 0u) + (tp.has(tf_signature) ? 20u : 0u) +
           tp.inp.options.len;
}

void set_max_seg(Tcpcb& tp, uint32_t mss)
{
    const auto least = static_cast<uint32_t>(tp.tcp.settings.minmss);
    tp.max_seg = clamp16((mss > least ? mss : least) - fixed_options(tp));
}

// Buffers hold whole segments (as in 4.4BSD), so that a full window never ends with a small one.
void round_buffers(Tcpcb& tp)
{
    const size_t mss = tp.max_seg + fixed_options(tp);
    const size_t most = tp.so().stack.socket_limit();
    for (Sockbuf* buffer : {&tp.so().snd, &tp.so().rcv}) {
        const size_t rounded = (buffer->hiwat + mss - 1) / mss * mss;
        if (buffer->hiwat > mss && rounded <= most)
            buffer->hiwat = rounded;
    }
}

} // namespace

Tcpcb::Tcpcb(Tcp& owner, Inpcb& pcb)
    : tcp(owner), inp(pcb), congctl(owner.congctl), board(owner.settings),
      rto_ns(static_cast<uint64_t>(owner.settings.rexmit_initial) * ns_per_ms) // RFC 6298 2.1
{
    max_seg = clamp16(static_cast<uint32_t>(owner.settings.mssdflt));
    peer_mss = max_seg;
    if (owner.inet.ip.mtudisc != 0)
        flags |= tf_dont_fragment;
    tcp.connections++;
}

Tcpcb::~Tcpcb()
{
    tcp.connections--;
}

uint32_t Tcpcb::receive_window() const
{
    const Sockbuf& rcv = so().rcv;
    size_t space = rcv.hiwat > rcv.data_bytes() ? rcv.hiwat - rcv.data_bytes() : 0;
    const size_t most =
        has(tf_scale) ? size_t{wire::tcp_window_max} << rcv_scale : size_t{wire::tcp_window_max};
    if (space > most)
        space = most;
    if (tuning.window_clamp != 0 && space > tuning.window_clamp)
        space = tuning.window_clamp;
    const uint32_t told = rcv_adv > rcv_nxt ? rcv_adv - rcv_nxt : 0;
    return space < told ? told : static_cast<uint32_t>(space); // never shrink it (RFC 9293 3.8.6)
}

uint32_t Tcpcb::receive_space() const
{
    const Sockbuf& rcv = so().rcv;
    const size_t space = rcv.hiwat > rcv.data_bytes() ? rcv.hiwat - rcv.data_bytes() : 0;
    const uint32_t told = rcv_adv > rcv_nxt ? rcv_adv - rcv_nxt : 0;
    return space < told ? told : static_cast<uint32_t>(space);
}

Tcpcb* tcp_new(Tcp& tcp, Inpcb& inp)
{
    auto* tp = new (std::nothrow) Tcpcb(tcp, inp);
    inp.protocol_pcb = tp;
    return tp;
}

void tcp_close(Tcpcb& tp)
{
    Tcp& tcp = tp.tcp;
    Inpcb& inp = tp.inp;
    Socket& so = inp.so;
    tcp_stop_timers(tp);
    ++tcp.stats.closed;
    if (tp.state == TcpState::listen)
        tcp.syncache.forget(inp);
    if (tp.fast_opened)
        tcp.syncache.fast_open_over(tp);
    delete &tp;
    inp.protocol_pcb = nullptr;
    tcp.table.destroy(inp);
    soisdisconnected(so);
    if ((so.state & ss_detached) != 0)
        sofree(&so);
}

void tcp_drop(Tcpcb& tp, int error)
{
    Socket& so = tp.so();
    if (tp.synchronized()) {
        ++tp.tcp.stats.drops;
        if (tp.state != TcpState::time_wait) { // it is all over there already
            tp.state = TcpState::closed;
            (void)tcp_output(tp); // a RST
        }
    } else {
        ++tp.tcp.stats.conn_drops;
    }
    if (error == ETIMEDOUT && tp.soft_error != 0)
        error = tp.soft_error; // a better reason, from ICMP (RFC 1122 4.2.3.9)
    so.error = error;
    tcp_close(tp);
}

// RFC 9293 3.10.4 CLOSE and shutdown(SHUT_WR).
void tcp_user_closed(Tcpcb& tp)
{
    switch (tp.state) {
    case TcpState::syn_received:
    case TcpState::established:
        tp.state = TcpState::fin_wait_1;
        break;
    case TcpState::close_wait:
        tp.state = TcpState::last_ack;
        break;
    default:
        break;
    }
    if (tp.state == TcpState::fin_wait_2)
        tcp_arm_fin_wait_2(tp);
}

void tcp_arm_fin_wait_2(Tcpcb& tp)
{
    const TcpSettings& set = tp.tcp.settings;
    if ((tp.so().state & ss_detached) != 0)
        tcp_arm_wait(tp, tp.tuning.fin_wait_2_ns != 0 ? tp.tuning.fin_wait_2_ns
                                                      : slow_ticks_ns(set.keepcnt * set.keepintvl));
}

uint32_t tcp_unsent(const Tcpcb& tp)
{
    const auto buffered = static_cast<uint32_t>(tp.so().snd.data_bytes());
    const uint32_t sent = tp.synchronized() ? tp.snd_max - tp.snd_una : 0;
    return buffered > sent ? buffered - sent : 0;
}

void tcp_established(Tcpcb& tp)
{
    round_buffers(tp);
    ++tp.tcp.stats.connects;
    if (tp.has(tf_ecn))
        ++tp.tcp.stats.ecn_connections;
    tp.state = TcpState::established;
    if (!tp.fast_opened) // it sends already
        tcp_start_congctl(tp);
    constexpr uint64_t after_lost_syn_ns = 3 * ns_per_s; // RFC 6298 5.7
    if (tp.rexmt_shift != 0 && tp.rtt.srtt_ns == 0 && tp.rto_ns < after_lost_syn_ns)
        tp.rto_ns = after_lost_syn_ns;
    tp.rexmt_shift = 0;
    tp.rexmt_since_ns = 0;
    tp.last_received_ns = tp.tcp.now_ns();
    tp.stack().callouts().stop(tp.keep_timer);
    tcp_arm_keepalive(tp);
    soisconnected(tp.so());
}

// The way back of a connection that came along a source route; a later one overrides it, one of the application wins (MUST-52, 53).
void tcp_learn_route(Tcpcb& tp, const IpOptions& way_back)
{
    if (way_back.len == 0 || (tp.inp.options.len != 0 && !tp.has(tf_learned_route)))
        return;
    tp.inp.options = way_back;
    tp.inp.route = RouteCache();
    tp.flags |= tf_learned_route;
}

void tcp_enter_time_wait(Tcpcb& tp)
{
    tcp_stop_timers(tp);
    tp.state = TcpState::time_wait;
    tp.reass.flush();
    tcp_arm_wait(tp, 2 * slow_ticks_ns(tp.tcp.settings.msl));
    soisdisconnected(tp.so());
}

uint32_t tcp_path_mtu(Tcp& tcp, Inpcb& inp)
{
    const rtentry* route = tcp.inet.lookup_route(inp.route, inp.foreign, inp.so.fib);
    return route != nullptr ? tcp.inet.path_mtu(*route) : 0;
}

// The MSS option (RFC 9293 3.7.1): what our links can take, not what the path can.
uint16_t tcp_offered_mss(Tcp& tcp, const IpAddress& foreign, unsigned fib)
{
    const uint32_t headers = headers_to(foreign);
    uint32_t mtu = 0;
    const rtentry* route = tcp.inet.lookup_route(foreign, fib);
    if (route != nullptr &&
        (tcp.settings.mss_ifmtu != 0 || (route->ifp->if_flags & IFF_LOOPBACK) != 0)) {
        mtu = static_cast<uint32_t>(route->ifp->if_mtu);
    } else {
        for (const ifnet* ifp = tcp.inet.net.first_interface(); ifp != nullptr;
             ifp = TAILQ_NEXT(ifp, if_list))
            if ((ifp->if_flags & IFF_LOOPBACK) == 0 && ifp->if_mtu > mtu)
                mtu = static_cast<uint32_t>(ifp->if_mtu);
    }
    const uint32_t mss = mtu > headers ? mtu - headers : 0;
    const auto least = static_cast<uint32_t>(tcp.settings.mssdflt);
    return clamp16(mss > least ? mss : least);
}

// Eff.snd.MSS (RFC 9293 3.7.1): min(peer's offer, path MTU - headers, TCP_MAXSEG) without options.
void tcp_set_mss(Tcpcb& tp)
{
    const uint32_t mtu = tcp_path_mtu(tp.tcp, tp.inp);
    const uint32_t headers = headers_to(tp.inp.foreign);
    uint32_t mss = tp.peer_mss;
    if (mtu > headers && mtu - headers < mss)
        mss = mtu - headers;
    // Without path MTU discovery nobody knows what distant networks carry (RFC 1122 3.3.3).
    const auto far = static_cast<uint32_t>(tp.tcp.settings.mssdflt);
    if (tp.tcp.inet.ip.mtudisc == 0 && mss > far && tp.inp.foreign.is_v4() &&
        !tp.tcp.inet.is_local(tp.inp.foreign.ip4()))
        mss = far;
    if (tp.user_mss != 0 && tp.user_mss < mss)
        mss = tp.user_mss;
    set_max_seg(tp, mss);
}

// The clock of our timestamps: milliseconds (RFC 7323 5.4), from another start for each pair of hosts.
uint32_t tcp_timestamp(const Tcpcb& tp)
{
    return static_cast<uint32_t>(tp.stack().now_ns() / ns_per_ms) + tp.ts_offset;
}

void tcp_start_sending(Tcpcb& tp, SeqNum iss)
{
    tp.iss = tp.snd_una = tp.snd_nxt = tp.snd_max = tp.snd_up = tp.recover = tp.ecn_recover = iss;
    tp.board.clear(iss);
    tp.ts_offset = tp.tcp.isn.timestamp_offset(tp.inp.local, tp.inp.foreign);
}

// Large enough for the largest buffer a socket may get (kern.sbmax), as it may be set later.
uint8_t tcp_scale_for(const Tcp&, const Socket& so)
{
    const size_t most = so.stack.socket_limit();
    uint8_t scale = 0;
    while (scale < wire::tcp_shift_max && (size_t{wire::tcp_window_max} << scale) < most)
        scale++;
    return scale;
}

// A router said our packets are too large (RFC 1191), or they vanish (RFC 4821): smaller ones, and what is lost again.
void tcp_path_mtu_changed(Tcpcb& tp, uint32_t mtu)
{
    const uint16_t before = tp.max_seg;
    const uint32_t headers = headers_to(tp.inp.foreign);
    tcp_set_mss(tp);
    if (mtu > headers && mtu - headers < tp.max_seg + fixed_options(tp))
        set_max_seg(tp, mtu - headers);
    if (tp.max_seg >= before)
        return;
    ++tp.tcp.stats.pmtu_updates;
    if (tp.cwnd < tp.max_seg)
        tp.cwnd = tp.max_seg;
    if (tp.snd_nxt == tp.snd_una || !tp.synchronized())
        return;
    // What is in flight was too large; that is no sign of congestion (RFC 1191 6.5).
    tp.board.mark_all_lost(tp.snd_una, tp.snd_max);
    tp.recover = tp.snd_max;
    tp.rtt.started_ns = 0;
    (void)tcp_output(tp);
}

} // namespace netmgr
