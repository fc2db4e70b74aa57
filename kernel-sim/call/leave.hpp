// SPDX-License-Identifier: Apache-2.0
// The end of every kernel call, in line: is there anything to do before the thread is in user mode? Then the big lock is dropped.
#pragma once

#include "call/call.hpp"
#include "sched/scheduler.hpp"

namespace call {

/// No other thread to run first, no signal, stop or end.
inline bool may_leave(const sched::PerCpu& cpu, const object::Thread& self)
{
    return (uint64_t{cpu.need_resched} | object::kept_by(self)) == 0;
}

/// The thread that has this CPU is in user mode from here on.
inline void leave_kernel(const sched::PerCpu& cpu, object::Thread& self)
{
    // No call takes 2^32 cycles without a switch.
    self.system_cycles += arch::low_cycles() - static_cast<uint32_t>(cpu.kernel_since);
    sched::unlock();
}

/// return_to_user() in line: at once when there is nothing to do before. The thread may have come to another CPU in its call.
inline void finish_call(object::Thread& self)
{
    const sched::PerCpu& cpu = sched::per_cpu();
    if (!may_leave(cpu, self)) [[unlikely]]
        return return_to_user(self);
    leave_kernel(cpu, self);
}

} // namespace call
