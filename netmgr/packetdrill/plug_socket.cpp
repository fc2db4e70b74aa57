// SPDX-License-Identifier: Apache-2.0
// Sockets and data with Linux's prototypes and constants.
#include <netinet/in.h>
#include <string.h>

#include <algorithm>
#include <vector>

#include "packetdrill/plug.hpp"

namespace packetdrill {

namespace {

bool bad_name(const sockaddr* a, socklen_t len)
{
    if (a == nullptr || len < sizeof(sockaddr_in))
        return true;
    return a->sa_family == AF_INET6 && len < sizeof(sockaddr_in6);
}

Address from_linux(const sockaddr* a)
{
    Address out;
    if (a->sa_family == AF_INET6) {
        const auto* in6 = reinterpret_cast<const sockaddr_in6*>(a);
        out.six = true;
        out.port = ntohs(in6->sin6_port);
        memcpy(out.bytes, &in6->sin6_addr, sizeof(out.bytes));
        return out;
    }
    const auto* in = reinterpret_cast<const sockaddr_in*>(a);
    out.ip = ntohl(in->sin_addr.s_addr);
    out.port = ntohs(in->sin_port);
    return out;
}

void to_linux(const Address& a, sockaddr* to, socklen_t* len)
{
    sockaddr_in in = {};
    sockaddr_in6 in6 = {};
    if (to == nullptr || len == nullptr)
        return;
    in.sin_family = AF_INET;
    in.sin_addr.s_addr = htonl(a.ip);
    in.sin_port = htons(a.port);
    in6.sin6_family = AF_INET6;
    in6.sin6_port = htons(a.port);
    memcpy(&in6.sin6_addr, a.bytes, sizeof(a.bytes));
    const void* from = a.six ? static_cast<const void*>(&in6) : &in;
    const auto size = static_cast<socklen_t>(a.six ? sizeof(in6) : sizeof(in));
    memcpy(to, from, *len < size ? *len : size);
    *len = size;
}

unsigned flags_from_linux(int flags)
{
    return ((flags & MSG_OOB) != 0 ? msg_oob : 0u) | ((flags & MSG_PEEK) != 0 ? msg_peek : 0u) |
           ((flags & MSG_DONTWAIT) != 0 ? msg_dont_wait : 0u) |
           ((flags & MSG_WAITALL) != 0 ? msg_wait_all : 0u);
}

int do_socket(void* u, int domain, int type, int protocol)
{
    const int kind = type & 0xf;
    if (domain != AF_INET && domain != AF_INET6)
        return answer(-EAFNOSUPPORT);
    if ((kind != SOCK_STREAM && kind != SOCK_DGRAM) ||
        (kind == SOCK_STREAM && protocol != 0 && protocol != IPPROTO_TCP))
        return answer(-EPROTONOSUPPORT);
    return answer(Plug::of(u).engine->socket(kind == SOCK_STREAM, (type & SOCK_NONBLOCK) != 0,
                                             domain == AF_INET6));
}

int do_bind(void* u, int fd, const sockaddr* a, socklen_t len)
{
    return bad_name(a, len) ? answer(-EINVAL) : answer(Plug::of(u).engine->bind(fd, from_linux(a)));
}

int do_listen(void* u, int fd, int backlog)
{
    return answer(Plug::of(u).engine->listen(fd, backlog));
}

int do_accept(void* u, int fd, sockaddr* a, socklen_t* len)
{
    Address peer;
    const int made = Plug::of(u).engine->accept(fd, peer, false);
    if (made >= 0)
        to_linux(peer, a, len);
    return answer(made);
}

int do_connect(void* u, int fd, const sockaddr* a, socklen_t len)
{
    return bad_name(a, len) ? answer(-EINVAL)
                            : answer(Plug::of(u).engine->connect(fd, from_linux(a)));
}

ssize_t receive(void* u, int fd, void* to, size_t size, int flags, sockaddr* a, socklen_t* len)
{
    Plug& plug = Plug::of(u);
    if (auto it = plug.pipes.find(fd); it != plug.pipes.end()) {
        auto& bytes = it->second.pipe->bytes;
        const size_t n = bytes.size() < size ? bytes.size() : size;
        std::copy_n(bytes.begin(), n, static_cast<char*>(to));
        bytes.erase(bytes.begin(), bytes.begin() + static_cast<long>(n));
        return n != 0 || it->second.pipe->write_closed ? static_cast<ssize_t>(n)
                                                       : answer(ssize_t{-EAGAIN});
    }
    Address from;
    std::vector<char> thrown_away;
    if ((flags & MSG_TRUNC) != 0 && to == nullptr) { // Linux: skip the data
        thrown_away.resize(size);
        to = thrown_away.data();
    }
    const long n = plug.engine->receive(fd, to, size, flags_from_linux(flags), &from);
    if (n >= 0)
        to_linux(from, a, len);
    return answer(n);
}

ssize_t transmit(void* u, int fd, const void* data, size_t size, int flags, const sockaddr* a,
                 socklen_t len)
{
    Plug& plug = Plug::of(u);
    if (auto it = plug.pipes.find(fd); it != plug.pipes.end()) {
        const auto* bytes = static_cast<const char*>(data);
        it->second.pipe->bytes.insert(it->second.pipe->bytes.end(), bytes, bytes + size);
        return static_cast<ssize_t>(size);
    }
    Address to;
    if (!bad_name(a, len))
        to = from_linux(a);
    if ((flags & MSG_FASTOPEN) != 0)
        (void)plug.engine->set_option(fd, Option::fast_open, 1);
    long corked = 0;
    (void)plug.engine->get_option(fd, Option::cork, corked);
    if ((flags & MSG_MORE) != 0 && corked == 0)
        (void)plug.engine->set_option(fd, Option::cork, 1); // until a send without the flag
    const bool release = corked != 0 && (flags & MSG_MORE) == 0 && plug.more.erase(fd) != 0;
    const long n =
        plug.engine->send(fd, data, size, flags_from_linux(flags), to.port != 0 ? &to : nullptr);
    if ((flags & MSG_MORE) != 0 && corked == 0)
        plug.more.insert(fd);
    if (release)
        (void)plug.engine->set_option(fd, Option::cork, 0);
    return answer(n);
}

ssize_t do_read(void* u, int fd, void* to, size_t size)
{
    return receive(u, fd, to, size, 0, nullptr, nullptr);
}

ssize_t do_recv(void* u, int fd, void* to, size_t size, int flags)
{
    return receive(u, fd, to, size, flags, nullptr, nullptr);
}

ssize_t do_write(void* u, int fd, const void* data, size_t size)
{
    return transmit(u, fd, data, size, 0, nullptr, 0);
}

ssize_t do_send(void* u, int fd, const void* data, size_t size, int flags)
{
    return transmit(u, fd, data, size, flags, nullptr, 0);
}

size_t total(const iovec* iov, size_t count)
{
    size_t size = 0;
    for (size_t i = 0; i < count; ++i)
        size += iov[i].iov_len;
    return size;
}

ssize_t receive_parts(void* u, int fd, const iovec* iov, size_t count, int flags, sockaddr* a,
                      socklen_t* len)
{
    std::vector<char> bytes(total(iov, count));
    const ssize_t n = receive(u, fd, bytes.data(), bytes.size(), flags, a, len);
    size_t at = 0;
    for (size_t i = 0; i < count && n > 0 && at < static_cast<size_t>(n); ++i) {
        const size_t left = static_cast<size_t>(n) - at;
        const size_t here = iov[i].iov_len < left ? iov[i].iov_len : left;
        memcpy(iov[i].iov_base, bytes.data() + at, here);
        at += here;
    }
    return n;
}

ssize_t send_parts(void* u, int fd, const iovec* iov, size_t count, int flags, const sockaddr* a,
                   socklen_t len)
{
    std::vector<char> bytes;
    for (size_t i = 0; i < count; ++i) {
        const auto* from = static_cast<const char*>(iov[i].iov_base);
        bytes.insert(bytes.end(), from, from + iov[i].iov_len);
    }
    return transmit(u, fd, bytes.data(), bytes.size(), flags, a, len);
}

ssize_t do_readv(void* u, int fd, const iovec* iov, int count)
{
    return receive_parts(u, fd, iov, static_cast<size_t>(count), 0, nullptr, nullptr);
}

ssize_t do_writev(void* u, int fd, const iovec* iov, int count)
{
    return send_parts(u, fd, iov, static_cast<size_t>(count), 0, nullptr, 0);
}

ssize_t do_recvmsg(void* u, int fd, msghdr* msg, int flags)
{
    if ((flags & MSG_ERRQUEUE) != 0)
        return answer(ssize_t{-EAGAIN}); // nothing is ever queued there
    msg->msg_flags = 0;
    msg->msg_controllen = 0;
    return receive_parts(u, fd, msg->msg_iov, msg->msg_iovlen, flags,
                         static_cast<sockaddr*>(msg->msg_name), &msg->msg_namelen);
}

ssize_t do_sendmsg(void* u, int fd, const msghdr* msg, int flags)
{
    return send_parts(u, fd, msg->msg_iov, msg->msg_iovlen, flags,
                      static_cast<const sockaddr*>(msg->msg_name), msg->msg_namelen);
}

int do_close(void* u, int fd)
{
    Plug& plug = Plug::of(u);
    if (auto it = plug.pipes.find(fd); it != plug.pipes.end()) {
        it->second.pipe->write_closed = it->second.pipe->write_closed || it->second.writes;
        plug.pipes.erase(it);
        return 0;
    }
    if (plug.epolls.erase(fd) != 0)
        return 0;
    for (auto& [number, set] : plug.epolls)
        set.entries.erase(fd);
    return answer(plug.engine->close(fd));
}

int do_shutdown(void* u, int fd, int how)
{
    return answer(Plug::of(u).engine->shutdown(fd, how));
}

int do_pipe(void* u, int fds[2])
{
    Plug& plug = Plug::of(u);
    auto pipe = std::make_shared<Pipe>();
    for (int i = 0; i < 2; ++i) {
        fds[i] = plug.next_other++;
        plug.pipes[fds[i]] = {pipe, i == 1};
    }
    return 0;
}

// Between a socket and a pipe, by way of a buffer.
int do_splice(void* u, int in, loff_t*, int out, loff_t*, size_t len, unsigned flags)
{
    constexpr unsigned splice_nonblock = 2;
    constexpr size_t most = 65536; // what Linux's pipes hold
    std::vector<char> bytes(len < most ? len : most);
    const ssize_t n = receive(u, in, bytes.data(), bytes.size(),
                              (flags & splice_nonblock) != 0 ? MSG_DONTWAIT : 0, nullptr, nullptr);
    if (n <= 0)
        return static_cast<int>(n);
    return static_cast<int>(transmit(u, out, bytes.data(), static_cast<size_t>(n), 0, nullptr, 0));
}

} // namespace

void fill_socket_calls(packetdrill_interface& i)
{
    i.socket = do_socket;
    i.bind = do_bind;
    i.listen = do_listen;
    i.accept = do_accept;
    i.connect = do_connect;
    i.read = do_read;
    i.readv = do_readv;
    i.recv = do_recv;
    i.recvfrom = receive;
    i.recvmsg = do_recvmsg;
    i.write = do_write;
    i.writev = do_writev;
    i.send = do_send;
    i.sendto = transmit;
    i.sendmsg = do_sendmsg;
    i.close = do_close;
    i.shutdown = do_shutdown;
    i.pipe = do_pipe;
    i.splice = do_splice;
}

} // namespace packetdrill
