// SPDX-License-Identifier: Apache-2.0
// Live kernel objects by kind, for SYS_OBJECTS and leak tests.
#pragma once

#include <cstdint>

namespace object {

struct Counters {
    uint32_t processes, threads, channels, connections, pulses, timers, interrupts, sync_waiters;
};
extern Counters counters;

} // namespace object
