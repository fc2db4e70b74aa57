// SPDX-License-Identifier: Apache-2.0
// Local sockets in the path space: stat, chmod, chown and unlink of their names.
#include "resmgr/local_names.hpp"

#include <abi/proc_msg.h>
#include <abi/sockmsg.h>
#include <abi/sockright.h>
#include <algorithm>
#include <errno.h>
#include <new>
#include <string.h>
#include <sys/dcmd_ip.h>
#include <sys/iomsg.h>
#include <sys/stat.h>

#include "resmgr/paths.hpp"
#include "resmgr/server.hpp"

namespace netmgr {

namespace {

// 0 for a process that is not there any more.
uint32_t umask_of(int32_t pid)
{
    proc_id msg = {};
    proc_ids ids = {};
    msg.type = PROC_GETSETID;
    msg.subtype = PROC_ID_GET;
    msg.pid = pid;
    return MsgSend_r(SYSMGR_COID, &msg, sizeof msg, &ids, sizeof ids) < 0 ? 0 : ids.umask & 0777;
}

} // namespace

int PathNames::publish(LocalName& name)
{
    name.mode &= ~umask_of(name.pid);
    return attach_path(name.address.sun_path, _FTYPE_SOCKET, 0, local_name_handle + name.id, chid_,
                       name.link);
}

void PathNames::withdraw(LocalName& name)
{
    detach_path(name.link);
}

int check_new_name(const char* path, const Cred& cred)
{
    struct stat st;
    if (stat(path, &st) == 0)
        return EADDRINUSE;
    char parent[sizeof(sockaddr_un::sun_path)];
    const char* slash = strrchr(path, '/');
    if (path[0] != '/' || slash == nullptr || static_cast<size_t>(slash - path) >= sizeof parent)
        return EINVAL;
    memcpy(parent, path, static_cast<size_t>(slash - path));
    parent[slash - path] = '\0';
    if (stat(parent[0] != '\0' ? parent : "/", &st) != 0)
        return errno == ENOENT ? ENOENT : EACCES;
    if (!S_ISDIR(st.st_mode))
        return ENOTDIR;
    if (cred.uid == 0)
        return 0;
    const unsigned bits = cred.uid == static_cast<uint32_t>(st.st_uid)   ? st.st_mode >> 6
                          : cred.gid == static_cast<uint32_t>(st.st_gid) ? st.st_mode >> 3
                                                                         : st.st_mode;
    return (bits & 2) != 0 ? 0 : EACCES;
}

void give_up_right(const sock_right& right)
{
    const int coid = ConnectAttach_r(0, right.pid, right.chid, _NTO_SIDE_CHANNEL, 0);
    if (coid < 0)
        return;
    _io_pass msg = {};
    msg.type = _IO_PASS;
    msg.combine_len = sizeof msg;
    msg.action = _IO_PASS_GIVE_UP;
    msg.token = right.token;
    // A server that does not answer must not hold up the stack.
    const uint64_t limit = 100'000'000;
    sigevent unblock;
    SIGEV_UNBLOCK_INIT(&unblock);
    TimerTimeout_r(CLOCK_MONOTONIC, _NTO_TIMEOUT_SEND | _NTO_TIMEOUT_REPLY, &unblock, &limit,
                   nullptr);
    MsgSend_r(coid, &msg, sizeof msg, nullptr, 0);
    ConnectDetach_r(coid);
}

// bind() of a local socket asks the path's servers first, on another thread: they may be slow, clients of ours, or ourselves.
// True: the message is answered or will be.
bool Server::take_local_bind(const Request& request, const _msg_info& info)
{
    _io_devctl msg;
    sockaddr_un address = {};
    if (request.type() != _IO_DEVCTL || !request.get(msg) ||
        (msg.dcmd & 0xffff) != (static_cast<int>(DCMD_IP_SSRCADDR) & 0xffff) || msg.nbytes < 3 ||
        msg.nbytes > sizeof address)
        return false;
    if (request.read(&address, msg.nbytes, sizeof msg) != 0 || address.sun_family != AF_LOCAL)
        return false;
    address.sun_path[sizeof address.sun_path - 1] = '\0';
    if (int err = check_bind(request, info, address))
        request.error(err);
    return true;
}

int Server::check_bind(const Request& request, const _msg_info& info, const sockaddr_un& address)
{
    {
        StackEntry entry(runtime_->context());
        if (stack_->local() != nullptr && stack_->local()->find(address.sun_path) != nullptr)
            return EADDRINUSE;
    }
    auto* check = new (std::nothrow) BindCheck;
    if (check == nullptr)
        return ENOMEM;
    // What was looked at here is what is done later, whatever the client writes there meanwhile.
    const size_t size = std::min(request.total(), sizeof check->message);
    int err = request.read(check->message, size, 0);
    check->rcvid = request.rcvid();
    check->info = info;
    check->info.msglen = size;
    memcpy(check->path, address.sun_path, sizeof check->path);
    check->cred = cred_of(request.scoid());
    if (err == 0)
        err = bind_checker_.start(check);
    if (err != 0)
        delete check;
    return err;
}

void Server::handle_names()
{
    while (BindCheck* check = bind_checker_.take()) {
        if (!check->abandoned) {
            Request request(check->rcvid, check->message, check->info);
            StackEntry entry(runtime_->context());
            const int err = check->result != 0 ? check->result : dispatch(request);
            if (err != 0)
                request.error(err);
        }
        delete check;
    }
}

int Server::connect_local_name(Request& request, const _io_connect& connect)
{
    LocalDomain* local = stack_->local();
    LocalName* name = local != nullptr ? local->find(connect.handle - local_name_handle) : nullptr;
    if (name == nullptr)
        return ENOENT;
    if (connect.path_len > 1)
        return ENOTDIR;
    switch (connect.subtype) {
    case _IO_CONNECT_UNLINK: {
        if (int err = local->unlink(*name, cred_of(request.scoid())))
            return err;
        request.reply(0);
        return 0;
    }
    case _IO_CONNECT_COMBINE_CLOSE:
        return combine_local_name(request, connect, *name);
    case _IO_CONNECT_READLINK:
        return EINVAL;
    case _IO_CONNECT_RENAME:
        return EXDEV;
    default:
        return EOPNOTSUPP; // open(): BSD's answer for a socket
    }
}

int Server::combine_local_name(Request& request, const _io_connect& connect, LocalName& name)
{
    const size_t second =
        _IO_PATH_ALIGN(_IO_PATH_ALIGN(_IO_CONNECT_HDR + connect.path_len) + connect.extra_len);
    uint16_t type;
    if (!request.get(type, second))
        return EINVAL;
    if (type == _IO_STAT) {
        _io_stat_data st = {};
        st.ino = local_name_handle + name.id;
        st.dev = device_number();
        st.mode = S_IFSOCK | name.mode;
        st.uid = static_cast<int32_t>(name.uid);
        st.gid = static_cast<int32_t>(name.gid);
        st.nlink = 1;
        request.reply(0, &st, sizeof st);
        return 0;
    }
    return change_node(request, second, type, name.uid, name.gid, name.mode);
}

int Server::pair(Request& request, SocketFile& file)
{
    sock_pair msg;
    if (!request.get(msg))
        return EINVAL;
    SocketFile* other = fds_.find(request.scoid(), msg.coid);
    if (other == nullptr)
        return EBADF;
    if (stack_->local() == nullptr)
        return EOPNOTSUPP;
    if (int err = stack_->local()->connect_pair(*file.so, *other->so))
        return err;
    request.reply(0);
    return 0;
}

} // namespace netmgr
