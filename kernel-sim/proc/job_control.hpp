// SPDX-License-Identifier: Apache-2.0
// What the end of a process means for sessions and process groups (POSIX, _exit(): consequences of process termination).
#pragma once

#include "object/process.hpp"

namespace proc {

/// To be called while `process` still has its parent and children: SIGHUP to the foreground group when a session leader with a
/// terminal ends; SIGHUP and SIGCONT to groups with stopped members that become orphaned.
void leave_groups(object::Process& process);

} // namespace proc
