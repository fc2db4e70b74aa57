// SPDX-License-Identifier: Apache-2.0
// send(), sendto(), sendmsg(): _IO_WRITE with the flags, the address and the control data in front of the data.
#include "local_path.hpp"
#include "manager.hpp"
#include "parts.hpp"
#include "rights.hpp"
#include <abi/sockmsg.h>
#include <limits.h>
#include <signal.h>
#include <string.h>

namespace {

using socket_manager::with_errno;

constexpr size_t control_max = 1024; // what the manager takes of one send

ssize_t finish(long result, int flags)
{
    if (result == -EPIPE && (flags & MSG_NOSIGNAL) == 0)
        raise(SIGPIPE);
    return with_errno<ssize_t>(result == -ENOSYS ? -ENOTSOCK : result);
}

} // namespace

ssize_t sendmsg(int s, const struct msghdr* msg, int flags)
{
    if (msg->msg_iovlen < 0 || msg->msg_iovlen > IOV_MAX)
        return with_errno<ssize_t>(-EMSGSIZE);
    if (msg->msg_namelen > sizeof(struct sockaddr_storage))
        return with_errno<ssize_t>(-EINVAL);
    struct sockaddr_storage name = {};
    socklen_t name_len = msg->msg_name != nullptr ? msg->msg_namelen : 0;
    if (name_len != 0) {
        memcpy(&name, msg->msg_name, name_len);
        name.ss_len = static_cast<uint8_t>(name_len);
        if (int err = make_local_name_absolute(name, name_len))
            return with_errno<ssize_t>(-err);
    }
    const void* control = msg->msg_control;
    size_t control_len = msg->msg_controllen;
    unsigned char inside[control_max];
    if (rights::present(msg)) {
        if (rights::room_inside(control_len) > sizeof inside)
            return with_errno<ssize_t>(-EINVAL);
        if (int err = rights::put(msg, inside, sizeof inside, control_len))
            return with_errno<ssize_t>(-err);
        control = inside;
    }
    struct {
        struct _io_write write;
        struct sock_msg message;
    } request = {};
    Parts parts(3, static_cast<unsigned>(msg->msg_iovlen));
    if (!parts.room())
        return with_errno<ssize_t>(-ENOMEM);
    parts.add(&request, sizeof request);
    parts.add(&name, name_len);
    parts.add(control, control_len);
    for (int i = 0; i < msg->msg_iovlen; ++i) {
        parts.add(msg->msg_iov[i].iov_base, msg->msg_iov[i].iov_len);
        request.write.nbytes += msg->msg_iov[i].iov_len;
    }
    request.write.type = _IO_WRITE;
    request.write.combine_len = sizeof request.write;
    request.write.xtype = _IO_XTYPE_TCPIP_MSG;
    request.message.flags = static_cast<uint32_t>(flags);
    request.message.name_len = name_len;
    request.message.control_len = static_cast<uint32_t>(control_len);
    long result = MsgSendvs_r(s, parts.data(), parts.count(), nullptr, 0);
    if (result < 0 && control == inside)
        rights::give_back(inside, control_len);
    return finish(result, flags);
}

ssize_t sendto(int s, const void* data, size_t len, int flags, const struct sockaddr* to,
               socklen_t tolen)
{
    struct iovec part = {const_cast<void*>(data), len};
    struct msghdr msg = {};
    msg.msg_name = const_cast<struct sockaddr*>(to);
    msg.msg_namelen = tolen;
    msg.msg_iov = &part;
    msg.msg_iovlen = 1;
    return sendmsg(s, &msg, flags);
}

ssize_t send(int s, const void* data, size_t len, int flags)
{
    return sendto(s, data, len, flags, nullptr, 0);
}

int sendmmsg(int s, struct mmsghdr* msgs, unsigned count, unsigned flags)
{
    unsigned done = 0;
    for (; done < count; ++done) {
        ssize_t n = sendmsg(s, &msgs[done].msg_hdr, static_cast<int>(flags));
        if (n == -1)
            return done > 0 ? static_cast<int>(done) : -1;
        msgs[done].msg_len = static_cast<unsigned>(n);
    }
    return static_cast<int>(done);
}
