// SPDX-License-Identifier: Apache-2.0
// Connect messages: socket(), stat() of our paths, accept(), mount().
#include <abi/sockmsg.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/iomsg.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "drv/module.hpp"
#include "kern/protosw.hpp"
#include "resmgr/paths.hpp"
#include "resmgr/server.hpp"

namespace netmgr {

namespace {

constexpr size_t align8(size_t n)
{
    return (n + 7) & ~size_t(7);
}

size_t extra_offset(const _io_connect& c)
{
    return align8(_IO_CONNECT_HDR + c.path_len);
}

void reply_stat(const Request& request, uint32_t family, const NodeRule& rule)
{
    _io_stat_data st = {};
    st.ino = family;
    st.dev = device_number();
    st.mode = S_IFSOCK | rule.mode;
    st.uid = static_cast<int32_t>(rule.uid);
    st.gid = static_cast<int32_t>(rule.gid);
    st.nlink = 1;
    request.reply(0, &st, sizeof st);
}

} // namespace

int Server::handle_connect(Request& request)
{
    _io_connect connect;
    if (request.read(&connect, _IO_CONNECT_HDR, 0) != 0)
        return EINVAL;
    // A message without an extra ends with its path: nothing aligns what does not follow.
    const size_t least = connect.extra_len != 0 ? extra_offset(connect) + connect.extra_len
                                                : _IO_CONNECT_HDR + size_t(connect.path_len);
    if (request.total() < least)
        return EINVAL;
    if (connect.subtype == _IO_CONNECT_MOUNT)
        return mount(request, connect);
    if (connect.handle >= local_name_handle)
        return connect_local_name(request, connect);
    if (connect.handle == mount_handle)
        return ENOSYS;
    if (connect.handle >= device_handle)
        return connect_device(request, connect);
    if (connect.path_len > 1)
        return ENOENT; // our entries are no directories
    switch (connect.subtype) {
    case _IO_CONNECT_OPEN:
        return open_socket(request, connect);
    case _IO_CONNECT_COMBINE:
    case _IO_CONNECT_COMBINE_CLOSE:
        return combine(request, connect);
    case _IO_CONNECT_UNLINK:
    case _IO_CONNECT_RENAME:
        return EPERM;
    case _IO_CONNECT_READLINK:
        return EINVAL;
    default:
        return ENOSYS;
    }
}

int Server::open_socket(Request& request, const _io_connect& connect)
{
    _io_connect_socket extra;
    if (connect.extra_type != _IO_CONNECT_EXTRA_SOCKET || connect.extra_len < sizeof extra)
        return EOPNOTSUPP; // open() by name says nothing about type and protocol
    if (!request.get(extra, extra_offset(connect)))
        return EINVAL;
    if (extra.domain != connect.handle)
        return EAFNOSUPPORT;
    if (int err = check_open(options_.nodes[NodeKind::socket], request.scoid(), connect.ioflag))
        return err;
    Socket* so;
    Cred cred = cred_of(request.scoid());
    int err = socreate(*stack_, static_cast<int>(extra.domain), static_cast<int>(extra.socket_type),
                       static_cast<int>(extra.protocol), cred, &so);
    if (err == 0 && !options_.gid_fibs.empty())
        so->fib = options_.gid_fibs.fib_of(ClientGroups(request.scoid()));
    if (err == 0)
        err = bind_fd(request, so, connect.ioflag);
    if (err == 0)
        request.reply(0);
    return err;
}

// stat() and the like: connect and one message in one. access() is a connect with nothing behind it.
int Server::combine(Request& request, const _io_connect& connect)
{
    size_t second = align8(extra_offset(connect) + connect.extra_len);
    uint16_t type;
    if (!request.get(type, second))
        return EINVAL;
    if (type != _IO_STAT || connect.subtype != _IO_CONNECT_COMBINE_CLOSE)
        return ENOSYS;
    reply_stat(request, connect.handle, options_.nodes[NodeKind::socket]);
    return 0;
}

int Server::handle_stat(Request& request)
{
    const SocketFile* file = fds_.find(request.scoid(), request.coid());
    if (file == nullptr)
        return EBADF;
    const DeviceNode* node = stack_->devices().find(file->device);
    if (node != nullptr)
        reply_device_stat(request, *node);
    else
        reply_stat(request, 0, options_.nodes[NodeKind::socket]);
    return 0;
}

int Server::handle_fdinfo(Request& request, SocketFile& file)
{
    struct {
        _fdinfo info;
        char path[64];
    } out = {};
    out.info.mode = S_IFSOCK | options_.nodes[NodeKind::socket].mode;
    out.info.ioflag = file.ioflag;
    out.info.count = static_cast<uint16_t>(file.fds);
    int n;
    if (const DeviceNode* node = stack_->devices().find(file.device)) {
        out.info.mode = S_IFCHR | node->mode;
        n = snprintf(out.path, sizeof out.path, "%s", node->path);
    } else {
        n = snprintf(out.path, sizeof out.path, "/dev/socket/%d", file.so->proto.domain);
    }
    request.reply(0, &out, sizeof out.info + static_cast<size_t>(n) + 1);
    return 0;
}

// accept(): the message comes over the new connection and names the listening descriptor.
int Server::handle_openfd(Request& request)
{
    _io_openfd openfd;
    if (!request.get(openfd))
        return EINVAL;
    SocketFile* listener = fds_.find(request.scoid(), static_cast<int>(openfd.key));
    if (listener == nullptr)
        return EBADF;
    int err = try_accept(request, *listener);
    if (err == EWOULDBLOCK)
        err = park_or_fail(request, *listener, ParkedKind::accept, nullptr, nullptr, 0,
                           static_cast<int>(openfd.key));
    return err;
}

bool Server::is_my_mount_type(const char* type) const
{
    char mine[24] = "io-pkt";
    if (options_.instance >= 0)
        snprintf(mine, sizeof mine, "io-pkt%d", options_.instance);
    // Instance 0 is also the one that has no number.
    return strcmp(type, mine) == 0 || (options_.instance == 0 && strcmp(type, "io-pkt") == 0);
}

int Server::mount(Request& request, const _io_connect& connect)
{
    _io_mount_extra extra;
    size_t at = extra_offset(connect);
    if (connect.extra_type != _IO_CONNECT_EXTRA_MOUNT || connect.extra_len < sizeof extra ||
        !request.get(extra, at))
        return ENOSYS;
    size_t strings = size_t(extra.type_len) + extra.special_len + extra.options_len;
    if (strings > connect.extra_len - sizeof extra || strings > scratch_size - 3)
        return EINVAL;
    if (extra.type_len == 0)
        return ENOSYS;
    // The three strings one after another, each made sure to end.
    char* type = reinterpret_cast<char*>(scratch_);
    char* special = type + extra.type_len + 1;
    char* options = special + extra.special_len + 1;
    at += sizeof extra;
    if (int err = request.read(type, extra.type_len, at))
        return err;
    if (int err = request.read(special, extra.special_len, at + extra.type_len))
        return err;
    if (int err = request.read(options, extra.options_len, at + extra.type_len + extra.special_len))
        return err;
    type[extra.type_len] = special[extra.special_len] = options[extra.options_len] = '\0';
    if (!is_my_mount_type(type))
        return ENOSYS;
    if (cred_of(request.scoid()).uid != 0)
        return EPERM;
    if (extra.flags & _MOUNT_UNMOUNT)
        return ENOTSUP; // ifconfig IF destroy
    char name[256];
    if (strlen(special) >= sizeof name)
        return ENAMETOOLONG;
    strcpy(name, special); // the driver's start may use the scratch memory
    char text[max_module_options];
    if (strlen(options) >= sizeof text)
        return ENAMETOOLONG;
    strcpy(text, options);
    int err = load_module(name, text);
    if (err == 0)
        request.reply(0);
    return err;
}

} // namespace netmgr
