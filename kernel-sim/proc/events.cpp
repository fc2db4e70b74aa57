// SPDX-License-Identifier: Apache-2.0
// Registered notifications, kept per process.
#include "proc/events.hpp"

#include "ipc/message.hpp"
#include "proc/server.hpp"

#include <abi/proc_msg.h>
#include <boost/intrusive/list.hpp>
#include <new>

namespace proc {

namespace {

constexpr uint32_t known_flags =
    event_process_death | event_daemon_death | event_pathspace | event_process_create;

struct Registration : boost::intrusive::list_base_hook<> {
    object::Process* process = nullptr;
    int rcvid = 0;
    uint32_t flags = 0;
    nto_sigevent event{};
};

using RegistrationList = boost::intrusive::list<Registration>;

RegistrationList& registrations()
{
    alignas(RegistrationList) static unsigned char storage[sizeof(RegistrationList)];
    static RegistrationList* list = new (storage) RegistrationList;
    return *list;
}

} // namespace

void post_events(uint32_t flags, int pid)
{
    for (Registration& registration : registrations()) {
        if ((registration.flags & flags) == 0) {
            continue;
        }
        nto_sigevent event = registration.event;
        if ((event.notify & NTO_SIGEV_UPDATEABLE) != 0) {
            event.value.i = pid;
        }
        (void)ipc::deliver_event(object::kernel_process(), registration.rcvid, event);
    }
}

void drop_events(const object::Process& process)
{
    registrations().remove_and_dispose_if(
        [&](const Registration& one) { return one.process == &process; },
        [](Registration* one) { delete one; });
}

// A second registration of the same process for the same flags replaces the first; flags 0 cancels all.
int handle_event_notify(Request& request)
{
    const auto* message = request.message<proc_event_notify>();
    if (message == nullptr || (message->flags & ~known_flags) != 0) {
        return EINVAL;
    }
    object::Process& client = *request.client;
    if (message->flags == 0) {
        drop_events(client);
        return request.answer_status(0);
    }
    auto* fresh = new (std::nothrow) Registration;
    if (fresh == nullptr) {
        return ENOMEM;
    }
    registrations().remove_and_dispose_if(
        [&](const Registration& one) {
            return one.process == &client && one.flags == message->flags;
        },
        [](Registration* one) { delete one; });
    fresh->process = &client;
    fresh->rcvid = request.rcvid;
    fresh->flags = message->flags;
    fresh->event = message->event;
    registrations().push_back(*fresh);
    return request.answer_status(0);
}

} // namespace proc
