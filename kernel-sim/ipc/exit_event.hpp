// SPDX-License-Identifier: Apache-2.0
// ThreadCtl(_NTO_TCTL_ADD_EXIT_EVENT): events that a thread's end delivers to its process. Big kernel lock held.
#pragma once

#include "base/result.hpp"

#include <abi/kercall.h>

namespace object {
struct Thread;
}

namespace ipc {

struct ExitEvent;

base::Result<void> add_exit_event(object::Thread& thread,
                                  const nto_sigevent& event); // EAGAIN, EINVAL ...
base::Result<void> remove_exit_event(object::Thread& thread,
                                     const nto_sigevent& event); // EINVAL: not there
/// The thread ends: its process' connections are there still.
void deliver_exit_events(object::Thread& thread);

} // namespace ipc
