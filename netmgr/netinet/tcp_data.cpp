// SPDX-License-Identifier: Apache-2.0
// The last steps: urgent pointer, data, FIN (RFC 9293 3.10.7.4), and when to acknowledge (RFC 9293 3.8.6.3, RFC 5681 4.2).
#include <errno.h>

#include "netinet/tcp_steps.hpp"

namespace netmgr {

namespace {

// The sender's window is small after a loss: ACKs that wait for a second segment would cost it round trips.
constexpr uint8_t quick_acks_after_loss = 16;

// RFC 2018 4: the range this segment is in comes first; ranges that it swallowed or that were acknowledged go.
void remember_range(Tcpcb& tp, const SackBlock& range)
{
    SackBlock kept[4] = {range};
    uint8_t n = 1;
    for (uint8_t i = 0; i < tp.recent_count && n < 4; ++i) {
        const SackBlock& old = tp.recent[i];
        const bool inside = old.start >= range.start && old.end <= range.end;
        if (!inside && old.end > tp.rcv_nxt)
            kept[n++] = old;
    }
    for (uint8_t i = 0; i < n; ++i)
        tp.recent[i] = kept[i];
    tp.recent_count = n;
}

void forget_ranges(Tcpcb& tp)
{
    uint8_t n = 0;
    for (uint8_t i = 0; i < tp.recent_count; ++i)
        if (tp.recent[i].end > tp.rcv_nxt)
            tp.recent[n++] = tp.recent[i];
    tp.recent_count = n;
}

void deliver(Tcpcb& tp, MbufPtr data)
{
    Socket& so = tp.so();
    if (!data)
        return;
    if ((so.state & ss_cant_receive) != 0)
        return; // shutdown(SHUT_RD): acknowledged and thrown away
    const auto size = static_cast<uint64_t>(m_length(data.get()));
    tp.tcp.stats.received_bytes += size;
    tp.traffic.bytes_received += size;
    so.rcv.append_stream(std::move(data));
    sorwakeup(so);
}

// Every second full segment at the latest, or after the timer (RFC 9293 MUST-58, 59).
void acknowledge_later(Tcpcb& tp, const TcpSegment& s)
{
    if (s.len > tp.rcv_mss)
        tp.rcv_mss = s.len;
    const uint32_t unacked = tp.rcv_nxt - tp.last_ack_sent;
    // Where segments are as large as the buffer (loopback) there never are two: the sender would wait for each timer.
    const auto share = static_cast<uint32_t>(tp.so().rcv.hiwat / 4);
    const uint32_t enough = 2 * tp.rcv_mss < share ? 2 * tp.rcv_mss : share;
    if (tp.quick_acks != 0) {
        tp.quick_acks--;
        tp.flags |= tf_ack_now;
        return;
    }
    if (unacked >= enough || tp.has(tf_quick_ack) || tp.tcp.settings.delack_ms == 0 ||
        (tp.tcp.settings.ack_on_push != 0 && s.has(wire::tcp_push)))
        tp.flags |= tf_ack_now;
    else if (!tp.has(tf_ack_now))
        tcp_arm_delack(tp);
}

// The buffer grows with what a round trip brings, so that the window never stops a fast sender.
void autosize(Tcpcb& tp, uint32_t len)
{
    Sockbuf& rcv = tp.so().rcv;
    const TcpSettings& set = tp.tcp.settings;
    const uint64_t now = tp.tcp.now_ns();
    if (set.recvbuf_auto == 0 || !rcv.autosize || tp.rtt.srtt_ns == 0)
        return;
    if (now - tp.autosize_start_ns > tp.rtt.srtt_ns) {
        if (tp.autosize_bytes > rcv.hiwat / 8 * 7 &&
            rcv.hiwat < static_cast<size_t>(set.recvbuf_max)) {
            const size_t wanted = rcv.hiwat + static_cast<size_t>(set.recvbuf_inc);
            const auto most = static_cast<size_t>(set.recvbuf_max);
            rcv.hiwat = wanted < most ? wanted : most;
        }
        tp.autosize_start_ns = now;
        tp.autosize_bytes = 0;
    }
    tp.autosize_bytes += len;
}

void in_order(TcpArrival& a)
{
    Tcpcb& tp = a.tp;
    TcpSegment& s = a.seg;
    ++tp.tcp.stats.received_in_order;
    tp.rcv_nxt += s.len;
    autosize(tp, s.len);
    deliver(tp, std::move(s.data));
    acknowledge_later(tp, s);
}

void out_of_order(TcpArrival& a)
{
    Tcpcb& tp = a.tp;
    TcpSegment& s = a.seg;
    SackBlock range;
    const bool in_front = s.seq == tp.rcv_nxt;
    if (!in_front)
        ++tp.tcp.stats.received_out_of_order;
    tp.flags |= tf_ack_now; // RFC 5681 4.2: at once, for a gap seen and a gap filled
    tp.quick_acks = quick_acks_after_loss;
    // A queue full of small pieces must not hold more memory than the window allows.
    const bool too_much = tp.reass.bytes() + s.len > tp.so().rcv.hiwat + 4u * tp.max_seg;
    const TcpReass::Added added = too_much && !in_front
                                      ? TcpReass::Added::full
                                      : tp.reass.add(s.seq, s.len, a.fin, std::move(s.data), range);
    if (added == TcpReass::Added::full) {
        ++tp.tcp.stats.reass_full;
        a.fin = false;
        return;
    }
    if (added == TcpReass::Added::duplicate) {
        ++tp.tcp.stats.duplicate;
        tp.dsack = {s.seq, s.seq + s.len};
        tp.has_dsack = tp.has(tf_sack);
    }
    a.fin = false;
    MbufPtr ready = tp.reass.take(tp.rcv_nxt, a.fin);
    deliver(tp, std::move(ready));
    if (range.end > tp.rcv_nxt)
        remember_range(tp, range);
    forget_ranges(tp);
}

} // namespace

TcpStep tcp_process_urgent(TcpArrival& a)
{
    Tcpcb& tp = a.tp;
    TcpSegment& s = a.seg;
    Socket& so = tp.so();
    if (!s.has(wire::tcp_urg) || s.urgent == 0 || !tp.may_receive_data()) {
        if (tp.rcv_up < tp.rcv_nxt)
            tp.rcv_up = tp.rcv_nxt; // pulled along
        return TcpStep::go_on;
    }
    const SeqNum up = s.seq + s.urgent; // RFC 6093: the byte behind the urgent data
    if (up > tp.rcv_up) {
        tp.rcv_up = up;
        tp.oob_have = tp.oob_taken = false;
        so.oob_mark = so.rcv.data_bytes() + (up - tp.rcv_nxt) - 1;
        if (so.oob_mark == 0)
            so.state |= ss_at_mark;
        sohasoutofband(so);
    }
    if ((so.options & SO_OOBINLINE) != 0 || s.urgent > s.len || up != tp.rcv_up || tp.oob_have)
        return TcpStep::go_on;
    // BSD's way: the last byte is kept aside for MSG_OOB and is no part of the stream.
    MbufPtr own(m_dup(s.data.get(), 0, M_COPYALL, M_DONTWAIT));
    if (!own || !own.pullup(s.len))
        return TcpStep::go_on;
    char* bytes = own->m_data;
    tp.oob_byte = static_cast<uint8_t>(bytes[s.urgent - 1]);
    tp.oob_have = true;
    memmove(bytes + s.urgent - 1, bytes + s.urgent, s.len - s.urgent);
    m_adj(own.get(), -1);
    s.data = std::move(own);
    return TcpStep::go_on;
}

TcpStep tcp_process_data(TcpArrival& a)
{
    Tcpcb& tp = a.tp;
    TcpSegment& s = a.seg;
    if (tp.has(tf_ecn)) {
        if (s.has(wire::tcp_cwr)) {
            tp.flags &= ~static_cast<uint32_t>(tf_ece_now);
            tp.flags |= tf_ack_now; // the peer's window may be one segment: it must not wait for us
        }
        if (s.len != 0 && (s.tos & wire::ecn_mask) == wire::ecn_ce) {
            ++tp.tcp.stats.ecn_ce_received;
            tp.flags |= tf_ece_now;
        }
    }
    if (s.len == 0 && !a.fin)
        return TcpStep::go_on;
    if (!tp.may_receive_data()) {
        a.fin = false; // CLOSE-WAIT and later: the peer has sent its FIN already
        return TcpStep::go_on;
    }
    if (s.len != 0 && (tp.so().state & ss_detached) != 0) {
        // RFC 9293 3.6.1: nobody will read it; say so.
        ++tp.tcp.stats.after_close;
        tcp_drop(tp, 0);
        return TcpStep::closed;
    }
    if (s.seq == tp.rcv_nxt && tp.reass.empty()) {
        if (s.len != 0)
            in_order(a);
    } else {
        out_of_order(a);
    }
    return TcpStep::go_on;
}

void tcp_deliver_early_data(Tcpcb& tp)
{
    bool fin = false;
    if (tp.reass.empty())
        return;
    MbufPtr ready = tp.reass.take(tp.rcv_nxt, fin);
    if (!ready)
        return;
    deliver(tp, std::move(ready));
    tcp_arm_delack(tp);
}

TcpStep tcp_process_fin(TcpArrival& a)
{
    Tcpcb& tp = a.tp;
    if (!a.fin)
        return TcpStep::go_on;
    tp.rcv_nxt += 1;
    // There is nothing behind a FIN: what claims to be is neither data nor worth a SACK block.
    tp.reass.flush();
    tp.recent_count = 0;
    tp.flags |= tf_ack_now;
    socantrcvmore(tp.so());
    switch (tp.state) {
    case TcpState::syn_received:
    case TcpState::established:
        tp.state = TcpState::close_wait;
        break;
    case TcpState::fin_wait_1:
        tp.state = TcpState::closing; // our FIN is not acknowledged: else it were FIN-WAIT-2
        break;
    case TcpState::fin_wait_2:
        tcp_enter_time_wait(tp);
        break;
    default:
        break;
    }
    return TcpStep::go_on;
}

} // namespace netmgr
