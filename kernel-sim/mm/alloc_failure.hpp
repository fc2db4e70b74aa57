// SPDX-License-Identifier: Apache-2.0
// Failure injection: every allocation point of procnto (frames, promises of frames, heap) asks here first. Off, it is one
// load and a branch that is never taken. Set by SYS_FAIL_ALLOC; big kernel lock held.
#pragma once

#include <cstdint>

namespace mm {

struct AllocFailure {
    bool armed = false;
    uint32_t exempt = 0;    // > 0: a page fault is being served, which has no one to tell
    uint64_t countdown = 0; // the allocation that makes it 0 fails
    uint64_t period = 0;    // after that each period-th one fails; 0 = no more
    uint64_t asked = 0, failed = 0;
};
inline AllocFailure alloc_failure;

inline void fail_allocations(uint64_t nth, uint64_t period)
{
    alloc_failure = {nth != 0, alloc_failure.exempt, nth, period, 0, 0};
}

/// True: the caller has to behave as if there was no memory.
inline bool allocation_fails()
{
    AllocFailure& plan = alloc_failure;
    if (__builtin_expect(!plan.armed, 1) || plan.exempt != 0)
        return false;
    ++plan.asked;
    if (plan.countdown == 0 || --plan.countdown != 0)
        return false;
    plan.countdown = plan.period;
    ++plan.failed;
    return true;
}

/// No injected failures while it lives.
class AllocationsSucceed {
public:
    AllocationsSucceed() { ++alloc_failure.exempt; }
    ~AllocationsSucceed() { --alloc_failure.exempt; }
    AllocationsSucceed(const AllocationsSucceed&) = delete;
    AllocationsSucceed& operator=(const AllocationsSucceed&) = delete;
};

} // namespace mm
