// SPDX-License-Identifier: Apache-2.0
// recv(), recvfrom(), recvmsg(): _IO_READ; the reply has an area of fixed size for each of header, address, control data and data.
#include "manager.hpp"
#include "parts.hpp"
#include "rights.hpp"
#include <abi/sockmsg.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <time.h>

namespace {

using socket_manager::with_errno;

constexpr size_t control_max = 1024; // what the manager sends at most

int64_t now_ns()
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

// True: something can be read before the time is over.
bool wait_until(int s, int64_t until)
{
    const int64_t left = until - now_ns();
    struct pollfd p = {s, POLLIN, 0};
    const struct timespec t = {static_cast<time_t>(left / 1000000000),
                               static_cast<long>(left % 1000000000)};
    return left > 0 && ppoll(&p, 1, &t, nullptr) == 1;
}

} // namespace

ssize_t recvmsg(int s, struct msghdr* msg, int flags)
{
    if (msg->msg_iovlen < 0 || msg->msg_iovlen > IOV_MAX)
        return with_errno<ssize_t>(-EMSGSIZE);
    struct {
        struct _io_read read;
        struct sock_msg message;
    } request = {};
    struct sock_msg_reply reply = {};
    socklen_t name_room = msg->msg_name != nullptr ? msg->msg_namelen : 0;
    if (name_room > sizeof(struct sockaddr_storage))
        name_room = sizeof(struct sockaddr_storage);
    socklen_t control_room = msg->msg_control != nullptr ? msg->msg_controllen : 0;
    Parts parts(3, static_cast<unsigned>(msg->msg_iovlen));
    if (!parts.room())
        return with_errno<ssize_t>(-ENOMEM);
    parts.add(&reply, sizeof reply);
    parts.add(msg->msg_name, name_room);
    // Descriptors take more room on their way than as numbers.
    unsigned char inside[control_max];
    const socklen_t inside_room = control_room != 0 ? sizeof inside : 0;
    parts.add(inside, inside_room);
    for (int i = 0; i < msg->msg_iovlen; ++i) {
        parts.add(msg->msg_iov[i].iov_base, msg->msg_iov[i].iov_len);
        request.read.nbytes += msg->msg_iov[i].iov_len;
    }
    request.read.type = _IO_READ;
    request.read.combine_len = sizeof request.read;
    request.read.xtype = _IO_XTYPE_TCPIP_MSG;
    request.message.flags = static_cast<uint32_t>(flags);
    request.message.name_len = name_room;
    request.message.control_len = inside_room;
    long result = MsgSendsv_r(s, &request, sizeof request, parts.data(), parts.count());
    if (result < 0)
        return with_errno<ssize_t>(result == -ENOSYS ? -ENOTSOCK : result);
    msg->msg_namelen = reply.name_len;
    msg->msg_flags = static_cast<int>(reply.flags);
    msg->msg_controllen = control_room;
    rights::take(inside, reply.control_len < inside_room ? reply.control_len : inside_room, msg);
    return result;
}

ssize_t recvfrom(int s, void* __restrict buf, size_t len, int flags,
                 struct sockaddr* __restrict from, socklen_t* __restrict fromlen)
{
    struct iovec part = {buf, len};
    struct msghdr msg = {};
    msg.msg_iov = &part;
    msg.msg_iovlen = 1;
    if (from != nullptr && fromlen != nullptr) {
        msg.msg_name = from;
        msg.msg_namelen = *fromlen;
    }
    ssize_t n = recvmsg(s, &msg, flags);
    if (n != -1 && from != nullptr && fromlen != nullptr)
        *fromlen = msg.msg_namelen;
    return n;
}

ssize_t recv(int s, void* buf, size_t len, int flags)
{
    return recvfrom(s, buf, len, flags, nullptr, nullptr);
}

// limit: for all of them together; what came by then is given. Nothing came: EAGAIN.
int recvmmsg(int s, struct mmsghdr* msgs, unsigned count, unsigned flags,
             const struct timespec* limit)
{
    const bool limited = limit != nullptr && (flags & MSG_DONTWAIT) == 0;
    if (limited && (limit->tv_sec < 0 || limit->tv_nsec < 0 || limit->tv_nsec >= 1000000000))
        return with_errno<int>(-EINVAL);
    const int64_t until = limited ? now_ns() + limit->tv_sec * 1000000000 + limit->tv_nsec : 0;
    unsigned done = 0;
    for (; done < count; ++done) {
        int each = static_cast<int>(flags & ~static_cast<unsigned>(MSG_WAITFORONE));
        if (done > 0 && (flags & MSG_WAITFORONE) != 0)
            each |= MSG_DONTWAIT;
        if (limited && !wait_until(s, until))
            each |= MSG_DONTWAIT; // the time is over: only what is there
        ssize_t n = recvmsg(s, &msgs[done].msg_hdr, each);
        if (n == -1)
            return done > 0 ? static_cast<int>(done) : -1;
        msgs[done].msg_len = static_cast<unsigned>(n);
    }
    return static_cast<int>(done);
}
