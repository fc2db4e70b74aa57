// SPDX-License-Identifier: Apache-2.0
// SCHED_SPORADIC (POSIX.1 2.8.4): a thread has a budget of CPU time at its normal priority; what it used comes back a period after it began to
// use it. Without budget it runs at its low priority. Big kernel lock held.
#pragma once

#include "base/result.hpp"

#include <abi/kercall.h>
#include <abi/limits.h>
#include <cstdint>

namespace object {
struct Thread;
}

namespace sched {

struct Sporadic;

inline constexpr int sporadic_repl_max =
    ABI_SPORADIC_REPL_MAX; // SS_REPL_MAX: replenishments that may be under way

/// The thread becomes sporadic, or its parameters change; its budget is full. EINVAL, ENOMEM.
base::Result<void> make_sporadic(object::Thread& thread, const nto_sched_param& param);
/// It gets another policy, or ends.
void end_sporadic(object::Thread& thread);
/// The parameters as set; the priority is the normal one.
void sporadic_param(const object::Thread& thread, nto_sched_param& out);
void set_sporadic_priority(object::Thread& thread, int priority);

// For the scheduler, about threads that are sporadic:
/// It gets the CPU.
void sporadic_starts(object::Thread& thread, uint64_t now);
/// It has lost the CPU, or is looked at while it runs: what it used since it started counts.
void sporadic_used(object::Thread& thread, uint64_t now);
/// When its budget ends if it goes on running; ~0 = never.
uint64_t sporadic_end(const object::Thread& thread);

} // namespace sched
