// SPDX-License-Identifier: Apache-2.0
// A CPU goes from one thread to another, in line: what every switch does, the shortest message's included. Internal to sched/ and call/.
#pragma once

#include "arch/x86_64/activate.hpp"
#include "sched/idle.hpp"
#include "sched/per_cpu.hpp"
#include "sched/ready_queue.hpp"
#include "sched/scheduler.hpp"
#include "sched/sporadic.hpp"
#include "sched/tick.hpp"
#include "sched/trace.hpp"

namespace sched {

extern ReadyQueue ready;
extern uint32_t cpus_up; // ids below this may be in use

inline bool several_cpus()
{
    return cpus_up > 1;
}

/// This CPU has chosen `chosen`. Whom it did not take, and who is higher but may not run here, looks for another CPU.
void after_choice(PerCpu& cpu, const object::Thread& chosen);
/// Not waited for any more, wherever it was.
void forget_expected(const object::Thread& thread);
/// `thread`, which has one, has just been given this CPU.
void start_budget(object::Thread& thread);

/// The hardware timer is armed already for what a thread with time slices may need. (It is never armed for later than the timers of
/// its CPU: only what belongs to the thread can be new.)
inline bool timer_serves(const PerCpu& cpu, const object::Thread& next, uint64_t slice_start)
{
    // Not armed is 0, and far away.
    const bool in_slice = cpu.armed_cycles - slice_start <= slice_cycles;
    return (in_slice || !is_sliced(next)) && next.process.cpu_timers == 0;
}

/// A READY thread looks for a CPU.
void find_cpu(object::Thread& thread, Waker waker);

/// make_ready() by a thread that will wait for something soon; no trace runs.
inline void make_answered_ready(const PerCpu& cpu, object::Thread& thread)
{
    thread.state = object::ThreadState::ready;
    ready.insert(thread, false);
    if (several_cpus() || thread.priority > cpu.current->priority)
        find_cpu(thread, Waker::may_block);
}

/// What changes beside the machine's registers when `next` comes after `from`, which does not run any more. What the kernel did for
/// `from` is on its account up to kernel_since.
inline void replace_current(PerCpu& cpu, object::Thread& from, object::Thread& next)
{
    const uint64_t now = cpu.kernel_since;
    if (from.sporadic) [[unlikely]]
        sporadic_used(from, now_ns());
    from.cpu_cycles += now - from.started_cycles;
    next.started_cycles = now;
    next.state = object::ThreadState::running;
    next.cpu = static_cast<int>(cpu.id);
    cpu.slice_start_cycles = now;
    cpu.current = &next;
    if (several_cpus()) {
        if (cpu.kick_ns != 0)
            kick_idle_cpu(); // for those that are still waiting
        after_choice(cpu, next);
    }
    if (next.sporadic) [[unlikely]]
        start_budget(next);
    else if (!timer_serves(cpu, next, now)) [[unlikely]]
        program_timer();
}

inline void take_from_queue(object::Thread& thread)
{
    if (thread.ready_mask != thread.runmask)
        forget_expected(thread);
    ready.remove(thread);
}

[[gnu::always_inline]] inline object::Thread& take_highest(PerCpu& cpu)
{
    cpu.need_resched = false;
    cpu.pending_priority = -1;
    cpu.push_to = -1;
    object::Thread* next = ready.take_first(cpu.id);
    if (next) [[likely]] {
        if (next->ready_mask != next->runmask)
            forget_expected(*next);
        return *next;
    }
    next = ready.highest(cpu.id);
    if (!next)
        return *cpu.idle;
    take_from_queue(*next);
    return *next;
}

/// Nobody else may claim this CPU, which needs no rescheduling, when `thread`, which is blocked, becomes the running one with this priority.
inline bool may_run_next(const PerCpu& cpu, const object::Thread& thread, int priority)
{
    return (thread.runmask & (uint32_t{1} << cpu.id)) && ready.top_priority() < priority;
}

} // namespace sched
