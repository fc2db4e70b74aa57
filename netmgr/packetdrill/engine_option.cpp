// SPDX-License-Identifier: Apache-2.0
// Options, names and states of the engine's sockets.
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>

#include "net/ip_text.hpp"
#include "net/sockaddr.hpp"
#include "netinet/tcp_congctl.hpp"
#include "packetdrill/engine_state.hpp"
#include "packetdrill/names.hpp"

namespace packetdrill {

namespace {

constexpr const char* state_names[] = {"CLOSED",      "LISTEN",     "SYN_SENT",   "SYN_RCVD",
                                       "ESTABLISHED", "CLOSE_WAIT", "FIN_WAIT_1", "CLOSING",
                                       "LAST_ACK",    "FIN_WAIT_2", "TIME_WAIT"};

struct BsdName {
    int level;
    int name;
};

BsdName bsd_name(Option o)
{
    switch (o) {
    case Option::reuse_address:
        return {SOL_SOCKET, SO_REUSEADDR};
    case Option::keepalive:
        return {SOL_SOCKET, SO_KEEPALIVE};
    case Option::broadcast:
        return {SOL_SOCKET, SO_BROADCAST};
    case Option::oob_inline:
        return {SOL_SOCKET, SO_OOBINLINE};
    case Option::reuse_port:
        return {SOL_SOCKET, SO_REUSEPORT};
    case Option::send_buffer:
        return {SOL_SOCKET, SO_SNDBUF};
    case Option::receive_buffer:
        return {SOL_SOCKET, SO_RCVBUF};
    case Option::send_low_water:
        return {SOL_SOCKET, SO_SNDLOWAT};
    case Option::receive_low_water:
        return {SOL_SOCKET, SO_RCVLOWAT};
    case Option::type:
        return {SOL_SOCKET, SO_TYPE};
    case Option::error:
        return {SOL_SOCKET, SO_ERROR};
    case Option::accepting:
        return {SOL_SOCKET, SO_ACCEPTCONN};
    case Option::no_delay:
        return {IPPROTO_TCP, TCP_NODELAY};
    case Option::max_segment:
        return {IPPROTO_TCP, TCP_MAXSEG};
    case Option::cork:
        return {IPPROTO_TCP, TCP_NOPUSH};
    case Option::keep_idle:
        return {IPPROTO_TCP, TCP_KEEPALIVE};
    case Option::keep_interval:
        return {IPPROTO_TCP, TCP_KEEPINTVL};
    case Option::keep_count:
        return {IPPROTO_TCP, TCP_KEEPCNT};
    case Option::user_timeout:
        return {IPPROTO_TCP, TCP_USER_TIMEOUT};
    case Option::keep_init:
        return {IPPROTO_TCP, TCP_KEEPINIT};
    case Option::fast_open:
        return {IPPROTO_TCP, TCP_FASTOPEN};
    case Option::quick_ack:
        return {IPPROTO_TCP, TCP_QUICKACK};
    case Option::defer_accept:
        return {IPPROTO_TCP, TCP_DEFER_ACCEPT};
    case Option::fin_wait_2_time:
        return {IPPROTO_TCP, TCP_LINGER2};
    case Option::unsent_low_water:
        return {IPPROTO_TCP, TCP_NOTSENT_LOWAT};
    case Option::syn_count:
        return {IPPROTO_TCP, TCP_SYNCNT};
    case Option::window_clamp:
        return {IPPROTO_TCP, TCP_WINDOW_CLAMP};
    case Option::debug:
        return {SOL_SOCKET, SO_DEBUG};
    case Option::tos:
        return {IPPROTO_IP, IP_TOS};
    case Option::ttl:
        return {IPPROTO_IP, IP_TTL};
    case Option::traffic_class:
        return {IPPROTO_IPV6, IPV6_TCLASS};
    case Option::hop_limit:
        return {IPPROTO_IPV6, IPV6_UNICAST_HOPS};
    case Option::only_six:
        return {IPPROTO_IPV6, IPV6_V6ONLY};
    }
    return {0, 0};
}

} // namespace

int Engine::set_option(int fd, Option option, long value)
{
    LOCKED_SOCKET;
    const BsdName n = bsd_name(option);
    const int v = static_cast<int>(value);
    const int error = sosetopt(*so, n.level, n.name, &v, sizeof(v), Cred::root());
    s.run();
    return -error;
}

int Engine::get_option(int fd, Option option, long& value)
{
    LOCKED_SOCKET;
    const BsdName n = bsd_name(option);
    int v[4] = {};
    size_t size = sizeof(v);
    const int error = sogetopt(*so, n.level, n.name, v, size, Cred::root());
    value = v[0]; // of a struct timeval: its seconds
    if (n.level == SOL_SOCKET && n.name != SO_TYPE && n.name != SO_ERROR && n.name < SO_SNDBUF)
        value = v[0] != 0;
    return -error;
}

int Engine::set_linger(int fd, bool on, int seconds)
{
    LOCKED_SOCKET;
    const linger l = {on, seconds};
    return -sosetopt(*so, SOL_SOCKET, SO_LINGER, &l, sizeof(l), Cred::root());
}

int Engine::get_linger(int fd, bool& on, int& seconds)
{
    LOCKED_SOCKET;
    on = so->linger_option.l_onoff != 0;
    seconds = so->linger_option.l_linger;
    return 0;
}

int Engine::set_timeout(int fd, bool send, uint64_t us)
{
    LOCKED_SOCKET;
    (send ? so->send_timeout_ns : so->receive_timeout_ns) = us * 1000;
    return 0;
}

int Engine::set_congestion_control(int fd, const char* name)
{
    LOCKED_SOCKET;
    Tcpcb* tp = so->proto.type == SOCK_STREAM ? tcpcb_of(*so) : nullptr;
    const TcpCongestionControl* chosen = tcp_find_congctl(name);
    if (tp == nullptr || chosen == nullptr)
        return -ENOENT;
    tp->congctl = chosen;
    chosen->start(*tp);
    return 0;
}

int Engine::get_congestion_control(int fd, char* name, size_t size)
{
    LOCKED_SOCKET;
    const Tcpcb* tp = so->proto.type == SOCK_STREAM ? tcpcb_of(*so) : nullptr;
    if (tp == nullptr)
        return -EINVAL;
    snprintf(name, size, "%s", tp->congctl->name);
    return 0;
}

int Engine::name(int fd, bool peer, Address& out)
{
    LOCKED_SOCKET;
    sockaddr_storage name = {};
    socklen_t len = 0;
    const int error = peer ? sogetpeername(*so, name, len) : sogetsockname(*so, name, len);
    if (error == 0)
        out = address_of(name);
    return -error;
}

int Engine::set_nonblocking(int fd, bool on)
{
    LOCKED_SOCKET;
    s.files[fd].nonblocking = on;
    return 0;
}

int Engine::nonblocking(int fd)
{
    LOCKED_SOCKET;
    return s.files[fd].nonblocking;
}

bool Engine::is_socket(int fd)
{
    LOCKED;
    return s.find(fd) != nullptr;
}

int Engine::info(int fd, ConnectionInfo& o)
{
    LOCKED_SOCKET;
    const Tcpcb* tp = so->proto.type == SOCK_STREAM ? tcpcb_of(*so) : nullptr;
    o = {};
    if (tp == nullptr)
        return so->proto.type == SOCK_STREAM ? 0 : -ENOPROTOOPT;
    o.state = static_cast<unsigned>(tp->state);
    o.rto = static_cast<unsigned>(tp->rto_ns / 1000);
    o.srtt = static_cast<unsigned>(tp->rtt.srtt_ns / 1000);
    o.rtt_var = static_cast<unsigned>(tp->rtt.var_ns / 1000);
    o.min_rtt = static_cast<unsigned>(tp->rtt.min_ns / 1000);
    o.mss = tp->max_seg;
    o.receive_mss = tp->rcv_mss != 0 ? tp->rcv_mss : 536;
    o.cwnd = tp->cwnd;
    o.ssthresh = tp->ssthresh;
    const unsigned mss = tp->max_seg != 0 ? tp->max_seg : 1;
    o.unacked = (tp->snd_max - tp->snd_una + mss - 1) / mss;
    o.sacked = (tp->has(tf_sack) ? tp->board.sacked_bytes() + mss - 1 : tp->dup_acks * mss) / mss;
    o.retransmits = tp->rexmt_shift;
    o.advertised_mss = tp->our_mss;
    o.path_mtu = 1500;
    o.timestamps = tp->has(tf_timestamps);
    o.sack = tp->has(tf_sack);
    o.scale = tp->has(tf_scale);
    o.ecn = tp->has(tf_ecn);
    o.recovery = tp->has(tf_recovery);
    o.timed_out = tp->has(tf_rto_recovery);
    o.send_scale = tp->snd_scale;
    o.receive_scale = tp->rcv_scale;
    const TcpTraffic& traffic = tp->traffic;
    o.total_retransmits = traffic.retransmits;
    o.bytes_acked = traffic.bytes_acked;
    o.bytes_received = traffic.bytes_received;
    o.segments_in = traffic.segments_in;
    o.segments_out = traffic.segments_out;
    o.data_segments_in = traffic.data_segments_in;
    o.data_segments_out = traffic.data_segments_out;
    o.send_window = tp->snd_wnd;
    for (const TcpScoreboard::Hole* h = tp->board.first_hole(); h != nullptr; h = h->next) {
        o.lost += h->lost ? (h->end - h->start + mss - 1) / mss : 0;
        o.retransmitted += (h->resent - h->start + mss - 1) / mss;
    }
    o.unacked_bytes = static_cast<unsigned>(so->snd.data_bytes());
    o.unsent_bytes = tcp_unsent(*tp);
    return 0;
}

int Engine::at_mark(int fd)
{
    LOCKED_SOCKET;
    return (so->state & ss_at_mark) != 0;
}

int Engine::readable_bytes(int fd)
{
    LOCKED_SOCKET;
    return static_cast<int>(so->rcv.data_bytes());
}

int Engine::pollable(int fd)
{
    LOCKED_SOCKET;
    const unsigned now = sopoll(*so);
    unsigned out =
        ((now & so_readable) != 0 ? poll_in : 0u) | ((now & so_writable) != 0 ? poll_out : 0u) |
        ((now & so_exception) != 0 ? poll_priority : 0u) | (so->error != 0 ? poll_error : 0u);
    const uint32_t both = ss_cant_receive | ss_cant_send;
    if ((so->state & ss_cant_receive) != 0)
        out |= poll_peer_closed;
    if ((so->state & both) == both)
        out |= poll_hang_up;
    return static_cast<int>(out);
}

bool Engine::wait_for_change(long long us)
{
    LOCKED;
    static thread_local uint64_t deadline;
    if (us == 0)
        return false;
    deadline = us < 0 ? 0 : s.clock.now_ns + static_cast<uint64_t>(us) * 1000;
    const uint64_t seen = s.changes;
    while (s.changes == seen)
        if (!s.wait(lock, deadline))
            return false;
    return true;
}

int Engine::set_variable(const char* their_name, const char* their_value)
{
    LOCKED;
    std::string our_name = their_name, our_value = their_value;
    if (!to_our_variable(our_name, our_value))
        return 0;
    const char* name = our_name.c_str();
    const char* value = our_value.c_str();
    int32_t mib[CTL_MAXNAME];
    size_t count = 0;
    if (int error = s.stack->sysctl().name_to_mib(name, mib, count))
        return -error;
    const SysctlNode* node = s.stack->sysctl().find(name);
    char* end = nullptr;
    const auto number = static_cast<int32_t>(strtol(value, &end, 0));
    const bool text = node != nullptr && (node->type & CTLTYPE_STRING) == CTLTYPE_STRING;
    if (!text && (end == value || *end != '\0'))
        return -EINVAL;
    const SysctlIn in =
        text ? SysctlIn{value, strlen(value) + 1} : SysctlIn{&number, sizeof(number)};
    return -s.stack->sysctl().call({mib, count}, nullptr, &in, Cred::root());
}

int Engine::get_variable(const char* their_name, std::string& value)
{
    LOCKED;
    std::string name = their_name, none;
    if (!to_our_variable(name, none))
        return -ENOENT;
    int32_t mib[CTL_MAXNAME];
    size_t count = 0;
    char text[256] = {};
    SysctlOut out = {text, sizeof(text) - 1, 0};
    if (int error = s.stack->sysctl().name_to_mib(name.c_str(), mib, count))
        return -error;
    const SysctlNode* node = s.stack->sysctl().find(name.c_str());
    if (int error = s.stack->sysctl().call({mib, count}, &out, nullptr, Cred::root()))
        return -error;
    if (node != nullptr && (node->type & CTLTYPE_STRING) == CTLTYPE_STRING) {
        value = text;
    } else if (out.size == sizeof(int32_t)) {
        int32_t number;
        memcpy(&number, text, sizeof(number));
        value = std::to_string(number);
    } else {
        return -EINVAL;
    }
    return 0;
}

std::string Engine::list_variables(bool writable)
{
    LOCKED;
    std::string out;
    const auto walk = [&](const auto& self, const SysctlNode& node,
                          const std::string& path) -> void {
        for (const SysctlNode* n = node.child; n != nullptr; n = n->sibling) {
            const std::string name = path.empty() ? n->name : path + "." + n->name;
            std::string value;
            if (n->child == nullptr && (!writable || (n->flags & CTLFLAG_READWRITE) != 0) &&
                get_variable(name.c_str(), value) == 0)
                out += name + ": " + value + "\n";
            self(self, *n, name);
        }
    };
    walk(walk, *s.stack->sysctl().root(), "");
    return out;
}

int Engine::drop_connections(const std::string& state)
{
    LOCKED;
    int count = 0;
    const auto one = [&]() -> Tcpcb* {
        Tcpcb* found = nullptr;
        s.stack->inet().tcp->table.for_each([&](const Inpcb& p) {
            Tcpcb* tp = tcpcb_of(p);
            if (tp == nullptr || tp->state == TcpState::listen || tp->state == TcpState::closed)
                return;
            if (state == "*" || state == state_names[static_cast<unsigned>(tp->state)])
                found = tp;
        });
        return found;
    };
    for (Tcpcb* tp = one(); tp != nullptr; tp = one(), ++count)
        tcp_drop(*tp, ECONNABORTED);
    s.run();
    s.changed.notify_all();
    return count;
}

std::string Engine::list_connections()
{
    LOCKED;
    std::string out;
    const auto add = [&](const IpAddress& local, uint16_t local_port, const IpAddress& foreign,
                         uint16_t foreign_port, TcpState state) {
        char line[160];
        char here[ip_text_size];
        char there[ip_text_size];
        snprintf(line, sizeof(line), "%s:%u %s:%u %s\n", ip_text(local, here), local_port,
                 ip_text(foreign, there), foreign_port, state_names[static_cast<unsigned>(state)]);
        out += line;
    };
    Tcp& tcp = *s.stack->inet().tcp;
    tcp.table.for_each([&](const Inpcb& p) {
        if (const Tcpcb* tp = tcpcb_of(p))
            add(p.local, p.local_port, p.foreign, p.foreign_port, tp->state);
    });
    tcp.syncache.for_each([&](const IpAddress& local, uint16_t local_port, const IpAddress& peer,
                              uint16_t peer_port) {
        add(local, local_port, peer, peer_port, TcpState::syn_received);
    });
    return out;
}

} // namespace packetdrill
