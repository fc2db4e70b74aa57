// SPDX-License-Identifier: Apache-2.0
// Registered events: a handle that stands for an event kept by the kernel.
#pragma once

#include "base/result.hpp"
#include "object/process.hpp"
#include "sched/scheduler.hpp"

namespace ipc {

struct RegisteredEvent {
    nto_sigevent event;
    int coid;
};

/// SIGEV_THREAD events of a process that its helper thread has not taken yet.
struct ThreadEvents {
    static constexpr uint32_t capacity = 256;
    nto_sigevent ring[capacity];
    uint32_t first = 0, count = 0;
    sched::WaitQueue waiting;
};

base::Result<void> keep_thread_events(object::Process& process); // ENOMEM
/// The helper thread waits for the next one.
base::Result<nto_sigevent> wait_thread_event(object::Thread& self);

/// Is it an event that could be delivered to its owner? EINVAL, EBADF, EFAULT.
base::Result<void> check_event(object::Process& owner, const nto_sigevent& event);

/// SIGEV_THREAD needs the ability of that name; a registered event is checked when it is delivered.
bool may_notify(object::Process& process, const nto_sigevent& event);

/// Turns `event` into its handle.
base::Result<void> register_event(object::Process& owner, nto_sigevent& event, int coid);
base::Result<void> unregister_event(object::Process& owner, const nto_sigevent& event);
base::Result<void> resolve_registered(object::Process& owner, const nto_sigevent& given,
                                      nto_sigevent& out);
void release_events(object::Process& owner);

} // namespace ipc
