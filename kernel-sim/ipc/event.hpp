// SPDX-License-Identifier: Apache-2.0
// Registered events: a handle that stands for an event kept by the kernel.
#pragma once

#include "base/result.hpp"
#include "object/process.hpp"

namespace ipc {

struct RegisteredEvent {
    nto_sigevent event;
    int coid;
};

/// Turns `event` into its handle.
base::Result<void> register_event(object::Process& owner, nto_sigevent& event, int coid);
base::Result<void> unregister_event(object::Process& owner, const nto_sigevent& event);
base::Result<void> resolve_registered(object::Process& owner, const nto_sigevent& given,
                                      nto_sigevent& out);
void release_events(object::Process& owner);

} // namespace ipc
