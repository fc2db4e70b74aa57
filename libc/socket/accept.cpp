// SPDX-License-Identifier: Apache-2.0
// accept(): _IO_OPENFD over a new connection to the listening socket's manager.
#include "manager.hpp"
#include <string.h>
#include <sys/iomsg.h>

int accept(int s, struct sockaddr* __restrict addr, socklen_t* __restrict addrlen)
{
    using socket_manager::with_errno;
    struct _server_info server;
    if (ConnectServerInfo_r(0, s, &server) != s)
        return with_errno<int>(-EBADF);
    int fd = ConnectAttach_r(server.nd, server.pid, server.chid, 0, 0);
    if (fd < 0)
        return with_errno<int>(fd);
    struct _io_openfd request = {};
    request.type = _IO_OPENFD;
    request.combine_len = sizeof request;
    request.ioflag = _IO_FLAG_RD | _IO_FLAG_WR;
    request.key = static_cast<uint32_t>(s);
    struct sockaddr_storage peer = {};
    long result = MsgSend_r(fd, &request, sizeof request, &peer, sizeof peer);
    if (result < 0) {
        ConnectDetach_r(fd);
        return with_errno<int>(result == -ENOSYS ? -ENOTSOCK : result);
    }
    if (addr != nullptr && addrlen != nullptr) {
        socklen_t came = peer.ss_len;
        memcpy(addr, &peer, came < *addrlen ? came : *addrlen);
        *addrlen = came;
    }
    return fd;
}
