// SPDX-License-Identifier: Apache-2.0
// The big kernel lock, in line: every kernel call takes it and drops it.
#pragma once

#include "sched/per_cpu.hpp"

#include <cstdint>

namespace sched {

/// `taken` guards everything but a CPU's flush_request and the descriptor tables. Interrupts are off while it is held or waited for.
struct BigLock {
    union {
        struct {
            uint32_t taken, waiters;
        };
        uint64_t both;
    };
    uint32_t last_owner;
};
extern BigLock big_lock;

/// The way of a CPU that finds it taken, or others waiting for it.
void lock_contended(uint32_t self);

/// False: lock_contended() is to be called.
inline bool try_lock(const PerCpu& cpu)
{
    uint64_t nobody = 0;
    if (!__atomic_compare_exchange_n(&big_lock.both, &nobody, BigLock{{{1, 0}}, 0}.both, false,
                                     __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) [[unlikely]]
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
