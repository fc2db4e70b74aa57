// SPDX-License-Identifier: Apache-2.0
// I/O messages: data goes between a client's message and the blocks without a copy in between.
#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>
#include <fcntl.h>
#include <sys/dcmd_blk.h>

#include <abi/proc_msg.h>

#include "server.hpp"

namespace tmpfs {

namespace {

constexpr int most_parts = 64;

// For pread() and pwrite(): the offset that follows the header; `header` grows by it.
int position(const resmgr_context_t* ctp, uint32_t xtype, const void* behind, iofunc_ocb_t* ocb,
             int64_t& at, size_t& header)
{
    at = ocb->offset;
    switch (xtype & _IO_XTYPE_MASK) {
    case _IO_XTYPE_NONE:
        return EOK;
    case _IO_XTYPE_OFFSET:
        break;
    default:
        return ENOSYS;
    }
    struct _xtype_offset extended;
    if (ctp->size < header + sizeof extended) {
        return EINVAL;
    }
    std::memcpy(&extended, behind, sizeof extended);
    if (extended.offset < 0) {
        return EINVAL;
    }
    at = extended.offset;
    header += sizeof extended;
    return EOK;
}

int reply_read(resmgr_context_t* ctp, const iov_t* parts, int count, size_t n)
{
    if (MsgReplyv(ctp->rcvid, static_cast<long>(n), parts, static_cast<size_t>(count)) == -1) {
        MsgError(ctp->rcvid, errno);
    }
    return _RESMGR_NOREPLY;
}

bool append_entry(char* buffer, size_t room, size_t& used, const char* name, size_t length,
                  uint64_t inode, uint64_t cookie)
{
    const size_t record = (_IO_DIRENT_HDR + length + 1 + 7) & ~size_t{7};
    if (used + record > room) {
        return false;
    }
    struct _io_dirent head = {};
    head.d_ino = inode;
    head.d_offset = static_cast<int64_t>(cookie);
    head.d_reclen = static_cast<int16_t>(record);
    head.d_namelen = static_cast<int16_t>(length);
    std::memset(buffer + used, 0, record);
    std::memcpy(buffer + used, &head, _IO_DIRENT_HDR);
    std::memcpy(buffer + used + _IO_DIRENT_HDR, name, length);
    used += record;
    return true;
}

// Whole records for entries behind the one with cookie ocb->offset.
int read_directory(resmgr_context_t* ctp, size_t wanted, Node& node, iofunc_ocb_t* ocb)
{
    static char buffer[16384];
    const size_t room = std::min(wanted, sizeof buffer);
    size_t used = 0;
    bool fits = true;
    auto at = static_cast<uint64_t>(ocb->offset);
    for (uint64_t dot = at + 1; fits && dot <= 2 && node.attr.nlink >= 2; ++dot) {
        const Node* which = dot == 1 ? &node : node.parent;
        fits = append_entry(buffer, room, used, "..", dot, which->attr.inode, dot);
        at = fits ? dot : at;
    }
    for (const Entry& e : node.entries) {
        if (!fits) {
            break;
        }
        if (e.cookie > at) {
            fits = append_entry(buffer, room, used, e.name.c_str(), e.name.size(),
                                e.node->attr.inode, e.cookie);
            at = fits ? e.cookie : at;
        }
    }
    if (used == 0 && !fits) {
        return EINVAL; // not room for one record
    }
    ocb->offset = static_cast<int64_t>(at);
    node.attr.flags |= IOFUNC_ATTR_ATIME;
    iov_t part;
    SETIOV(&part, buffer, used);
    return reply_read(ctp, &part, 1, used);
}

} // namespace

int on_read(resmgr_context_t* ctp, io_read_t* msg, iofunc_ocb_t* ocb)
{
    if (const int error = iofunc_read_verify(ctp, msg, ocb, nullptr); error != EOK) {
        return error;
    }
    Node& node = node_of(ocb);
    const size_t wanted = msg->i.nbytes;
    if (node.is_directory()) {
        return read_directory(ctp, wanted, node, ocb);
    }
    int64_t at = 0;
    size_t header = sizeof msg->i;
    if (const int error = position(ctp, msg->i.xtype, &msg->i + 1, ocb, at, header); error != EOK) {
        return error;
    }
    const int64_t left = node.attr.nbytes - at;
    size_t n = left > 0 ? std::min(wanted, static_cast<size_t>(left)) : 0;
    iov_t parts[most_parts];
    size_t covered = 0;
    const int count = node.data.pieces(static_cast<uint64_t>(at), n, parts, most_parts, &covered);
    if ((msg->i.xtype & _IO_XTYPE_MASK) == _IO_XTYPE_NONE) {
        ocb->offset += static_cast<int64_t>(covered);
    }
    node.attr.flags |= covered ? IOFUNC_ATTR_ATIME : 0;
    return reply_read(ctp, parts, count, covered);
}

int on_write(resmgr_context_t* ctp, io_write_t* msg, iofunc_ocb_t* ocb)
{
    if (const int error = iofunc_write_verify(ctp, msg, ocb, nullptr); error != EOK) {
        return error;
    }
    Node& node = node_of(ocb);
    int64_t at = 0;
    size_t header = sizeof msg->i;
    const bool positioned = (msg->i.xtype & _IO_XTYPE_MASK) == _IO_XTYPE_OFFSET;
    if (const int error = position(ctp, msg->i.xtype, &msg->i + 1, ocb, at, header); error != EOK) {
        return error;
    }
    if (static_cast<uint32_t>(ocb->ioflag) & O_APPEND) {
        at = node.attr.nbytes;
    }
    const size_t wanted = msg->i.nbytes;
    const size_t room = node.data.reserve(static_cast<uint64_t>(at), wanted);
    if (room == 0 && wanted > 0) {
        return ENOSPC;
    }
    size_t done = 0;
    while (done < room) {
        iov_t parts[most_parts];
        size_t covered = 0;
        const int count = node.data.pieces(static_cast<uint64_t>(at) + done, room - done, parts,
                                           most_parts, &covered);
        const ssize_t got =
            MsgReadv(ctp->rcvid, parts, static_cast<size_t>(count), ctp->offset + header + done);
        if (got < 0 && done == 0) {
            return errno;
        }
        if (got <= 0) {
            break;
        }
        done += static_cast<size_t>(got);
    }
    const int64_t end = at + static_cast<int64_t>(done);
    node.attr.nbytes = std::max(node.attr.nbytes, end);
    if (!positioned) {
        ocb->offset = end;
    }
    if (done) {
        node.attr.flags |= IOFUNC_ATTR_MTIME | IOFUNC_ATTR_CTIME;
    }
    _IO_SET_WRITE_NBYTES(ctp, done);
    return _RESMGR_NPARTS(0);
}

// ftruncate(): a length from the start of the file.
int on_space(resmgr_context_t* ctp, io_space_t* msg, iofunc_ocb_t* ocb)
{
    if (const int error = iofunc_space_verify(ctp, msg, ocb, nullptr); error != EOK) {
        return error;
    }
    Node& node = node_of(ocb);
    if (node.is_directory()) {
        return EISDIR;
    }
    if (msg->i.whence != 0 || msg->i.start < 0 || msg->i.len != 0) {
        return EINVAL;
    }
    node.data.resize(static_cast<uint64_t>(msg->i.start));
    node.attr.nbytes = msg->i.start;
    node.attr.flags |= IOFUNC_ATTR_MTIME | IOFUNC_ATTR_CTIME;
    return EOK;
}

int on_stat(resmgr_context_t* ctp, io_stat_t* msg, iofunc_ocb_t* ocb)
{
    const int status = iofunc_stat_default(ctp, msg, ocb);
    if (status <= 0) {
        msg->o.blksize = FileData::block_size;
        msg->o.blocks512 =
            static_cast<uint32_t>(node_of(ocb).data.blocks() * (FileData::block_size / 512));
    }
    return status;
}

// statvfs(): the limit, or what memory there is, in blocks; names cost next to nothing.
int on_devctl(resmgr_context_t* ctp, io_devctl_t* msg, iofunc_ocb_t* ocb)
{
    const int status = iofunc_devctl_default(ctp, msg, ocb);
    if (status != _RESMGR_DEFAULT || msg->i.dcmd != DCMD_FSYS_STATVFS) {
        return status;
    }
    mem_info memory{};
    proc_simple ask{};
    ask.type = MEM_INFO;
    if (MsgSend(SYSMGR_COID, &ask, sizeof ask, &memory, sizeof memory) == -1) {
        return errno;
    }
    const uint64_t used = FileData::allocated;
    const uint64_t most = FileData::limit != 0 ? FileData::limit : used + memory.free;
    const uint64_t left = std::min(most > used ? most - used : 0, memory.free);
    abi_fsinfo answer{};
    answer.bsize = answer.frsize = FileData::block_size;
    answer.blocks = most / FileData::block_size;
    answer.bfree = answer.bavail = left / FileData::block_size;
    answer.namemax = NAME_MAX;
    msg->o = {};
    msg->o.nbytes = sizeof answer;
    std::memcpy(_DEVCTL_DATA(*msg), &answer, sizeof answer);
    return _RESMGR_PTR(ctp, &msg->o, sizeof msg->o + sizeof answer);
}

// openat() and fdopendir() need the whole path of what is open, not only where the file system is.
int on_fdinfo(resmgr_context_t* ctp, io_fdinfo_t* msg, iofunc_ocb_t* ocb)
{
    const size_t room = msg->i.path_len;
    const std::string path = server.tree->seen_as(node_of(ocb));
    iofunc_fdinfo(ctp, ocb, ocb->attr, &msg->o);
    if (room != 0) {
        resmgr_msgwrite(ctp, path.c_str(), std::min(path.size() + 1, room), sizeof msg->o);
    }
    return _RESMGR_PTR(ctp, &msg->o, sizeof msg->o);
}

int on_close(resmgr_context_t* ctp, void* reserved, iofunc_ocb_t* ocb)
{
    Node& node = node_of(ocb);
    iofunc_time_update(&node.attr);
    const int status = iofunc_close_ocb_default(ctp, reserved, ocb);
    Tree::release(&node);
    return status;
}

} // namespace tmpfs
