// SPDX-License-Identifier: Apache-2.0
// Process timers: one kernel deadline each, an event when it passes, an overrun count when nobody took it.
#include "sched/timer.hpp"

#include "ipc/message.hpp"
#include "object/counters.hpp"
#include "object/thread.hpp"
#include "sched/scheduler.hpp"
#include "sched/tick.hpp"

#include <cstddef>
#include <new>

namespace sched {

using base::Err;
using base::Errno;

namespace {

constexpr uint32_t max_timers = 1024;

void timer_expired(KernelTimer& kernel_timer)
{
    auto& timer =
        *reinterpret_cast<Timer*>(reinterpret_cast<char*>(&kernel_timer) - offsetof(Timer, timer));
    if (timer.interval_ns != 0) {
        const uint64_t now = now_ns();
        uint64_t next = kernel_timer.deadline_ns + timer.interval_ns;
        if (next <= now) { // late by whole periods
            const uint64_t missed = (now - next) / timer.interval_ns + 1;
            timer.overruns += static_cast<uint32_t>(missed);
            next += missed * timer.interval_ns;
        }
        start_timer(kernel_timer, next);
    }
    object::Thread* thread = timer.owner.threads.get(timer.tid);
    (void)ipc::post_event(timer.owner, thread, timer.event);
}

} // namespace

uint64_t to_boot_ns(int clock_id, uint64_t time)
{
    if (clock_id == clock_monotonic)
        return time;
    const uint64_t offset = wall_ns() - now_ns();
    return time > offset ? time - offset : 0;
}

base::Result<int> create_timer(object::Thread& thread, int clock_id, const nto_sigevent& event)
{
    if (clock_id != clock_realtime && clock_id != clock_softtime && clock_id != clock_monotonic)
        return Err(Errno::einval);
    auto* timer = new (std::nothrow) Timer(thread.process, clock_id, event);
    if (!timer)
        return Err(Errno::eagain);
    timer->id = thread.process.timers.insert(timer, 0, max_timers);
    if (timer->id < 0) {
        delete timer;
        return Err(Errno::eagain);
    }
    timer->tid = thread.tid;
    timer->timer.expired = timer_expired;
    ++object::counters.timers;
    return timer->id;
}

base::Result<void> destroy_timer(object::Process& process, int id)
{
    Timer* timer = process.timers.get(id);
    if (!timer)
        return Err(Errno::einval);
    stop_timer(timer->timer);
    process.timers.remove(id);
    if (process.alarm == timer)
        process.alarm = nullptr;
    --object::counters.timers;
    delete timer;
    return {};
}

void set_timer(Timer& timer, bool absolute, const nto_itimer& value)
{
    stop_timer(timer.timer);
    timer.overruns = 0;
    timer.absolute = absolute;
    timer.interval_ns = value.interval_nsec;
    if (value.interval_nsec != 0)
        timer.interval_ns = value.interval_nsec < tick_ns() ? tick_ns() : value.interval_nsec;
    if (value.nsec == 0)
        return;
    const uint64_t deadline =
        absolute ? to_boot_ns(timer.clock_id, value.nsec) : now_ns() + value.nsec;
    start_timer(timer.timer, deadline);
}

nto_itimer remaining(const Timer& timer)
{
    nto_itimer out{0, timer.interval_ns};
    const uint64_t now = now_ns();
    if (timer.timer.is_linked())
        out.nsec = timer.timer.deadline_ns > now ? timer.timer.deadline_ns - now : 1;
    return out;
}

void fill_info(const Timer& timer, nto_timer_info& out)
{
    constexpr uint32_t ti_active = 1, ti_absolute = 2, ti_expired = 4;
    out = {};
    out.itime = remaining(timer);
    out.otime = out.itime;
    out.flags =
        (timer.timer.is_linked() ? ti_active : ti_expired) | (timer.absolute ? ti_absolute : 0);
    out.tid = timer.tid;
    out.notify = timer.event.notify;
    out.clockid = timer.clock_id;
    out.overruns = timer.overruns;
    out.event = timer.event;
}

void release_timers(object::Process& process)
{
    for (uint32_t i = 0; i < process.timers.size(); ++i)
        (void)destroy_timer(process, static_cast<int>(i));
}

} // namespace sched
