// SPDX-License-Identifier: Apache-2.0
// The time of day: time since boot plus an offset that is set at once (ClockTime) or moved slowly (ClockAdjust).
#pragma once

#include <abi/kercall.h>
#include <cstdint>

namespace sched {

/// Starts an adjustment: for `tick_count` ticks the clock gains (or loses) `tick_nsec_inc` ns each; ends one under way. The
/// increment is smaller than a tick, so the clock never goes back.
void adjust_wall(const nto_clockadjust& adjust);
/// What is left of the adjustment under way.
nto_clockadjust wall_adjustment();
/// When, since boot, the clock will show `wall_ns` if nobody changes it; 0 = before boot.
uint64_t wall_to_boot(uint64_t wall_ns);
/// Brings the system page's copy of the offset up to date.
void publish_wall();

} // namespace sched
