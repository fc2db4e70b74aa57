// SPDX-License-Identifier: Apache-2.0
// procmgr_event_notify(): who wants to hear of process deaths and changes of the path-name space.
#pragma once

#include <abi/proc_msg.h>
#include <cstdint>
#include <string_view>

namespace object {
struct Process;
}

namespace proc {

/// Delivers to everybody who asked for one of PROC_EVENT_*, with the value that belongs to it; never blocks.
void post_events(uint32_t flags, int value);
/// The hash that PATHSPACE events carry (lib_ref procmgr_event_notify_add).
int path_hash(std::string_view path);
/// Registrations of a process that is gone.
void drop_events(const object::Process& process);

} // namespace proc
