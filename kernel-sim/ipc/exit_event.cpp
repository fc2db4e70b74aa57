// SPDX-License-Identifier: Apache-2.0
// A thread's exit events: a short list, delivered in the order they were added.
#include "ipc/exit_event.hpp"

#include "ipc/event.hpp"
#include "ipc/message.hpp"
#include "object/thread.hpp"

#include <cstring>
#include <new>

namespace ipc {

using base::Err;
using base::Errno;

struct ExitEvent {
    ExitEvent* next;
    nto_sigevent event;
};

namespace {

constexpr int most_events = 16;

} // namespace

base::Result<void> add_exit_event(object::Thread& thread, const nto_sigevent& event)
{
    TRY(check_event(thread.process, event));
    ExitEvent** at = &thread.exit_events;
    int count = 0;
    for (; *at; at = &(*at)->next)
        ++count;
    *at = count < most_events ? new (std::nothrow) ExitEvent{nullptr, event} : nullptr;
    if (!*at)
        return Err(Errno::eagain);
    return {};
}

base::Result<void> remove_exit_event(object::Thread& thread, const nto_sigevent& event)
{
    for (ExitEvent** at = &thread.exit_events; *at; at = &(*at)->next) {
        ExitEvent* found = *at;
        if (memcmp(&found->event, &event, sizeof event) != 0)
            continue;
        *at = found->next;
        delete found;
        return {};
    }
    return Err(Errno::einval);
}

void deliver_exit_events(object::Thread& thread)
{
    while (ExitEvent* first = thread.exit_events) {
        thread.exit_events = first->next;
        (void)post_event(thread.process, nullptr,
                         first->event); // nobody is left to be told of a failure
        delete first;
    }
}

} // namespace ipc
