// SPDX-License-Identifier: Apache-2.0
// CPU-time clocks of processes and threads, and the timers that measure them.
#pragma once

#include "base/result.hpp"
#include "object/thread.hpp"

#include <cstdint>

namespace sched {

class Timer;

/// What a CPU-time clock counts: a process, or one thread of it.
struct CpuClock {
    object::Process* process = nullptr;
    int tid = 0; // 0 = the whole process
    bool user_only = false;
};

/// CPU time by where it was spent. What the thread that runs on another CPU has done since it came from user mode counts as user time.
struct CpuTime {
    uint64_t user_ns, system_ns;
};
CpuTime cpu_time(const object::Thread& thread);
/// Its threads, those that are gone too.
CpuTime cpu_time(const object::Process& process);

/// The clock behind an id (CLOCK_PROCESS_CPUTIME_ID, CLOCK_THREAD_CPUTIME_ID or one of cpu_clock_id()'s) as `self` sees it; EINVAL.
base::Result<CpuClock> find_cpu_clock(object::Thread& self, int clock_id);
/// The id of another's clock: valid as long as the process lives.
int cpu_clock_id(const object::Process& process, int tid);
/// ns of CPU time; a thread that is gone has none.
uint64_t read_cpu_clock(const CpuClock& clock);

/// A timer on a CPU-time clock: expires when the clock reaches `deadline_ns`.
void start_cpu_timer(Timer& timer, uint64_t deadline_ns);
void stop_cpu_timer(Timer& timer);
/// When, since boot, the first timer on the running thread's clocks may be due; its process has some.
uint64_t next_cpu_timer(const object::Thread& running);
void expire_cpu_timers(object::Process& process);
/// The process is no more: timers that measure it stop.
void forget_cpu_clock(object::Process& process);

} // namespace sched
