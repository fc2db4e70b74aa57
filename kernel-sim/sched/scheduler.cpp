// SPDX-License-Identifier: Apache-2.0
// Blocking, waking, choosing the next thread, and each CPU's idle loop.
#include "sched/scheduler.hpp"

#include "arch/clock.hpp"
#include "arch/console.hpp"
#include "arch/context.hpp"
#include "arch/machine.hpp"
#include "base/bits.hpp"
#include "ipc/interrupt.hpp"
#include "object/life.hpp"
#include "object/signal.hpp"
#include "sched/idle.hpp"
#include "sched/per_cpu.hpp"
#include "sched/ready_queue.hpp"
#include "sched/tick.hpp"
#include "sched/timeout.hpp"
#include "sched/trace.hpp"

namespace sched {

using object::Thread;
using object::ThreadState;

namespace {

ReadyQueue ready;

void account(PerCpu& cpu, uint64_t now)
{
    Thread& thread = *cpu.current;
    const uint64_t used = now - thread.started_ns;
    if (&thread == cpu.idle)
        cpu.idle_ns += used;
    else
        thread.cpu_ns += used;
}

/// What changes beside the machine's registers when `next` comes after the current thread.
void replace_current(PerCpu& cpu, Thread& next)
{
    Thread& from = *cpu.current;
    const uint64_t now = now_ns();
    account(cpu, now);
    if (from.cpu == static_cast<int>(cpu.id))
        from.cpu = -1;
    next.started_ns = now;
    next.state = ThreadState::running;
    next.cpu = static_cast<int>(cpu.id);
    cpu.slice_start_ns = now;
    cpu.current = &next;
    trace(TraceKind::run, next, 0);
    if (cpu.kick_ns != 0)
        kick_idle_cpu(); // for those that are still waiting
    program_timer_for(next, now);
}

void switch_to(PerCpu& cpu, Thread& next)
{
    Thread& from = *cpu.current;
    replace_current(cpu, next);
    arch::switch_context(from, next);
    finish_switch();
}

Thread& take_highest(PerCpu& cpu)
{
    cpu.need_resched = false;
    cpu.pending_priority = -1;
    Thread* next = ready.highest(cpu.id);
    if (!next)
        return *cpu.idle;
    ready.remove(*next);
    return *next;
}

/// The CPU on which `thread` should preempt somebody; -1 = it waits in the queue.
int choose_cpu(const Thread& thread)
{
    int best = -1, best_priority = thread.priority;
    const int last = thread.last_cpu;
    const uint32_t count = arch::cpu_count();
    for (uint32_t i = 0; i < count; ++i) {
        const PerCpu& cpu = per_cpu(i);
        if (!cpu.current || !(thread.runmask & (uint32_t{1} << i)))
            continue;
        const int running = cpu.current == cpu.idle ? -1 : cpu.current->priority;
        const int priority = base::max_of(running, static_cast<int>(cpu.pending_priority));
        if (priority < best_priority ||
            (priority == best_priority && best >= 0 && static_cast<int>(i) == last)) {
            best = static_cast<int>(i);
            best_priority = priority;
        }
    }
    return best;
}

void preempt(int id, int priority)
{
    PerCpu& cpu = per_cpu(static_cast<uint32_t>(id));
    cpu.pending_priority = static_cast<int16_t>(priority);
    cpu.need_resched = true;
    if (cpu.id != per_cpu().id)
        arch::send_reschedule(cpu.id);
}

/// Puts the running thread back into the queue and takes the highest one.
void reschedule_running(bool to_tail)
{
    PerCpu& cpu = per_cpu();
    Thread& thread = *cpu.current;
    cpu.need_resched = false;
    cpu.pending_priority = -1;
    const bool allowed = thread.runmask & (uint32_t{1} << cpu.id);
    Thread* next = ready.highest(cpu.id, !allowed  ? 0
                                         : to_tail ? thread.priority
                                                   : thread.priority + 1);
    if (!next) {
        if (allowed)
            return;
        next = cpu.idle;
    } else {
        ready.remove(*next);
    }
    thread.state = ThreadState::ready;
    ready.insert(thread, !to_tail);
    if (!allowed) {
        const int other = choose_cpu(thread);
        if (other >= 0)
            preempt(other, thread.priority);
    }
    switch_to(cpu, *next);
}

} // namespace

void WaitQueue::insert(Thread& thread)
{
    for (auto at = list_.begin(); at != list_.end(); ++at) {
        if (at->priority < thread.priority) {
            list_.insert(at, thread);
            return;
        }
    }
    list_.push_back(thread);
}

void WaitQueue::append(Thread& thread)
{
    list_.push_back(thread);
}

namespace {

constexpr uint64_t patience_ns = 100000;

/// Waking an idle CPU costs more than a message: the waker's CPU is given a moment to take the thread itself.
bool wait_a_moment(PerCpu& self, const Thread& thread, int cpu)
{
    const PerCpu& other = per_cpu(static_cast<uint32_t>(cpu));
    if (other.current != other.idle || other.id == self.id || self.current == self.idle ||
        thread.priority > self.current->priority)
        return false;
    if (self.kick_ns == 0) {
        self.kick_ns = now_ns() + patience_ns;
        program_timer();
    }
    return true;
}

} // namespace

void kick_idle_cpu()
{
    PerCpu& self = per_cpu();
    self.kick_ns = 0;
    const Thread* thread = ready.highest_anywhere();
    const int cpu = thread ? choose_cpu(*thread) : -1;
    if (cpu >= 0)
        preempt(cpu, thread->priority);
}

void make_ready(Thread& thread, Waker waker)
{
    thread.state = ThreadState::ready;
    ready.insert(thread, false);
    trace(TraceKind::ready, thread, 0);
    PerCpu& self = per_cpu();
    const bool runs_here = thread.runmask & (uint32_t{1} << self.id);
    if (waker == Waker::blocks && runs_here)
        return; // the caller's block() picks it, or something higher
    const int cpu = choose_cpu(thread);
    if (cpu < 0 || (waker == Waker::may_block && runs_here && wait_a_moment(self, thread, cpu)))
        return;
    preempt(cpu, thread.priority);
}

void update_priority(Thread& thread)
{
    const int own = thread.message_priority >= 0 ? thread.message_priority : thread.base_priority;
    const auto priority = static_cast<uint8_t>(base::max_of(own, static_cast<int>(thread.boost)));
    if (priority == thread.priority)
        return;
    if (thread.state == ThreadState::ready) {
        ready.remove(thread);
        thread.priority = priority;
        make_ready(thread);
    } else if (thread.state == ThreadState::running) {
        const bool lower = priority < thread.priority;
        thread.priority = priority;
        if (lower && ready.highest(static_cast<uint32_t>(thread.cpu), priority + 1))
            preempt(thread.cpu, -1);
    } else {
        thread.priority = priority;
        requeue_waiting(thread);
    }
}

void set_runmask(Thread& thread, uint32_t mask)
{
    thread.runmask = mask;
    if (thread.state == ThreadState::ready) {
        ready.remove(thread);
        make_ready(thread); // the CPU chosen before may not be allowed to take it
    } else if (thread.state == ThreadState::running && !(mask & (uint32_t{1} << thread.cpu))) {
        preempt(thread.cpu, -1); // it goes elsewhere at its next way out of the kernel
    }
}

bool slice_contended(Thread& thread)
{
    PerCpu& cpu = per_cpu();
    if (!ready.highest(cpu.id, thread.priority))
        return false;
    thread.head = true; // reschedule: to the tail
    return true;
}

void poke(Thread& thread)
{
    if (thread.cpu >= 0 && static_cast<uint32_t>(thread.cpu) != per_cpu().id)
        arch::send_reschedule(static_cast<uint32_t>(thread.cpu));
}

void switch_away()
{
    PerCpu& cpu = per_cpu();
    Thread& next = take_highest(cpu);
    if (&next == cpu.current) { // it blocked and was woken before it got here
        next.state = ThreadState::running;
        next.cpu = static_cast<int>(cpu.id);
        return;
    }
    switch_to(cpu, next);
}

bool may_run_next(const Thread& thread, int priority)
{
    const PerCpu& cpu = per_cpu();
    return !cpu.need_resched && (thread.runmask & (uint32_t{1} << cpu.id)) &&
           ready.top_priority() < priority;
}

void give_cpu(Thread& next)
{
    PerCpu& cpu = per_cpu();
    Thread& from = *cpu.current;
    replace_current(cpu, next);
    arch::exchange_context(from, next);
}

void leave_cpu()
{
    Thread& next = take_highest(per_cpu());
    give_cpu(next);
    arch::enter_stack(next);
}

void reschedule_if_needed()
{
    while (per_cpu().need_resched) { // asked anew: the thread may come back on another CPU
        Thread& thread = *per_cpu().current;
        const bool to_tail = thread.head;
        thread.head = false;
        reschedule_running(to_tail);
    }
}

void yield()
{
    reschedule_running(true);
}

void preempt_point()
{
    unlock();
    let_interrupts_in();
    lock();
    reschedule_if_needed();
}

void finish_switch()
{
    PerCpu& cpu = per_cpu();
    Thread* dead = cpu.dead;
    cpu.dead = nullptr;
    if (dead)
        object::bury(*dead);
}

void remove_ready(Thread& thread)
{
    ready.remove(thread);
}

void start_cpu()
{
    lock();
    Thread& idle = object::make_idle_thread();
    PerCpu& cpu = per_cpu();
    cpu.idle = cpu.current = &idle;
    idle.cpu = static_cast<int>(cpu.id);
    idle.started_ns = now_ns();
    cpu_is_online();
    bool hooked = false;
    for (;;) {
        Thread* next = ready.highest(cpu.id);
        cpu.need_resched = false;
        cpu.pending_priority = -1;
        if (next) {
            ready.remove(*next);
            switch_to(cpu, *next);
            continue;
        }
        if (!hooked && ipc::run_idle_hooks()) {
            hooked = true; // look once more: a hook may have woken somebody
            continue;
        }
        hooked = false;
        program_timer();
        unlock();
        wait_for_interrupt();
        lock();
    }
}

} // namespace sched
