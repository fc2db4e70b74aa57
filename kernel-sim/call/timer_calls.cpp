// SPDX-License-Identifier: Apache-2.0
// Timer and timeout calls.
#include "call/call.hpp"
#include "ipc/event.hpp"
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

constexpr uint32_t timeout_immediate = uint32_t{1} << 25;
constexpr uint32_t timeout_nanosleep = uint32_t{1} << 12;
constexpr int sigalrm = 14, sigvtalrm = 28, sigprof = 29;

nto_sigevent signal_event(int signo)
{
    nto_sigevent event{};
    event.notify = NTO_SIGEV_SIGNAL;
    event.signo = signo;
    return event;
}

Outcome timer_create(Thread& self, Arguments arg)
{
    nto_sigevent event = signal_event(sigalrm);
    if (arg[1] && !mm::get_user(self.process, event, arg[1]))
        return Err(Errno::efault);
    if (!ipc::may_notify(self.process, event))
        return Err(Errno::eperm);
    if (!(event.notify & NTO_SIGEV_HANDLE)) {
        const auto possible = ipc::check_event(self.process, event);
        if (!possible.ok() && possible.error() == Errno::einval)
            return Err(Errno::einval); // its channel may still come; a priority of 0 is none
    }
    return value(sched::create_timer(self, to_int(arg[0]), event));
}

Outcome timer_destroy(Thread& self, Arguments arg)
{
    return done(sched::destroy_timer(self.process, to_int(arg[0])));
}

/// A tolerance below a tick asks the hardware for interrupts of its own: a right.
Errno check_tolerance(Thread& self, uint64_t tolerance)
{
    if (tolerance != 0 && tolerance < sched::tick_ns() &&
        !proc::able(self.process, proc::Ability::high_resolution_timer, 0))
        return Errno::eperm;
    return Errno::eok;
}

base::Result<void> change_timer(Thread& self, sched::Timer& timer, uint32_t flags,
                                uint64_t fresh_at, uint64_t old_at)
{
    nto_itimer fresh;
    if (fresh_at && !mm::get_user(self.process, fresh, fresh_at))
        return Err(Errno::efault);
    const bool only_tolerance = flags & NTO_TIMER_TOLERANCE;
    const nto_itimer old =
        only_tolerance ? nto_itimer{timer.tolerance_ns, 0} : sched::remaining(timer);
    if (fresh_at && only_tolerance) {
        const Errno allowed = check_tolerance(self, fresh.nsec);
        if (allowed != Errno::eok)
            return Err(allowed);
    }
    if (old_at && !mm::put_user(self.process, old_at, old))
        return Err(Errno::efault);
    if (!fresh_at)
        return {};
    if (only_tolerance)
        timer.tolerance_ns = fresh.nsec;
    else
        sched::set_timer(timer, flags & NTO_TIMER_ABSTIME, flags & NTO_TIMER_PRECISE, fresh);
    return {};
}

Outcome timer_settime(Thread& self, Arguments arg)
{
    sched::Timer* timer = self.process.timers.get(to_int(arg[0]));
    const uint32_t flags = to_u32(arg[1]);
    if (!timer || ((flags & NTO_TIMER_TOLERANCE) && (flags & NTO_TIMER_ABSTIME)))
        return Err(Errno::einval);
    return done(change_timer(self, *timer, flags, arg[2], arg[3]));
}

bool same_user(const Process& a, const Process& b)
{
    return a.cred.euid == b.cred.euid;
}

/// With SEARCH the timer with the lowest id >= the one asked for.
sched::Timer* wanted_timer(Process& process, int id, bool search)
{
    if (id < 0)
        return nullptr;
    while (search && id < static_cast<int>(process.timers.size()) && !process.timers.get(id))
        ++id;
    return process.timers.get(id);
}

Outcome timer_info(Thread& self, Arguments arg)
{
    const int pid = to_int(arg[0]);
    const uint32_t flags = to_u32(arg[2]);
    Process* process = pid == 0 ? &self.process : object::find_process(pid);
    if (!process)
        return Err(Errno::esrch);
    const bool reset = flags & NTO_TIMER_RESET_OVERRUNS;
    if (process != &self.process && !proc::able(self.process, proc::Ability::timer, arg[1]))
        return Err(Errno::eperm);
    sched::Timer* timer = wanted_timer(*process, to_int(arg[1]), flags & NTO_TIMER_SEARCH);
    if (!timer)
        return Err(Errno::einval);
    if (arg[3] && !mm::user_writable(self.process, arg[3], sizeof(nto_timer_info)))
        return Err(Errno::efault);
    nto_timer_info info;
    sched::fill_info(*timer, flags, info);
    if (arg[3] ? !mm::put_user(self.process, arg[3], info) : !reset)
        return Err(Errno::efault);
    return timer->id;
}

struct AlarmKind {
    uint32_t slot;
    int clock_id, signo;
};

base::Result<AlarmKind> alarm_kind(int clock_id)
{
    switch (clock_id) {
    case sched::clock_realtime: // relative only: setting the time of day does not change it
    case sched::clock_softtime:
    case sched::clock_monotonic:
        return AlarmKind{0, sched::clock_monotonic, sigalrm};
    case sched::clock_virtual:
        return AlarmKind{1, sched::clock_virtual, sigvtalrm};
    case sched::clock_process:
        return AlarmKind{2, sched::clock_process, sigprof};
    default:
        return Err(Errno::einval);
    }
}

Outcome timer_alarm(Thread& self, Arguments arg)
{
    const AlarmKind kind = TRY(alarm_kind(to_int(arg[0])));
    sched::Timer*& alarm = self.process.alarms[kind.slot];
    if (!alarm) {
        const int id = TRY(sched::create_timer(self, kind.clock_id, signal_event(kind.signo)));
        alarm = self.process.timers.get(id);
    }
    return done(change_timer(self, *alarm, 0, arg[1], arg[2]));
}

/// The default tolerance of a process' timers.
Outcome timer_tolerance(Thread& self, Arguments arg)
{
    const int pid = to_int(arg[0]);
    uint64_t fresh;
    Process* process = pid == 0 ? &self.process : object::find_process(pid);
    if (!process)
        return Err(Errno::esrch);
    if (arg[1]) {
        if (!mm::get_user(self.process, fresh, arg[1]))
            return Err(Errno::efault);
        const Errno allowed = check_tolerance(self, fresh);
        if (allowed != Errno::eok)
            return Err(allowed);
        if (!same_user(self.process, *process) &&
            !proc::able(self.process, proc::Ability::default_timer_tolerance, 0))
            return Err(Errno::eperm);
    }
    if (arg[2] && !mm::put_user(self.process, arg[2], process->timer_tolerance_ns))
        return Err(Errno::efault);
    if (arg[1])
        process->timer_tolerance_ns = fresh;
    return 0;
}

/// delay(), nanosleep(): the timeout is the whole purpose of the call.
Outcome sleep(Thread& self, uint64_t remaining_at)
{
    const bool immediate = self.timeout.immediate;
    const Errno end = immediate ? Errno::etimedout : sched::block(ThreadState::nanosleep, nullptr);
    const uint64_t deadline = self.timeout.deadline_ns, now = sched::now_ns();
    sched::clear_timeout(self);
    const uint64_t left = deadline > now && end != Errno::etimedout ? deadline - now : 0;
    if (remaining_at && !mm::put_user(self.process, remaining_at, left))
        return Err(Errno::efault);
    if (end == Errno::etimedout)
        return 0;
    return Err(end);
}

/// TimerTimeout(TIMER_TOLERANCE): for the timeout that the thread arms next.
Outcome timeout_tolerance(Thread& self, uint64_t event_at, bool given, uint64_t ns)
{
    if (event_at)
        return Err(Errno::einval);
    const Errno allowed = check_tolerance(self, ns);
    if (allowed != Errno::eok)
        return Err(allowed);
    self.timeout.next_tolerance_ns = given ? ns : 0;
    return 0;
}

void arm(Thread& self, int clock_id, uint32_t flags, const nto_sigevent& event, bool given,
         uint64_t ns)
{
    sched::TimeoutState& timeout = self.timeout;
    const uint64_t own = timeout.next_tolerance_ns;
    const uint64_t fallback = flags & NTO_TIMER_PRECISE ? 0 : self.process.timer_tolerance_ns;
    sched::clear_timeout(self);
    timeout.flags = flags & ~(NTO_TIMER_ABSTIME | NTO_TIMER_PRECISE | timeout_immediate);
    timeout.event = event;
    timeout.tolerance_ns = own != 0 ? own : fallback;
    timeout.next_tolerance_ns = 0;
    const uint64_t now = sched::now_ns();
    if (given && (flags & NTO_TIMER_ABSTIME)) {
        timeout.deadline_ns = sched::to_boot_ns(clock_id, ns);
        timeout.wall_ns = sched::follows_wall(clock_id) ? ns : 0;
    } else {
        timeout.deadline_ns = sched::later(now, ns);
    }
    timeout.immediate = !given || (flags & timeout_immediate) || timeout.deadline_ns <= now;
}

Outcome timer_timeout(Thread& self, Arguments arg)
{
    const int id = to_int(arg[0]);
    const uint32_t flags = to_u32(arg[1]);
    nto_sigevent event{};
    event.notify = NTO_SIGEV_UNBLOCK;
    uint64_t ns = 0;
    if (id < sched::clock_realtime || id > sched::clock_monotonic)
        return Err(Errno::einval);
    if (arg[2] && !mm::get_user(self.process, event, arg[2]))
        return Err(Errno::efault);
    if (arg[3] && !mm::get_user(self.process, ns, arg[3]))
        return Err(Errno::efault);
    if (flags & NTO_TIMER_TOLERANCE)
        return timeout_tolerance(self, arg[2], arg[3] != 0, ns);
    const uint32_t old = self.timeout.flags;
    arm(self, id, flags, event, arg[3] != 0, ns);
    if (self.timeout.flags == timeout_nanosleep)
        return sleep(self, arg[4]);
    return old;
}

} // namespace

void add_timer_calls(Handler* table)
{
    table[KER_TIMER_CREATE] = timer_create;
    table[KER_TIMER_DESTROY] = timer_destroy;
    table[KER_TIMER_SETTIME] = timer_settime;
    table[KER_TIMER_INFO] = timer_info;
    table[KER_TIMER_ALARM] = timer_alarm;
    table[KER_TIMER_TIMEOUT] = timer_timeout;
    table[KER_TIMER_TOLERANCE] = timer_tolerance;
}

} // namespace call
