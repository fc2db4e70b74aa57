// SPDX-License-Identifier: Apache-2.0
// devctl(): bind, connect and their family (DCMD_IP_*), file flags, and interface ioctls.
#include <errno.h>
#include <fcntl.h>
#include <memory>
#include <new>
#include <stdio.h>
#include <string.h>
#include <sys/dcmd_all.h>
#include <sys/dcmd_ip.h>
#include <sys/filio.h>
#include <sys/iomsg.h>
#include <sys/sockio.h>

#include "kern/protosw.hpp"
#include "resmgr/server.hpp"

namespace netmgr {

namespace {

constexpr uint32_t settable_flags = O_NONBLOCK | O_ASYNC;

// A devctl's number without its size: the library puts the real size of a socket address there.
constexpr int class_and_number(int dcmd)
{
    return dcmd & 0xffff;
}

void reply_devctl(const Request& request, const void* data, size_t size, int ret_val = 0)
{
    _io_devctl_reply head = {};
    head.ret_val = ret_val;
    head.nbytes = static_cast<uint32_t>(size);
    iov_t iov[2];
    SETIOV(&iov[0], &head, sizeof head);
    SETIOV(&iov[1], data, size);
    int err = MsgReplyv_r(request.rcvid(), 0, iov, 2);
    if (err < 0 && err != -ESRCH)
        request.error(EFAULT);
}

} // namespace

int Server::handle_devctl(Request& request, SocketFile& file)
{
    _io_devctl msg;
    if (!request.get(msg))
        return EINVAL;
    size_t size = msg.nbytes;
    if (size > scratch_size)
        return EMSGSIZE;
    switch (class_and_number(msg.dcmd)) {
    case class_and_number(DCMD_IP_SSRCADDR):
    case class_and_number(DCMD_IP_SDESTADDR):
    case class_and_number(DCMD_IP_GSRCADDR):
    case class_and_number(DCMD_IP_GDESTADDR):
        return devctl_address(request, file, class_and_number(msg.dcmd), size);
    case class_and_number(DCMD_IP_LISTEN):
    case class_and_number(DCMD_IP_SHUTDOWN):
        return devctl_number(request, file, class_and_number(msg.dcmd), size);
    }
    if (class_and_number(msg.dcmd) == class_and_number(DCMD_IP_FDINFO)) {
        int n = snprintf(reinterpret_cast<char*>(scratch_), 512, "socket %u domain %d type %d",
                         file.so->id, file.so->proto.domain, file.so->proto.type);
        reply_devctl(request, scratch_, static_cast<size_t>(n) + 1);
        return 0;
    }
    switch (static_cast<unsigned>(msg.dcmd)) {
    case static_cast<unsigned>(DCMD_ALL_GETFLAGS):
    case static_cast<unsigned>(DCMD_ALL_SETFLAGS):
    case static_cast<unsigned>(FIONBIO):
    case static_cast<unsigned>(FIOASYNC):
        return devctl_flags(request, file, msg.dcmd, size);
    case static_cast<unsigned>(FIOSETOWN):
    case static_cast<unsigned>(FIOGETOWN):
        return devctl_owner(request, file, msg.dcmd, size);
    default:
        return devctl_ioctl(request, file, static_cast<unsigned>(msg.dcmd), size);
    }
}

int Server::devctl_address(Request& request, SocketFile& file, int command, size_t size)
{
    sockaddr_storage name = {};
    socklen_t len = 0;
    switch (command) {
    case class_and_number(DCMD_IP_GSRCADDR):
        if (int err = sogetsockname(*file.so, name, len))
            return err;
        return reply_name(request, name, len);
    case class_and_number(DCMD_IP_GDESTADDR):
        if (int err = sogetpeername(*file.so, name, len))
            return err;
        return reply_name(request, name, len);
    default:
        break;
    }
    if (size > sizeof name)
        return EINVAL;
    if (int err = request.read(&name, size, sizeof(_io_devctl)))
        return err;
    const auto* address = reinterpret_cast<const sockaddr*>(&name);
    if (command == class_and_number(DCMD_IP_SDESTADDR))
        return connect(request, file, address, size);
    if (int err = sobind(*file.so, address, size, cred_of(request.scoid())))
        return err;
    reply_devctl(request, nullptr, 0);
    return 0;
}

int Server::reply_name(Request& request, const sockaddr_storage& name, socklen_t len)
{
    reply_devctl(request, &name, len);
    return 0;
}

int Server::connect(Request& request, SocketFile& file, const sockaddr* name, size_t len)
{
    int err = soconnect(*file.so, name, len, cred_of(request.scoid()));
    if (err == 0) {
        reply_devctl(request, nullptr, 0);
        return 0;
    }
    if (err != EINPROGRESS)
        return err;
    err = park_or_fail(request, file, ParkedKind::connect, nullptr, nullptr, 0);
    return err == EAGAIN ? EINPROGRESS : err;
}

int Server::devctl_number(Request& request, SocketFile& file, int command, size_t size)
{
    uint32_t value;
    if (size < sizeof value)
        return EINVAL;
    if (int err = request.read(&value, sizeof value, sizeof(_io_devctl)))
        return err;
    int err = command == class_and_number(DCMD_IP_LISTEN)
                  ? solisten(*file.so, static_cast<int>(value), cred_of(request.scoid()))
                  : soshutdown(*file.so, static_cast<int>(value));
    if (err == 0)
        reply_devctl(request, nullptr, 0);
    return err;
}

int Server::devctl_flags(Request& request, SocketFile& file, int command, size_t size)
{
    if (command == static_cast<int>(DCMD_ALL_GETFLAGS)) {
        // ioflag holds the access mode plus one (sys/iomsg.h).
        auto flags =
            static_cast<int>((file.ioflag & ~_IO_FLAG_MASK) | ((file.ioflag - 1) & _IO_FLAG_MASK));
        reply_devctl(request, &flags, sizeof flags);
        return 0;
    }
    int value;
    if (size < sizeof value)
        return EINVAL;
    if (int err = request.read(&value, sizeof value, sizeof(_io_devctl)))
        return err;
    auto flags = static_cast<uint32_t>(value);
    const uint32_t one = command == static_cast<int>(FIONBIO)    ? O_NONBLOCK
                         : command == static_cast<int>(FIOASYNC) ? O_ASYNC
                                                                 : 0;
    if (one != 0)
        flags = value != 0 ? file.ioflag | one : file.ioflag & ~one;
    if ((flags & O_ASYNC) != 0 && file.owner == 0)
        file.owner = request.pid();
    file.ioflag = (file.ioflag & ~settable_flags) | (flags & settable_flags);
    reply_devctl(request, nullptr, 0);
    return 0;
}

// FIOSETOWN, FIOGETOWN: who gets SIGIO. Anybody but the caller itself is root's choice.
int Server::devctl_owner(Request& request, SocketFile& file, int command, size_t size)
{
    int32_t owner = file.owner;
    if (command == static_cast<int>(FIOGETOWN)) {
        reply_devctl(request, &owner, sizeof owner);
        return 0;
    }
    if (size < sizeof owner)
        return EINVAL;
    if (int err = request.read(&owner, sizeof owner, sizeof(_io_devctl)))
        return err;
    if (owner != request.pid() && owner != 0 && cred_of(request.scoid()).uid != 0)
        return EPERM;
    file.owner = owner;
    reply_devctl(request, nullptr, 0);
    return 0;
}

// The ioctl's structure, and room behind it for lists, have memory of their own: a driver may give up the stack context while it
// works (ltsleep(), blockop_dispatch()), and others come.
int Server::devctl_ioctl(Request& request, SocketFile& file, unsigned command, size_t size)
{
    size_t sent = request.total() - sizeof(_io_devctl);
    size_t in = sent < size ? sent : size;
    size_t room =
        request.room() > sizeof(_io_devctl_reply) ? request.room() - sizeof(_io_devctl_reply) : 0;
    size_t span = size > room ? size : room;
    if (span > scratch_size)
        span = scratch_size;
    std::unique_ptr<uint8_t[]> data(new (std::nothrow) uint8_t[span]());
    if (!data)
        return ENOMEM;
    if (int err = request.read(data.get(), in, sizeof(_io_devctl)))
        return err;
    size_t reply = 0;
    int err = soioctl(*file.so, command, std::span<uint8_t>(data.get(), span), reply,
                      cred_of(request.scoid()));
    if (err != 0)
        return err;
    reply_devctl(request, data.get(), reply < room ? reply : room);
    return 0;
}

} // namespace netmgr
