// SPDX-License-Identifier: Apache-2.0
// Threads: creation, end, join.
#include "object/thread.hpp"

#include "arch/console.hpp"
#include "arch/context.hpp"
#include "ipc/exit_event.hpp"
#include "ipc/release.hpp"
#include "mm/address_space.hpp"
#include "mm/user_copy.hpp"
#include "object/counters.hpp"
#include "object/hooks.hpp"
#include "object/life.hpp"
#include "object/release.hpp"
#include "sched/cpu_clock.hpp"
#include "sched/idle.hpp"
#include "sched/per_cpu.hpp"
#include "sched/scheduler.hpp"
#include "sched/sporadic.hpp"
#include "sched/sync.hpp"
#include "sched/tick.hpp"
#include "sched/timeout.hpp"
#include "sched/trace.hpp"

#include <cstring>
#include <new>

namespace object {

using base::Err;
using base::Errno;

namespace {

constexpr int sigsegv = 11;

/// A thread with a kernel stack and a tid, in no queue.
Thread* new_thread(Process& process, uint32_t lowest_tid = 1)
{
    auto* thread = new (std::nothrow) Thread(process);
    if (!thread)
        return nullptr;
    if (!arch::create_context(*thread)) {
        delete thread;
        return nullptr;
    }
    thread->tid = process.threads.insert(thread, lowest_tid, max_threads);
    if (thread->tid < 0) {
        arch::destroy_context(*thread);
        delete thread;
        return nullptr;
    }
    thread->kernel = true;
    ++process.live_threads;
    ++counters.threads;
    sched::trace(sched::TraceKind::begin, *thread, 0);
    return thread;
}

void inherit(Thread& thread)
{
    const Thread& creator = current();
    thread.base_priority = thread.priority = creator.base_priority;
    thread.policy = creator.policy == Policy::sporadic ? Policy::fifo : creator.policy;
    thread.runmask = thread.own_runmask = thread.inherit_mask = creator.inherit_mask;
    thread.signal_mask = creator.signal_mask;
    thread.io_privilege = creator.io_privilege;
}

/// What the last thread of a process does.
void end_process(Process& process)
{
    if (process.keep && !process.exiting) {
        arch::leave_address_space();
        proc::process_overlaid(process);
        return;
    }
    process.exiting = true;
    release_resources(process);
    arch::leave_address_space();
    proc::process_terminated(process);
}

void store_clear_word(Thread& thread)
{
    const uint32_t zero = 0;
    if (thread.clear_word == 0 || !thread.process.space ||
        !mm::put_user(thread.process, thread.clear_word, zero))
        return;
    sched::futex_wake(thread.process, thread.clear_word, ~uint32_t{0});
}

} // namespace

Thread& make_idle_thread()
{
    Thread* thread = new_thread(kernel_process());
    if (!thread)
        PANIC("no memory for an idle thread");
    thread->priority = thread->base_priority = 0;
    thread->policy = Policy::fifo;
    thread->runmask = thread->own_runmask = uint32_t{1} << sched::per_cpu().id;
    thread->last_cpu = static_cast<int>(sched::per_cpu().id);
    thread->state = ThreadState::running;
    strncpy(thread->name, "idle", sizeof thread->name - 1);
    return *thread;
}

Thread* create_kernel_thread(Process& process, void (*entry)(void*), void* arg, int priority,
                             const char* name, int lowest_tid)
{
    Thread* thread = new_thread(process, static_cast<uint32_t>(lowest_tid));
    if (!thread)
        return nullptr;
    thread->base_priority = thread->priority = static_cast<uint8_t>(priority);
    thread->kernel_entry = entry;
    thread->kernel_arg = arg;
    thread->detached = &process == &kernel_process();
    strncpy(thread->name, name, sizeof thread->name - 1);
    arch::prepare_kernel_start(*thread);
    sched::make_ready(*thread);
    return thread;
}

extern "C" void kernel_thread_main()
{
    sched::finish_switch();
    Thread& thread = current();
    thread.kernel_entry(thread.kernel_arg);
    exit_thread();
}

base::Result<Thread*> create_user_thread(Process& process, const nto_thread_create& request)
{
    Thread* thread = process.exiting ? nullptr : new_thread(process);
    if (!thread)
        return Err(Errno::eagain);
    inherit(*thread);
    if (request.flags & 2) {
        thread->policy = static_cast<Policy>(request.policy);
        thread->base_priority = thread->priority = static_cast<uint8_t>(request.priority);
    }
    thread->kernel = false;
    thread->detached = request.flags & 1;
    thread->held = request.flags & 4;
    thread->fs_base = request.tls;
    thread->clear_word = request.clear_word;
    thread->stack_base = request.stack_base;
    thread->stack_size = request.stack_size;
    arch::prepare_user_start(*thread, request.entry, request.sp, request.arg);
    return thread;
}

void enter_user(uint64_t entry, uint64_t sp, uint64_t arg)
{
    Thread& thread = current();
    if (entry >= mm::user_top ||
        sp >= mm::user_top) { // an address the CPU would refuse in kernel mode
        terminate(thread.process, sigsegv);
        exit_thread();
    }
    thread.kernel = false;
    thread.fs_base = 0;
    arch::set_tls(thread, 0);
    arch::go_to_user(thread, entry, sp, arg);
}

void continue_as(arch::UserContext* context, int64_t result)
{
    Thread& thread = current();
    thread.kernel = false;
    arch::go_to_user_context(thread, context, result);
}

void inherit_from(Thread& thread, const Thread& original)
{
    thread.runmask = original.runmask;
    thread.inherit_mask = original.inherit_mask;
    thread.signal_mask = original.signal_mask;
    thread.io_privilege = original.io_privilege;
    thread.clear_word = original.clear_word;
    thread.stack_base = original.stack_base;
    thread.stack_size = original.stack_size;
    thread.detached = original.detached;
}

void become_first_thread()
{
    Thread& thread = current();
    IdTable<Thread>& table = thread.process.threads;
    if (thread.tid == 1 || table.get(1))
        return;
    table.remove(thread.tid);
    thread.tid = 1;
    (void)table.insert_at(&thread, 1); // the table is large enough: it held a higher tid
}

void exit_thread(uint64_t value)
{
    Thread& thread = current();
    Process& process = thread.process;
    sched::clear_timeout(thread);
    sched::end_sporadic(thread);
    sched::release_mutexes(thread);
    store_clear_word(thread);
    ipc::release_thread_interrupts(thread);
    ipc::announce_thread_death(thread);
    ipc::deliver_exit_events(thread);
    thread.pending.clear();
    thread.exit_value = value;
    const sched::CpuTime used = sched::cpu_time(thread);
    process.user_ns += used.user_ns;
    process.system_ns += used.system_ns;
    if (--process.live_threads == 0) {
        thread.detached = true;
        process.threads.remove(thread.tid); // the process object may go before we have left the CPU
        end_process(process);
    } else if (thread.detached) {
        process.threads.remove(thread.tid);
    } else if (thread.joiner) {
        sched::wake(*thread.joiner);
    }
    thread.state = ThreadState::dead;
    sched::per_cpu().dead = &thread;
    sched::switch_away();
    PANIC("a dead thread ran");
}

void bury(Thread& thread)
{
    arch::destroy_context(thread);
    sched::trace(sched::TraceKind::end, thread, 0);
    if (thread.detached) {
        --counters.threads;
        delete &thread;
    }
}

void free_thread(Thread* thread)
{
    if (thread->stack_top != 0) { // still leaving its CPU: bury() does the rest
        thread->detached = true;
        thread->process.threads.remove(thread->tid);
        return;
    }
    thread->process.threads.remove(thread->tid);
    --counters.threads;
    delete thread;
}

void kill_thread(Thread& thread)
{
    thread.killed = true;
    thread.held = false;
    if (thread.state == ThreadState::running)
        sched::poke(thread);
    else
        sched::interrupt_wait(thread, Errno::eintr);
}

base::Result<uint64_t> join_thread(Process& process, int tid)
{
    Thread& self = current();
    Thread* thread = process.threads.get(tid);
    if (!thread)
        return Err(Errno::esrch);
    if (thread == &self)
        return Err(Errno::edeadlk);
    if (thread->detached || (thread->joiner && thread->joiner != &self))
        return Err(Errno::einval);
    if (thread->state != ThreadState::dead) {
        thread->joiner = &self;
        self.wait_key = static_cast<uint64_t>(tid);
        const Errno end = sched::block(ThreadState::join, nullptr);
        if (end != Errno::eok) {
            if (process.threads.get(tid) == thread)
                thread->joiner = nullptr;
            return Err(end);
        }
    }
    const uint64_t value = thread->exit_value;
    free_thread(thread);
    return value;
}

base::Result<void> detach_thread(Process& process, int tid)
{
    Thread* thread = process.threads.get(tid);
    if (!thread)
        return Err(Errno::esrch);
    if (thread->detached || thread->joiner)
        return Err(Errno::einval);
    if (thread->state == ThreadState::dead)
        free_thread(thread);
    else
        thread->detached = true;
    return {};
}

Thread* find_thread(Process& process, int tid)
{
    if (tid != 0) {
        Thread* thread = process.threads.get(tid);
        return thread && thread->state != ThreadState::dead ? thread : nullptr;
    }
    for (uint32_t i = 1; i < process.threads.size(); ++i) {
        Thread* thread = process.threads.get(i);
        if (thread && thread->state != ThreadState::dead)
            return thread;
    }
    return nullptr;
}

uint32_t thread_count()
{
    return counters.threads;
}

void set_priority(Thread& thread, Policy policy, int priority)
{
    if (policy ==
        Policy::sporadic) { // its parameters are not given: it keeps them, or there are none
        if (thread.sporadic) {
            sched::set_sporadic_priority(thread, priority);
            return;
        }
        policy = Policy::fifo;
    }
    sched::end_sporadic(thread);
    thread.policy = policy;
    thread.base_priority = static_cast<uint8_t>(priority);
    thread.message_priority = -1; // an explicit change ends inheritance from messages
    sched::update_priority(thread);
    if (&thread == &current())
        sched::program_timer(); // a time slice may begin or end to matter
}

} // namespace object
