// SPDX-License-Identifier: Apache-2.0
// The big kernel lock, in line: every kernel call takes it and drops it.
#pragma once

#include "sched/per_cpu.hpp"

#include <cstdint>

namespace sched {

/// `taken` guards everything but a CPU's flush_request and the descriptor tables. Interrupts are off while it is held or waited for.
struct BigLock {
    uint32_t taken, waiters, last_owner;
};
extern BigLock big_lock;

/// The way of a CPU that finds it taken, or others waiting for it.
void lock_contended(uint32_t self);

/// False: lock_contended() is to be called.
inline bool try_lock(const PerCpu& cpu)
{
    if (__atomic_load_n(&big_lock.waiters, __ATOMIC_RELAXED) != 0 ||
        __atomic_exchange_n(&big_lock.taken, 1, __ATOMIC_ACQUIRE) != 0) [[unlikely]]
        return false;
    __atomic_store_n(&big_lock.last_owner, cpu.id, __ATOMIC_RELAXED);
    return true;
}

/// Taken on entry from user mode or from an idle CPU's interrupt. No flush is asked of this CPU when it has it: who asks holds it and waits.
inline void lock()
{
    if (!try_lock(per_cpu()))
        lock_contended(per_cpu().id);
}

inline void unlock()
{
    __atomic_store_n(&big_lock.taken, 0, __ATOMIC_RELEASE);
}

} // namespace sched
