// SPDX-License-Identifier: Apache-2.0
// Socket options, TCP_INFO, fcntl and ioctl with Linux's numbers.
#include <fcntl.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>

#include "packetdrill/plug.hpp"

namespace packetdrill {

namespace {

struct Known {
    int level;
    int name;
    Option option;
};

constexpr Known known[] = {
    {SOL_SOCKET, SO_DEBUG, Option::debug},
    {SOL_SOCKET, SO_REUSEADDR, Option::reuse_address},
    {SOL_SOCKET, SO_KEEPALIVE, Option::keepalive},
    {SOL_SOCKET, SO_BROADCAST, Option::broadcast},
    {SOL_SOCKET, SO_OOBINLINE, Option::oob_inline},
    {SOL_SOCKET, SO_REUSEPORT, Option::reuse_port},
    {SOL_SOCKET, SO_SNDBUF, Option::send_buffer},
    {SOL_SOCKET, SO_SNDBUFFORCE, Option::send_buffer},
    {SOL_SOCKET, SO_RCVBUF, Option::receive_buffer},
    {SOL_SOCKET, SO_RCVBUFFORCE, Option::receive_buffer},
    {SOL_SOCKET, SO_SNDLOWAT, Option::send_low_water},
    {SOL_SOCKET, SO_RCVLOWAT, Option::receive_low_water},
    {SOL_SOCKET, SO_TYPE, Option::type},
    {SOL_SOCKET, SO_ERROR, Option::error},
    {SOL_SOCKET, SO_ACCEPTCONN, Option::accepting},
    {IPPROTO_TCP, TCP_NODELAY, Option::no_delay},
    {IPPROTO_TCP, TCP_MAXSEG, Option::max_segment},
    {IPPROTO_TCP, TCP_CORK, Option::cork},
    {IPPROTO_TCP, TCP_KEEPIDLE, Option::keep_idle},
    {IPPROTO_TCP, TCP_KEEPINTVL, Option::keep_interval},
    {IPPROTO_TCP, TCP_KEEPCNT, Option::keep_count},
    {IPPROTO_TCP, TCP_USER_TIMEOUT, Option::user_timeout},
    {IPPROTO_TCP, TCP_QUICKACK, Option::quick_ack},
    {IPPROTO_TCP, TCP_FASTOPEN, Option::fast_open},
    {IPPROTO_TCP, TCP_DEFER_ACCEPT, Option::defer_accept},
    {IPPROTO_TCP, TCP_LINGER2, Option::fin_wait_2_time},
    {IPPROTO_TCP, TCP_NOTSENT_LOWAT, Option::unsent_low_water},
    {IPPROTO_TCP, TCP_SYNCNT, Option::syn_count},
    {IPPROTO_TCP, TCP_WINDOW_CLAMP, Option::window_clamp},
    // FreeBSD's numbers where Linux has none: for scripts written there.
    {IPPROTO_TCP, 128, Option::keep_init},
    {IPPROTO_TCP, 256, Option::keep_idle},
    {IPPROTO_TCP, 512, Option::keep_interval},
    {IPPROTO_TCP, 1024, Option::keep_count},
    {IPPROTO_IP, IP_TOS, Option::tos},
    {IPPROTO_IP, IP_TTL, Option::ttl},
    {IPPROTO_IPV6, IPV6_TCLASS, Option::traffic_class},
    {IPPROTO_IPV6, IPV6_UNICAST_HOPS, Option::hop_limit},
    {IPPROTO_IPV6, IPV6_V6ONLY, Option::only_six},
};

const Known* find(int level, int name)
{
    for (const Known& k : known)
        if (k.level == level && k.name == name)
            return &k;
    return nullptr;
}

// Options of Linux that only tune what this stack does not have: accepted.
bool harmless(int level, int name)
{
    if (level == SOL_SOCKET)
        return name == SO_PRIORITY || name == SO_MARK || name == SO_BUSY_POLL ||
               name == SO_MAX_PACING_RATE || name == SO_TIMESTAMP || name == SO_DONTROUTE;
    if (level == IPPROTO_IP)
        return name == IP_MTU_DISCOVER || name == IP_RECVERR || name == IP_RECVTOS ||
               name == IP_RECVTTL;
    return level == IPPROTO_TCP && (name == TCP_THIN_LINEAR_TIMEOUTS || name == TCP_THIN_DUPACK);
}

uint8_t linux_state(unsigned bsd)
{
    // closed, listen, syn_sent, syn_received, established, close_wait, fin_wait_1, closing, last_ack, fin_wait_2, time_wait
    constexpr uint8_t states[] = {7, 10, 2, 3, 1, 8, 4, 11, 9, 5, 6};
    return bsd < sizeof(states) ? states[bsd] : states[0];
}

tcp_info to_linux(const ConnectionInfo& c)
{
    tcp_info t = {};
    const unsigned mss = c.mss != 0 ? c.mss : 1;
    t.tcpi_state = linux_state(c.state);
    t.tcpi_ca_state = c.timed_out ? 4 : c.recovery ? 3 : c.sacked != 0 ? 1 : 0;
    t.tcpi_retransmits = static_cast<uint8_t>(c.retransmits);
    t.tcpi_backoff = static_cast<uint8_t>(c.retransmits);
    t.tcpi_options = static_cast<uint8_t>(
        (c.timestamps ? TCPI_OPT_TIMESTAMPS : 0) | (c.sack ? TCPI_OPT_SACK : 0) |
        (c.scale ? TCPI_OPT_WSCALE : 0) | (c.ecn ? TCPI_OPT_ECN : 0));
    t.tcpi_snd_wscale = static_cast<uint8_t>(c.send_scale & 15);
    t.tcpi_rcv_wscale = static_cast<uint8_t>(c.receive_scale & 15);
    t.tcpi_rto = c.rto;
    t.tcpi_ato = 40000;
    t.tcpi_snd_mss = c.mss;
    t.tcpi_rcv_mss = c.receive_mss;
    t.tcpi_unacked = c.unacked;
    t.tcpi_sacked = c.sacked;
    t.tcpi_lost = c.lost;
    t.tcpi_retrans = c.retransmitted;
    t.tcpi_pmtu = c.path_mtu;
    t.tcpi_rtt = c.srtt;
    t.tcpi_rttvar = c.rtt_var;
    t.tcpi_min_rtt = c.min_rtt;
    t.tcpi_snd_ssthresh = c.ssthresh >= 0x7fffffff ? 0x7fffffff : c.ssthresh / mss;
    t.tcpi_snd_cwnd = c.cwnd / mss;
    t.tcpi_advmss = c.advertised_mss;
    t.tcpi_reordering = 3;
    t.tcpi_total_retrans = static_cast<uint32_t>(c.total_retransmits);
    t.tcpi_bytes_acked = c.bytes_acked;
    t.tcpi_bytes_received = c.bytes_received;
    t.tcpi_notsent_bytes = c.unsent_bytes;
    t.tcpi_segs_in = static_cast<uint32_t>(c.segments_in);
    t.tcpi_segs_out = static_cast<uint32_t>(c.segments_out);
    t.tcpi_data_segs_in = static_cast<uint32_t>(c.data_segments_in);
    t.tcpi_data_segs_out = static_cast<uint32_t>(c.data_segments_out);
    return t;
}

int put(const void* from, size_t size, void* to, socklen_t* len)
{
    *len = *len < size ? *len : static_cast<socklen_t>(size);
    memcpy(to, from, *len);
    return 0;
}

int get_special(Engine& e, int fd, int level, int name, void* to, socklen_t* len)
{
    if (level == IPPROTO_TCP && name == TCP_INFO) {
        ConnectionInfo info;
        if (const int error = e.info(fd, info); error < 0)
            return error;
        const tcp_info t = to_linux(info);
        return put(&t, sizeof(t), to, len);
    }
    if (level == IPPROTO_TCP && name == TCP_CONGESTION) {
        char text[16] = {};
        if (const int error = e.get_congestion_control(fd, text, sizeof(text)); error < 0)
            return error;
        return put(text, sizeof(text), to, len);
    }
    if (level == SOL_SOCKET && name == SO_LINGER) {
        linger l = {};
        bool on = false;
        if (const int error = e.get_linger(fd, on, l.l_linger); error < 0)
            return error;
        l.l_onoff = on;
        return put(&l, sizeof(l), to, len);
    }
    const int zero = 0;
    return harmless(level, name) ? put(&zero, sizeof(zero), to, len) : -ENOPROTOOPT;
}

int do_getsockopt(void* u, int fd, int level, int name, void* to, socklen_t* len)
{
    Engine& e = *Plug::of(u).engine;
    const Known* k = find(level, name);
    if (k == nullptr)
        return answer(get_special(e, fd, level, name, to, len));
    long value = 0;
    if (const int error = e.get_option(fd, k->option, value); error < 0)
        return answer(error);
    const int v = static_cast<int>(value);
    return put(&v, sizeof(v), to, len);
}

int set_special(Engine& e, int fd, int level, int name, const void* from, socklen_t len)
{
    if (level == SOL_SOCKET && name == SO_LINGER && len >= sizeof(linger)) {
        linger l;
        memcpy(&l, from, sizeof(l));
        return e.set_linger(fd, l.l_onoff != 0, l.l_linger);
    }
    if (level == SOL_SOCKET && (name == SO_RCVTIMEO || name == SO_SNDTIMEO) &&
        len >= sizeof(timeval)) {
        timeval tv;
        memcpy(&tv, from, sizeof(tv));
        return e.set_timeout(fd, name == SO_SNDTIMEO,
                             static_cast<uint64_t>(tv.tv_sec) * 1000000 +
                                 static_cast<uint64_t>(tv.tv_usec));
    }
    if (level == IPPROTO_TCP && name == TCP_CONGESTION) {
        const std::string text(static_cast<const char*>(from),
                               strnlen(static_cast<const char*>(from), len));
        return e.set_congestion_control(fd, text.c_str());
    }
    return harmless(level, name) ? 0 : -ENOPROTOOPT;
}

int do_setsockopt(void* u, int fd, int level, int name, const void* from, socklen_t len)
{
    Engine& e = *Plug::of(u).engine;
    const Known* k = find(level, name);
    if (k == nullptr)
        return answer(set_special(e, fd, level, name, from, len));
    int v = 0;
    if (len < sizeof(v))
        return answer(-EINVAL);
    memcpy(&v, from, sizeof(v));
    return answer(e.set_option(fd, k->option, v));
}

int do_fcntl(void* u, int fd, int cmd, ...)
{
    Engine& e = *Plug::of(u).engine;
    va_list args;
    va_start(args, cmd);
    const int value = va_arg(args, int);
    va_end(args);
    if (!e.is_socket(fd))
        return 0; // epoll sets and pipes never block here
    switch (cmd) {
    case F_GETFL:
        return O_RDWR | (e.nonblocking(fd) > 0 ? O_NONBLOCK : 0);
    case F_SETFL:
        return answer(e.set_nonblocking(fd, (value & O_NONBLOCK) != 0));
    case F_GETFD:
    case F_SETFD:
        return 0;
    default:
        return answer(-EINVAL);
    }
}

int do_ioctl(void* u, int fd, unsigned long request, ...)
{
    Engine& e = *Plug::of(u).engine;
    va_list args;
    va_start(args, request);
    int* value = va_arg(args, int*);
    va_end(args);
    ConnectionInfo info;
    switch (request) {
    case FIONBIO:
        return answer(e.set_nonblocking(fd, *value != 0));
    case SIOCATMARK:
        *value = e.at_mark(fd);
        return answer(*value < 0 ? *value : 0);
    case SIOCINQ:
        *value = e.readable_bytes(fd);
        return answer(*value < 0 ? *value : 0);
    case SIOCOUTQ:
    case SIOCOUTQNSD:
        if (const int error = e.info(fd, info); error < 0)
            return answer(error);
        *value = static_cast<int>(request == SIOCOUTQ ? info.unacked_bytes : info.unsent_bytes);
        return 0;
    default:
        return answer(-EINVAL);
    }
}

} // namespace

void fill_option_calls(packetdrill_interface& i)
{
    i.getsockopt = do_getsockopt;
    i.setsockopt = do_setsockopt;
    i.fcntl = do_fcntl;
    i.ioctl = do_ioctl;
}

} // namespace packetdrill
