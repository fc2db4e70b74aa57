// SPDX-License-Identifier: Apache-2.0
// getsockopt(), setsockopt() and sysctl(): _IO_MSG with manager id _IOMGR_SOCKET.
#include <abi/sockmsg.h>
#include <errno.h>
#include <memory>
#include <new>
#include <sys/iomsg.h>
#include <sys/sockinfo.h>

#include "resmgr/server.hpp"

namespace netmgr {

namespace {

constexpr size_t max_option = 16 * 1024;
constexpr size_t max_table = 4 * 1024 * 1024;

void reply_parts(const Request& request, const void* head, size_t head_size, const void* value,
                 size_t size)
{
    iov_t iov[2];
    SETIOV(&iov[0], head, head_size);
    SETIOV(&iov[1], value, size);
    int err = MsgReplyv_r(request.rcvid(), 0, iov, 2);
    if (err < 0 && err != -ESRCH)
        request.error(EFAULT);
}

} // namespace

int Server::handle_io_msg(Request& request, SocketFile& file)
{
    _io_msg msg;
    if (!request.get(msg))
        return EINVAL;
    if (msg.mgrid != _IOMGR_SOCKET)
        return ENOSYS;
    switch (msg.subtype) {
    case SOCKMSG_GETOPT:
        return get_option(request, file);
    case SOCKMSG_SETOPT:
        return set_option(request, file);
    case SOCKMSG_SYSCTL:
        return sysctl(request);
    case SOCKMSG_PAIR:
        return pair(request, file);
    default:
        return ENOSYS;
    }
}

int Server::get_option(Request& request, SocketFile& file)
{
    sock_opt opt;
    if (!request.get(opt))
        return EINVAL;
    if (opt.len > max_option || request.room() < sizeof opt ||
        opt.len > request.room() - sizeof opt)
        return EINVAL;
    size_t size = opt.len;
    memset(scratch_, 0, size);
    int err = sogetopt(*file.so, opt.level, opt.name, scratch_, size, cred_of(request.scoid()));
    if (err != 0)
        return err;
    opt.len = static_cast<uint32_t>(size);
    reply_parts(request, &opt, sizeof opt, scratch_, size);
    return 0;
}

int Server::set_option(Request& request, SocketFile& file)
{
    sock_opt opt;
    if (!request.get(opt) || opt.len > max_option)
        return EINVAL;
    if (int err = request.read(scratch_, opt.len, sizeof opt))
        return err;
    int err = sosetopt(*file.so, opt.level, opt.name, scratch_, opt.len, cred_of(request.scoid()));
    if (err == 0)
        request.reply(0);
    return err;
}

int Server::sysctl(Request& request)
{
    sock_sysctl msg;
    if (!request.get(msg))
        return EINVAL;
    if (msg.namelen < 1 || msg.namelen > CTL_MAXNAME)
        return EINVAL;
    int32_t name[CTL_MAXNAME];
    size_t name_bytes = msg.namelen * sizeof name[0];
    if (int err = request.read(name, name_bytes, sizeof msg))
        return err;
    // Old and new value share the scratch memory: first the new one, the rest for the old.
    if (msg.newlen > scratch_size / 2)
        return EINVAL;
    if (int err = request.read(scratch_, msg.newlen, sizeof msg + name_bytes))
        return err;
    SysctlIn in = {scratch_, static_cast<size_t>(msg.newlen)};
    SysctlOut out;
    uint8_t* old = scratch_ + scratch_size / 2;
    std::unique_ptr<uint8_t[]> table;
    if (msg.want_old != 0) {
        size_t room = request.room() > sizeof msg ? request.room() - sizeof msg : 0;
        if (msg.oldlen > room)
            return EFAULT;
        out.data = old;
        out.room = msg.oldlen < scratch_size / 2 ? msg.oldlen : scratch_size / 2;
        // Tables of routes and sockets may be long.
        if (msg.oldlen > scratch_size / 2) {
            const size_t size = msg.oldlen < max_table ? msg.oldlen : max_table;
            table.reset(new (std::nothrow) uint8_t[size]);
            if (!table)
                return ENOMEM;
            out.data = old = table.get();
            out.room = size;
        }
    }
    int err = stack_->sysctl().call(std::span<const int32_t>(name, msg.namelen), &out,
                                    msg.newlen != 0 ? &in : nullptr, cred_of(request.scoid()));
    if (err != 0)
        return err;
    msg.oldlen = out.size;
    size_t size = msg.want_old != 0 && out.size <= out.room ? out.size : 0;
    reply_parts(request, &msg, sizeof msg, old, size);
    return 0;
}

} // namespace netmgr
