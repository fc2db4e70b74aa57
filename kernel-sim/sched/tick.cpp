// SPDX-License-Identifier: Apache-2.0
// Timers expire on ticks (high-resolution ones exactly), but ticks without work do not happen: the hardware timer is armed for the
// next thing to do.
#include "sched/tick.hpp"

#include "arch/clock.hpp"
#include "arch/machine.hpp"
#include "base/bits.hpp"
#include "sched/cpu_clock.hpp"
#include "sched/idle.hpp"
#include "sched/per_cpu.hpp"
#include "sched/scheduler.hpp"
#include "sched/sporadic.hpp"
#include "sched/wall_clock.hpp"

namespace sched {

namespace {

uint64_t tick = 1000000;
constexpr uint64_t rr_multiplier = 4;

constexpr uint64_t longest_delay_ticks = 64; // however tolerant a timer is

/// When the hardware is to interrupt: exactly (high resolution), on a tick, or, for a tolerant timer, on the roundest
/// number of ticks it allows, where it meets other tolerant ones.
uint64_t expiry_time(uint64_t deadline, uint64_t tolerance)
{
    if (tolerance > 0 && tolerance < tick)
        return deadline;
    uint64_t unit = tick;
    if (tolerance < infinite_tolerance_ns) {
        for (uint64_t n = 2; n <= longest_delay_ticks && n * tick <= tolerance; n *= 2)
            unit = n * tick;
    }
    const uint64_t at = base::div_up(deadline, unit) * unit;
    return at < deadline ? deadline : at; // the end of time
}

void charge_slice(PerCpu& cpu, uint64_t now)
{
    object::Thread& thread = *cpu.current;
    if (thread.sporadic && now >= sporadic_end(thread))
        sporadic_used(thread, now);
    const uint64_t cycles = arch::cycles();
    if (!is_sliced(thread) || cycles - cpu.slice_start_cycles < slice_cycles)
        return;
    cpu.slice_start_cycles = cycles;
    if (slice_contended(thread))
        cpu.need_resched = true; // reschedule() puts it behind its peers
}

} // namespace

uint64_t slice_cycles;

void init_tick()
{
    slice_cycles = arch::ns_to_cycles(slice_ns());
}

uint64_t tick_ns()
{
    return tick;
}

void set_tick_ns(uint64_t ns)
{
    tick = ns;
    init_tick();
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

void start_timer(KernelTimer& timer, uint64_t deadline_ns, uint64_t tolerance_ns)
{
    timer.unlink();
    timer.deadline_ns = expiry_time(deadline_ns, tolerance_ns);
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
    uint64_t at = never;
    const object::Thread& thread = *cpu.current;
    const uint64_t now = now_ns(), cycles = arch::cycles();
    if (is_sliced(thread)) {
        const uint64_t used = cycles - cpu.slice_start_cycles;
        at = now + (used < slice_cycles ? arch::cycles_to_ns(slice_cycles - used) : 0);
    }
    if (thread.sporadic)
        at = base::min_of(at, sporadic_end(thread));
    if (cpu.kick_ns != 0)
        at = base::min_of(at, cpu.kick_ns);
    if (!cpu.timers.empty())
        at = base::min_of(at, cpu.timers.begin()->deadline_ns);
    if (thread.process.cpu_timers != 0)
        at = base::min_of(at, next_cpu_timer(thread));
    // Setting the hardware costs more than an interrupt too early once in a while.
    if (at == never || (cpu.armed_ns != 0 && cpu.armed_ns <= at))
        return;
    cpu.armed_ns = at;
    cpu.armed_cycles = cycles + arch::ns_to_cycles(at > now ? at - now : 0);
    arch::arm_timer(at);
}

void timer_interrupt()
{
    PerCpu& cpu = per_cpu();
    cpu.armed_ns = cpu.armed_cycles = 0;
    const uint64_t now = now_ns();
    _SYSPAGE_ENTRY(arch::syspage(), qtime)->nsec = now;
    publish_wall();
    while (!cpu.timers.empty() && cpu.timers.begin()->deadline_ns <= now) {
        KernelTimer& timer = *cpu.timers.begin();
        timer.unlink();
        timer.expired(timer);
    }
    if (cpu.current->process.cpu_timers != 0)
        expire_cpu_timers(cpu.current->process);
    charge_slice(cpu, now);
    if (cpu.kick_ns != 0 && cpu.kick_ns <= now)
        kick_idle_cpu();
    program_timer();
}

} // namespace sched
