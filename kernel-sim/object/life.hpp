// SPDX-License-Identifier: Apache-2.0
// Births and deaths of threads, for the call layer and the scheduler.
#pragma once

#include "base/result.hpp"
#include "object/thread.hpp"

#include <abi/kercall.h>

namespace object {

Thread& make_idle_thread();
base::Result<Thread*> create_user_thread(Process& process, const nto_thread_create& request);
void kill_thread(Thread& thread);
/// ESRCH, EDEADLK (itself), EINVAL (detached or joined by another); waits in STATE_JOIN.
base::Result<uint64_t> join_thread(Process& process, int tid);
base::Result<void> detach_thread(Process& process, int tid);
/// The thread has left its CPU for the last time: its stack goes, and the object too unless it waits to be joined.
void bury(Thread& thread);
/// Frees a thread's object (DEAD, stack gone).
void free_thread(Thread* thread);

} // namespace object
