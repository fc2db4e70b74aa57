// SPDX-License-Identifier: Apache-2.0
// procmgr_event_notify(): who wants to hear of process deaths and changes of the path-name space.
#pragma once

#include <cstdint>

namespace object {
struct Process;
}

namespace proc {

// PROCMGR_EVENT_*
inline constexpr uint32_t event_process_death = 1, event_daemon_death = 2, event_pathspace = 4,
                          event_process_create = 8;

/// Delivers to everybody who asked for one of `flags`; never blocks.
void post_events(uint32_t flags, int pid);
/// Registrations of a process that is gone.
void drop_events(const object::Process& process);

} // namespace proc
