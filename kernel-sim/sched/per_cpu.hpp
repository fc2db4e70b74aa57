// SPDX-License-Identifier: Apache-2.0
// The scheduler's data of one CPU.
#pragma once

#include "arch/x86_64/local.hpp"
#include "sched/timeout_state.hpp"

#include <boost/intrusive/set.hpp>
#include <cstdint>

namespace object {
struct Thread;
}

namespace sched {

using TimerSet =
    boost::intrusive::multiset<KernelTimer, boost::intrusive::constant_time_size<false>>;

struct PerCpu {
    uint32_t id;
    object::Thread* current;
    object::Thread* idle;
    object::Thread* dead; // left the CPU for ever: freed by whoever runs next
    volatile bool need_resched;
    int16_t pending_priority; // highest READY thread this CPU was asked to take; -1 none
    int16_t push_to;          // CPU to which the running thread is to move; -1 none
    object::Thread* expected; // moved here, READY for this CPU only until it has looked
    TimerSet timers;
    uint64_t
        kick_ns; // a READY thread waits for this CPU until then, though another one idles; 0 = none
    uint64_t armed_ns; // deadline the hardware timer is set to; 0 = off
    // In arch::cycles():
    uint64_t armed_cycles; // the same deadline; 0 = off
    uint64_t slice_start_cycles;
    uint64_t kernel_since; // the running thread is in the kernel since then
};

inline PerCpu& per_cpu()
{
    return arch::local_per_cpu();
}
PerCpu& per_cpu(uint32_t id);

/// The running thread comes from user mode: from now on its time is system time.
inline void enter_kernel()
{
    per_cpu().kernel_since = arch::cycles();
}

} // namespace sched
