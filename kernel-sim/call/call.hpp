// SPDX-License-Identifier: Apache-2.0
// The call layer: checks arguments, copies them in once, calls the operation, gives the result back.
#pragma once

#include "arch/context.hpp"
#include "base/result.hpp"
#include "object/thread.hpp"

#include <cstdint>

namespace call {

using Arguments = const uint64_t (&)[6];
using Outcome = base::Result<int64_t>;
using Handler = Outcome (*)(object::Thread& self, Arguments arg);

/// The call alone, with the big lock held.
void dispatch(object::Thread& self, arch::UserFrame& frame);
/// An arch::CallWay: the call that the frame says, by its handler.
void enter_general(uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e, uint64_t f);
/// Once, before the first call.
void init_calls();
/// On every way back to user mode: reschedules, ends, stops, delivers signals; then drops the big lock.
void return_to_user(object::Thread& self);

/// A trace running sees every call and every switch: the short ways show nothing. (A call that has begun goes its way.)
void use_short_ways(bool on);
/// The thread's short call was ended otherwise than by a short one of its partner.
void short_call_ended(object::Thread& self);

/// KER_MSG_RECEIVE_PULSE, for the call that changes the signal mask with it.
Outcome receive_pulse(object::Thread& self, Arguments arg);

/// Fills in an area's calls; each area file has one.
void add_thread_calls(Handler* table);
void add_channel_calls(Handler* table);
void add_message_calls(Handler* table);
void add_sync_calls(Handler* table);
void add_signal_calls(Handler* table);
void add_clock_calls(Handler* table);
void add_timer_calls(Handler* table);
void add_interrupt_calls(Handler* table);

/// A void operation's outcome.
inline Outcome done(base::Result<void> result)
{
    if (!result.ok())
        return base::Err(result.error());
    return 0;
}

template <class T>
Outcome value(base::Result<T> result)
{
    if (!result.ok())
        return base::Err(result.error());
    return static_cast<int64_t>(result.take());
}

inline int to_int(uint64_t argument)
{
    return static_cast<int>(argument);
}

inline uint32_t to_u32(uint64_t argument)
{
    return static_cast<uint32_t>(argument);
}

} // namespace call
