// SPDX-License-Identifier: Apache-2.0
// TCP out: what may be sent now, in order of urgency: SYN, what is lost, new data and FIN, a bare ACK.
#include <errno.h>

#include "net/net.hpp"
#include "netinet/tcp.hpp"
#include "netinet/tcp_congctl.hpp"

namespace netmgr {

namespace {

constexpr unsigned most_at_once = 1024;

// One segment about to be sent.
struct Plan {
    SeqNum seq;
    uint32_t len = 0;
    uint8_t flags = wire::tcp_ack;
    bool again = false; // it was sent before
    TcpScoreboard::Hole* hole = nullptr;
};

SeqNum data_end(const Tcpcb& tp)
{
    return tp.snd_una + static_cast<uint32_t>(tp.so().snd.data_bytes());
}

// Options of every segment but a SYN.
void running_options(const Tcpcb& tp, TcpOptions& o)
{
    o.has_timestamps = tp.has(tf_timestamps);
    o.ts_value = o.has_timestamps ? tcp_timestamp(tp) : 0;
    o.ts_echo = tp.ts_recent;
    o.has_signature = tp.has(tf_signature);
    if (!tp.has(tf_sack))
        return;
    if (tp.has_dsack)
        o.sacks[o.sack_count++] = tp.dsack; // RFC 2883 4: first
    for (unsigned i = 0; i < tp.recent_count && o.sack_count < TcpOptions::max_sacks; ++i)
        if (tp.recent[i].end > tp.rcv_nxt)
            o.sacks[o.sack_count++] = tp.recent[i];
}

void syn_options(Tcpcb& tp, TcpOptions& o)
{
    const TcpSettings& set = tp.tcp.settings;
    const bool first = tp.state == TcpState::syn_sent;
    o.has_mss = !tp.has(tf_no_options);
    o.mss = tcp_offered_mss(tp.tcp, tp.inp.foreign, tp.so().fib);
    if (tp.user_mss != 0 && tp.user_mss < o.mss)
        o.mss = tp.user_mss;
    tp.our_mss = o.mss;
    o.has_signature = tp.has(tf_signature);
    if (tp.has(tf_no_options) || (tp.rexmt_shift >= 3 && set.rexmit_drop_options != 0))
        return;
    if (first) { // what we ask for; negotiated() takes back what the peer does not answer
        const bool rfc1323 = set.rfc1323 != 0;
        tp.flags |= (rfc1323 && set.win_scale != 0 ? tf_scale : 0u) |
                    (rfc1323 && set.timestamps != 0 ? tf_timestamps : 0u) |
                    (set.sack_enable != 0 ? tf_sack : 0u);
        tp.rcv_scale = tp.has(tf_scale) ? tcp_scale_for(tp.tcp, tp.so()) : uint8_t{0};
    }
    o.has_window_scale = tp.has(tf_scale);
    o.window_scale = tp.rcv_scale;
    o.sack_permitted = tp.has(tf_sack);
    o.has_timestamps = tp.has(tf_timestamps);
    o.ts_value = o.has_timestamps ? tcp_timestamp(tp) : 0;
    o.ts_echo = first ? 0 : tp.ts_recent;
}

bool opens_fast(const Tcpcb& tp)
{
    return tp.has(tf_fast_open) && tp.state == TcpState::syn_sent && tp.snd_max == tp.iss &&
           tp.tcp.settings.fastopen_client != 0 && !tp.has(tf_no_options | tf_signature);
}

// RFC 7413 4.2.1: the cookie and as much data as the peer's last MSS allows; a repeated SYN has neither.
void fast_open(Tcpcb& tp, TcpOptions& o, Plan& p)
{
    const TcpFastopen::Peer* peer = tp.tcp.fastopen.fill_syn(tp.inp.foreign, tp.tcp.now_ns(), o);
    if (peer == nullptr)
        return;
    uint8_t area[wire::tcp_options_max];
    const auto taken = static_cast<uint32_t>(tcp_build_options(o, area));
    const uint32_t mss = peer->mss < tp.our_mss ? peer->mss : tp.our_mss;
    const auto data = static_cast<uint32_t>(tp.so().snd.data_bytes());
    const uint32_t room = mss > taken ? mss - taken : 0;
    p.len = data < room ? data : room;
}

// How much of max_seg SACK blocks take away in this moment.
uint32_t segment_room(const Tcpcb& tp)
{
    if (!tp.has_dsack && tp.recent_count == 0)
        return tp.max_seg;
    const uint32_t fixed = (tp.has(tf_timestamps) ? 12u : 0u) + (tp.has(tf_signature) ? 20u : 0u);
    uint8_t area[wire::tcp_options_max];
    TcpOptions o;
    running_options(tp, o);
    const auto size = static_cast<uint32_t>(tcp_build_options(o, area));
    const uint32_t extra = size > fixed ? size - fixed : 0;
    return tp.max_seg > extra + 1 ? tp.max_seg - extra : 1;
}

// FIN goes with the last byte; cut off data that is not there (a hole may end with the FIN).
void limit_to_data(const Tcpcb& tp, Plan& p)
{
    const SeqNum end = data_end(tp);
    if (p.seq + p.len == end)
        p.flags |= wire::tcp_push; // as when it was sent first
    if (p.seq + p.len <= end)
        return;
    p.len = end > p.seq ? end - p.seq : 0;
    p.flags |= wire::tcp_fin;
}

bool plan_handshake(Tcpcb& tp, Plan& p)
{
    if (tp.state == TcpState::syn_received)
        p.flags = static_cast<uint8_t>(wire::tcp_syn | wire::tcp_ack |
                                       (tp.has(tf_ecn) ? wire::tcp_ece : 0));
    else
        p.flags = wire::tcp_syn;
    p.seq = tp.iss;
    p.again = tp.snd_max != tp.iss;
    if (tp.snd_nxt == tp.iss) {
        if (tp.state == TcpState::syn_sent && tp.tcp.settings.ecn_enable == 1 &&
            tp.syn_ecn_tries++ <= tp.tcp.settings.ecn_maxretries) {
            p.flags |= wire::tcp_ece | wire::tcp_cwr; // RFC 3168 6.1.1
            tp.flags |= tf_ecn;
        }
        return true;
    }
    p.seq = tp.snd_nxt;
    p.flags = wire::tcp_ack;
    return tp.state == TcpState::syn_received && tp.has(tf_ack_now);
}

bool plan_hole(Tcpcb& tp, Plan& p, TcpScoreboard::Hole* h)
{
    p.seq = h->resent;
    p.len = h->end - h->resent;
    p.hole = h;
    p.again = true;
    limit_to_data(tp, p);
    const uint32_t room = segment_room(tp);
    if (p.len > room) {
        p.len = room;
        p.flags &= static_cast<uint8_t>(~(wire::tcp_fin | wire::tcp_push));
    }
    return p.len != 0 || (p.flags & wire::tcp_fin) != 0;
}

// RFC 6675 NextSeg() rule 1; without SACK and after a timeout the same.
bool plan_lost(Tcpcb& tp, Plan& p)
{
    TcpScoreboard::Hole* h = tp.board.first_to_resend();
    if (h == nullptr)
        return false;
    if (tp.frto == Frto::new_data)
        return false; // RFC 5682 2.1: perhaps nothing is lost
    const bool forced = tp.has(tf_loss_probe);
    if (!forced && tcp_pipe(tp) + tp.max_seg > tp.cwnd && tcp_pipe(tp) != 0)
        return false;
    return plan_hole(tp, p, h);
}

// Rule 4, the rescue: nothing known to be lost, no new data to send, and the tail is overdue. Rule 3 (holes that are not lost yet) is
// what RFC 8985's reordering window is for.
bool plan_guess(Tcpcb& tp, Plan& p)
{
    if (!tp.has(tf_sack) || !tp.has(tf_recovery) || tcp_pipe(tp) + tp.max_seg > tp.cwnd ||
        tp.tcp.now_ns() < tp.last_new_ns + tp.rtt.srtt_ns + tp.rtt.min_ns / 4)
        return false;
    if (tp.has(tf_rescue_used) || tp.board.high() >= tp.snd_max)
        return false;
    tp.flags |= tf_rescue_used;
    const uint32_t tail = tp.snd_max - tp.board.high();
    p.len = tail < tp.max_seg ? tail : tp.max_seg;
    p.seq = tp.snd_max - p.len;
    p.again = true;
    limit_to_data(tp, p);
    return p.len != 0 || (p.flags & wire::tcp_fin) != 0;
}

// RFC 8985 7.3: the last segment once more.
bool plan_tail(Tcpcb& tp, Plan& p)
{
    if (!tp.has(tf_probe_tail))
        return false;
    tp.flags &= ~static_cast<uint32_t>(tf_probe_tail);
    const uint32_t flight = tp.snd_max - tp.snd_una;
    p.len = flight < segment_room(tp) ? flight : segment_room(tp);
    p.seq = tp.snd_max - p.len;
    p.again = true;
    limit_to_data(tp, p);
    return p.len != 0 || (p.flags & wire::tcp_fin) != 0;
}

// Bytes the congestion window lets out.
uint32_t congestion_room(const Tcpcb& tp)
{
    if (tp.has(tf_probe_new))
        return tp.max_seg;
    uint32_t out = tcp_pipe(tp);
    if (tp.tcp.settings.limited_transmit == 0 && !tp.has(tf_recovery | tf_rto_recovery))
        out = tp.snd_max - tp.snd_una;
    return tp.cwnd > out ? tp.cwnd - out : 0;
}

// RFC 9293 3.8.6.2.1, with Nagle's rule (3.7.4).
bool worth_sending(const Tcpcb& tp, uint32_t len, uint32_t available, uint32_t room)
{
    if (len == 0)
        return false;
    if (len >= room || tp.has(tf_force))
        return true;
    const bool all = len == available;
    if (all && tp.fin_wanted())
        return true;
    const bool idle = tp.snd_una == tp.snd_nxt;
    if (all && (idle || tp.has(tf_no_delay)) && !tp.has(tf_no_push))
        return true;
    if (tp.snd_up > tp.snd_nxt && tp.has(tf_urgent))
        return true;
    return tp.max_snd_wnd != 0 && len >= tp.max_snd_wnd / 2;
}

bool plan_new(Tcpcb& tp, Plan& p)
{
    const uint32_t sent = tp.snd_nxt - tp.snd_una;
    const auto buffered = static_cast<uint32_t>(tp.so().snd.data_bytes());
    const uint32_t available = buffered > sent ? buffered - sent : 0;
    const uint32_t room = segment_room(tp);
    uint32_t window = tp.snd_wnd > sent ? tp.snd_wnd - sent : 0;
    if (tp.has(tf_force) && window == 0)
        window = 1; // a probe (RFC 9293 MUST-36)
    uint32_t len = available < window ? available : window;
    if (len > room)
        len = room;
    const uint32_t allowed = congestion_room(tp);
    if (len > allowed && !tp.has(tf_force))
        len = tp.snd_una == tp.snd_max && allowed >= 1 ? allowed : 0;
    p.seq = tp.snd_nxt;
    p.len = worth_sending(tp, len, available, room) ? len : 0;
    if (p.len != 0 && p.len == available)
        p.flags |= wire::tcp_push;
    const bool fin = tp.fin_wanted() && p.len == available && !tp.has(tf_fin_sent);
    if (fin)
        p.flags |= wire::tcp_fin;
    p.again = tp.snd_nxt < tp.snd_max;
    return p.len != 0 || fin;
}

// RFC 9293 3.8.6.2.2: tell of a larger window only when it is worth a segment of the peer's; of a buffer that is far from full
// the next ACK tells early enough.
bool window_update_due(const Tcpcb& tp)
{
    if (tp.state != TcpState::established && tp.state != TcpState::fin_wait_1 &&
        tp.state != TcpState::fin_wait_2)
        return false;
    const Sockbuf& rcv = tp.so().rcv;
    const uint32_t now = tp.receive_window();
    const uint32_t told = tp.rcv_adv > tp.rcv_nxt ? tp.rcv_adv - tp.rcv_nxt : 0;
    const uint32_t more = now > told ? now - told : 0;
    if (more != 0 && 2ull * more >= rcv.hiwat)
        return true;
    return more >= 2u * tp.max_seg &&
           (more >= rcv.hiwat / 4 || told <= rcv.hiwat / 8 || rcv.hiwat <= 8u * tp.max_seg);
}

bool plan_ack(Tcpcb& tp, Plan& p)
{
    const bool update = window_update_due(tp);
    if (!tp.has(tf_ack_now | tf_force) && !update)
        return false;
    p.seq = tp.snd_max; // also with a FIN sent
    if (tp.has(tf_force) && tp.snd_max == tp.snd_una)
        p.seq = tp.snd_una - 1; // a keepalive probe (RFC 9293 3.8.4)
    if (update && !tp.has(tf_ack_now))
        ++tp.tcp.stats.sent_window_updates;
    return true;
}

bool choose(Tcpcb& tp, Plan& p)
{
    if (tp.state == TcpState::syn_sent || (tp.state == TcpState::syn_received && !tp.fast_opened))
        return plan_handshake(tp, p);
    if (plan_tail(tp, p))
        return true;
    p = Plan();
    if (plan_lost(tp, p))
        return true;
    p = Plan();
    if (plan_new(tp, p))
        return true;
    p = Plan();
    if (plan_guess(tp, p))
        return true;
    p = Plan();
    return plan_ack(tp, p);
}

// The window field, and what it promises from now on. Small windows are rather told as none (silly windows).
uint16_t offer_window(Tcpcb& tp, bool syn)
{
    const Sockbuf& rcv = tp.so().rcv;
    const uint32_t told = tp.rcv_adv > tp.rcv_nxt ? tp.rcv_adv - tp.rcv_nxt : 0;
    const uint8_t scale = syn ? 0 : tp.rcv_scale;
    uint32_t window = tp.receive_window();
    if (window < rcv.hiwat / 4 && window < tp.max_seg && window > told)
        window = told;
    const uint32_t most = static_cast<uint32_t>(wire::tcp_window_max) << scale;
    if (window > most)
        window = most;
    // Rounded up while there is room: down would take some back (RFC 7323 2.4), and lose the last segment of a buffer. In a full
    // one each rounding would let some bytes more in, for ever; there what was told is taken back, and taken when it comes.
    const uint32_t rest = rcv.hiwat > rcv.data_bytes() ? (1u << scale) - 1 : 0;
    uint32_t field = (window + rest) >> scale;
    if (field > wire::tcp_window_max)
        field = wire::tcp_window_max;
    if (syn && tp.state == TcpState::syn_sent)
        tp.rcv_adv = SeqNum() + field; // rcv_nxt is not known yet
    else
        tp.rcv_adv = seq_max(tp.rcv_adv, tp.rcv_nxt + (field << scale));
    return static_cast<uint16_t>(field);
}

uint8_t ecn_bits(Tcpcb& tp, Plan& p, uint8_t tos)
{
    if (!tp.has(tf_ecn) || (p.flags & wire::tcp_syn) != 0)
        return tos;
    if (tp.has(tf_ece_now)) {
        p.flags |= wire::tcp_ece;
        ++tp.tcp.stats.ecn_echoes_sent;
    }
    if (p.len == 0 || p.again) // RFC 3168 6.1.4, 6.1.5: neither bare ACKs nor retransmissions
        return tos;
    if (tp.has(tf_cwr_now)) {
        p.flags |= wire::tcp_cwr;
        tp.flags &= ~static_cast<uint32_t>(tf_cwr_now);
    }
    return static_cast<uint8_t>((tos & ~wire::ecn_mask) | wire::ecn_ect0);
}

void count(Tcpcb& tp, const Plan& p)
{
    Tcp& tcp = tp.tcp;
    ++tcp.stats.sent;
    tp.traffic.segments_out++;
    tp.traffic.data_segments_out += p.len != 0;
    if (p.again) {
        tp.traffic.retransmits++;
        ++tcp.stats.retransmits;
        tcp.stats.retransmit_bytes += p.len;
    } else if (p.len != 0) {
        ++tcp.stats.sent_data;
        tcp.stats.sent_bytes += p.len;
    } else if ((p.flags & (wire::tcp_syn | wire::tcp_fin | wire::tcp_rst)) != 0) {
        ++tcp.stats.sent_control;
    } else {
        ++tcp.stats.sent_acks;
    }
}

// Books for a segment that is on its way.
void sent(Tcpcb& tp, const Plan& p)
{
    const uint64_t now = tp.tcp.now_ns();
    const uint32_t size = p.len + ((p.flags & (wire::tcp_syn | wire::tcp_fin)) != 0 ? 1 : 0);
    const SeqNum end = p.seq + size;
    count(tp, p);
    tp.last_ack_sent = tp.rcv_nxt;
    tp.flags &= ~static_cast<uint32_t>(tf_ack_now | tf_force | tf_loss_probe);
    if (p.len != 0)
        tp.flags &= ~static_cast<uint32_t>(tf_probe_new);
    tp.has_dsack = false;
    tp.stack().callouts().stop(tp.delack_timer);
    if (size == 0)
        return;
    if ((p.flags & wire::tcp_fin) != 0)
        tp.flags |= tf_fin_sent;
    tp.last_sent_ns = now;
    if (tp.has(tf_recovery))
        tp.prr.out += p.len;
    if (p.hole != nullptr) {
        p.hole->ever_resent = true;
        p.hole->resent = seq_min(end, p.hole->end);
        p.hole->resent_ns = now;
        p.hole->resent_high = tp.snd_max;
    }
    if (p.again) {
        tp.rtt.started_ns = 0;
    } else {
        tp.last_new_ns = now;
        if (tp.rtt.started_ns == 0) { // Karn: never one that was sent twice (RFC 6298 3)
            tp.rtt.started_ns = now;
            tp.rtt.timed = end;
        }
    }
    tp.snd_nxt = seq_max(tp.snd_nxt, end);
    tp.snd_max = seq_max(tp.snd_max, tp.snd_nxt);
    if (tp.rexmt_since_ns == 0)
        tp.rexmt_since_ns = now;
    if (tcp_persisting(tp))
        return;
    if (callout_pending(&tp.rexmt_timer) == 0)
        tcp_arm_rexmt(tp);
    if (!p.again)
        tcp_arm_probe(tp);
}

// The segment could not be handed over. 0: it is as if the network had lost it.
int failed(Tcpcb& tp, int error)
{
    switch (error) {
    case EMSGSIZE:
        return error; // the route's MTU is smaller than we thought
    case ENOBUFS:
        tp.cwnd = tp.max_seg; // our own queue is the bottleneck
        return 0;
    case EHOSTUNREACH:
    case EHOSTDOWN:
    case ENETUNREACH:
    case ENETDOWN:
        tp.soft_error = error;
        return tp.state == TcpState::syn_sent && tp.rexmt_shift == 0 ? error : 0;
    default:
        return error;
    }
}

int send_plan(Tcpcb& tp, Plan& p)
{
    const bool syn = (p.flags & wire::tcp_syn) != 0;
    TcpOptions o;
    if (syn)
        syn_options(tp, o);
    else
        running_options(tp, o);
    if (syn && opens_fast(tp))
        fast_open(tp, o, p);
    MbufPtr data;
    if (p.len != 0) {
        data = tp.so().snd.copy_stream(p.seq - tp.snd_una, p.len);
        if (!data) {
            ++tp.tcp.stats.no_memory;
            return ENOBUFS;
        }
    }
    const uint8_t tos = ecn_bits(tp, p, ip_class(&tp.inp, tp.inp.foreign));
    uint16_t urgent = 0;
    if (tp.has(tf_urgent) && tp.snd_up > p.seq && !syn) {
        const uint32_t ahead = tp.snd_up - p.seq;
        urgent = static_cast<uint16_t>(ahead > 65535 ? 65535 : ahead);
        p.flags |= wire::tcp_urg;
        ++tp.tcp.stats.sent_urgent;
    }
    const Tcp::Headers h = {tp.inp.local,
                            tp.inp.foreign,
                            tp.inp.local_port,
                            tp.inp.foreign_port,
                            p.seq,
                            (p.flags & wire::tcp_ack) != 0 ? tp.rcv_nxt : SeqNum(),
                            p.flags,
                            (p.flags & wire::tcp_rst) != 0 ? uint16_t{0} : offer_window(tp, syn),
                            urgent,
                            ip_hops(tp.tcp.inet, &tp.inp, tp.inp.foreign),
                            tos,
                            tp.has(tf_dont_fragment)};
    IpOutput how;
    how.route = &tp.inp.route;
    how.set_options(tp.inp.options);
    how.six = tp.inp.six;
    how.fib = tp.so().fib;
    how.tx_priority = tp.so().tx_priority;
    how.via_interface = tp.so().bound_if;
    how.flags = (tp.so().options & SO_DONTROUTE) != 0 ? IpOutput::dont_route : 0u;
    if (o.sack_count != 0)
        tp.tcp.stats.sack_blocks_sent += o.sack_count;
    if (tp.has_dsack)
        ++tp.tcp.stats.dsack_sent;
    const int error = tp.tcp.send_segment(h, o, std::move(data), how, {tp.md5_key, tp.md5_key_len});
    if (error == EMSGSIZE)
        return error;
    sent(tp, p);
    return error != 0 ? failed(tp, error) : 0;
}

// CLOSED is entered to say goodbye with a RST.
int send_abort(Tcpcb& tp)
{
    Plan p;
    p.seq = tp.snd_nxt;
    p.flags = wire::tcp_rst | wire::tcp_ack;
    ++tp.tcp.stats.resets_sent;
    return send_plan(tp, p);
}

void check_persist(Tcpcb& tp)
{
    const bool data = tp.so().snd.data_bytes() != 0;
    if (!tp.synchronized() || !data || tp.snd_nxt != tp.snd_una || tcp_persisting(tp) ||
        callout_pending(&tp.rexmt_timer) != 0)
        return;
    tp.rexmt_shift = 0;
    tcp_arm_persist(tp);
}

bool was_idle(const Tcpcb& tp)
{
    return tp.snd_una == tp.snd_max && tp.last_sent_ns != 0 &&
           tp.tcp.now_ns() - tp.last_sent_ns >= tp.rto_ns;
}

} // namespace

int tcp_output(Tcpcb& tp)
{
    if (tp.state == TcpState::closed)
        return send_abort(tp);
    if (tp.state == TcpState::listen)
        return 0;
    if (tp.synchronized() && was_idle(tp))
        tcp_restart_after_idle(tp);
    int error = 0;
    for (unsigned n = 0; n < most_at_once && error == 0; ++n) {
        Plan plan;
        if (!choose(tp, plan))
            break;
        error = send_plan(tp, plan);
        if (error == EMSGSIZE && n < most_at_once) {
            const uint16_t before = tp.max_seg;
            tcp_set_mss(tp);
            error = tp.max_seg < before ? 0 : EMSGSIZE;
        }
    }
    if (error == ENOBUFS && callout_pending(&tp.rexmt_timer) == 0 && !tcp_persisting(tp)) {
        tcp_arm_rexmt(tp); // try again later
        error = 0;
    }
    check_persist(tp);
    if (tp.tuning.unsent_lowat != 0)
        sowwakeup(tp.so()); // what waited is sent
    return error;
}

} // namespace netmgr
