// SPDX-License-Identifier: Apache-2.0
// Blocking, waking, choosing the next thread, and each CPU's idle loop.
#include "sched/scheduler.hpp"

#include "arch/clock.hpp"
#include "arch/console.hpp"
#include "arch/context.hpp"
#include "base/bits.hpp"
#include "ipc/interrupt.hpp"
#include "object/life.hpp"
#include "object/signal.hpp"
#include "sched/hand_over.hpp"
#include "sched/idle.hpp"
#include "sched/per_cpu.hpp"
#include "sched/ready_queue.hpp"
#include "sched/sporadic.hpp"
#include "sched/tick.hpp"
#include "sched/timeout.hpp"
#include "sched/trace.hpp"

namespace sched {

using object::Thread;
using object::ThreadState;

ReadyQueue ready;
uint32_t cpus_up;

namespace {

/// What a READY thread must exceed to get the CPU: who runs there, or has been promised it.
int claim_on(const PerCpu& cpu)
{
    const int running = cpu.current == cpu.idle ? -1 : cpu.current->priority;
    return base::max_of(running, static_cast<int>(cpu.pending_priority));
}

/// The CPU of `mask` with the lowest claim, when that is below `priority`, `last` among equals; -1 = none.
int lowest_cpu(uint32_t mask, int priority, int last)
{
    int best = -1, best_priority = priority;
    const uint32_t count = cpus_up;
    for (uint32_t i = 0; i < count; ++i) {
        const PerCpu& cpu = per_cpu(i);
        if (!cpu.current || !(mask & (uint32_t{1} << i)))
            continue;
        const int claim = claim_on(cpu);
        if (claim < best_priority ||
            (claim == best_priority && best >= 0 && static_cast<int>(i) == last)) {
            best = static_cast<int>(i);
            best_priority = claim;
        }
    }
    return best;
}

/// The CPU on which `thread` should preempt somebody; -1 = it waits in the queue.
int choose_cpu(const Thread& thread)
{
    return lowest_cpu(thread.runmask, thread.priority, thread.last_cpu);
}

void ask(PerCpu& cpu)
{
    cpu.need_resched = true;
    if (cpu.id != per_cpu().id)
        arch::send_reschedule(cpu.id);
}

void preempt(int id, int priority)
{
    PerCpu& cpu = per_cpu(static_cast<uint32_t>(id));
    cpu.pending_priority = static_cast<int16_t>(priority);
    ask(cpu);
}

/// `thread` is READY, and where it may run are higher threads. One that may run elsewhere, instead of a lower one than `thread`, is to move:
/// of N CPUs' threads the highest run. One move; a chain of moves is not looked for.
void push_somebody(const Thread& thread)
{
    for (uint32_t i = 0; i < cpus_up; ++i) {
        PerCpu& cpu = per_cpu(i);
        if (!cpu.current || !(thread.runmask & (uint32_t{1} << i)) || cpu.push_to >= 0 ||
            cpu.pending_priority >= 0 || cpu.current->state != ThreadState::running)
            continue;
        const int to = lowest_cpu(cpu.current->runmask & ~(uint32_t{1} << i), thread.priority, -1);
        if (to < 0)
            continue;
        cpu.push_to = static_cast<int16_t>(to);
        ask(cpu);
        return;
    }
}

/// A READY thread looks for a CPU.
void place(const Thread& thread)
{
    if (thread.ready_mask != thread.runmask)
        return; // it is on its way to one
    const int cpu = choose_cpu(thread);
    if (cpu >= 0)
        preempt(cpu, thread.priority);
    else if (several_cpus())
        push_somebody(thread);
}

/// The running thread has been put into the queue: only CPU `to` takes it.
void move_to(Thread& thread, int to)
{
    PerCpu& cpu = per_cpu(static_cast<uint32_t>(to));
    if (cpu.expected)
        return; // another one is under way: anybody may take this one
    thread.ready_mask = uint32_t{1} << to;
    cpu.expected = &thread;
    preempt(to, thread.priority);
}

} // namespace

void forget_expected(const Thread& thread)
{
    for (uint32_t i = 0; i < cpus_up; ++i) {
        if (per_cpu(i).expected == &thread)
            per_cpu(i).expected = nullptr;
    }
}

void after_choice(PerCpu& cpu, const Thread& chosen)
{
    if (Thread* other = cpu.expected; other) {
        cpu.expected = nullptr;
        other->ready_mask = other->runmask;
        place(*other);
    }
    const int claim = &chosen == cpu.idle ? -1 : chosen.priority;
    if (ready.top_priority() > claim)
        ready.for_some_above(claim, [](const Thread& thread) { place(thread); });
}

void start_budget(Thread& thread)
{
    sporadic_starts(thread, now_ns());
    program_timer();
}

namespace {

void switch_to(PerCpu& cpu, Thread& next)
{
    Thread& from = *cpu.current;
    const uint64_t now = arch::cycles();
    from.system_cycles += now - cpu.kernel_since;
    cpu.kernel_since = now;
    if (from.cpu == static_cast<int>(cpu.id))
        from.cpu = -1;
    replace_current(cpu, from, next);
    trace(TraceKind::run, next, 0);
    arch::switch_context(from, next);
    finish_switch();
}

/// Puts the running thread back into the queue and takes the highest one.
void reschedule_running(bool to_tail)
{
    PerCpu& cpu = per_cpu();
    Thread& thread = *cpu.current;
    const int push_to = cpu.push_to;
    cpu.need_resched = false;
    cpu.pending_priority = -1;
    cpu.push_to = -1;
    const bool allowed = thread.runmask & (uint32_t{1} << cpu.id);
    const bool pushed = push_to >= 0 && lowest_cpu(thread.runmask & (uint32_t{1} << push_to),
                                                   thread.priority, -1) == push_to;
    const int lowest = !allowed || pushed ? 0 : to_tail ? thread.priority : thread.priority + 1;
    Thread* next = ready.highest(cpu.id, lowest);
    if (!next && (allowed || pushed)) {
        if (several_cpus())
            after_choice(cpu, thread);
        return;
    }
    if (next)
        take_from_queue(*next);
    else
        next = cpu.idle;
    thread.state = ThreadState::ready;
    ready.insert(thread, !to_tail);
    if (pushed)
        move_to(thread, push_to);
    else if (several_cpus())
        place(thread);
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
    per_cpu().kick_ns = 0;
    for (uint32_t i = 0; i < cpus_up; ++i) {
        const PerCpu& cpu = per_cpu(i);
        const Thread* thread = cpu.current && claim_on(cpu) < 0 ? ready.highest(i) : nullptr;
        if (thread)
            preempt(static_cast<int>(i), thread->priority);
    }
}

void make_ready(Thread& thread, Waker waker)
{
    thread.state = ThreadState::ready;
    ready.insert(thread, false);
    trace(TraceKind::ready, thread, 0);
    find_cpu(thread, waker);
}

void find_cpu(Thread& thread, Waker waker)
{
    PerCpu& self = per_cpu();
    const bool runs_here = thread.runmask & (uint32_t{1} << self.id);
    if (waker == Waker::blocks && runs_here)
        return; // the caller's block() picks it, or something higher
    const int cpu = choose_cpu(thread);
    if (cpu >= 0 && waker == Waker::may_block && runs_here && wait_a_moment(self, thread, cpu))
        return;
    if (cpu >= 0)
        preempt(cpu, thread.priority);
    else if (several_cpus())
        push_somebody(thread);
}

void update_priority(Thread& thread)
{
    const int own = thread.message_priority >= 0 ? thread.message_priority : thread.base_priority;
    const auto priority = static_cast<uint8_t>(base::max_of(own, static_cast<int>(thread.boost)));
    if (priority == thread.priority)
        return;
    if (thread.state == ThreadState::ready) {
        take_from_queue(thread);
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
    if (thread.state == ThreadState::ready) {
        take_from_queue(thread);
        thread.runmask = mask;
        make_ready(thread); // the CPU chosen before may not be allowed to take it
        return;
    }
    thread.runmask = mask;
    if (thread.state != ThreadState::running)
        return;
    if (!(mask & (uint32_t{1} << thread.cpu)))
        preempt(thread.cpu, -1); // it goes elsewhere at its next way out of the kernel
    else if (several_cpus())
        ready.for_some_above(-1, [](const Thread& other) { place(other); }); // it may make room now
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
        if (several_cpus())
            after_choice(cpu, next);
        return;
    }
    switch_to(cpu, next);
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
    take_from_queue(thread);
}

void start_cpu()
{
    lock();
    Thread& idle = object::make_idle_thread();
    PerCpu& cpu = per_cpu();
    cpu.idle = cpu.current = &idle;
    cpus_up = base::max_of(cpus_up, cpu.id + 1);
    idle.cpu = static_cast<int>(cpu.id);
    idle.started_cycles = cpu.kernel_since = arch::cycles();
    init_tick();
    cpu_is_online();
    bool hooked = false;
    for (;;) {
        Thread& next = take_highest(cpu);
        if (&next != cpu.idle) {
            switch_to(cpu, next);
            continue;
        }
        if (several_cpus())
            after_choice(cpu, next);
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
