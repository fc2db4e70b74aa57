// SPDX-License-Identifier: Apache-2.0
// TimerTimeout(): a deadline for the calling thread's next blocking call.
#pragma once

#include "object/thread.hpp"

#include <cstdint>

namespace sched {

constexpr uint32_t timeout_bit(object::ThreadState state)
{
    return uint32_t{1} << static_cast<unsigned>(state);
}

/// Called when a thread starts to wait: arms the deadline if it covers the state. True = time out at once.
bool begin_timeout(object::Thread& thread, object::ThreadState state);
/// The wait went from SEND to REPLY; true = time out at once.
bool timeout_in_reply(const object::Thread& thread);
/// The call is over: the timeout does not outlive it.
void clear_timeout(object::Thread& thread);
/// A private deadline for one wait (futex); replaces an armed one. `wall_ns`: the time of day it stands for; 0 = none.
void set_deadline(object::Thread& thread, object::ThreadState state, uint64_t deadline_ns,
                  uint64_t wall_ns = 0);
/// The time of day was changed: a deadline on it moves.
void realign_timeout(object::Thread& thread);

} // namespace sched
