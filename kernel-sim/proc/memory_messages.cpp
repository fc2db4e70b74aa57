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

// What the file behind fd lets this mapping do; sets request.object.
int map_file(const Request& request, const mem_map& message, mm::MapRequest& wanted)
{
    Ocb* ocb = find_ocb(request.info.scoid, message.fd);
    if (ocb == nullptr) {
        return ENODEV; // another server's: libc reads the file into anonymous memory
    }
    wanted.object = ocb->resource->object();
    if (wanted.object == nullptr) {
        return ENODEV;
    }
    const bool shared_write =
        (message.flags & MEM_MAP_SHARED) != 0 && (message.prot & MEM_PROT_WRITE) != 0;
    if (!ocb->may_read() || (shared_write && (!ocb->may_write() || wanted.object->image()))) {
        return EACCES;
    }
    return EOK;
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
    if (anonymous) {
        wanted.offset = 0;
    } else if (!physical) {
        if (const int error = map_file(request, *message, wanted); error != EOK) {
            return error;
        }
    }
    if (!may_map(client, wanted)) {
        return ENOMEM;
    }
    uint64_t address = 0;
    if (const int error = client.space->map(wanted, address); error != EOK) {
        if (error == ENOMEM && physical && anonymous) {
            post_events(PROC_EVENT_CONTIG_ALLOC_FAIL, client.pid);
        }
        return error;
    }
    return request.answer(mem_map_reply{address, base::align_up(message->len, mm::page_size)});
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
                                       mm::heap_pages() * mm::page_size, mm::page_size});
    case MEM_SHM_CTL:
        return shm_ctl(request);
    default:
        return request.answer_status(0); // MEM_ADVISE: advice may be ignored
    }
}

} // namespace proc
