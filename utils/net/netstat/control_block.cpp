// SPDX-License-Identifier: Apache-2.0
// netstat -P: a TCP connection's control block, by the number that -A shows.
#include <errno.h>
#include <sys/sockinfo.h>
#include <sys/sysctl.h>

#include "lib/util.hpp"
#include "net/lib/sockets.hpp"
#include "netstat.hpp"

namespace {

bool read_block(uint32_t id, tcp_control_block& block)
{
    int mib[CTL_MAXNAME];
    size_t count = CTL_MAXNAME - 1, size = sizeof block;
    if (sysctlnametomib("net.inet.tcp.pcb", mib, &count) == -1)
        return false;
    mib[count] = static_cast<int>(id);
    return sysctl(mib, static_cast<unsigned>(count + 1), &block, &size, nullptr, 0) == 0 &&
           size == sizeof block;
}

void print_timer(const char* name, uint64_t left_ns)
{
    if (left_ns == 0)
        printf(" %s -", name);
    else
        printf(" %s %.3f", name, static_cast<double>(left_ns) / 1e9);
}

double ms(uint64_t ns)
{
    return static_cast<double>(ns) / 1e6;
}

void print_block(const tcp_control_block& b)
{
    socket_info named = {};
    named.si_state = b.tc_state;
    printf("TCP Protocol Control Block %08x:\n\nTimers (s):", b.tc_id);
    print_timer("REXMT", b.tc_rexmt_left_ns);
    print_timer("PERSIST", b.tc_persist_left_ns);
    print_timer("KEEP", b.tc_keep_left_ns);
    print_timer("2MSL", b.tc_wait_left_ns);
    print_timer("DELACK", b.tc_delack_left_ns);
    print_timer("LOSS", b.tc_loss_left_ns);
    printf("\n\nState: %s, flags 0x%x\n", sockets::state_text(named), b.tc_flags);
    printf("rxtshift %u, rxtcur %.1f ms, dupacks %u\n", b.tc_rxtshift, ms(b.tc_rxtcur_ns),
           b.tc_dupacks);
    printf("peermss %u, ourmss %u, segsz %u\n\n", b.tc_peermss, b.tc_ourmss, b.tc_segsz);
    printf("snd_una %u, snd_up %u, snd_nxt %u, snd_max %u\n", b.tc_snd_una, b.tc_snd_up,
           b.tc_snd_nxt, b.tc_snd_max);
    printf("snd_wl1 %u, snd_wl2 %u, iss %u, snd_wnd %u, max_sndwnd %u, snd_scale %u\n\n",
           b.tc_snd_wl1, b.tc_snd_wl2, b.tc_iss, b.tc_snd_wnd, b.tc_max_sndwnd, b.tc_snd_scale);
    printf("rcv_wnd %u, rcv_nxt %u, rcv_up %u, irs %u, rcv_adv %u, last_ack_sent %u, rcv_scale "
           "%u\n\n",
           b.tc_rcv_wnd, b.tc_rcv_nxt, b.tc_rcv_up, b.tc_irs, b.tc_rcv_adv, b.tc_last_ack_sent,
           b.tc_rcv_scale);
    printf("snd_cwnd %u, snd_ssthresh %u, recover %u, ts_recent %u\n", b.tc_snd_cwnd,
           b.tc_snd_ssthresh, b.tc_recover, b.tc_ts_recent);
    printf("srtt %.3f ms, rttvar %.3f ms, rttmin %.3f ms\n", ms(b.tc_srtt_ns), ms(b.tc_rttvar_ns),
           ms(b.tc_rttmin_ns));
    printf("segments in %llu, out %llu, retransmitted %llu\n",
           static_cast<unsigned long long>(b.tc_segments_in),
           static_cast<unsigned long long>(b.tc_segments_out),
           static_cast<unsigned long long>(b.tc_retransmits));
}

} // namespace

int show_control_block()
{
    char* end;
    const unsigned long id = strtoul(options.block, &end, 16);
    if (end == options.block || *end != '\0' || id > UINT32_MAX)
        return util::say("%s: not a control block's number as -A shows them", options.block);
    if (options.protocol != nullptr && strcmp(options.protocol, "tcp") != 0)
        return util::say("%s: only tcp has control blocks to show", options.protocol);
    tcp_control_block block = {};
    if (!read_block(static_cast<uint32_t>(id), block))
        return errno == ESRCH
                   ? util::say("%s: no TCP connection has this control block", options.block)
                   : util::complain("net.inet.tcp.pcb");
    print_block(block);
    return 0;
}
