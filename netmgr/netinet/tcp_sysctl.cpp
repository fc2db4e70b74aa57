// SPDX-License-Identifier: Apache-2.0
// The TCP component, and its variables below net.inet.tcp.
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <new>

#include "netinet/tcp.hpp"
#include "netinet/tcp_congctl.hpp"

namespace netmgr {

namespace {

constexpr int32_t largest_buffer = 16 * 1024 * 1024;

int add_basics(SysctlTree& tree, SysctlNode* node, TcpSettings& s)
{
    const SysctlInt list[] = {
        {TCPCTL_RFC1323, "rfc1323", "Timestamps and window scaling", &s.rfc1323, 0, 1},
        {TCPCTL_SENDSPACE, "sendspace", "Send buffer of new sockets", &s.sendspace, 1,
         largest_buffer},
        {TCPCTL_RECVSPACE, "recvspace", "Receive buffer of new sockets", &s.recvspace, 1,
         largest_buffer},
        {TCPCTL_MSSDFLT, "mssdflt", "Segment size when the peer names none", &s.mssdflt, 32, 65535},
        {TCPCTL_SYN_CACHE_LIMIT, "syn_cache_limit", "Half-open connections", &s.syn_cache_limit, 1,
         1000000},
        {TCPCTL_SYN_BUCKET_LIMIT, "syn_bucket_limit", "Half-open connections of a hash bucket",
         &s.syn_bucket_limit, 1, 100000},
        {TCPCTL_INIT_WIN, "init_win", "Initial congestion window in segments", &s.init_win, 1, 64},
        {TCPCTL_MSS_IFMTU, "mss_ifmtu", "Offer the MSS of the route's interface", &s.mss_ifmtu, 0,
         1},
        {TCPCTL_WSCALE, "win_scale", "Window scaling", &s.win_scale, 0, 1},
        {TCPCTL_TSTAMP, "timestamps", "Timestamps", &s.timestamps, 0, 1},
        {TCPCTL_ACK_ON_PUSH, "ack_on_push", "Acknowledge pushed segments at once", &s.ack_on_push,
         0, 1},
        {TCPCTL_LOG_REFUSED, "log_refused", "Log refused connections", &s.log_refused, 0, 1},
        {TCPCTL_RSTPPSLIMIT, "rstppslimit", "Resets a second to closed ports, -1 = no limit",
         &s.rstppslimit, -1, 1000000},
        {TCPCTL_LOOPBACKCKSUM, "do_loopback_cksum", "Checksums on loopback", &s.do_loopback_cksum,
         0, 1},
        {ctl_auto, "minmss", "Smallest segment size accepted from a peer", &s.minmss, 32, 1460},
        {ctl_auto, "delack_ms", "Milliseconds an acknowledgment may wait", &s.delack_ms, 0, 499},
        {ctl_auto, "syn_cookies", "0 never, 1 when the SYN cache is full, 2 always", &s.syn_cookies,
         0, 2},
        {ctl_auto, "mtudisc_blackhole", "Try smaller segments when large ones vanish",
         &s.mtudisc_blackhole, 0, 1},
        {ctl_auto, "challengeack_limit", "Challenge ACKs of a connection in 5 s", &s.ackdrop_limit,
         0, 100000},
        {ctl_auto, "limited_transmit", "RFC 3042", &s.limited_transmit, 0, 1},
        {ctl_auto, "prr", "Proportional rate reduction (RFC 6937)", &s.prr, 0, 1},
        {ctl_auto, "frto", "Find needless timeouts without timestamps (RFC 5682)", &s.frto, 0, 1},
        {ctl_auto, "recvbuf_auto", "Receive buffers grow by themselves", &s.recvbuf_auto, 0, 1},
        {ctl_auto, "recvbuf_inc", "Bytes they grow by", &s.recvbuf_inc, 1, largest_buffer},
        {ctl_auto, "recvbuf_max", "Bytes they grow to", &s.recvbuf_max, 1, largest_buffer},
        {ctl_auto, "sendbuf_auto", "Send buffers grow by themselves", &s.sendbuf_auto, 0, 1},
        {ctl_auto, "sendbuf_inc", "Bytes they grow by", &s.sendbuf_inc, 1, largest_buffer},
        {ctl_auto, "sendbuf_max", "Bytes they grow to", &s.sendbuf_max, 1, largest_buffer},
    };
    return tree.add_ints(node, list);
}

int add_times(SysctlTree& tree, SysctlNode* node, TcpSettings& s)
{
    const SysctlInt list[] = {
        {TCPCTL_KEEPIDLE, "keepidle", "Idle time before the first probe, in 1/slowhz s",
         &s.keepidle, 1, INT32_MAX},
        {TCPCTL_KEEPINTVL, "keepintvl", "Time between probes, in 1/slowhz s", &s.keepintvl, 1,
         INT32_MAX},
        {TCPCTL_KEEPCNT, "keepcnt", "Probes without an answer", &s.keepcnt, 1, 127},
        {TCPCTL_KEEPINIT, "keepinit", "Time a connect may take, in 1/slowhz s", &s.keepinit, 1,
         INT32_MAX},
        {ctl_auto, "msl", "Lifetime of a segment, in 1/slowhz s", &s.msl, 1, 600},
        {ctl_auto, "rto_min", "Least retransmission timeout in ms", &s.rto_min_ms, 10, 5000},
        {ctl_auto, "rto_max", "Largest retransmission timeout in ms", &s.rto_max_ms, 60000, 600000},
        {ctl_auto, "maxrexmt", "Retransmissions until a connection is given up", &s.maxrexmt, 3,
         16},
        {ctl_auto, "rexmit_initial", "First retransmission timeout in ms", &s.rexmit_initial, 10,
         60000},
        {ctl_auto, "rexmit_slop", "Added to later timeouts, in ms", &s.rexmit_slop, 0, 60000},
    };
    if (int error = tree.add_ints(node, list))
        return error;
    return tree.add_readonly(node, TCPCTL_SLOWHZ, "slowhz", "Slow ticks a second", &s.slowhz) !=
                   nullptr
               ? 0
               : ENOMEM;
}

int add_policies(SysctlTree& tree, SysctlNode* node, TcpSettings& s)
{
    const SysctlInt list[] = {
        {ctl_auto, "insecure_rst", "Any RST in the window resets (RFC 793, not 5961)",
         &s.insecure_rst, 0, 1},
        {ctl_auto, "insecure_syn", "Any SYN in the window resets (RFC 793, not 5961)",
         &s.insecure_syn, 0, 1},
        {ctl_auto, "icmp_may_rst", "ICMP errors may end a connection being opened", &s.icmp_may_rst,
         0, 1},
        {ctl_auto, "drop_synfin", "Drop segments with SYN and FIN", &s.drop_synfin, 0, 1},
        {ctl_auto, "blackhole", "Closed ports: 1 no RST for a SYN, 2 no RST", &s.blackhole, 0, 2},
        {ctl_auto, "rexmit_drop_options", "No options in the third repeated SYN",
         &s.rexmit_drop_options, 0, 1},
        {ctl_auto, "tolerate_missing_ts", "Take segments that lack the timestamps agreed on",
         &s.tolerate_missing_ts, 0, 1},
        {ctl_auto, "rst_on_sock_fail", "Reset connections that the full queue cannot take",
         &s.rst_on_sock_fail, 0, 1},
    };
    return tree.add_ints(node, list);
}

int add_groups(SysctlTree& tree, SysctlNode* node, TcpSettings& s)
{
    const SysctlInt sack[] = {
        {ctl_auto, "enable", "Selective acknowledgments", &s.sack_enable, 0, 1},
        {ctl_auto, "maxholes", "Holes of a connection", &s.sack_maxholes, 0, 100000},
        {ctl_auto, "globalmaxholes", "Holes of all connections", &s.sack_globalmaxholes, 0,
         1000000},
    };
    const SysctlInt ecn[] = {
        {ctl_auto, "enable", "0 no, 1 ask and accept, 2 accept only", &s.ecn_enable, 0, 2},
        {ctl_auto, "maxretries", "Repeated SYNs that still ask", &s.ecn_maxretries, 0, 10},
    };
    const SysctlInt abc[] = {
        {ctl_auto, "enable", "Appropriate byte counting", &s.abc_enable, 0, 1},
    };
    const SysctlInt fastopen[] = {
        {ctl_auto, "client_enable", "TCP_FASTOPEN of clients; switching forgets all cookies",
         &s.fastopen_client, 0, 1},
        {ctl_auto, "server_enable", "TCP_FASTOPEN of listeners", &s.fastopen_server, 0, 1},
        {ctl_auto, "acceptany", "A listener believes any cookie that is not empty",
         &s.fastopen_acceptany, 0, 1},
    };
    if (int error =
            tree.add_ints(tree.add_node(node, ctl_auto, "fastopen", "TCP Fast Open"), fastopen))
        return error;
    SysctlNode* sack_node = tree.add_node(node, TCPCTL_SACK, "sack", "Selective acknowledgments");
    if (int error = tree.add_ints(sack_node, sack))
        return error;
    if (tree.add_readonly(sack_node, ctl_auto, "globalholes", "Holes now", &s.sack_globalholes) ==
        nullptr)
        return ENOMEM;
    if (int error = tree.add_ints(
            tree.add_node(node, ctl_auto, "ecn", "Explicit congestion notification"), ecn))
        return error;
    return tree.add_ints(tree.add_node(node, ctl_auto, "abc", "Appropriate byte counting"), abc);
}

int selected_congctl(SysctlNode& node, std::span<const int32_t>, SysctlOut& out, const SysctlIn* in,
                     const Cred& cred)
{
    auto& tcp = *static_cast<Tcp*>(node.arg);
    const TcpCongestionControl* chosen = tcp.congctl;
    if (in != nullptr) {
        char name[16] = {};
        if (!cred.has(able_sysctl))
            return EPERM;
        if (in->size >= sizeof(name))
            return EINVAL;
        memcpy(name, in->data, in->size);
        chosen = tcp_find_congctl(name);
        if (chosen == nullptr)
            return EINVAL;
    }
    if (int error = out.put(tcp.congctl->name, strlen(tcp.congctl->name) + 1))
        return error;
    tcp.congctl = chosen; // for connections from now on
    return 0;
}

int add_congctl(SysctlTree& tree, SysctlNode* node, Tcp& tcp)
{
    SysctlNode* group = tree.add_node(node, ctl_auto, "congctl", "Congestion control");
    if (tree.add_string(group, ctl_auto, "available", "Algorithms there are",
                        tcp_congctl_available) == nullptr ||
        tree.add_handler(group, ctl_auto, "selected", "Algorithm of new connections",
                         CTLTYPE_STRING, CTLFLAG_READWRITE, selected_congctl, &tcp) == nullptr)
        return ENOMEM;
    return 0;
}

// Loopback packets go without checksums as long as this is off.
int loopback_changed(SysctlNode& node, int32_t value)
{
    static_cast<Tcp*>(node.arg)->inet.tcp_loopback_cksum = value;
    return 0;
}

int fastopen_changed(SysctlNode& node, int32_t)
{
    static_cast<Tcp*>(node.arg)->fastopen.clear();
    return 0;
}

} // namespace

int attach_tcp_sysctl(Tcp& tcp)
{
    SysctlTree& tree = tcp.inet.stack.sysctl();
    SysctlNode* node =
        tree.add_node(tree.find("net.inet"), IPPROTO_TCP, "tcp", "Transmission control");
    if (node == nullptr)
        return ENOMEM;
    for (auto add : {add_basics, add_times, add_policies, add_groups})
        if (int error = add(tree, node, tcp.settings))
            return error;
    SysctlNode* loopback = tree.find("net.inet.tcp.do_loopback_cksum");
    loopback->arg = &tcp;
    loopback->changed = loopback_changed;
    SysctlNode* fastopen = tree.find("net.inet.tcp.fastopen.client_enable");
    fastopen->arg = &tcp;
    fastopen->changed = fastopen_changed;
    if (int error = add_congctl(tree, node, tcp))
        return error;
    return attach_tcp_dump(tcp);
}

int attach_tcp(Stack& stack)
{
    Inet& inet = stack.inet();
    auto* tcp = new (std::nothrow) Tcp(inet);
    if (tcp == nullptr)
        return ENOMEM;
    inet.tcp = tcp;
    inet.protocols[wire::proto_tcp] = {
        [](Inet& i, MbufPtr m, size_t header_len) { i.tcp->input(std::move(m), header_len); },
        [](Inet& i, const IpError& what) { i.tcp->error(what); },
    };
    inet.add_table(tcp->table);
    stack.add_protosw(*tcp);
    return attach_tcp_sysctl(*tcp);
}

void detach_tcp(Stack& stack)
{
    Inet& inet = stack.inet();
    inet.remove_table(inet.tcp->table);
    delete inet.tcp;
    inet.tcp = nullptr;
}

} // namespace netmgr
