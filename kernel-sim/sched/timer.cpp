// SPDX-License-Identifier: Apache-2.0
// Process timers: one kernel deadline each, an event when it passes, an overrun count when nobody took it.
#include "sched/timer.hpp"

#include "ipc/message.hpp"
#include "object/counters.hpp"
#include "object/thread.hpp"
#include "sched/scheduler.hpp"
#include "sched/tick.hpp"
#include "sched/trace.hpp"
#include "sched/wall_clock.hpp"

#include <abi/limits.h>
#include <cstddef>
#include <new>

namespace sched {

using base::Err;
using base::Errno;

namespace {

constexpr uint32_t max_timers = ABI_TIMERS_MAX;
constexpr uint64_t shortest_interval_ns =
    10000; // of high-resolution timers: nobody lives on interrupts alone
constexpr int16_t si_timer = -2;

enum InfoFlag : uint32_t {
    ti_active = 1,
    ti_absolute = 2,
    ti_expired = 4,
    ti_tod_based = 8,
    ti_target_process = 0x10,
    ti_report_tolerance = 0x20,
    ti_precise = 0x40,
    ti_tolerant = 0x80,
    ti_wakeup = 0x100,
    ti_process_tolerant = 0x200,
    ti_high_resolution = 0x400,
    ti_reset_overruns = 0x20000000,
};

Timer& timer_of(KernelTimer& timer)
{
    return *reinterpret_cast<Timer*>(reinterpret_cast<char*>(&timer) - offsetof(Timer, timer));
}

void deadline_passed(KernelTimer& timer)
{
    timer_fired(timer_of(timer));
}

bool is_cpu_timer(const Timer& timer)
{
    return timer.clock_id > clock_monotonic;
}

int kind_of(const Timer& timer)
{
    return timer.event.notify & NTO_SIGEV_MASK;
}

bool is_signal(const Timer& timer)
{
    return kind_of(timer) == NTO_SIGEV_SIGNAL || kind_of(timer) == NTO_SIGEV_SIGNAL_CODE ||
           kind_of(timer) == NTO_SIGEV_SIGNAL_THREAD;
}

bool to_thread(const Timer& timer)
{
    return kind_of(timer) == NTO_SIGEV_SIGNAL_THREAD || kind_of(timer) == NTO_SIGEV_INTR ||
           kind_of(timer) == NTO_SIGEV_UNBLOCK;
}

uint64_t tolerance(const Timer& timer)
{
    if (timer.tolerance_ns != 0)
        return timer.tolerance_ns;
    return timer.precise ? 0 : timer.owner.timer_tolerance_ns;
}

bool high_resolution(const Timer& timer)
{
    return timer.tolerance_ns != 0 && timer.tolerance_ns < tick_ns();
}

uint64_t clock_now(const Timer& timer)
{
    if (!is_cpu_timer(timer))
        return now_ns();
    return timer.cpu.process ? read_cpu_clock(timer.cpu) : 0;
}

void start(Timer& timer, uint64_t next)
{
    timer.next_ns = next;
    if (is_cpu_timer(timer))
        start_cpu_timer(timer, next);
    else
        start_timer(timer.timer, next, tolerance(timer));
}

/// Is the signal of its last expiry still waiting?
bool signal_pending(const Timer& timer)
{
    if (timer.owner.pending.holds(&timer))
        return true;
    const object::Thread* thread = timer.owner.threads.get(timer.tid);
    return thread && thread->pending.holds(&timer);
}

/// A timer has at most one signal queued; its further expiries are overruns of that one (POSIX timer_getoverrun()).
void notify(Timer& timer, uint32_t missed)
{
    if (is_signal(timer)) {
        if (signal_pending(timer)) {
            timer.overruns += missed + 1;
            return;
        }
        timer.last_overruns = timer.overruns;
        timer.overruns = 0;
    }
    timer.overruns += missed;
    nto_sigevent event = timer.event;
    if (kind_of(timer) == NTO_SIGEV_SIGNAL) {
        event.notify = (event.notify & ~NTO_SIGEV_MASK) | NTO_SIGEV_SIGNAL_CODE;
        event.u.c.code = si_timer;
    }
    object::Thread* thread = timer.owner.threads.get(timer.tid);
    if (!ipc::post_event(timer.owner, thread, event, &timer).ok())
        ++timer.overruns; // no room for the pulse
}

} // namespace

uint64_t to_boot_ns(int clock_id, uint64_t time)
{
    return follows_wall(clock_id) ? wall_to_boot(time) : time;
}

void timer_fired(Timer& timer)
{
    uint64_t missed = 0;
    timer.expired = true;
    trace(TraceKind::timer, *per_cpu().current, static_cast<uint32_t>(timer.id),
          static_cast<uint64_t>(timer.owner.pid));
    if (timer.interval_ns != 0) {
        const uint64_t now = clock_now(timer);
        uint64_t next = later(timer.next_ns,
                              timer.interval_ns); // a wrapped sum would be over at once, for ever
        if (next <= now) {                        // late by whole periods
            missed = (now - next) / timer.interval_ns + 1;
            next = later(next, missed * timer.interval_ns);
        }
        start(timer, next);
    }
    notify(timer, static_cast<uint32_t>(missed));
}

base::Result<int> create_timer(object::Thread& thread, int clock_id, const nto_sigevent& event)
{
    CpuClock cpu;
    if (clock_id > clock_monotonic || clock_id < 0)
        cpu = TRY(find_cpu_clock(thread, clock_id));
    auto* timer = new (std::nothrow) Timer(thread.process, clock_id, event);
    if (!timer)
        return Err(Errno::eagain);
    timer->id = thread.process.timers.insert(timer, 0, max_timers);
    if (timer->id < 0) {
        delete timer;
        return Err(Errno::eagain);
    }
    timer->cpu = cpu;
    if (cpu.process && cpu.process != &thread.process)
        ++cpu.process->cpu_clock_users;
    timer->tid = thread.tid;
    timer->timer.expired = deadline_passed;
    ++object::counters.timers;
    return timer->id;
}

base::Result<void> destroy_timer(object::Process& process, int id)
{
    Timer* timer = process.timers.get(id);
    if (!timer)
        return Err(Errno::einval);
    stop_timer(timer->timer);
    stop_cpu_timer(*timer);
    if (timer->cpu.process && timer->cpu.process != &process)
        --timer->cpu.process->cpu_clock_users;
    process.timers.remove(id);
    process.pending.disown(timer);
    if (object::Thread* thread = process.threads.get(timer->tid))
        thread->pending.disown(timer);
    for (Timer*& alarm : process.alarms) {
        if (alarm == timer)
            alarm = nullptr;
    }
    --object::counters.timers;
    delete timer;
    return {};
}

void set_timer(Timer& timer, bool absolute, bool precise, const nto_itimer& value)
{
    stop_timer(timer.timer);
    stop_cpu_timer(timer);
    timer.overruns = timer.last_overruns = 0;
    timer.set = value;
    timer.absolute = absolute;
    timer.precise = precise;
    timer.expired = false;
    timer.interval_ns = value.interval_nsec;
    const uint64_t shortest = high_resolution(timer) ? shortest_interval_ns : tick_ns();
    if (value.interval_nsec != 0 && value.interval_nsec < shortest)
        timer.interval_ns = shortest;
    if (value.nsec == 0)
        return;
    uint64_t deadline = value.nsec;
    if (!absolute) {
        deadline = later(clock_now(timer), value.nsec);
    } else if (!is_cpu_timer(timer)) {
        deadline = to_boot_ns(timer.clock_id, value.nsec);
    }
    start(timer, deadline);
}

nto_itimer remaining(const Timer& timer)
{
    nto_itimer out{0, timer.interval_ns};
    if (timer.is_active()) {
        const uint64_t now = clock_now(timer);
        out.nsec = timer.next_ns > now ? timer.next_ns - now : 1;
    }
    return out;
}

void fill_info(Timer& timer, uint32_t flags, nto_timer_info& out)
{
    out = {};
    out.itime = {timer.set.nsec, timer.interval_ns};
    out.otime = remaining(timer);
    if (flags & ti_report_tolerance)
        out.otime.interval_nsec = tolerance(timer);
    out.flags = (timer.is_active() ? ti_active : 0u) | (timer.absolute ? ti_absolute : 0u) |
                (timer.expired ? ti_expired : 0u) |
                (follows_wall(timer.clock_id) ? ti_tod_based : 0u) |
                (to_thread(timer) ? 0u : ti_target_process) | (timer.precise ? ti_precise : 0u) |
                (timer.clock_id != clock_softtime ? ti_wakeup : 0u) |
                (high_resolution(timer) ? ti_high_resolution : 0u);
    if (timer.tolerance_ns >= tick_ns())
        out.flags |= ti_tolerant;
    else if (timer.tolerance_ns == 0 && tolerance(timer) != 0)
        out.flags |= ti_tolerant | ti_process_tolerant;
    out.tid = to_thread(timer) ? timer.tid : 0;
    out.notify = timer.event.notify;
    out.clockid = timer.clock_id;
    out.overruns = is_signal(timer) && signal_pending(timer) ? timer.last_overruns : timer.overruns;
    out.event = timer.event;
    if (flags & ti_reset_overruns)
        timer.overruns = timer.last_overruns = 0;
}

void realign_timers(object::Process& process)
{
    for (uint32_t i = 0; i < process.timers.size(); ++i) {
        Timer* timer = process.timers.get(i);
        // One that has begun to repeat is relative to its first expiry.
        if (timer && timer->absolute && follows_wall(timer->clock_id) && !timer->expired &&
            timer->timer.is_linked())
            start(*timer, wall_to_boot(timer->set.nsec));
    }
}

void release_timers(object::Process& process, bool keep_alarms)
{
    for (uint32_t i = 0; i < process.timers.size(); ++i) {
        const Timer* timer = process.timers.get(i);
        bool keep = false;
        for (const Timer* alarm : process.alarms)
            keep = keep || (keep_alarms && timer && alarm == timer);
        if (timer && !keep)
            (void)destroy_timer(process, static_cast<int>(i));
    }
    if (!keep_alarms)
        forget_cpu_clock(process);
}

} // namespace sched
