// SPDX-License-Identifier: Apache-2.0
// getsockopt(), setsockopt(), sockatmark().
#include "manager.hpp"
#include <abi/sockmsg.h>
#include <sys/ioctl.h>

namespace {

using socket_manager::with_errno;

struct sock_opt request_of(uint16_t subtype, int level, int optname, socklen_t length)
{
    struct sock_opt request = {};
    request.hdr.type = _IO_MSG;
    request.hdr.combine_len = sizeof request;
    request.hdr.mgrid = _IOMGR_SOCKET;
    request.hdr.subtype = subtype;
    request.level = level;
    request.name = optname;
    request.len = length;
    return request;
}

} // namespace

int getsockopt(int s, int level, int optname, void* __restrict optval, socklen_t* __restrict optlen)
{
    if (optlen == nullptr || (optval == nullptr && *optlen != 0))
        return with_errno<int>(-EFAULT);
    struct sock_opt request = request_of(SOCKMSG_GETOPT, level, optname, *optlen);
    struct sock_opt reply = {};
    iov_t parts[2];
    SETIOV(&parts[0], &reply, sizeof reply);
    SETIOV(&parts[1], optval, *optlen);
    long result = MsgSendsv_r(s, &request, sizeof request, parts, 2);
    if (result < 0)
        return with_errno<int>(result == -ENOSYS ? -ENOTSOCK : result);
    if (reply.len < *optlen)
        *optlen = reply.len;
    return 0;
}

int setsockopt(int s, int level, int optname, const void* optval, socklen_t optlen)
{
    if (optval == nullptr && optlen != 0)
        return with_errno<int>(-EFAULT);
    struct sock_opt request = request_of(SOCKMSG_SETOPT, level, optname, optlen);
    iov_t parts[2];
    SETIOV(&parts[0], &request, sizeof request);
    SETIOV(&parts[1], optval, optlen);
    long result = MsgSendvs_r(s, parts, 2, nullptr, 0);
    return with_errno<int>(result == -ENOSYS ? -ENOTSOCK : result);
}

int sockatmark(int s)
{
    int at = 0;
    return ioctl(s, static_cast<int>(SIOCATMARK), &at) == -1 ? -1 : at;
}
