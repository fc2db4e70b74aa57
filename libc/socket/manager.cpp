// SPDX-License-Identifier: Apache-2.0
// socket(): an open of $SOCK/dev/socket/<domain> that carries type and protocol.
#include "manager.hpp"
#include <abi/sockmsg.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/connect.h>
#include <sys/un.h>
#include <unistd.h>

namespace socket_manager {

int open_socket(int domain, int type, int protocol)
{
    const char* stack = getenv("SOCK");
    char path[PATH_MAX];
    int length =
        snprintf(path, sizeof path, "%s/dev/socket/%d", stack != nullptr ? stack : "", domain);
    if (length < 0 || static_cast<size_t>(length) >= sizeof path)
        return with_errno<int>(-ENAMETOOLONG);
    int oflag = O_RDWR | ((type & SOCK_CLOEXEC) != 0 ? O_CLOEXEC : 0);
    struct _io_connect_socket extra = {static_cast<uint32_t>(domain),
                                       static_cast<uint32_t>(type & ~SOCK_CLOEXEC),
                                       static_cast<uint32_t>(protocol), 0};
    int fd =
        _connect_extra(path, oflag, _FTYPE_SOCKET, _IO_CONNECT_EXTRA_SOCKET, &extra, sizeof extra);
    if (fd == -1 && errno == ENOENT)
        errno = EAFNOSUPPORT; // no such family, or no stack
    return fd;
}

QuestionSocket::QuestionSocket() : fd_(open_socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0))
{
    if (fd_ == -1 && errno == EAFNOSUPPORT)
        fd_ = open_socket(AF_LOCAL, SOCK_DGRAM | SOCK_CLOEXEC, 0);
}

QuestionSocket::~QuestionSocket()
{
    if (fd_ == -1)
        return;
    int saved = errno;
    close(fd_);
    errno = saved;
}

} // namespace socket_manager

int socket(int domain, int type, int protocol)
{
    return socket_manager::open_socket(domain, type, protocol);
}

int socketpair(int domain, int type, int protocol, int* fds)
{
    using socket_manager::with_errno;
    if (fds == nullptr)
        return with_errno<int>(-EFAULT);
    if (domain != AF_LOCAL)
        return with_errno<int>(-EOPNOTSUPP);
    int one = socket_manager::open_socket(domain, type, protocol);
    int two = one != -1 ? socket_manager::open_socket(domain, type, protocol) : -1;
    long result = two == -1 ? -errno : 0;
    if (two != -1) {
        struct sock_pair request = {};
        request.hdr.type = _IO_MSG;
        request.hdr.combine_len = sizeof request;
        request.hdr.mgrid = _IOMGR_SOCKET;
        request.hdr.subtype = SOCKMSG_PAIR;
        request.coid = two;
        result = MsgSend_r(one, &request, sizeof request, nullptr, 0);
    }
    if (result >= 0) {
        fds[0] = one;
        fds[1] = two;
        return 0;
    }
    if (one != -1)
        close(one);
    if (two != -1)
        close(two);
    return with_errno<int>(result);
}

// The other end's user and group when it connected; BSD's getpeereid(3).
int getpeereid(int s, uid_t* euid, gid_t* egid)
{
    struct unpcbid id;
    socklen_t size = sizeof id;
    if (getsockopt(s, 0, LOCAL_PEEREID, &id, &size) == -1)
        return -1;
    *euid = id.unp_euid;
    *egid = id.unp_egid;
    return 0;
}
