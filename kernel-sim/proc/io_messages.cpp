// SPDX-License-Identifier: Apache-2.0
// read, write, stat, lseek, devctl ... on procnto's own files.
#include "proc/io_messages.hpp"
#include "mm/address_space.hpp"
#include "proc/file_locks.hpp"

#include "base/bits.hpp"
#include "mm/frames.hpp"
#include "mm/shared_object.hpp"
#include "object/hooks.hpp"
#include "proc/image_files.hpp"

#include <abi/fsinfo.h>
#include <new>

namespace proc {

namespace {

constexpr uint32_t o_append = 010, flags_settable = 010 | 0200;            // O_APPEND, O_NONBLOCK
constexpr uint32_t all_getflags = 0x40000000u | 4u << 16 | 1u << 8 | 0x0a; // DCMD_ALL_GETFLAGS
constexpr uint32_t all_setflags = 0x80000000u | 4u << 16 | 1u << 8 | 0x01; // DCMD_ALL_SETFLAGS
constexpr uint16_t f_freesp = 11;

// Where a transfer begins: in the message (pread, pwrite) or at the file's own offset.
bool start_of(const IoMessage& message, uint32_t header, uint32_t xtype, const Ocb& ocb,
              uint64_t& at, bool& own)
{
    own = (xtype & _IO_XTYPE_MASK) != _IO_XTYPE_OFFSET;
    if (own) {
        at = static_cast<uint64_t>(ocb.offset);
        return true;
    }
    if (message.size < header + sizeof(_xtype_offset)) {
        return false;
    }
    _xtype_offset given;
    std::memcpy(&given, message.data + header, sizeof given);
    at = static_cast<uint64_t>(given.offset);
    return given.offset >= 0;
}

int read_directory(Request& request, Ocb& ocb, uint64_t size)
{
    if (ocb.listing == nullptr || ocb.offset == 0) {
        if (ocb.listing == nullptr) {
            ocb.listing = new (std::nothrow) Listing;
        }
        if (ocb.listing == nullptr) {
            return ENOMEM;
        }
        ocb.listing->clear();
        if (const int error = ocb.resource->list(*ocb.listing); error != EOK) {
            return error;
        }
    }
    auto first = static_cast<uint64_t>(ocb.offset);
    const auto room = static_cast<uint32_t>(base::min_of<uint64_t>(size, Request::out_capacity));
    request.out_size = ocb.listing->fill(request.out, room, first);
    if (request.out_size == 0 && first < ocb.listing->count()) {
        return EINVAL; // not even one record fits
    }
    ocb.offset = static_cast<int64_t>(first);
    return request.answer_status(request.out_size);
}

int read(Request& request, Ocb& ocb, const IoMessage& message)
{
    const auto* header = message.as<_io_read>();
    if (header == nullptr) {
        return EINVAL;
    }
    if (!ocb.may_read()) {
        return EBADF;
    }
    const uint64_t size = base::min_of(header->nbytes, request.info.dstmsglen);
    if (ocb.resource->is_directory()) {
        return read_directory(request, ocb, size);
    }
    uint64_t at;
    bool own;
    if (!start_of(message, sizeof(_io_read), header->xtype, ocb, at, own)) {
        return EINVAL;
    }
    uint64_t done = 0;
    const bool at_once = size <= Request::out_capacity;
    while (done < size) {
        const uint64_t part = base::min_of<uint64_t>(size - done, Request::out_capacity);
        const int64_t got = ocb.resource->read(request, at + done, request.out, part);
        if (got < 0 && done == 0) {
            return static_cast<int>(-got);
        }
        if (got <= 0) {
            break;
        }
        if (!at_once && request.write(request.out, static_cast<uint64_t>(got), done) !=
                            static_cast<uint64_t>(got)) {
            return EFAULT;
        }
        done += static_cast<uint64_t>(got);
        if (static_cast<uint64_t>(got) < part) {
            break;
        }
    }
    request.out_size = at_once ? static_cast<uint32_t>(done) : 0;
    if (own && ocb.resource->seekable()) {
        ocb.offset += static_cast<int64_t>(done);
    }
    return request.answer_status(static_cast<int64_t>(done));
}

int write(Request& request, Ocb& ocb, const IoMessage& message)
{
    const auto* header = message.as<_io_write>();
    if (header == nullptr) {
        return EINVAL;
    }
    if (!ocb.may_write()) {
        return EBADF;
    }
    uint64_t at;
    bool own;
    if (!start_of(message, sizeof(_io_write), header->xtype, ocb, at, own)) {
        return EINVAL;
    }
    const uint64_t data = message.offset + sizeof(_io_write) + (own ? 0 : sizeof(_xtype_offset));
    if (data > request.total_size() || header->nbytes > request.total_size() - data) {
        return EINVAL;
    }
    const uint64_t size = header->nbytes;
    if (own && (ocb.ioflag & o_append) != 0) {
        _io_stat_data stat{};
        ocb.resource->stat(stat);
        at = static_cast<uint64_t>(stat.size);
    }
    uint64_t done = 0;
    while (done < size) {
        const uint64_t part = base::min_of<uint64_t>(size - done, Request::out_capacity);
        if (!request.read(request.out, part, data + done)) {
            return EFAULT;
        }
        const int64_t taken = ocb.resource->write(request, at + done, request.out, part);
        if (taken < 0 && done == 0) {
            return static_cast<int>(-taken);
        }
        if (taken <= 0) {
            break;
        }
        done += static_cast<uint64_t>(taken);
    }
    if (own && ocb.resource->seekable()) {
        ocb.offset = static_cast<int64_t>(at + done);
    }
    request.out_size = 0;
    return request.answer_status(static_cast<int64_t>(done));
}

int seek(Request& request, Ocb& ocb, const IoMessage& message)
{
    const auto* header = message.as<_io_lseek>();
    if (header == nullptr) {
        return EINVAL;
    }
    if (!ocb.resource->seekable()) {
        return ESPIPE;
    }
    int64_t from = 0;
    if (header->whence == 1) {
        from = ocb.offset;
    } else if (header->whence == 2) {
        _io_stat_data stat{};
        ocb.resource->stat(stat);
        from = stat.size;
    } else if (header->whence != 0) {
        return EINVAL;
    }
    int64_t target;
    if (__builtin_add_overflow(from, header->offset, &target) || target < 0) {
        return EINVAL;
    }
    ocb.offset = target;
    return request.answer(target);
}

// statvfs(): of memory what is free, where files take some; else nothing is.
int tell_file_system(Request& request, const Ocb& ocb)
{
    struct {
        _io_devctl_reply header;
        abi_fsinfo about;
    } reply{};
    reply.header.nbytes = sizeof reply.about;
    const bool grows = ocb.resource->holds_memory();
    reply.about.bsize = reply.about.frsize = mm::frame_size;
    reply.about.blocks =
        grows ? mm::total_count() : (boot_image().size() + mm::frame_size - 1) / mm::frame_size;
    reply.about.bfree = reply.about.bavail = grows ? mm::free_count() : 0;
    reply.about.flag = grows ? 0 : ABI_FS_READ_ONLY;
    reply.about.namemax = 255;
    return request.answer(reply);
}

int control(Request& request, Ocb& ocb, const IoMessage& message)
{
    const auto* header = message.as<_io_devctl>();
    if (header == nullptr) {
        return EINVAL;
    }
    const auto command = static_cast<uint32_t>(header->dcmd);
    if (command == all_getflags) {
        struct {
            _io_devctl_reply header;
            int32_t flags;
        } reply{};
        reply.header.nbytes = sizeof reply.flags;
        reply.flags = static_cast<int32_t>((ocb.ioflag & ~_IO_FLAG_MASK) |
                                           ((ocb.ioflag & _IO_FLAG_MASK) - 1));
        return request.answer(reply);
    }
    if (command == all_setflags) {
        if (message.size < sizeof(_io_devctl) + sizeof(int32_t)) {
            return EINVAL;
        }
        uint32_t flags;
        std::memcpy(&flags, message.data + sizeof(_io_devctl), sizeof flags);
        ocb.ioflag = (ocb.ioflag & ~flags_settable) | (flags & flags_settable);
        return request.answer(_io_devctl_reply{});
    }
    if (command == ABI_DCMD_FSINFO) {
        return tell_file_system(request, ocb);
    }
    if (message.offset != 0) {
        return ENOSYS; // no devctl of ours comes in a combine message
    }
    return ocb.resource->devctl(request, *header);
}

int stat(Request& request, const Ocb& ocb)
{
    _io_stat_data data{};
    ocb.resource->stat(data);
    return request.answer(data);
}

// Files of procnto never make anybody wait: whatever is asked for is true now.
int notify(Request& request, const Ocb& ocb, const IoMessage& message)
{
    const auto* header = message.as<_io_notify>();
    if (header == nullptr) {
        return EINVAL;
    }
    uint32_t ready = ocb.may_read() ? _NOTIFY_COND_INPUT : 0;
    ready |= ocb.may_write() ? _NOTIFY_COND_OUTPUT : 0;
    return request.answer(_io_notify_reply{0, ready & static_cast<uint32_t>(header->flags)});
}

int fdinfo(Request& request, const Ocb& ocb)
{
    _io_stat_data stat{};
    ocb.resource->stat(stat);
    _fdinfo info{};
    info.mode = stat.mode;
    info.ioflag = ocb.ioflag;
    info.offset = ocb.offset;
    info.size = stat.size;
    info.count = static_cast<uint16_t>(ocb.bindings);
    request.answer(info);
    const std::string_view path = ocb.path != nullptr ? ocb.path : "";
    return request.put(path.data(), path.size()) && request.put("", 1) ? EOK : EIO;
}

_io_stat_data status_of(const Resource& resource)
{
    _io_stat_data stat{};
    resource.stat(stat);
    return stat;
}

bool owns(const object::Process& client, const Resource& resource)
{
    return client.cred.euid == 0 ||
           static_cast<uint32_t>(client.cred.euid) == status_of(resource).uid;
}

bool in_group(const nto_cred& cred, int32_t gid)
{
    bool member = cred.egid == gid;
    for (uint32_t i = 0; i < cred.ngroups && i < 16; ++i) {
        member = member || cred.grouplist[i] == gid;
    }
    return member;
}

// As POSIX has it with _POSIX_CHOWN_RESTRICTED: only root gives files away, owners change the group to one of theirs.
int change_owner(Request& request, Resource& resource, const _io_chown& message)
{
    const nto_cred& cred = request.client->cred;
    const bool keeps_owner =
        message.uid < 0 || static_cast<uint32_t>(message.uid) == status_of(resource).uid;
    const bool own_group = message.gid < 0 || in_group(cred, message.gid);
    if (cred.euid != 0 && (!owns(*request.client, resource) || !keeps_owner || !own_group)) {
        return EPERM;
    }
    return resource.chown(message.uid, message.gid);
}

// "Now" is also for who may write; times of one's choice are the owner's.
int set_times(Request& request, Ocb& ocb, const _io_utime& message)
{
    const bool now = message.cur_flag != 0;
    const bool owner = owns(*request.client, *ocb.resource);
    const _io_stat_data stat = status_of(*ocb.resource);
    if (!owner && !(now && access_allowed(*request.client, stat.uid, stat.gid, stat.mode, 2))) {
        return now ? EACCES : EPERM;
    }
    return now ? ocb.resource->set_times(now_seconds(), now_seconds())
               : ocb.resource->set_times(message.actime, message.modtime);
}

int space(Request& request, Ocb& ocb, const IoMessage& message)
{
    const auto* header = message.as<_io_space>();
    if (header == nullptr || header->subtype != f_freesp || header->whence != 0 ||
        header->start < 0 || header->len != 0) {
        return EINVAL;
    }
    if (!ocb.may_write()) {
        return EBADF;
    }
    if (ocb.resource->object() != nullptr && !able(*request.client, Ability::shmem_create)) {
        return EPERM;
    }
    const int error = ocb.resource->truncate(static_cast<uint64_t>(header->start));
    return error == EOK ? request.answer_status(0) : error;
}

} // namespace

int64_t Resource::read(Request&, uint64_t, uint8_t*, uint64_t)
{
    return -EINVAL;
}

int64_t Resource::write(Request&, uint64_t, const uint8_t*, uint64_t)
{
    return -EROFS;
}

int Resource::devctl(Request&, const _io_devctl&)
{
    return ENOTTY;
}

int Resource::map(mm::MapRequest& wanted, bool& made)
{
    made = false;
    wanted.object = object();
    return wanted.object == nullptr ? ENODEV : EOK;
}

int serve_io(Request& request, Ocb& ocb, const IoMessage& message)
{
    uint16_t type;
    std::memcpy(&type, message.data, sizeof type);
    switch (type & ~_IO_COMBINE_FLAG) {
    case _IO_READ:
        return read(request, ocb, message);
    case _IO_WRITE:
        return write(request, ocb, message);
    case _IO_STAT:
        return stat(request, ocb);
    case _IO_LSEEK:
        return seek(request, ocb, message);
    case _IO_DEVCTL:
        return control(request, ocb, message);
    case _IO_NOTIFY:
        return notify(request, ocb, message);
    case _IO_FDINFO:
        return fdinfo(request, ocb);
    case _IO_SPACE:
        return space(request, ocb, message);
    case _IO_CHMOD: {
        const auto* header = message.as<_io_chmod>();
        return header == nullptr                       ? EINVAL
               : !owns(*request.client, *ocb.resource) ? EPERM
                                                       : ocb.resource->chmod(header->mode);
    }
    case _IO_CHOWN: {
        const auto* header = message.as<_io_chown>();
        return header == nullptr ? EINVAL : change_owner(request, *ocb.resource, *header);
    }
    case _IO_LOCK:
        return lock_file(request, ocb, message);
    case _IO_SYNC:
        return request.answer_status(0);
    case _IO_UTIME: {
        const auto* header = message.as<_io_utime>();
        return header == nullptr ? EINVAL : set_times(request, ocb, *header);
    }
    default:
        return ENOSYS;
    }
}

} // namespace proc
