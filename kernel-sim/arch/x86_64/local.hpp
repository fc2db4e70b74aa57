// SPDX-License-Identifier: Apache-2.0
// The calling CPU's scheduler data, in one load.
#pragma once

#include <cstdint>

namespace sched {
struct PerCpu;
}

namespace arch {

/// volatile: a thread may be on another CPU after anything that switches.
inline sched::PerCpu& local_per_cpu()
{
    sched::PerCpu* local;
    asm volatile("mov %%gs:24, %0" : "=r"(local));
    return *local;
}

/// The cycle counter: cheaper than clock_ns(), for sums.
inline uint64_t cycles()
{
    uint64_t lo, hi; // the upper halves of both registers are cleared
    asm volatile("rdtsc" : "=a"(lo), "=d"(hi));
    return hi << 32 | lo;
}

/// Its lower half, for short times.
inline uint32_t low_cycles()
{
    uint32_t lo;
    asm volatile("rdtsc" : "=a"(lo) : : "edx");
    return lo;
}

} // namespace arch
