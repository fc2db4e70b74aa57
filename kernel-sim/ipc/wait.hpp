// SPDX-License-Identifier: Apache-2.0
// Internal to the kernel: how waits in message passing end early.
#pragma once

#include "base/errno.hpp"

namespace object {
struct Thread;
}

namespace ipc {

void abandon_send(object::Thread& thread, base::Errno reason); // SEND-blocked: leaves at once
void abandon_reply(object::Thread& thread,
                   base::Errno reason); // REPLY-blocked: at once, or by the UNBLOCK protocol
void boost_its_servers(object::Thread& thread); // REPLY-blocked: its priority changed
void requeue_send(object::Thread& thread);

} // namespace ipc
