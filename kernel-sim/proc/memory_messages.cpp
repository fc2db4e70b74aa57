// SPDX-License-Identifier: Apache-2.0
// MEM_* messages: mmap() and its relatives for the calling process.
#include "base/bits.hpp"
#include "mm/address_space.hpp"
#include "mm/frames.hpp"
#include "mm/heap.hpp"
#include "proc/events.hpp"
#include "proc/limits.hpp"
#include "proc/process_info.hpp"
#include "proc/resource_server.hpp"
#include "proc/server.hpp"
#include "sched/scheduler.hpp"

#include <abi/proc_msg.h>

namespace proc {

namespace {

constexpr uint32_t shm_anon = 1, shm_phys = 2; // SHMCTL_*

// What the file behind fd lets this mapping do; sets request.object. `made`: it is new, and one reference is the caller's.
int map_file(const Request& request, const mem_map& message, mm::MapRequest& wanted, bool& made)
{
    Ocb* ocb = find_ocb(request.info.scoid, message.fd);
    if (ocb == nullptr) {
        return ENODEV; // another server's: libc reads the file into anonymous memory
    }
    mm::SharedObject* object = ocb->resource->object();
    const bool shared_write =
        (message.flags & MEM_MAP_SHARED) != 0 && (message.prot & MEM_PROT_WRITE) != 0;
    if (!ocb->may_read() ||
        (shared_write && (!ocb->may_write() || (object != nullptr && object->image())))) {
        return object == nullptr ? ENODEV : EACCES;
    }
    return ocb->resource->map(wanted, made);
}

// The last byte of a range; the end of memory when it wraps (the operation itself will refuse it).
uint64_t last_of(uint64_t start, uint64_t length)
{
    return length == 0 ? start : start + length - 1 < start ? ~uint64_t{0} : start + length - 1;
}

bool may_execute(object::Process& client, uint32_t prot, uint64_t addr, uint64_t length)
{
    if ((prot & MEM_PROT_EXEC) == 0) {
        return true;
    }
    if ((prot & MEM_PROT_WRITE) != 0 &&
        !able(client, Ability::prot_write_and_exec, addr, last_of(addr, length))) {
        return false;
    }
    return able(client, Ability::prot_exec, addr, last_of(addr, length));
}

// In pieces: a large range does not hold up the others.
int unmap(mm::AddressSpace& space, uint64_t addr, uint64_t length)
{
    const uint64_t rounded = base::align_up(length, mm::page_size);
    const uint64_t end = addr + rounded;
    if (length == 0 || rounded < length || end < addr) {
        return EINVAL;
    }
    for (;;) {
        if (const int error = space.unmap_step(addr, end); error != EOK || addr >= end) {
            return error;
        }
        sched::preempt_point();
    }
}

// In pieces, as unmapping.
int bring_in(mm::AddressSpace& space, uint64_t addr, uint64_t end)
{
    int error = EOK;
    addr = base::align_down(addr, mm::page_size);
    while (error == EOK && addr < end) {
        error = space.lock_step(addr, end);
        sched::preempt_point();
    }
    return error;
}

int map(Request& request)
{
    const auto* message = request.message<mem_map>();
    object::Process& client = *request.client;
    if (message == nullptr || message->offset < 0 ||
        (message->flags & (MEM_MAP_SHARED | MEM_MAP_PRIVATE)) ==
            (MEM_MAP_SHARED | MEM_MAP_PRIVATE)) {
        return EINVAL;
    }
    mm::MapRequest wanted;
    wanted.addr = message->addr;
    wanted.length = message->len;
    wanted.prot = message->prot;
    wanted.flags = message->flags;
    wanted.offset = static_cast<uint64_t>(message->offset);
    wanted.align = message->align;
    const bool physical = (message->flags & MEM_MAP_PHYS) != 0;
    const bool anonymous = (message->flags & MEM_MAP_ANON) != 0;
    if (physical && !anonymous &&
        !able(client, Ability::mem_phys, wanted.offset, last_of(wanted.offset, wanted.length))) {
        return EPERM;
    }
    if ((message->flags & MEM_MAP_FIXED) != 0 &&
        !able(client, Ability::map_fixed, message->addr, last_of(message->addr, message->len))) {
        return EPERM;
    }
    if (!may_execute(client, message->prot, message->addr, message->len)) {
        return EPERM;
    }
    bool made = false;
    int error = EOK;
    if (anonymous) {
        wanted.offset = 0;
    } else if (!physical) {
        error = map_file(request, *message, wanted, made);
    }
    if (error == EOK && !may_map(client, wanted)) {
        error = ENOMEM;
    }
    uint64_t address = 0;
    if (error == EOK) {
        error = client.space->map(wanted, address);
    }
    if (made) {
        wanted.object->release(); // the region has its own reference
    }
    if (error != EOK) {
        if (error == ENOMEM && physical && anonymous) {
            post_events(PROC_EVENT_CONTIG_ALLOC_FAIL, client.pid);
        }
        return error;
    }
    if (client.space->lock_future()) {
        const uint64_t end = address + base::align_up(message->len, mm::page_size);
        if (!may_lock(client, 0) || bring_in(*client.space, address, end) != EOK) {
            (void)unmap(*client.space, address, message->len);
            return EAGAIN;
        }
    }
    return request.answer(mem_map_reply{address, base::align_up(message->len, mm::page_size)});
}

int range(Request& request)
{
    const auto* message = request.message<mem_range>();
    if (message == nullptr) {
        return EINVAL;
    }
    mm::AddressSpace& space = *request.client->space;
    switch (message->type) {
    case MEM_UNMAP:
        return unmap(space, message->addr, message->len);
    case MEM_PROTECT:
        if (!may_execute(*request.client, message->prot, message->addr, message->len)) {
            return EPERM;
        }
        return space.protect(message->addr, message->len, message->prot);
    default:
        break;
    }
    mem_offset_reply reply{};
    if (message->len == 0) {
        return EINVAL;
    }
    if (const int error =
            space.offset_of(message->addr, message->len, reply.paddr, reply.contig_len);
        error != EOK) {
        return error;
    }
    return request.answer(reply);
}

// The file was opened on a folder of memory objects; now it stands for one of them.
int bind_file(Request& request)
{
    const auto* message = request.message<mem_bind>();
    if (message == nullptr || message->access == 0 ||
        message->access > (_IO_FLAG_RD | _IO_FLAG_WR)) {
        return EINVAL;
    }
    std::string_view name;
    if (message->name_len != 0) {
        const char* text = reinterpret_cast<const char*>(message + 1);
        if (request.message<mem_bind>(message->name_len) == nullptr ||
            text[message->name_len - 1] != 0) {
            return EINVAL;
        }
        name = std::string_view(text, message->name_len - 1);
    }
    Ocb* ocb = find_ocb(request.info.scoid, message->fd);
    if (ocb == nullptr) {
        return EBADF;
    }
    Resource* made = nullptr;
    if (const int error = ocb->resource->bind(request, *message, name, made); error != EOK) {
        return error;
    }
    ocb->resource->release();
    ocb->resource = made;
    ocb->ioflag = (ocb->ioflag & ~(_IO_FLAG_RD | _IO_FLAG_WR)) | message->access;
    return request.answer_status(0);
}

int typed_info(Request& request)
{
    const auto* message = request.message<mem_bind>();
    Ocb* ocb = message == nullptr ? nullptr : find_ocb(request.info.scoid, message->fd);
    uint64_t bytes = 0;
    if (ocb == nullptr) {
        return message == nullptr ? EINVAL : EBADF;
    }
    return ocb->resource->allocatable(bytes) ? request.answer(bytes) : ENODEV;
}

int handle_of_memory(Request& request)
{
    const auto* message = request.message<mem_handle>();
    if (message == nullptr) {
        return EINVAL;
    }
    return message->subtype == 0 ? create_handle(request, *message)
                                 : delete_handle(request, message->handle);
}

int lock_range(object::Process& client, uint64_t addr, uint64_t length)
{
    mm::AddressSpace& space = *client.space;
    if (!able(client, Ability::mem_lock, addr, last_of(addr, length))) {
        return EPERM;
    }
    if (!may_lock(client, length)) {
        return ENOMEM;
    }
    int error = space.set_locked(addr, length, true);
    if (error == EOK) {
        error = bring_in(space, addr, addr + length);
        if (error != EOK) {
            (void)space.set_locked(addr, length, false); // the range is split already
        }
    }
    return error;
}

int lock_all(object::Process& client, uint32_t flags)
{
    constexpr uint32_t current = 1, future = 2; // MCL_*
    mm::AddressSpace& space = *client.space;
    if (flags == 0 || (flags & ~(current | future)) != 0) {
        return EINVAL;
    }
    if (!able(client, Ability::mem_lock, 0, mm::user_top - 1)) {
        return EPERM;
    }
    if ((flags & current) != 0) {
        uint64_t all = 0;
        for (const mm::Region& region : space.regions()) {
            all += region.locked ? 0 : region.length();
        }
        if (!may_lock(client, all)) {
            return ENOMEM;
        }
        space.lock_current();
        if (const int error = bring_in(space, 0, mm::user_top); error != EOK) {
            return error;
        }
    }
    space.set_lock_future((flags & future) != 0);
    return EOK;
}

int lock_memory(Request& request)
{
    const auto* message = request.message<mem_range>();
    if (message == nullptr) {
        return EINVAL;
    }
    mm::AddressSpace& space = *request.client->space;
    switch (message->subtype) {
    case MEM_LOCK_RANGE:
        return message->len == 0 ? EOK : lock_range(*request.client, message->addr, message->len);
    case MEM_UNLOCK_RANGE:
        return message->len == 0 ? EOK : space.set_locked(message->addr, message->len, false);
    case MEM_LOCK_ALL:
        return lock_all(*request.client, message->prot);
    case MEM_UNLOCK_ALL:
        space.unlock_all();
        return EOK;
    default:
        return EINVAL;
    }
}

int shm_ctl(Request& request)
{
    const auto* message = request.message<mem_shm_ctl>();
    if (message == nullptr) {
        return EINVAL;
    }
    Ocb* ocb = find_ocb(request.info.scoid, message->fd);
    mm::SharedObject* object = ocb != nullptr ? ocb->resource->object() : nullptr;
    if (object == nullptr || object->image()) {
        return ocb == nullptr ? EBADF : EINVAL;
    }
    if (!ocb->may_write()) {
        return EACCES;
    }
    if (!able(*request.client, Ability::shmem_create)) {
        return EPERM;
    }
    switch (message->flags & (shm_anon | shm_phys)) {
    case shm_anon:
        return object->resize(message->len);
    case shm_phys:
        return able(*request.client, Ability::mem_phys, message->paddr,
                    last_of(message->paddr, message->len))
                   ? object->set_physical(message->paddr, message->len)
                   : EPERM;
    case shm_anon | shm_phys:
        return object->set_contiguous(message->len);
    default:
        return EINVAL;
    }
}

} // namespace

int handle_memory(Request& request)
{
    if (request.client->space == nullptr) {
        return EINVAL;
    }
    switch (request.type()) {
    case MEM_MAP:
        return map(request);
    case MEM_UNMAP:
    case MEM_PROTECT:
    case MEM_OFFSET:
        return range(request);
    case MEM_INFO:
        return request.answer(mem_info{mm::total_count() * mm::page_size,
                                       mm::free_count() * mm::page_size,
                                       mm::page_use.heap * mm::page_size, mm::page_size});
    case MEM_SHM_CTL:
        return shm_ctl(request);
    case MEM_BIND:
        return bind_file(request);
    case MEM_TYPED_INFO:
        return typed_info(request);
    case MEM_HANDLE:
        return handle_of_memory(request);
    case MEM_LOCK:
        return lock_memory(request);
    default:
        return request.answer_status(0); // MEM_ADVISE: advice may be ignored
    }
}

} // namespace proc
