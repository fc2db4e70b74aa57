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
    uint64_t deadline_ns = 0; // since boot
    void (*expired)(KernelTimer&) = nullptr;
    friend bool operator<(const KernelTimer& a, const KernelTimer& b)
    {
        return a.deadline_ns < b.deadline_ns;
    }
};

void start_timer(KernelTimer& timer, uint64_t deadline_ns);
void stop_timer(KernelTimer& timer);

struct TimeoutState {
    KernelTimer timer;
    uint32_t flags = 0; // _NTO_TIMEOUT_* states it applies to; 0 = none
    bool immediate = false;
    uint64_t deadline_ns = 0;
    nto_sigevent event{};
};

} // namespace sched
