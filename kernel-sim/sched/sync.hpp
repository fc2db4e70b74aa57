// SPDX-License-Identifier: Apache-2.0
// Mutexes, condition variables, semaphores and futexes: waiters keyed by the physical address of the user's word.
#pragma once

#include "base/result.hpp"
#include "object/thread.hpp"

#include <cstdint>

namespace sched {

base::Result<void> mutex_lock(object::Thread& self, uint64_t sync, bool try_only = false,
                              bool interruptible = true);
base::Result<void> mutex_unlock(object::Thread& self, uint64_t sync);
/// Of managed mutexes (mutex.cpp). EINVAL: not one of the caller's whose last owner died.
base::Result<void> make_consistent(object::Thread& self, uint64_t sync);
/// A mutex whose owner died becomes the caller's. EINVAL: it is not dead.
base::Result<void> revive_mutex(object::Thread& self, uint64_t sync);
/// The ceiling before. EINVAL, EPERM.
base::Result<uint32_t> set_ceiling(object::Thread& self, uint64_t sync, uint32_t ceiling);
/// nullptr: no event any more.
base::Result<void> set_death_event(object::Thread& self, uint64_t sync, const nto_sigevent* event);
void release_mutexes(object::Thread& thread); // it dies
void release_mutex_events(object::Process& process);

base::Result<void> cond_wait(object::Thread& self, uint64_t cond, uint64_t mutex);
base::Result<void> cond_signal(object::Process& process, uint64_t cond, bool all);
base::Result<void> sem_wait(object::Thread& self, uint64_t sync, bool try_only);
base::Result<void> sem_post(object::Process& process, uint64_t sync);

base::Result<void> futex_wait(object::Thread& self, uint64_t word, uint32_t expected,
                              uint64_t deadline_ns, // 0 = none
                              uint64_t wall_ns,     // the time of day it stands for; 0 = none
                              int joined_tid);      // state JOIN with this thread; 0 = CONDVAR
uint32_t futex_wake(object::Process& process, uint64_t word, uint32_t count);
base::Result<uint32_t> futex_requeue(object::Process& process, uint64_t word, uint32_t wake_count,
                                     uint32_t move_count, uint64_t word2);

void sync_wait_ended(object::Thread& thread); // by signal, timeout or kill: before wake()
void requeue_sync(object::Thread& thread);    // its priority changed
uint32_t sync_waiters();

} // namespace sched
