// SPDX-License-Identifier: Apache-2.0
// The timer interrupt's side of scheduling: expired timers, time slices, the next interrupt.
#pragma once

#include "object/thread.hpp"

#include <cstdint>

namespace sched {

void timer_interrupt();
/// Sets this CPU's timer to the next thing that needs it.
void program_timer();
/// Once, when the clock runs.
void init_tick();
uint64_t tick_ns();
void set_tick_ns(uint64_t ns);
/// The moment `ns` after `from`; the end of time when it lies beyond.
inline uint64_t later(uint64_t from, uint64_t ns)
{
    uint64_t sum;
    return __builtin_add_overflow(from, ns, &sum) ? ~uint64_t{0} : sum;
}
/// A RR slice: rr_interval_mul ticks.
uint64_t slice_ns();
extern uint64_t slice_cycles; // the same in arch::cycles()

/// Does it lose its turn to its peers after a while? (No idle thread does.)
inline bool is_sliced(const object::Thread& thread)
{
    return thread.policy == object::Policy::rr || thread.policy == object::Policy::other;
}

} // namespace sched
