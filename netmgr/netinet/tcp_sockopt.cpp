// SPDX-License-Identifier: Apache-2.0
// Options of level IPPROTO_TCP.
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/time.h>

#include "netinet/tcp.hpp"

namespace netmgr {

namespace {

constexpr int most_seconds = 32767;

void set_flag(Tcpcb& tp, uint32_t flag, bool on)
{
    tp.flags = on ? tp.flags | flag : tp.flags & ~flag;
}

int put_int(int v, std::span<uint8_t> value, size_t& size)
{
    size = value.size() < sizeof(v) ? value.size() : sizeof(v);
    memcpy(value.data(), &v, size);
    return 0;
}

int set_max_segment(Tcpcb& tp, int v)
{
    if (v < tp.tcp.settings.minmss || v > 65535)
        return EINVAL;
    tp.user_mss = static_cast<uint16_t>(v);
    if (tp.synchronized() && v < tp.max_seg)
        tp.max_seg = static_cast<uint16_t>(v);
    return 0;
}

// QNX: a struct timeval, the idle time before the first probe. An int of seconds is taken too.
int set_keepalive_time(Tcpcb& tp, std::span<const uint8_t> value)
{
    int64_t us = 0;
    if (value.size() == sizeof(timeval)) {
        timeval tv;
        memcpy(&tv, value.data(), sizeof(tv));
        if (tv.tv_sec < 0 || tv.tv_usec < 0 || tv.tv_usec >= 1000000 || tv.tv_sec > 32767)
            return EDOM;
        us = static_cast<int64_t>(tv.tv_sec) * 1000000 + tv.tv_usec;
    } else if (value.size() == sizeof(int)) {
        int v;
        memcpy(&v, value.data(), sizeof(v));
        us = v < 1 || v > 32767 ? 0 : static_cast<int64_t>(v) * 1000000;
    }
    if (us <= 0)
        return EINVAL;
    tp.keepalive.idle_ns = static_cast<uint64_t>(us) * 1000;
    tcp_arm_keepalive(tp);
    return 0;
}

int set_signature(Tcpcb& tp, std::span<const uint8_t> value)
{
    tcp_md5sig sig;
    int on = 0;
    if (value.size() == sizeof(on)) {
        memcpy(&on, value.data(), sizeof(on));
        if (on != 0 && tp.md5_key_len == 0)
            return EINVAL;
        set_flag(tp, tf_signature, on != 0);
        return 0;
    }
    if (value.size() != sizeof(sig))
        return EINVAL;
    memcpy(&sig, value.data(), sizeof(sig));
    if (sig.tcpm_keylen > sizeof(tp.md5_key))
        return EINVAL;
    memcpy(tp.md5_key, sig.tcpm_key, sig.tcpm_keylen);
    tp.md5_key_len = static_cast<uint8_t>(sig.tcpm_keylen);
    set_flag(tp, tf_signature, sig.tcpm_keylen != 0);
    return 0;
}

int put_seconds(uint64_t ns, std::span<uint8_t> value, size_t& size)
{
    return put_int(static_cast<int>(ns / ns_per_s), value, size);
}

// What connections inherit from their listener. ENOPROTOOPT: none of these.
int set_tuning(Tcpcb& tp, int name, int v)
{
    TcpTuning& t = tp.tuning;
    if (v < 0 || (v > most_seconds && name != TCP_NOTSENT_LOWAT && name != TCP_WINDOW_CLAMP))
        return EINVAL;
    const uint64_t ns = static_cast<uint64_t>(v) * ns_per_s;
    switch (name) {
    case TCP_KEEPINIT:
        t.keepinit_ns = ns;
        if (tp.state == TcpState::syn_sent)
            tcp_arm_keepalive(tp);
        return 0;
    case TCP_DEFER_ACCEPT:
        t.defer_accept_ns = ns;
        return 0;
    case TCP_LINGER2:
        t.fin_wait_2_ns = ns;
        return 0;
    case TCP_NOTSENT_LOWAT:
        t.unsent_lowat = static_cast<uint32_t>(v);
        sowwakeup(tp.so());
        return 0;
    case TCP_SYNCNT:
        if (v > 127)
            return EINVAL;
        t.syn_count = static_cast<uint8_t>(v);
        return 0;
    case TCP_WINDOW_CLAMP:
        t.window_clamp = static_cast<uint32_t>(v);
        return 0;
    default:
        return ENOPROTOOPT;
    }
}

int get_tuning(const Tcpcb& tp, int name, std::span<uint8_t> value, size_t& size)
{
    const TcpTuning& t = tp.tuning;
    switch (name) {
    case TCP_KEEPINIT:
        return put_seconds(t.keepinit_ns != 0 ? t.keepinit_ns
                                              : slow_ticks_ns(tp.tcp.settings.keepinit),
                           value, size);
    case TCP_DEFER_ACCEPT:
        return put_seconds(t.defer_accept_ns, value, size);
    case TCP_LINGER2:
        return put_seconds(t.fin_wait_2_ns, value, size);
    case TCP_NOTSENT_LOWAT:
        return put_int(static_cast<int>(t.unsent_lowat), value, size);
    case TCP_SYNCNT:
        return put_int(t.syn_count != 0 ? t.syn_count : tp.tcp.settings.maxrexmt, value, size);
    case TCP_WINDOW_CLAMP:
        return put_int(static_cast<int>(t.window_clamp), value, size);
    default:
        return ENOPROTOOPT;
    }
}

int set_number(Tcpcb& tp, int name, int v)
{
    switch (name) {
    case TCP_NODELAY:
        set_flag(tp, tf_no_delay, v != 0);
        return v != 0 && tp.synchronized() ? tcp_output(tp) : 0;
    case TCP_NOPUSH:
        set_flag(tp, tf_no_push, v != 0);
        return v == 0 && tp.synchronized() ? tcp_output(tp) : 0;
    case TCP_NOOPT:
        set_flag(tp, tf_no_options, v != 0);
        return 0;
    case TCP_MAXSEG:
        return set_max_segment(tp, v);
    case TCP_KEEPINTVL:
        if (v < 1 || v > most_seconds)
            return EINVAL;
        tp.keepalive.interval_ns = static_cast<uint64_t>(v) * ns_per_s;
        return 0;
    case TCP_KEEPCNT:
        if (v < 1 || v > 127)
            return EINVAL;
        tp.keepalive.count = static_cast<uint32_t>(v);
        return 0;
    case TCP_USER_TIMEOUT:
        if (v < 0)
            return EINVAL;
        tp.user_timeout_ns = static_cast<uint64_t>(v) * ns_per_ms;
        return 0;
    case TCP_FASTOPEN:
        if (v < 0)
            return EINVAL;
        set_flag(tp, tf_fast_open, v != 0);
        tp.tuning.fast_open_limit = static_cast<uint32_t>(v);
        return 0;
    case TCP_QUICKACK:
        set_flag(tp, tf_quick_ack, v != 0);
        if (v == 0 || callout_pending(&tp.delack_timer) == 0)
            return 0;
        tp.flags |= tf_ack_now;
        return tcp_output(tp);
    default:
        return set_tuning(tp, name, v);
    }
}

int get_keepalive_time(const Tcpcb& tp, std::span<uint8_t> value, size_t& size)
{
    const uint64_t ns =
        tp.keepalive.idle_ns != 0 ? tp.keepalive.idle_ns : slow_ticks_ns(tp.tcp.settings.keepidle);
    timeval tv = {};
    tv.tv_sec = static_cast<decltype(tv.tv_sec)>(ns / ns_per_s);
    tv.tv_usec = static_cast<decltype(tv.tv_usec)>(ns % ns_per_s / 1000);
    size = value.size() < sizeof(tv) ? value.size() : sizeof(tv);
    memcpy(value.data(), &tv, size);
    return 0;
}

} // namespace

int Tcp::setopt(Socket& so, int level, int name, std::span<const uint8_t> value, const Cred& cred)
{
    Tcpcb* tp = tcpcb_of(so);
    if (tp == nullptr)
        return ECONNRESET;
    if (level == SOL_SOCKET && name == SO_KEEPALIVE) { // the socket layer has set it
        tcp_arm_keepalive(*tp);
        return 0;
    }
    if (level == SOL_SOCKET && name == SO_BINDTODEVICE)
        return EOPNOTSUPP; // documented: UDP only
    if (level != IPPROTO_TCP)
        return internet_setopt(inet, inpcb_of(so), level, name, value, cred);
    if (name == TCP_KEEPALIVE)
        return set_keepalive_time(*tp, value);
    if (name == TCP_MD5SIG)
        return set_signature(*tp, value);
    int v = 0;
    if (value.size() < sizeof(v))
        return EINVAL;
    memcpy(&v, value.data(), sizeof(v));
    return set_number(*tp, name, v);
}

int Tcp::getopt(Socket& so, int level, int name, std::span<uint8_t> value, size_t& size)
{
    const Tcpcb* tp = tcpcb_of(so);
    if (tp == nullptr)
        return ECONNRESET;
    if (level != IPPROTO_TCP)
        return internet_getopt(inet, inpcb_of(so), level, name, value, size);
    switch (name) {
    case TCP_NODELAY:
        return put_int(tp->has(tf_no_delay), value, size);
    case TCP_NOPUSH:
        return put_int(tp->has(tf_no_push), value, size);
    case TCP_NOOPT:
        return put_int(tp->has(tf_no_options), value, size);
    case TCP_MD5SIG:
        return put_int(tp->has(tf_signature), value, size);
    case TCP_MAXSEG:
        return put_int(tp->synchronized() || tp->user_mss == 0 ? tp->max_seg : tp->user_mss, value,
                       size);
    case TCP_KEEPALIVE:
        return get_keepalive_time(*tp, value, size);
    case TCP_KEEPINTVL:
        return put_int(
            static_cast<int>((tp->keepalive.interval_ns != 0 ? tp->keepalive.interval_ns
                                                             : slow_ticks_ns(settings.keepintvl)) /
                             ns_per_s),
            value, size);
    case TCP_KEEPCNT:
        return put_int(tp->keepalive.count != 0 ? static_cast<int>(tp->keepalive.count)
                                                : settings.keepcnt,
                       value, size);
    case TCP_USER_TIMEOUT:
        return put_int(static_cast<int>(tp->user_timeout_ns / ns_per_ms), value, size);
    case TCP_FASTOPEN:
        return put_int(static_cast<int>(tp->tuning.fast_open_limit), value, size);
    case TCP_QUICKACK:
        return put_int(tp->has(tf_quick_ack), value, size);
    default:
        return get_tuning(*tp, name, value, size);
    }
}

} // namespace netmgr
