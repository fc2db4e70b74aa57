// SPDX-License-Identifier: Apache-2.0
// Internal: what a dying or exec'ing process leaves behind in ipc/.
#pragma once

namespace object {
struct Process;
struct Thread;
} // namespace object

namespace ipc {

void release_interrupts(object::Process& process);
void release_thread_interrupts(
    object::Thread& thread); // those attached without _NTO_INTR_FLAGS_PROCESS
void release_connections(object::Process& process); // servers get their DISCONNECT pulses
void release_channels(object::Process& process);    // clients get ESRCH
/// ESRCH for whoever waits for an answer of a process that has begun to end: its channels are there until its last thread is gone, and one
/// of its threads may be among those who wait.
void fail_clients(object::Process& process);
void close_on_exec(object::Process& process);
void announce_thread_death(object::Thread& thread); // _NTO_CHF_THREAD_DEATH

} // namespace ipc
