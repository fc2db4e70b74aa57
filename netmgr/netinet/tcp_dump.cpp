// SPDX-License-Identifier: Apache-2.0
// A connection's control block as netstat -P shows it: net.inet.tcp.pcb.N, N the socket's number.
#include <errno.h>
#include <sys/sockinfo.h>

#include "netinet/tcp.hpp"

namespace netmgr {

namespace {

uint64_t time_left(const callout& timer, uint64_t now)
{
    if (!callout_pending(&timer))
        return 0;
    return timer.c_deadline > now ? timer.c_deadline - now : 1;
}

void copy_timers(const Tcpcb& tp, tcp_control_block& to)
{
    const uint64_t now = tp.stack().now_ns();
    to.tc_rexmt_left_ns = time_left(tp.rexmt_timer, now);
    to.tc_persist_left_ns = time_left(tp.persist_timer, now);
    to.tc_keep_left_ns = time_left(tp.keep_timer, now);
    to.tc_wait_left_ns = time_left(tp.wait_timer, now);
    to.tc_delack_left_ns = time_left(tp.delack_timer, now);
    to.tc_loss_left_ns = time_left(tp.loss_timer, now);
    to.tc_srtt_ns = tp.rtt.srtt_ns;
    to.tc_rttvar_ns = tp.rtt.var_ns;
    to.tc_rttmin_ns = tp.rtt.min_ns;
    to.tc_rxtcur_ns = tp.rto_ns;
}

void copy_windows(const Tcpcb& tp, tcp_control_block& to)
{
    to.tc_iss = tp.iss.value;
    to.tc_snd_una = tp.snd_una.value;
    to.tc_snd_nxt = tp.snd_nxt.value;
    to.tc_snd_max = tp.snd_max.value;
    to.tc_snd_up = tp.snd_up.value;
    to.tc_snd_wl1 = tp.snd_wl1.value;
    to.tc_snd_wl2 = tp.snd_wl2.value;
    to.tc_snd_wnd = tp.snd_wnd;
    to.tc_max_sndwnd = tp.max_snd_wnd;
    to.tc_snd_cwnd = tp.cwnd;
    to.tc_snd_ssthresh = tp.ssthresh;
    to.tc_recover = tp.recover.value;
    to.tc_irs = tp.irs.value;
    to.tc_rcv_nxt = tp.rcv_nxt.value;
    to.tc_rcv_up = tp.rcv_up.value;
    to.tc_rcv_adv = tp.rcv_adv.value;
    to.tc_last_ack_sent = tp.last_ack_sent.value;
    to.tc_rcv_wnd = tp.synchronized() ? tp.receive_window() : 0;
    to.tc_ts_recent = tp.ts_recent;
}

int control_block(SysctlNode& node, std::span<const int32_t> rest, SysctlOut& out, const SysctlIn*,
                  const Cred&)
{
    const Tcp& tcp = *static_cast<Tcp*>(node.arg);
    if (rest.size() != 1)
        return EINVAL;
    for (const Socket* so = tcp.inet.stack.sockets(); so != nullptr; so = so->next) {
        if (so->id != static_cast<uint32_t>(rest[0]) || so->proto.type != SOCK_STREAM ||
            (so->proto.domain != AF_INET && so->proto.domain != AF_INET6))
            continue;
        const Tcpcb* tp = tcpcb_of(*so);
        if (tp == nullptr)
            break;
        tcp_control_block block = {};
        block.tc_size = sizeof(block);
        block.tc_id = so->id;
        block.tc_state = static_cast<int32_t>(tp->state);
        block.tc_flags = tp->flags;
        block.tc_segsz = tp->max_seg;
        block.tc_peermss = tp->peer_mss;
        block.tc_ourmss = tp->our_mss;
        block.tc_rxtshift = tp->rexmt_shift;
        block.tc_dupacks = tp->dup_acks;
        block.tc_snd_scale = tp->snd_scale;
        block.tc_rcv_scale = tp->rcv_scale;
        copy_windows(*tp, block);
        copy_timers(*tp, block);
        block.tc_segments_in = tp->traffic.segments_in;
        block.tc_segments_out = tp->traffic.segments_out;
        block.tc_retransmits = tp->traffic.retransmits;
        return out.put(&block, sizeof(block));
    }
    return ESRCH;
}

} // namespace

// For root only: who knows the sequence numbers of another user's connection can end it or write into it.
int attach_tcp_dump(Tcp& tcp)
{
    SysctlTree& tree = tcp.inet.stack.sysctl();
    return tree.add_handler(tree.find("net.inet.tcp"), ctl_auto, "pcb",
                            "A connection's control block, by its socket's number", CTLTYPE_STRUCT,
                            CTLFLAG_TABLE | CTLFLAG_PRIVATE, control_block, &tcp) != nullptr
               ? 0
               : ENOMEM;
}

} // namespace netmgr
