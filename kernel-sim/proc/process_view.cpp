// SPDX-License-Identifier: Apache-2.0
// The structures of <sys/procfs.h>, filled from the kernel's objects.
#include "proc/process_view.hpp"

#include "arch/debug.hpp"
#include "arch/machine.hpp"
#include "base/bits.hpp"
#include "ipc/channel.hpp"
#include "mm/address_space.hpp"
#include "mm/frames.hpp"
#include "object/thread.hpp"
#include "proc/debugger.hpp"
#include "proc/mappings.hpp"
#include "proc/memory_text.hpp"
#include "proc/process_info.hpp"
#include "proc/server.hpp"
#include "sched/cpu_clock.hpp"
#include "sched/scheduler.hpp"
#include "sched/sync_words.hpp"

#include "include/sys/procfs.h" // by its place: the host has a <sys/procfs.h> of its own

#include <abi/proc_msg.h>

namespace proc {

int answer_devctl(Request& request, const _io_devctl& message, const void* data, uint64_t size,
                  int32_t value)
{
    _io_devctl_reply header{};
    header.ret_val = value;
    header.nbytes = static_cast<uint32_t>(base::min_of<uint64_t>(size, message.nbytes));
    request.out_size = 0;
    return request.put(&header, sizeof header) && request.put(data, header.nbytes)
               ? request.answer_status(0)
               : EINVAL;
}

namespace {

// Header and data of a devctl's reply; at most what the client has room for.
uint64_t ignored_signals(const object::Process& process)
{
    uint64_t set = 0;
    for (int i = 0; i < 64; ++i) {
        set |= process.actions[i].handler == 1 ? uint64_t{1} << i : 0;
    }
    return set;
}

void fill_relatives(const ProcessInfo& info, debug_process_t& out)
{
    if (!info.children.empty()) {
        out.child = info.children.front().process.pid;
    }
    if (info.process.parent != nullptr && info.process.parent->info != nullptr &&
        info.is_linked()) {
        const auto& siblings = info.process.parent->info->children;
        auto next = siblings.iterator_to(info);
        if (++next != siblings.end()) {
            out.sibling = next->process.pid;
        }
    }
}

uint32_t length_of(const sched::WaitQueue& queue)
{
    uint32_t count = 0;
    for (const object::Thread& thread : queue.list()) {
        (void)thread;
        ++count;
    }
    return count;
}

procfs_channel describe(const ipc::Channel& channel)
{
    procfs_channel out{};
    out.chid = channel.chid;
    out.flags = channel.flags;
    for (const ipc::ServerConnection& connection : channel.connections) {
        out.connections += connection.client != nullptr ? 1 : 0;
    }
    out.receivers = length_of(channel.receivers);
    out.replies = length_of(channel.clients);
    for (const ipc::QueueItem& item : channel.queue) {
        ++(item.kind == ipc::QueueItem::Kind::message ? out.sends : out.pulses);
    }
    return out;
}

int channel_info(Request& request, object::Process& process, const _io_devctl& message)
{
    static procfs_channel list[256]; // big kernel lock held
    const uint32_t room = base::min_of<uint32_t>(
        static_cast<uint32_t>(message.nbytes) / sizeof *list, sizeof list / sizeof *list);
    uint32_t count = 0, there = 0;
    for (uint32_t chid = 1; chid < process.channels.size(); ++chid) {
        const ipc::Channel* channel = process.channels.get(chid);
        if (channel == nullptr) {
            continue;
        }
        ++there;
        if (count < room) {
            list[count++] = describe(*channel);
        }
    }
    return answer_devctl(request, message, list, count * sizeof *list, static_cast<int32_t>(there));
}

int process_info(Request& request, object::Process& process, const _io_devctl& message)
{
    const ProcessInfo& info = *process.info;
    debug_process_t out{};
    out.pid = process.pid;
    out.parent = process.parent == nullptr ? 0 : process.parent->pid;
    out.flags = (process.pid == 1 ? _DEBUG_FLAG_ISSYS : 0) |
                (process.stopped || process.debug_stopped ? _DEBUG_FLAG_STOPPED : 0) |
                (info.life == Life::zombie ? _DEBUG_FLAG_ZOMBIE : 0);
    out.umask = process.umask;
    fill_relatives(info, out);
    out.pgrp = process.pgrp;
    out.sid = process.sid;
    out.base_address = info.load_base;
    out.initial_stack = info.initial_stack;
    out.uid = process.cred.ruid;
    out.gid = process.cred.rgid;
    out.euid = process.cred.euid;
    out.egid = process.cred.egid;
    out.suid = process.cred.suid;
    out.sgid = process.cred.sgid;
    out.sig_ignore = ignored_signals(process);
    out.sig_pending = process.pending.set();
    out.num_chancons = process.side.used();
    out.num_fdcons = process.fds.used();
    out.num_threads = process.live_threads;
    out.num_timers = process.timers.used();
    out.start_time = info.start_wall_ns;
    const sched::CpuTime used = sched::cpu_time(process);
    out.utime = used.user_ns;
    out.stime = used.system_ns;
    out.cutime = info.child_user_ns;
    out.cstime = info.child_system_ns;
    for (uint32_t tid = 1; tid < process.threads.size(); ++tid) {
        if (const object::Thread* thread = process.threads.get(tid); thread != nullptr) {
            out.priority = out.priority == 0 ? thread->priority : out.priority;
        }
    }
    out.memory = process.space == nullptr ? 0 : process.space->page_count() * mm::page_size;
    return answer_devctl(request, message, &out, sizeof out);
}

void fill_mutex(const object::Thread& thread, debug_thread_t& out)
{
    uint32_t count = 0;
    const object::Thread* owner = sched::mutex_owner(const_cast<object::Thread&>(thread), count);
    out.blocked.sync.sync = thread.wait_key;
    if (owner != nullptr) {
        out.blocked.sync.id = owner->tid;
        out.blocked.sync.pid = owner->process.pid;
        out.blocked.sync.count = (count & NTO_SYNC_DEPTH) + 1;
    }
}

void fill_blocked(const object::Thread& thread, debug_thread_t& out)
{
    using object::ThreadState;
    switch (thread.state) {
    case ThreadState::send:
    case ThreadState::reply:
        out.blocked.connect.coid = thread.msg.coid;
        if (thread.msg.channel != nullptr) {
            out.blocked.connect.pid = thread.msg.channel->owner.pid;
            out.blocked.connect.chid = thread.msg.channel->chid;
        }
        break;
    case ThreadState::receive:
        out.blocked.channel.chid = static_cast<int32_t>(thread.wait_key);
        break;
    case ThreadState::join:
        out.blocked.join.tid = static_cast<int32_t>(thread.wait_key);
        break;
    case ThreadState::mutex:
        fill_mutex(thread, out);
        break;
    case ThreadState::condvar:
    case ThreadState::sem:
        out.blocked.sync.sync = thread.wait_key;
        break;
    default:
        break;
    }
}

int map_info(Request& request, object::Process& process, const _io_devctl& message)
{
    _io_devctl_reply header{};
    request.out_size = 0;
    request.put(&header, sizeof header);
    const uint64_t room = message.nbytes / sizeof(procfs_mapinfo);
    uint64_t count = 0;
    if (process.space != nullptr) {
        for (const mm::Region& region : process.space->regions()) {
            procfs_mapinfo one{};
            one.vaddr = region.start;
            one.size = region.length();
            one.flags = region.flags | region.prot;
            one.offset = static_cast<int64_t>(region.offset);
            if (count < room && request.out_size + sizeof one <= Request::out_capacity) {
                one.resident = resident_bytes(*process.space, region);
                request.put(&one, sizeof one);
            }
            ++count;
        }
    }
    header.ret_val = static_cast<int32_t>(count);
    header.nbytes = static_cast<uint32_t>(request.out_size - sizeof header);
    std::memcpy(request.out, &header, sizeof header);
    return request.answer_status(0);
}

void copy_path(procfs_debuginfo& out, std::string_view path)
{
    const std::string_view shown = take_front(path, sizeof out.path - 1);
    std::memcpy(out.path, shown.data(), shown.size());
}

int map_debug(Request& request, object::Process& process, const _io_devctl& message, bool base)
{
    procfs_debuginfo out{};
    if (base) {
        out.vaddr = process.info->load_base;
        copy_path(out, process.info->executable ? process.info->executable.view()
                                                : std::string_view(process.name));
        return answer_devctl(request, message, &out, sizeof out);
    }
    if (request.message<_io_devctl>(sizeof out.vaddr) == nullptr) {
        return EINVAL;
    }
    std::memcpy(&out.vaddr, request.in + sizeof(_io_devctl), sizeof out.vaddr);
    const mm::Region* region = process.space == nullptr ? nullptr : process.space->find(out.vaddr);
    if (region == nullptr) {
        return EINVAL;
    }
    out.vaddr = region->start;
    copy_path(out, mapping_name(*region));
    return answer_devctl(request, message, &out, sizeof out);
}

int system_info(Request& request, const _io_devctl& message)
{
    procfs_sysinfo out{};
    out.ncpu = arch::cpu_count();
    out.pagesize = mm::page_size;
    out.memsize = mm::total_count() * mm::page_size;
    out.freemem = mm::free_count() * mm::page_size;
    out.boottime = sched::wall_ns() - sched::now_ns();
    return answer_devctl(request, message, &out, sizeof out);
}

} // namespace

void fill_status(const object::Thread& thread, debug_thread_t& out)
{
    const object::Process& process = thread.process;
    out.pid = process.pid;
    out.tid = thread.tid;
    out.priority = thread.priority;
    out.real_priority = thread.base_priority;
    out.policy = static_cast<uint8_t>(thread.policy);
    out.state = static_cast<uint8_t>(thread.state);
    out.syscall = -1;
    out.last_cpu = static_cast<uint16_t>(thread.last_cpu);
    out.stkbase = thread.stack_base;
    out.stksize = thread.stack_size;
    out.tls = thread.fs_base;
    const sched::CpuTime used = sched::cpu_time(thread);
    out.sutime = used.user_ns + used.system_ns;
    out.start_time = process.info->start_wall_ns;
    out.runmask = thread.runmask;
    if (process.pid == 1) {
        out.flags |= _DEBUG_FLAG_ISSYS | (thread.priority == 0 ? _DEBUG_FLAG_IDLE : 0);
    }
    static_assert(sizeof out.name >= sizeof thread.name);
    std::memcpy(out.name, thread.name, sizeof thread.name);
    fill_blocked(thread, out);
    out.ip = arch::program_counter(thread);
    out.sp = arch::stack_pointer(thread);
    out.flags |= debug_flags(thread, out.why, out.what);
}

static int thread_status(Request& request, object::Process& process, const _io_devctl& message)
{
    debug_thread_t out{};
    int32_t wanted = 1;
    if (static_cast<uint32_t>(message.dcmd) == static_cast<uint32_t>(DCMD_PROC_TIDSTATUS)) {
        if (request.message<_io_devctl>(sizeof out) == nullptr) {
            return EINVAL;
        }
        std::memcpy(&out, request.in + sizeof(_io_devctl), sizeof out);
        wanted = base::max_of(out.tid, 1);
        out = debug_thread_t{};
    }
    if (static_cast<uint32_t>(message.dcmd) == static_cast<uint32_t>(DCMD_PROC_STATUS)) {
        wanted = current_thread(process);
    }
    const object::Thread* thread = nullptr;
    for (auto tid = static_cast<uint32_t>(wanted);
         tid < process.threads.size() && thread == nullptr; ++tid) {
        thread = process.threads.get(tid);
    }
    if (thread == nullptr) {
        return ESRCH;
    }
    fill_status(*thread, out);
    return answer_devctl(request, message, &out, sizeof out);
}

int process_devctl(Request& request, object::Process& process, const _io_devctl& message)
{
    switch (static_cast<uint32_t>(message.dcmd)) {
    case static_cast<uint32_t>(DCMD_PROC_SYSINFO):
        return system_info(request, message);
    case static_cast<uint32_t>(DCMD_PROC_INFO):
        return process_info(request, process, message);
    case static_cast<uint32_t>(DCMD_PROC_TIDSTATUS):
    case static_cast<uint32_t>(DCMD_PROC_STATUS):
        return thread_status(request, process, message);
    case static_cast<uint32_t>(DCMD_PROC_MAPINFO):
    case static_cast<uint32_t>(DCMD_PROC_PAGEDATA):
        return map_info(request, process, message);
    case static_cast<uint32_t>(DCMD_PROC_MAPDEBUG):
        return map_debug(request, process, message, false);
    case static_cast<uint32_t>(DCMD_PROC_MAPDEBUG_BASE):
        return map_debug(request, process, message, true);
    case static_cast<uint32_t>(DCMD_PROC_CHANNELS):
        return channel_info(request, process, message);
    case static_cast<uint32_t>(DCMD_PROC_ABILITY):
        return ability_info(request, process, message);
    default:
        return debug_devctl(request, process, message);
    }
}

} // namespace proc
