// SPDX-License-Identifier: Apache-2.0
// Device nodes: open, stat, chmod, chown.
#include "resmgr/device_nodes.hpp"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/iomsg.h>
#include <sys/stat.h>

#include "resmgr/paths.hpp"
#include "resmgr/server.hpp"

namespace netmgr {

namespace {

// -u's word for a device is its kind.
const NodeRule& rule_of(const NodeRules& rules, const char* kind)
{
    return rules[strcmp(kind, "bpf") == 0   ? NodeKind::bpf
                 : strcmp(kind, "tun") == 0 ? NodeKind::tun
                                            : NodeKind::tap];
}

} // namespace

void PathDevices::start(int chid, const ServerOptions& options)
{
    chid_ = chid;
    options_ = &options;
}

int PathDevices::publish(DeviceNode& node)
{
    char path[256];
    const int len = snprintf(path, sizeof path, "%s%s", options_->prefix, node.path);
    if (len >= static_cast<int>(sizeof path))
        return ENAMETOOLONG;
    const NodeRule& rule = rule_of(options_->nodes, node.kind);
    node.uid = rule.uid;
    node.gid = rule.gid;
    node.mode = rule.mode;
    return attach_path(path, _FTYPE_ANY, 0, device_handle + node.id, chid_, node.link);
}

void PathDevices::withdraw(DeviceNode& node)
{
    detach_path(node.link);
}

void reply_device_stat(const Request& request, const DeviceNode& node)
{
    _io_stat_data st = {};
    st.ino = device_handle + node.id;
    st.dev = device_number();
    st.mode = S_IFCHR | node.mode;
    st.uid = static_cast<int32_t>(node.uid);
    st.gid = static_cast<int32_t>(node.gid);
    st.nlink = 1;
    request.reply(0, &st, sizeof st);
}

int Server::connect_device(Request& request, const _io_connect& connect)
{
    DeviceNode* node = stack_->devices().find(connect.handle - device_handle);
    if (node == nullptr)
        return ENOENT;
    if (connect.path_len > 1)
        return ENOTDIR;
    switch (connect.subtype) {
    case _IO_CONNECT_OPEN:
        return open_device(request, connect, *node);
    case _IO_CONNECT_COMBINE_CLOSE:
        return combine_device(request, connect, *node);
    case _IO_CONNECT_UNLINK:
    case _IO_CONNECT_RENAME:
        return EPERM;
    case _IO_CONNECT_READLINK:
        return EINVAL;
    default:
        return ENOSYS;
    }
}

int Server::open_device(Request& request, const _io_connect& connect, const DeviceNode& node)
{
    const Cred cred = cred_of(request.scoid());
    const NodeRule rule = {node.uid, node.gid, node.mode};
    if (int err = check_open(rule, request.scoid(), connect.ioflag))
        return err;
    Socket* so;
    int err = device_open(*stack_, node, cred, &so);
    if (err == 0)
        err = bind_fd(request, so, connect.ioflag, node.id);
    if (err == 0)
        request.reply(0);
    return err;
}

int Server::combine_device(Request& request, const _io_connect& connect, DeviceNode& node)
{
    const size_t second =
        _IO_PATH_ALIGN(_IO_PATH_ALIGN(_IO_CONNECT_HDR + connect.path_len) + connect.extra_len);
    uint16_t type;
    if (!request.get(type, second))
        return EINVAL;
    if (type == _IO_STAT) {
        reply_device_stat(request, node);
        return 0;
    }
    return change_node(request, second, type, node.uid, node.gid, node.mode);
}

// chmod() and chown() of a name of ours: the owner may do the first, root both.
int Server::change_node(Request& request, size_t at, uint16_t type, uint32_t& uid, uint32_t& gid,
                        uint32_t& mode)
{
    if (type != _IO_CHMOD && type != _IO_CHOWN)
        return ENOSYS;
    const Cred cred = cred_of(request.scoid());
    if (cred.uid != 0 && (cred.uid != uid || type == _IO_CHOWN))
        return EPERM;
    if (type == _IO_CHMOD) {
        _io_chmod change;
        if (!request.get(change, at))
            return EINVAL;
        mode = change.mode & 0777;
    } else {
        _io_chown change;
        if (!request.get(change, at))
            return EINVAL;
        uid = change.uid != -1 ? static_cast<uint32_t>(change.uid) : uid;
        gid = change.gid != -1 ? static_cast<uint32_t>(change.gid) : gid;
    }
    request.reply(0);
    return 0;
}

} // namespace netmgr
