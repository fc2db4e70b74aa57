// SPDX-License-Identifier: Apache-2.0
// Mutexes, condition variables, semaphores and futexes: waiters keyed by the physical address of the user's word.
#pragma once

#include "base/result.hpp"
#include "object/thread.hpp"

#include <cstdint>

namespace sched {

base::Result<void> mutex_lock(object::Thread& self, uint64_t sync, bool interruptible = true);
base::Result<void> mutex_unlock(object::Thread& self, uint64_t sync);
base::Result<void> cond_wait(object::Thread& self, uint64_t cond, uint64_t mutex);
base::Result<void> cond_signal(object::Process& process, uint64_t cond, bool all);
base::Result<void> sem_wait(object::Thread& self, uint64_t sync, bool try_only);
base::Result<void> sem_post(object::Process& process, uint64_t sync);

base::Result<void> futex_wait(object::Thread& self, uint64_t word, uint32_t expected,
                              uint64_t deadline_ns, // 0 = none
                              uint64_t wall_ns);    // the time of day it stands for; 0 = none
uint32_t futex_wake(object::Process& process, uint64_t word, uint32_t count);
base::Result<uint32_t> futex_requeue(object::Process& process, uint64_t word, uint32_t wake_count,
                                     uint32_t move_count, uint64_t word2);

void sync_wait_ended(object::Thread& thread); // by signal, timeout or kill: before wake()
void requeue_sync(object::Thread& thread);    // its priority changed
uint32_t sync_waiters();

} // namespace sched
