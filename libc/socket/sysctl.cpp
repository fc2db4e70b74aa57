// SPDX-License-Identifier: Apache-2.0
// sysctl(): the stack's variables, by number or by name.
#include "manager.hpp"
#include <abi/sockmsg.h>
#include <string.h>
#include <sys/sysctl.h>

namespace {

using socket_manager::with_errno;

int ask(const int* name, unsigned namelen, void* oldp, size_t* oldlenp, const void* newp,
        size_t newlen)
{
    socket_manager::QuestionSocket socket;
    if (socket.fd() == -1)
        return -1;
    struct sock_sysctl request = {};
    request.hdr.type = _IO_MSG;
    request.hdr.combine_len = sizeof request;
    request.hdr.mgrid = _IOMGR_SOCKET;
    request.hdr.subtype = SOCKMSG_SYSCTL;
    request.namelen = namelen;
    request.want_old = oldp != nullptr;
    request.oldlen = oldp != nullptr ? *oldlenp : 0;
    request.newlen = newp != nullptr ? newlen : 0;
    struct sock_sysctl reply = {};
    iov_t send[3], receive[2];
    SETIOV(&send[0], &request, sizeof request);
    SETIOV(&send[1], name, namelen * sizeof *name);
    SETIOV(&send[2], newp, request.newlen);
    SETIOV(&receive[0], &reply, sizeof reply);
    SETIOV(&receive[1], oldp, request.oldlen);
    long result = MsgSendv_r(socket.fd(), send, 3, receive, 2);
    if (result < 0)
        return with_errno<int>(result);
    if (oldlenp == nullptr)
        return 0;
    bool fits = oldp == nullptr || reply.oldlen <= *oldlenp;
    *oldlenp = reply.oldlen;
    return fits ? 0 : with_errno<int>(-ENOMEM);
}

} // namespace

int sysctl(int* name, unsigned namelen, void* oldp, size_t* oldlenp, void* newp, size_t newlen)
{
    if (name == nullptr || (oldp != nullptr && oldlenp == nullptr))
        return with_errno<int>(-EFAULT);
    if (namelen < 1 || namelen > CTL_MAXNAME)
        return with_errno<int>(-EINVAL);
    return ask(name, namelen, oldp, oldlenp, newp, newlen);
}

int sysctlnametomib(const char* dotted, int* mib, size_t* count)
{
    if (dotted == nullptr || mib == nullptr || count == nullptr)
        return with_errno<int>(-EFAULT);
    int query = CTL_NAME2MIB;
    size_t bytes = *count * sizeof *mib;
    if (ask(&query, 1, mib, &bytes, dotted, strlen(dotted) + 1) == -1)
        return -1;
    *count = bytes / sizeof *mib;
    return 0;
}

int sysctlbyname(const char* dotted, void* oldp, size_t* oldlenp, void* newp, size_t newlen)
{
    int mib[CTL_MAXNAME];
    size_t count = CTL_MAXNAME;
    if (sysctlnametomib(dotted, mib, &count) == -1)
        return -1;
    return sysctl(mib, static_cast<unsigned>(count), oldp, oldlenp, newp, newlen);
}
