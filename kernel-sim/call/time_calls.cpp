// SPDX-License-Identifier: Apache-2.0
// Clock, timer and timeout calls.
#include "call/call.hpp"
#include "mm/user_copy.hpp"
#include "object/hooks.hpp"
#include "sched/scheduler.hpp"
#include "sched/tick.hpp"
#include "sched/timeout.hpp"
#include "sched/timer.hpp"

#include <abi/kercall.h>

namespace call {

using base::Err;
using base::Errno;
using object::Process;
using object::Thread;
using object::ThreadState;

namespace {

constexpr uint32_t timer_abstime = 0x80000000;
constexpr uint32_t timeout_immediate = uint32_t{1} << 25;
constexpr uint32_t timeout_nanosleep = uint32_t{1} << 12;
constexpr uint32_t tick_min_ns = 10000, tick_max_ns = 55000000;
constexpr int sigalrm = 14;
// A CPU-time clock made by ClockId(): bit 30, pid in bits 10.., tid below.
constexpr int cpu_clock_bit = 0x40000000;

uint64_t thread_time(const Thread& thread)
{
    const bool runs = thread.state == ThreadState::running;
    return thread.cpu_ns + (runs ? sched::now_ns() - thread.started_ns : 0);
}

uint64_t process_time(const Process& process)
{
    uint64_t sum = process.user_ns + process.system_ns;
    for (uint32_t tid = 1; tid < process.threads.size(); ++tid) {
        const Thread* thread = process.threads.get(tid);
        if (thread && thread->state != ThreadState::dead)
            sum += thread_time(*thread);
    }
    return sum;
}

base::Result<uint64_t> read_clock(Thread& self, int id)
{
    switch (id) {
    case sched::clock_realtime:
    case sched::clock_softtime:
        return sched::wall_ns();
    case sched::clock_monotonic:
        return sched::now_ns();
    case sched::clock_process:
        return process_time(self.process);
    case sched::clock_thread:
        return thread_time(self);
    default:
        break;
    }
    if (!(id & cpu_clock_bit))
        return Err(Errno::einval);
    Process* process = object::find_process(id & ~cpu_clock_bit);
    if (!process)
        return Err(Errno::einval);
    return process_time(*process);
}

Outcome clock_time(Thread& self, Arguments arg)
{
    const int id = to_int(arg[0]);
    uint64_t fresh;
    const uint64_t old = TRY(read_clock(self, id));
    if (arg[1]) {
        if (!mm::get_user(self.process, fresh, arg[1]))
            return Err(Errno::efault);
        if (id != sched::clock_realtime && id != sched::clock_softtime)
            return Err(Errno::einval);
        if (!proc::able(self.process, proc::Ability::clockset, 0))
            return Err(Errno::eperm);
    }
    if (arg[2] && !mm::put_user(self.process, arg[2], old))
        return Err(Errno::efault);
    if (arg[1])
        sched::set_wall_ns(fresh);
    return 0;
}

/// The whole adjustment is made at once: the clock is read from the TSC, there are no ticks to stretch.
Outcome clock_adjust(Thread& self, Arguments arg)
{
    const nto_clockadjust none{};
    nto_clockadjust adjust;
    if (to_int(arg[0]) != sched::clock_realtime)
        return Err(Errno::einval);
    if (arg[1]) {
        if (!mm::get_user(self.process, adjust, arg[1]))
            return Err(Errno::efault);
        if (!proc::able(self.process, proc::Ability::clockset, 0))
            return Err(Errno::eperm);
    }
    if (arg[2] && !mm::put_user(self.process, arg[2], none))
        return Err(Errno::efault);
    if (arg[1])
        sched::set_wall_ns(sched::wall_ns() + adjust.tick_count * static_cast<uint64_t>(int64_t{
                                                                      adjust.tick_nsec_inc}));
    return 0;
}

Outcome clock_period(Thread& self, Arguments arg)
{
    nto_clockperiod fresh;
    const nto_clockperiod old{static_cast<uint32_t>(sched::tick_ns()), 0};
    if (to_int(arg[0]) != sched::clock_realtime)
        return Err(Errno::einval);
    if (arg[1]) {
        if (!mm::get_user(self.process, fresh, arg[1]))
            return Err(Errno::efault);
        if (fresh.nsec < tick_min_ns || fresh.nsec > tick_max_ns)
            return Err(Errno::einval);
        if (!proc::able(self.process, proc::Ability::clockperiod, 0))
            return Err(Errno::eperm);
    }
    if (arg[2] && !mm::put_user(self.process, arg[2], old))
        return Err(Errno::efault);
    if (arg[1])
        sched::set_tick_ns(fresh.nsec);
    return 0;
}

Outcome clock_id(Thread& self, Arguments arg)
{
    const int pid = to_int(arg[0]);
    Process* process = pid == 0 ? &self.process : object::find_process(pid);
    if (!process)
        return Err(Errno::esrch);
    if (to_int(arg[1]) != 0) {
        if (process == &self.process && to_int(arg[1]) == self.tid)
            return sched::clock_thread;
        return Err(Errno::enotsup); // CPU time of another thread
    }
    if (process != &self.process && !proc::able(self.process, proc::Ability::xprocess_query,
                                                static_cast<uint32_t>(process->cred.ruid)))
        return Err(Errno::eperm);
    return process->pid | cpu_clock_bit;
}

Outcome timer_create(Thread& self, Arguments arg)
{
    nto_sigevent event{};
    event.notify = NTO_SIGEV_SIGNAL;
    event.signo = sigalrm;
    if (arg[1] && !mm::get_user(self.process, event, arg[1]))
        return Err(Errno::efault);
    return value(sched::create_timer(self, to_int(arg[0]), event));
}

Outcome timer_destroy(Thread& self, Arguments arg)
{
    return done(sched::destroy_timer(self.process, to_int(arg[0])));
}

base::Result<void> change_timer(Thread& self, sched::Timer& timer, bool absolute, uint64_t fresh_at,
                                uint64_t old_at)
{
    nto_itimer fresh;
    if (fresh_at && !mm::get_user(self.process, fresh, fresh_at))
        return Err(Errno::efault);
    const nto_itimer old = sched::remaining(timer);
    if (old_at && !mm::put_user(self.process, old_at, old))
        return Err(Errno::efault);
    if (fresh_at)
        sched::set_timer(timer, absolute, fresh);
    return {};
}

Outcome timer_settime(Thread& self, Arguments arg)
{
    sched::Timer* timer = self.process.timers.get(to_int(arg[0]));
    if (!timer)
        return Err(Errno::einval);
    return done(change_timer(self, *timer, to_u32(arg[1]) & timer_abstime, arg[2], arg[3]));
}

/// The timer with the lowest id >= the one asked for.
Outcome timer_info(Thread& self, Arguments arg)
{
    const int pid = to_int(arg[0]);
    Process* process = pid == 0 ? &self.process : object::find_process(pid);
    if (!process)
        return Err(Errno::esrch);
    if (process != &self.process && !proc::able(self.process, proc::Ability::timer, arg[1]))
        return Err(Errno::eperm);
    for (int id = to_int(arg[1]); id >= 0 && id < static_cast<int>(process->timers.size()); ++id) {
        const sched::Timer* timer = process->timers.get(id);
        if (!timer)
            continue;
        nto_timer_info info;
        sched::fill_info(*timer, info);
        if (!mm::put_user(self.process, arg[3], info))
            return Err(Errno::efault);
        return id;
    }
    return Err(Errno::einval);
}

Outcome timer_alarm(Thread& self, Arguments arg)
{
    if (!self.process.alarm) {
        nto_sigevent event{};
        event.notify = NTO_SIGEV_SIGNAL;
        event.signo = sigalrm;
        const int id = TRY(sched::create_timer(self, sched::clock_monotonic, event));
        self.process.alarm = self.process.timers.get(id);
    }
    return done(change_timer(self, *self.process.alarm, false, arg[1], arg[2]));
}

/// delay(), nanosleep(): the timeout is the whole purpose of the call.
Outcome sleep(Thread& self, uint64_t remaining_at)
{
    const uint64_t deadline = self.timeout.deadline_ns;
    const bool immediate = self.timeout.immediate;
    const Errno end = immediate ? Errno::etimedout : sched::block(ThreadState::nanosleep, nullptr);
    sched::clear_timeout(self);
    const uint64_t now = sched::now_ns();
    const uint64_t left = deadline > now && end != Errno::etimedout ? deadline - now : 0;
    if (remaining_at && !mm::put_user(self.process, remaining_at, left))
        return Err(Errno::efault);
    if (end == Errno::etimedout)
        return 0;
    return Err(end);
}

Outcome timer_timeout(Thread& self, Arguments arg)
{
    const uint32_t flags = to_u32(arg[1]);
    nto_sigevent event{};
    event.notify = NTO_SIGEV_UNBLOCK;
    uint64_t ns = 0;
    if (arg[2] && !mm::get_user(self.process, event, arg[2]))
        return Err(Errno::efault);
    if (arg[3] && !mm::get_user(self.process, ns, arg[3]))
        return Err(Errno::efault);
    const int id = to_int(arg[0]);
    if (id != sched::clock_realtime && id != sched::clock_softtime && id != sched::clock_monotonic)
        return Err(Errno::einval);
    const uint32_t old = self.timeout.flags;
    sched::clear_timeout(self);
    self.timeout.flags = flags & ~(timer_abstime | timeout_immediate);
    self.timeout.event = event;
    self.timeout.immediate = !arg[3] || (flags & timeout_immediate) || ns == 0;
    const uint64_t now = sched::now_ns();
    const uint64_t relative = now + ns < now ? ~uint64_t{0} : now + ns;
    self.timeout.deadline_ns = flags & timer_abstime ? sched::to_boot_ns(id, ns) : relative;
    if (flags & timer_abstime && arg[3])
        self.timeout.immediate = (flags & timeout_immediate) || self.timeout.deadline_ns <= now;
    if (self.timeout.flags == timeout_nanosleep)
        return sleep(self, arg[4]);
    return old;
}

} // namespace

void add_time_calls(Handler* table)
{
    table[KER_CLOCK_TIME] = clock_time;
    table[KER_CLOCK_ADJUST] = clock_adjust;
    table[KER_CLOCK_PERIOD] = clock_period;
    table[KER_CLOCK_ID] = clock_id;
    table[KER_TIMER_CREATE] = timer_create;
    table[KER_TIMER_DESTROY] = timer_destroy;
    table[KER_TIMER_SETTIME] = timer_settime;
    table[KER_TIMER_INFO] = timer_info;
    table[KER_TIMER_ALARM] = timer_alarm;
    table[KER_TIMER_TIMEOUT] = timer_timeout;
}

} // namespace call
