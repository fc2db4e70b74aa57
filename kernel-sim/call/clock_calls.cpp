// SPDX-License-Identifier: Apache-2.0
// Clock calls: reading, setting and adjusting the time of day, the tick, CPU-time clocks.
#include "call/call.hpp"
#include "mm/user_copy.hpp"
#include "object/hooks.hpp"
#include "sched/cpu_clock.hpp"
#include "sched/scheduler.hpp"
#include "sched/tick.hpp"
#include "sched/timer.hpp"
#include "sched/wall_clock.hpp"

#include <abi/kercall.h>

namespace call {

using base::Err;
using base::Errno;
using object::Process;
using object::Thread;

namespace {

constexpr uint32_t tick_min_ns = 10000, tick_max_ns = 55000000;
constexpr uint64_t longest_adjustment_ticks = 100000000000;

base::Result<uint64_t> read_clock(Thread& self, int id)
{
    if (id == sched::clock_monotonic)
        return sched::now_ns();
    if (sched::follows_wall(id))
        return sched::wall_ns();
    const sched::CpuClock clock = TRY(sched::find_cpu_clock(self, id));
    return sched::read_cpu_clock(clock);
}

Outcome clock_time(Thread& self, Arguments arg)
{
    const int id = to_int(arg[0]);
    uint64_t fresh;
    const uint64_t old = TRY(read_clock(self, id));
    if (arg[1]) {
        if (!mm::get_user(self.process, fresh, arg[1]))
            return Err(Errno::efault);
        if (!sched::follows_wall(id))
            return Err(Errno::einval);
        if (!proc::able(self.process, proc::Ability::clockset, 0))
            return Err(Errno::eperm);
    }
    if (arg[2] && !mm::put_user(self.process, arg[2], old))
        return Err(Errno::efault);
    if (arg[1]) {
        sched::set_wall_ns(fresh);
        proc::wall_clock_set();
    }
    return 0;
}

/// An increment of a tick and more would stop the clock or turn it back: refused.
bool valid_adjustment(const nto_clockadjust& adjust)
{
    const auto tick = static_cast<int64_t>(sched::tick_ns());
    return adjust.tick_count <= longest_adjustment_ticks && adjust.tick_nsec_inc > -tick &&
           adjust.tick_nsec_inc < tick;
}

Outcome clock_adjust(Thread& self, Arguments arg)
{
    nto_clockadjust adjust;
    const nto_clockadjust old = sched::wall_adjustment();
    if (to_int(arg[0]) != sched::clock_realtime)
        return Err(Errno::einval);
    if (arg[1]) {
        if (!mm::get_user(self.process, adjust, arg[1]))
            return Err(Errno::efault);
        if (!valid_adjustment(adjust))
            return Err(Errno::einval);
        if (!proc::able(self.process, proc::Ability::clockset, 0))
            return Err(Errno::eperm);
    }
    if (arg[2] && !mm::put_user(self.process, arg[2], old))
        return Err(Errno::efault);
    if (arg[1])
        sched::adjust_wall(adjust);
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
    const int pid = to_int(arg[0]), tid = to_int(arg[1]);
    Process* process = pid == 0 ? &self.process : object::find_process(pid);
    if (!process || process->released)
        return Err(Errno::esrch);
    if (tid != 0 && !object::find_thread(*process, tid))
        return Err(Errno::esrch);
    if (process != &self.process && !proc::able(self.process, proc::Ability::xprocess_query,
                                                static_cast<uint32_t>(process->cred.ruid)))
        return Err(Errno::eperm);
    return sched::cpu_clock_id(*process, tid);
}

} // namespace

void add_clock_calls(Handler* table)
{
    table[KER_CLOCK_TIME] = clock_time;
    table[KER_CLOCK_ADJUST] = clock_adjust;
    table[KER_CLOCK_PERIOD] = clock_period;
    table[KER_CLOCK_ID] = clock_id;
}

} // namespace call
