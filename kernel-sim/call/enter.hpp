// SPDX-License-Identifier: Apache-2.0
// The beginning of every kernel call, in line: the clock is read, the big lock taken. entry.S comes here through arch::call_ways.
#pragma once

#include "call/call.hpp"
#include "sched/big_lock.hpp"

namespace call {

/// How a call goes whose thread has the big lock: all of it, and the way to user mode but for the registers.
using Way = void (*)(sched::PerCpu& cpu, object::Thread& self, Arguments arg);

template <Way way>
[[gnu::noinline]] void enter_waiting()
{
    sched::lock_contended(sched::per_cpu().id);
    sched::PerCpu& cpu = sched::per_cpu();
    way(cpu, *cpu.current, arch::call_arguments(*cpu.current->frame).arg);
}

/// An arch::CallWay.
template <Way way>
void enter(uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e, uint64_t f)
{
    sched::PerCpu& cpu = sched::per_cpu();
    cpu.kernel_since = arch::cycles();
    if (!sched::try_lock(cpu)) [[unlikely]]
        return enter_waiting<way>();
    const uint64_t arg[6] = {a, b, c, d, e, f};
    way(cpu, *cpu.current, arg);
}

} // namespace call
