// SPDX-License-Identifier: Apache-2.0
// Internal to sched/ and arch/: what the idle loop and preemption points need from the machine.
#pragma once

#include "object/thread.hpp"

namespace sched {

void wait_for_interrupt(); // interrupts on, halt until one came, interrupts off; without the big lock
void let_interrupts_in();
void cpu_is_online(); // this CPU may be given threads and asked to flush

void kick_idle_cpu(); // the highest READY thread gets a CPU that idles or runs something lower
void finish_switch(); // first thing a thread does after it was switched to
void reschedule_if_needed();
bool slice_contended(
    object::Thread& thread); // READY peers wait: the thread goes to the tail at the next reschedule
void remove_ready(object::Thread& thread);
void requeue_waiting(object::Thread& thread); // its priority changed while it waits

} // namespace sched
