// SPDX-License-Identifier: Apache-2.0
// Timers of processes: TimerCreate and friends.
#pragma once

#include "base/result.hpp"
#include "object/process.hpp"
#include "sched/cpu_clock.hpp"
#include "sched/timeout_state.hpp"

#include <abi/kercall.h>

namespace sched {

class Timer {
public:
    Timer(object::Process& o, int clock, const nto_sigevent& e)
        : owner(o), clock_id(clock), event(e)
    {
    }

    bool is_active() const { return timer.is_linked() || cpu_hook.is_linked(); }

    KernelTimer timer;         // clocks of real time
    object::AutoHook cpu_hook; // CPU-time clocks
    CpuClock cpu; // what they measure; process == nullptr for the others, or when it has ended
    object::Process& owner;
    int tid = 0; // creator, for events that name a thread
    int id = 0;
    int clock_id;
    nto_sigevent event;
    nto_itimer set{};          // as the program gave it
    uint64_t next_ns = 0;      // of its clock (monotonic for the clocks of real time)
    uint64_t interval_ns = 0;  // as it is in force
    uint64_t tolerance_ns = 0; // 0 = the process' default
    uint32_t overruns = 0,
             last_overruns =
                 0; // since the last event; of the event before, while this one is pending
    bool absolute = false, precise = false, expired = false;
};

inline constexpr int clock_realtime = 0, clock_softtime = 1, clock_monotonic = 2, clock_process = 3,
                     clock_thread = 4,
                     clock_virtual = 5; // ITIMER_VIRTUAL's name for the process' own CPU time

/// `time` of a clock of real time as ns since boot (for deadlines).
uint64_t to_boot_ns(int clock_id, uint64_t time);
/// Does the clock move when the time of day is set?
inline bool follows_wall(int clock_id)
{
    return clock_id == clock_realtime || clock_id == clock_softtime;
}

/// EINVAL: no such clock, or an event that cannot be; EAGAIN; EPERM: another's CPU clock without the right.
base::Result<int> create_timer(object::Thread& thread, int clock_id, const nto_sigevent& event);
base::Result<void> destroy_timer(object::Process& process, int id);
void set_timer(Timer& timer, bool absolute, bool precise, const nto_itimer& value);
/// What TimerInfo() says; flags as its argument (REPORT_TOLERANCE, RESET_OVERRUNS).
void fill_info(Timer& timer, uint32_t flags, nto_timer_info& out);
nto_itimer remaining(const Timer& timer);
/// Its moment has come: the event, and the next period.
void timer_fired(Timer& timer);
/// The time of day was changed: absolute timers on it move.
void realign_timers(object::Process& process);
/// Process end, or exec: then the alarms stay.
void release_timers(object::Process& process, bool keep_alarms = false);

} // namespace sched
