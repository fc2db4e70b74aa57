// SPDX-License-Identifier: Apache-2.0
// Connect messages: open, unlink, rename, mknod, readlink, link.
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <new>
#include <unistd.h>

#include <abi/pipe.h>

#include "server.hpp"

namespace tmpfs {

namespace {

struct Request {
    Tree* tree;
    struct _client_info who;
    Tree::Place place;
};

// The client shall go to `text` instead.
int send_link(resmgr_context_t* ctp, const std::string& text, uint16_t consumed, long status)
{
    struct _io_connect_link_reply head = {};
    head.path_len = static_cast<uint16_t>(text.size() + 1);
    head.consumed = consumed;
    iov_t parts[2];
    SETIOV(&parts[0], &head, sizeof head);
    SETIOV(&parts[1], const_cast<char*>(text.c_str()), text.size() + 1);
    MsgReplyv(ctp->rcvid, status, parts, 2);
    return _RESMGR_NOREPLY;
}

// The data of a FIFO is the pipe server's.
int send_to_pipe(resmgr_context_t* ctp, const iofunc_attr_t& fifo)
{
    char name[80];
    std::snprintf(name, sizeof name, ABI_FIFO_FORMAT, static_cast<unsigned>(getpid()),
                  static_cast<unsigned long long>(fifo.inode), static_cast<unsigned>(fifo.uid),
                  static_cast<unsigned>(fifo.gid), static_cast<unsigned>(fifo.mode & 07777));
    return send_link(ctp, name, 0, _IO_CONNECT_RET_LINK);
}

// EOK: place is found (maybe without a node). _RESMGR_NOREPLY: the client was told to follow a link.
int look_up(resmgr_context_t* ctp, const io_open_t* msg, iofunc_attr_t* handle, bool follow_last,
            Request& r)
{
    (void)handle;
    r.tree = server.tree;
    if (const int error = iofunc_client_info(ctp, 0, &r.who); error != EOK) {
        return error;
    }
    const struct _io_connect& c = msg->connect;
    if (const int error = r.tree->find(ctp, c.path, follow_last, r.who, r.place); error != EOK) {
        return error;
    }
    if (!r.place.link) {
        if (r.place.node && (c.eflag & _IO_CONNECT_EFLAG_DIR) && !r.place.node->is_directory() &&
            c.subtype != _IO_CONNECT_MKNOD) {
            return ENOTDIR;
        }
        return EOK;
    }
    const std::string text = r.place.link->target + r.place.rest;
    return send_link(ctp, text, static_cast<uint16_t>(r.place.consumed), _IO_CONNECT_RET_LINK);
}

bool wants_link_itself(const io_open_t* msg)
{
    return (msg->connect.mode & S_IFMT) == S_IFLNK;
}

int may_change(resmgr_context_t* ctp, Node* directory, const struct _client_info& who)
{
    return iofunc_check_access(ctp, &directory->attr, S_IWUSR | S_IXUSR, &who);
}

// A sticky directory's entries are removed only by their owners, the directory's owner, or root.
bool sticky_denies(const Node* directory, const Node* node, const struct _client_info& who)
{
    const int uid = who.cred.euid;
    return (directory->attr.mode & S_ISVTX) && uid != 0 &&
           uid != static_cast<int>(node->attr.uid) && uid != static_cast<int>(directory->attr.uid);
}

int create(resmgr_context_t* ctp, Request& r, mode_t mode, Node*& made)
{
    if (r.place.name.empty() || r.place.name == "." || r.place.name == "..") {
        return EEXIST;
    }
    if (r.place.directory->attr.nlink < 2) {
        return ENOENT; // the directory itself was removed
    }
    if (const int error = may_change(ctp, r.place.directory, r.who); error != EOK) {
        return error;
    }
    made = r.tree->make(mode, r.place.directory, r.who);
    if (!made) {
        return ENOSPC;
    }
    r.place.directory->add(r.place.name, made);
    return EOK;
}

void drop_name(Node* directory, const std::string& name, Node* node)
{
    directory->remove(name);
    node->attr.nlink -= node->is_directory() ? 2 : 1;
    node->attr.flags |= IOFUNC_ATTR_CTIME;
    Tree::release(node);
}

bool is_within(const Node* node, const Node* ancestor, const Node* root)
{
    for (;; node = node->parent) {
        if (node == ancestor) {
            return true;
        }
        if (node == root) {
            return false;
        }
    }
}

} // namespace

int on_open(resmgr_context_t* ctp, io_open_t* msg, iofunc_attr_t* handle, void*)
{
    Request r;
    if (const int status = look_up(ctp, msg, handle, !wants_link_itself(msg), r); status != EOK) {
        return status;
    }
    const uint32_t flags = msg->connect.ioflag;
    if (!r.place.node) {
        if (!(flags & O_CREAT)) {
            return ENOENT;
        }
        Node* made = nullptr;
        const mode_t permissions = msg->connect.mode & 07777;
        if (const int error = create(ctp, r, S_IFREG | permissions, made); error != EOK) {
            return error;
        }
        const int error = iofunc_ocb_attach(ctp, msg, nullptr, &made->attr, &server.io);
        if (error != EOK) {
            drop_name(r.place.directory, r.place.name, made);
        }
        return error;
    }
    Node& node = *r.place.node;
    if (const int error = iofunc_open(ctp, msg, &node.attr, nullptr, &r.who); error != EOK) {
        return error;
    }
    if (S_ISFIFO(node.attr.mode) && msg->connect.subtype != _IO_CONNECT_COMBINE_CLOSE) {
        return send_to_pipe(ctp, node.attr); // what only asks about the name is answered here
    }
    if (flags & O_TRUNC) {
        node.data.resize(0);
        node.attr.nbytes = 0;
    }
    return iofunc_ocb_attach(ctp, msg, nullptr, &node.attr, &server.io);
}

int on_unlink(resmgr_context_t* ctp, io_unlink_t* msg, iofunc_attr_t* handle, void*)
{
    Request r;
    if (const int status = look_up(ctp, msg, handle, false, r); status != EOK) {
        return status;
    }
    Node* node = r.place.node;
    if (!node) {
        return ENOENT;
    }
    const bool directory = (msg->connect.mode & S_IFMT) == S_IFDIR;
    if (node == r.tree->root) {
        return EBUSY;
    }
    if (directory != node->is_directory()) {
        return directory ? ENOTDIR : EPERM;
    }
    if (directory && !node->entries.empty()) {
        return ENOTEMPTY;
    }
    if (const int error = may_change(ctp, r.place.directory, r.who); error != EOK) {
        return error;
    }
    if (sticky_denies(r.place.directory, node, r.who)) {
        return EPERM;
    }
    drop_name(r.place.directory, r.place.name, node);
    return EOK;
}

int on_mknod(resmgr_context_t* ctp, io_mknod_t* msg, iofunc_attr_t* handle, void*)
{
    Request r;
    if (const int status = look_up(ctp, msg, handle, false, r); status != EOK) {
        return status;
    }
    const mode_t type = msg->connect.mode & S_IFMT;
    if (r.place.node) {
        return EEXIST;
    }
    if (type != S_IFDIR && type != S_IFREG && type != S_IFIFO) {
        return ENOSYS;
    }
    Node* made = nullptr;
    return create(ctp, r, msg->connect.mode & (S_IFMT | 07777), made);
}

int on_readlink(resmgr_context_t* ctp, io_readlink_t* msg, iofunc_attr_t* handle, void*)
{
    Request r;
    if (const int status = look_up(ctp, msg, handle, false, r); status != EOK) {
        return status;
    }
    if (!r.place.node) {
        return ENOENT;
    }
    if (!r.place.node->is_link()) {
        return EINVAL;
    }
    return send_link(ctp, r.place.node->target, 0, 0);
}

int on_link(resmgr_context_t* ctp, io_link_t* msg, iofunc_attr_t* handle, void* extra)
{
    Request r;
    if (const int status = look_up(ctp, msg, handle, false, r); status != EOK) {
        return status;
    }
    if (r.place.node) {
        return EEXIST;
    }
    if (msg->connect.extra_type == _IO_CONNECT_EXTRA_SYMLINK && extra) {
        const size_t length = strnlen(static_cast<const char*>(extra), msg->connect.extra_len);
        Node* made = nullptr;
        if (length == 0 || length == msg->connect.extra_len) {
            return EINVAL;
        }
        if (const int error = create(ctp, r, S_IFLNK | 0777, made); error != EOK) {
            return error;
        }
        made->target.assign(static_cast<const char*>(extra), length);
        made->attr.nbytes = static_cast<int64_t>(length);
        return EOK;
    }
    int32_t coid = -1;
    if (msg->connect.extra_type != _IO_CONNECT_EXTRA_LINK || !extra ||
        msg->connect.extra_len < sizeof coid) {
        return ENOSYS;
    }
    std::memcpy(&coid, extra, sizeof coid);
    auto* ocb = static_cast<iofunc_ocb_t*>(resmgr_ocb_of(ctp, ctp->info.scoid, coid));
    if (!ocb) {
        return EXDEV;
    }
    Node& node = node_of(ocb);
    if (node.is_directory()) {
        return EPERM;
    }
    if (const int error = may_change(ctp, r.place.directory, r.who); error != EOK) {
        return error;
    }
    ++node.attr.nlink;
    node.attr.flags |= IOFUNC_ATTR_CTIME;
    r.place.directory->add(r.place.name, &node);
    return EOK;
}

// The path is the new name; the old one comes as the extra.
int on_rename(resmgr_context_t* ctp, io_rename_t* msg, iofunc_attr_t* handle, void* extra)
{
    Request to;
    if (const int status = look_up(ctp, msg, handle, false, to); status != EOK) {
        return status;
    }
    const char* old_path = static_cast<const char*>(extra);
    if (!old_path || msg->connect.extra_len == 0 ||
        strnlen(old_path, msg->connect.extra_len) == msg->connect.extra_len) {
        return EINVAL;
    }
    Tree::Place from;
    if (const int error = to.tree->find(ctp, old_path, false, to.who, from); error != EOK) {
        return error;
    }
    if (from.link) {
        return EXDEV;
    }
    Node* node = from.node;
    Node* target = to.place.node;
    if (!node) {
        return ENOENT;
    }
    if (node == target) {
        return EOK;
    }
    if (node == to.tree->root || !to.place.directory || to.place.name == "." ||
        to.place.name == "..") {
        return EBUSY;
    }
    if (node->is_directory() && is_within(to.place.directory, node, to.tree->root)) {
        return EINVAL;
    }
    for (Node* directory : {from.directory, to.place.directory}) {
        if (const int error = may_change(ctp, directory, to.who); error != EOK) {
            return error;
        }
    }
    if (sticky_denies(from.directory, node, to.who) ||
        (target && sticky_denies(to.place.directory, target, to.who))) {
        return EPERM;
    }
    if (target) {
        if (target->is_directory() != node->is_directory()) {
            return target->is_directory() ? EISDIR : ENOTDIR;
        }
        if (target->is_directory() && !target->entries.empty()) {
            return ENOTEMPTY;
        }
        drop_name(to.place.directory, to.place.name, target);
    }
    from.directory->remove(from.name);
    to.place.directory->add(to.place.name, node);
    node->attr.flags |= IOFUNC_ATTR_CTIME;
    return EOK;
}

} // namespace tmpfs
