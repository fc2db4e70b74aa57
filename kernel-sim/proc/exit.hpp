// SPDX-License-Identifier: Apache-2.0
// The end of processes: zombies, waiting parents, orphans.
#pragma once

#include "object/process.hpp"

namespace proc {

/// The startup script waits for its foreground command here: true once `pid` is gone.
bool script_child_done(int pid);
/// Wakes the startup script's thread: something it may wait for has happened.
void wake_script_runner();
/// Blocks the calling thread until wake_script_runner().
void wait_for_script_event();

/// Stops a process before its first instruction, as SIGSTOP would (PROC_SPAWN_HOLD).
void hold_process(object::Process& process);

} // namespace proc
