// SPDX-License-Identifier: Apache-2.0
// Options of level SOL_SOCKET; other levels are the protocol's.
#include <algorithm>
#include <errno.h>
#include <string.h>
#include <sys/time.h>

#include "kern/protosw.hpp"
#include "kern/socket.hpp"
#include "kern/stack.hpp"

namespace netmgr {

namespace {

constexpr int64_t longest_timeout_s =
    32; // documented for SO_SNDTIMEO; the tick counter behind it was 16 bits
constexpr int socket_fibs = 16; // Net::fib_count
constexpr int flag_options = SO_DEBUG | SO_REUSEADDR | SO_KEEPALIVE | SO_DONTROUTE | SO_BROADCAST |
                             SO_USELOOPBACK | SO_OOBINLINE | SO_REUSEPORT | SO_TIMESTAMP;

bool is_flag(int name)
{
    return (name & flag_options) == name && name != 0 && (name & (name - 1)) == 0;
}

int set_buffer(Socket& so, int name, int value)
{
    if (value <= 0)
        return EINVAL;
    const auto size = static_cast<size_t>(value);
    if ((name == SO_SNDBUF || name == SO_RCVBUF) && size > so.stack.socket_limit())
        return ENOBUFS;
    switch (name) {
    case SO_SNDBUF:
        so.snd.autosize = false;
        so.snd.hiwat = size;
        if (so.snd.lowat > size)
            so.snd.lowat = size;
        break;
    case SO_RCVBUF:
        so.rcv.autosize = false;
        so.rcv.hiwat = size;
        if (so.rcv.lowat > size)
            so.rcv.lowat = size;
        break;
    case SO_SNDLOWAT:
        so.snd.lowat = size < so.snd.hiwat ? size : so.snd.hiwat;
        break;
    default:
        so.rcv.lowat = size < so.rcv.hiwat ? size : so.rcv.hiwat;
        break;
    }
    return 0;
}

int set_timeout(Socket& so, int name, const void* value, size_t size)
{
    timeval tv;
    if (size != sizeof(tv))
        return EINVAL;
    memcpy(&tv, value, sizeof(tv));
    if (tv.tv_sec < 0 || tv.tv_usec < 0 || tv.tv_usec >= 1000000)
        return EDOM;
    if (tv.tv_sec > longest_timeout_s)
        return EDOM;
    const uint64_t ns =
        static_cast<uint64_t>(tv.tv_sec) * ns_per_s + static_cast<uint64_t>(tv.tv_usec) * 1000;
    (name == SO_SNDTIMEO ? so.send_timeout_ns : so.receive_timeout_ns) = ns;
    return 0;
}

int set_linger(Socket& so, const void* value, size_t size)
{
    linger l;
    if (size != sizeof(l))
        return EINVAL;
    memcpy(&l, value, sizeof(l));
    if (l.l_linger < 0)
        return EDOM;
    so.linger_option = l;
    if (l.l_onoff != 0)
        so.options |= SO_LINGER;
    else
        so.options &= ~static_cast<uint32_t>(SO_LINGER);
    return 0;
}

int set_priority(Socket& so, int name, int value)
{
    if (!so.stack.options().txprio_enabled)
        return EOPNOTSUPP;
    if (value < 0 || value > 7)
        return EINVAL;
    (name == SO_TXPRIO ? so.tx_priority : so.vlan_priority) = value;
    return 0;
}

int put_option(const void* from, size_t bytes, void* value, size_t& size)
{
    if (size > bytes)
        size = bytes;
    memcpy(value, from, size);
    return 0;
}

int put_int(int v, void* value, size_t& size)
{
    return put_option(&v, sizeof(v), value, size);
}

int get_timeout(uint64_t ns, void* value, size_t& size)
{
    timeval tv = {};
    tv.tv_sec = static_cast<decltype(tv.tv_sec)>(ns / ns_per_s);
    tv.tv_usec = static_cast<decltype(tv.tv_usec)>(ns % ns_per_s / 1000);
    return put_option(&tv, sizeof(tv), value, size);
}

} // namespace

int sosetopt(Socket& so, int level, int name, const void* value, size_t size, const Cred& cred)
{
    const uint8_t none = 0; // nobody is handed a null pointer
    if (size == 0)
        value = &none;
    const std::span<const uint8_t> bytes(static_cast<const uint8_t*>(value), size);
    if (level != SOL_SOCKET || name == SO_BINDTODEVICE)
        return so.proto.setopt(so, level, name, bytes, cred);
    if (name == SO_LINGER)
        return set_linger(so, value, size);
    if (name == SO_SNDTIMEO || name == SO_RCVTIMEO)
        return set_timeout(so, name, value, size);
    int v = 0;
    if (size < sizeof(v))
        return EINVAL;
    memcpy(&v, value, sizeof(v));
    if (is_flag(name)) {
        const auto bit = static_cast<uint32_t>(name);
        so.options = v != 0 ? so.options | bit : so.options & ~bit;
        if (name == SO_KEEPALIVE && (so.proto.flags & pr_connrequired) != 0)
            (void)so.proto.setopt(so, level, name, bytes, cred); // its timer starts or stops
        return 0;
    }
    switch (name) {
    case SO_SNDBUF:
    case SO_RCVBUF:
    case SO_SNDLOWAT:
    case SO_RCVLOWAT:
        return set_buffer(so, name, v);
    case SO_FIB:
        if (v < 0 || v >= socket_fibs)
            return EINVAL;
        so.fib = static_cast<uint32_t>(v);
        return 0;
    case SO_TXPRIO:
    case SO_VLANPRIO:
        return set_priority(so, name, v);
    default:
        return ENOPROTOOPT;
    }
}

int sogetopt(Socket& so, int level, int name, void* value, size_t& size, const Cred&)
{
    uint8_t none = 0;
    if (size == 0)
        value = &none;
    if (level != SOL_SOCKET)
        return so.proto.getopt(so, level, name,
                               std::span<uint8_t>(static_cast<uint8_t*>(value), size), size);
    if (is_flag(name) || name == SO_ACCEPTCONN)
        return put_int((so.options & static_cast<uint32_t>(name)) != 0 ? name : 0, value, size);
    switch (name) {
    case SO_LINGER:
        return put_option(&so.linger_option, sizeof(so.linger_option), value, size);
    case SO_TYPE:
        return put_int(so.proto.type, value, size);
    case SO_ERROR:
        return put_int(so.take_error(), value, size);
    case SO_SNDBUF:
        return put_int(static_cast<int>(so.snd.hiwat), value, size);
    case SO_RCVBUF:
        return put_int(static_cast<int>(so.rcv.hiwat), value, size);
    case SO_SNDLOWAT:
        return put_int(static_cast<int>(so.snd.lowat), value, size);
    case SO_RCVLOWAT:
        return put_int(static_cast<int>(so.rcv.lowat), value, size);
    case SO_SNDTIMEO:
        return get_timeout(so.send_timeout_ns, value, size);
    case SO_RCVTIMEO:
        return get_timeout(so.receive_timeout_ns, value, size);
    case SO_OVERFLOWED:
        return put_int(static_cast<int>(so.overflowed), value, size);
    case SO_FIB:
        return put_int(static_cast<int>(so.fib), value, size);
    case SO_TXPRIO:
    case SO_VLANPRIO:
        if (!so.stack.options().txprio_enabled)
            return EOPNOTSUPP;
        return put_int(std::max(name == SO_TXPRIO ? so.tx_priority : so.vlan_priority, 0), value,
                       size);
    default:
        return ENOPROTOOPT;
    }
}

} // namespace netmgr
