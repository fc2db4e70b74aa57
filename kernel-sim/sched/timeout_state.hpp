// SPDX-License-Identifier: Apache-2.0
// A kernel timer, and the timeout a thread armed with TimerTimeout() for its next blocking call.
#pragma once

#include <abi/kercall.h>
#include <boost/intrusive/set.hpp>
#include <cstdint>

namespace sched {

/// One deadline in a CPU's timer queue; expires on that CPU, under the big lock.
struct KernelTimer
    : boost::intrusive::set_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
    uint64_t deadline_ns = 0; // since boot: when it expires, tolerance and ticks counted in
    void (*expired)(KernelTimer&) = nullptr;
    friend bool operator<(const KernelTimer& a, const KernelTimer& b)
    {
        return a.deadline_ns < b.deadline_ns;
    }
};

inline constexpr uint64_t infinite_tolerance_ns = uint64_t{1} << 62;

/// `tolerance_ns`: how much later than its deadline it may expire; 0 = a tick; less than a tick = high resolution; infinite
/// is as a tick while the CPU is awake, and this system has no sleep that a timer ends.
void start_timer(KernelTimer& timer, uint64_t deadline_ns, uint64_t tolerance_ns = 0);
void stop_timer(KernelTimer& timer);

struct TimeoutState {
    KernelTimer timer;
    uint32_t flags = 0; // _NTO_TIMEOUT_* states it applies to; 0 = none
    bool immediate = false;
    uint64_t deadline_ns = 0;
    uint64_t tolerance_ns = 0;      // of the timeout that is armed
    uint64_t next_tolerance_ns = 0; // TIMER_TOLERANCE: for the next one armed
    uint64_t wall_ns = 0; // absolute and on the time of day: follows when that is set; 0 = not so
    nto_sigevent event{};
};

} // namespace sched
