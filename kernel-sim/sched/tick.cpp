// SPDX-License-Identifier: Apache-2.0
// Timers expire on ticks, but ticks without work do not happen: the hardware timer is armed for the next tick that has some.
#include "sched/tick.hpp"

#include "arch/clock.hpp"
#include "arch/machine.hpp"
#include "base/bits.hpp"
#include "sched/idle.hpp"
#include "sched/per_cpu.hpp"
#include "sched/scheduler.hpp"

namespace sched {

namespace {

uint64_t tick = 1000000;
constexpr uint64_t rr_multiplier = 4;

uint64_t round_up_to_tick(uint64_t ns)
{
    return base::div_up(ns, tick) * tick;
}

void charge_slice(PerCpu& cpu, uint64_t now)
{
    object::Thread& thread = *cpu.current;
    if (&thread == cpu.idle || thread.policy == object::Policy::fifo ||
        now - cpu.slice_start_ns < slice_ns())
        return;
    cpu.slice_start_ns = now;
    if (slice_contended(thread))
        cpu.need_resched = true; // reschedule() puts it behind its peers
}

} // namespace

uint64_t tick_ns()
{
    return tick;
}

void set_tick_ns(uint64_t ns)
{
    tick = ns;
    _SYSPAGE_ENTRY(arch::syspage(), qtime)->nsec_inc = static_cast<uint32_t>(ns);
}

uint64_t slice_ns()
{
    return tick * rr_multiplier;
}

uint64_t now_ns()
{
    return arch::clock_ns();
}

uint64_t wall_ns()
{
    return now_ns() + _SYSPAGE_ENTRY(arch::syspage(), qtime)->nsec_tod_adjust;
}

void set_wall_ns(uint64_t ns)
{
    _SYSPAGE_ENTRY(arch::syspage(), qtime)->nsec_tod_adjust = ns - now_ns();
}

void start_timer(KernelTimer& timer, uint64_t deadline_ns)
{
    timer.unlink();
    timer.deadline_ns = deadline_ns;
    per_cpu().timers.insert(timer);
    program_timer();
}

void stop_timer(KernelTimer& timer)
{
    timer.unlink(); // the hardware timer may fire once for nothing
}

void program_timer()
{
    PerCpu& cpu = per_cpu();
    constexpr uint64_t never = ~uint64_t{0};
    uint64_t at = never, next = never; // exactly, and on a tick
    const object::Thread& thread = *cpu.current;
    if (&thread != cpu.idle && thread.policy != object::Policy::fifo)
        at = cpu.slice_start_ns + slice_ns();
    if (cpu.kick_ns != 0)
        at = base::min_of(at, cpu.kick_ns);
    if (!cpu.timers.empty())
        next = cpu.timers.begin()->deadline_ns;
    // Setting the hardware costs more than an interrupt too early once in a while.
    if (cpu.armed_ns != 0 && cpu.armed_ns <= base::min_of(next, at))
        return;
    if (next != never)
        next = round_up_to_tick(next);
    next = base::min_of(next, at);
    if (next == never || (cpu.armed_ns != 0 && cpu.armed_ns <= next))
        return;
    cpu.armed_ns = next;
    arch::arm_timer(next);
}

void timer_interrupt()
{
    PerCpu& cpu = per_cpu();
    cpu.armed_ns = 0;
    const uint64_t now = now_ns();
    _SYSPAGE_ENTRY(arch::syspage(), qtime)->nsec = now;
    while (!cpu.timers.empty() && cpu.timers.begin()->deadline_ns <= now) {
        KernelTimer& timer = *cpu.timers.begin();
        timer.unlink();
        timer.expired(timer);
    }
    charge_slice(cpu, now);
    if (cpu.kick_ns != 0 && cpu.kick_ns <= now)
        kick_idle_cpu();
    program_timer();
}

} // namespace sched
