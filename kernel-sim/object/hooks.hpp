// SPDX-License-Identifier: Apache-2.0
// What the microkernel asks of the process manager (kernel-sim/proc implements these; kernel-sim/test has a stand-in).
#pragma once

#include "object/ability.hpp"

#include <cstdint>

namespace object {
struct Process;
struct Thread;
} // namespace object

namespace proc {

/// First thing pid 1's first kernel thread does, after all CPUs are up. Returns when the system is running.
void start();

/// The last thread is gone and so are its kernel objects; called on that thread with no user address space loaded.
/// Must not block. The process object may be destroyed here (or later, when the zombie is waited for).
void process_terminated(object::Process& process);
/// The same for a process with `keep` set (exec): its threads are gone, everything else is as it was.
void process_overlaid(object::Process& process);
/// SIGSTOP / SIGCONT took effect (for SIGCHLD and waitpid).
void process_stopped(object::Process& process, int signo);
void process_continued(object::Process& process);

/// A fault of a user thread whose process has a debugger: it stops, and true is returned. False: the fault is the program's.
bool debug_fault(object::Thread& thread, int signo);

/// A thread is about to end its process by a signal that dumps core. True: the dumper has it now, and ends it later; until
/// then no thread of it enters user mode.
bool dump_core(object::Thread& thread, int signo);

/// Prints "map BASE-END OFFSET PATH" lines of the fault block with mm/console's print.
void print_mappings(object::Process& process);

/// A live channel of the process was destroyed: names attached to it go.
void channel_destroyed(object::Process& process, int chid);

/// Somebody set CLOCK_REALTIME.
void wall_clock_set();

/// May the process do it, for this value or for all of lo..hi where the ability has ranges? A "no" is counted and traced: ask only
/// when the operation will be refused for it. pid 1 may do everything.
bool able(object::Process& process, Ability ability, uint64_t lo, uint64_t hi);
inline bool able(object::Process& process, Ability ability, uint64_t value = 0)
{
    return able(process, ability, value, value);
}
/// The same without counting: for what only differs with the ability and is not refused.
bool has_ability(const object::Process& process, Ability ability, uint64_t value = 0);

} // namespace proc
