// SPDX-License-Identifier: Apache-2.0
// bind(), connect(), getsockname(), getpeername(), listen(), shutdown(): devctls DCMD_IP_*.
#include "autoconnect.hpp"
#include "local_path.hpp"
#include "manager.hpp"
#include <devctl.h>
#include <string.h>
#include <sys/dcmd_ip.h>
#include <sys/iomsg.h>

namespace {

using socket_manager::with_errno;

// ENOTTY and ENOSYS come from servers that are no socket manager.
int failed(int err)
{
    return with_errno<int>(err == ENOTTY || err == ENOSYS ? -ENOTSOCK : -err);
}

// The command with the address' real size in place of struct sockaddr's.
int sized(int dcmd, size_t size)
{
    return static_cast<int>((static_cast<unsigned>(dcmd) & ~(0x3fffu << 16)) |
                            (static_cast<unsigned>(size) << 16));
}

int send_name(int fd, int dcmd, const struct sockaddr* name, socklen_t length)
{
    if (name == nullptr || length > sizeof(struct sockaddr_storage))
        return with_errno<int>(name == nullptr ? -EFAULT : -EINVAL);
    struct sockaddr_storage copy = {};
    memcpy(&copy, name, length);
    copy.ss_len = static_cast<uint8_t>(length); // programs that know no sa_len leave it 0
    if (int err = make_local_name_absolute(copy, length))
        return with_errno<int>(-err);
    int err = devctl(fd, sized(dcmd, length), &copy, length, nullptr);
    return err == EOK ? 0 : failed(err);
}

int receive_name(int fd, int dcmd, struct sockaddr* name, socklen_t* length)
{
    if (length == nullptr || (name == nullptr && *length != 0))
        return with_errno<int>(-EFAULT);
    struct _io_devctl request = {};
    request.type = _IO_DEVCTL;
    request.combine_len = sizeof request;
    request.dcmd = sized(dcmd, sizeof(struct sockaddr_storage));
    request.nbytes = sizeof(struct sockaddr_storage);
    struct {
        struct _io_devctl_reply head;
        struct sockaddr_storage name;
    } reply = {};
    long result = MsgSend_r(fd, &request, sizeof request, &reply, sizeof reply);
    if (result < 0)
        return failed(static_cast<int>(-result));
    socklen_t came = reply.head.nbytes;
    if (came > sizeof reply.name)
        came = sizeof reply.name;
    memcpy(name, &reply.name, came < *length ? came : *length);
    *length = came;
    return 0;
}

int send_number(int fd, int dcmd, int value)
{
    uint32_t number = static_cast<uint32_t>(value);
    int err = devctl(fd, dcmd, &number, sizeof number, nullptr);
    return err == EOK ? 0 : failed(err);
}

} // namespace

int bind(int s, const struct sockaddr* name, socklen_t namelen)
{
    return send_name(s, DCMD_IP_SSRCADDR, name, namelen);
}

int connect(int s, const struct sockaddr* name, socklen_t namelen)
{
    const int result = send_name(s, DCMD_IP_SDESTADDR, name, namelen);
    if (result == 0)
        return 0;
    const int error = errno;
    if (autoconnect::helped(error))
        return send_name(s, DCMD_IP_SDESTADDR, name, namelen);
    errno = error;
    return result;
}

int getsockname(int s, struct sockaddr* __restrict name, socklen_t* __restrict namelen)
{
    return receive_name(s, DCMD_IP_GSRCADDR, name, namelen);
}

int getpeername(int s, struct sockaddr* __restrict name, socklen_t* __restrict namelen)
{
    return receive_name(s, DCMD_IP_GDESTADDR, name, namelen);
}

int listen(int s, int backlog)
{
    return send_number(s, DCMD_IP_LISTEN, backlog);
}

int shutdown(int s, int how)
{
    return send_number(s, DCMD_IP_SHUTDOWN, how);
}
