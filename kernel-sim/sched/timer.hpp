// SPDX-License-Identifier: Apache-2.0
// Timers of processes: TimerCreate and friends.
#pragma once

#include "base/result.hpp"
#include "object/process.hpp"
#include "sched/timeout_state.hpp"

#include <abi/kercall.h>

namespace sched {

class Timer {
public:
    Timer(object::Process& o, int clock, const nto_sigevent& e)
        : owner(o), clock_id(clock), event(e)
    {
    }

    KernelTimer timer;
    object::Process& owner;
    int tid = 0; // creator, for events that name a thread
    int id = 0;
    int clock_id;
    nto_sigevent event;
    uint64_t interval_ns = 0;
    uint32_t overruns = 0;
    bool absolute = false;
};

inline constexpr int clock_realtime = 0, clock_softtime = 1, clock_monotonic = 2, clock_process = 3,
                     clock_thread = 4;

/// `time` of a clock as ns since boot (for deadlines).
uint64_t to_boot_ns(int clock_id, uint64_t time);

base::Result<int> create_timer(object::Thread& thread, int clock_id, const nto_sigevent& event);
base::Result<void> destroy_timer(object::Process& process, int id);
void set_timer(Timer& timer, bool absolute, const nto_itimer& value);
void fill_info(const Timer& timer, nto_timer_info& out);
nto_itimer remaining(const Timer& timer);
void release_timers(object::Process& process);

} // namespace sched
