// SPDX-License-Identifier: Apache-2.0
// The stack's timers: an intrusive pairing heap of struct callout, ordered by deadline.
#pragma once
#include <stdint.h>

#include <sys/callout.h>

#include "kern/lock.hpp"
#include "kern/platform.hpp"

namespace netmgr {

constexpr uint64_t no_deadline = UINT64_MAX;
constexpr uint64_t ns_per_ms = 1000000;
constexpr uint64_t ns_per_s = 1000000000;

class CalloutWheel {
public:
    explicit CalloutWheel(Platform& platform) : platform_(platform) {}
    CalloutWheel(const CalloutWheel&) = delete;
    CalloutWheel& operator=(const CalloutWheel&) = delete;

    // Any thread. Starting a pending one moves it.
    void start(callout& c, uint64_t delay_ns, void (*fn)(void*), void* arg);
    void stop(callout& c);

    // Stack context: runs what is due, in order of deadline.
    void run_due(uint64_t now_ns);
    uint64_t next_deadline();

private:
    static callout* meld(callout* a, callout* b);
    static callout* meld_pairs(callout* first);
    void unlink_locked(callout& c);

    Platform& platform_;
    Mutex mutex_; // guards root_ and the callouts in the heap
    callout* root_ = nullptr;
};

} // namespace netmgr
