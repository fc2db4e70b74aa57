// SPDX-License-Identifier: Apache-2.0
// Registered notifications, kept per process.
#include "proc/events.hpp"

#include "ipc/message.hpp"
#include "object/hooks.hpp"
#include "proc/server.hpp"

#include <abi/proc_msg.h>
#include <boost/intrusive/list.hpp>
#include <new>

namespace proc {

namespace {

enum : uint16_t { notify_replace, notify_add, notify_delete, notify_trigger };
// What everybody may trigger.
constexpr uint32_t harmless = PROC_EVENT_PATHSPACE | PROC_EVENT_SYNC | PROC_EVENT_TOD;
constexpr uint32_t max_registrations = 64; // of one process

struct Registration : boost::intrusive::list_base_hook<> {
    object::Process* process = nullptr;
    int rcvid = 0;
    uint32_t flags = 0;
    int id = 0; // 0 = the one of procmgr_event_notify()
    nto_sigevent event{};
};
int last_id;

using RegistrationList = boost::intrusive::list<Registration>;

RegistrationList& registrations()
{
    alignas(RegistrationList) static unsigned char storage[sizeof(RegistrationList)];
    static RegistrationList* list = new (storage) RegistrationList;
    return *list;
}

} // namespace

void post_events(uint32_t flags, int value)
{
    for (Registration& registration : registrations()) {
        if ((registration.flags & flags) == 0) {
            continue;
        }
        nto_sigevent event = registration.event;
        if ((event.notify & NTO_SIGEV_UPDATEABLE) != 0) {
            event.value.i = value;
        }
        (void)ipc::deliver_event(object::kernel_process(), registration.rcvid, event);
    }
}

int path_hash(std::string_view path)
{
    uint32_t hash = 0;
    for (const char c : path) { // the hash of ELF symbol tables
        hash = (hash << 4) + static_cast<uint8_t>(c);
        const uint32_t top = hash & 0xf0000000u;
        hash = (hash ^ (top >> 24)) & ~top;
    }
    return static_cast<int>(hash | 0x80000000u); // never 0
}

void drop_events(const object::Process& process)
{
    registrations().remove_and_dispose_if(
        [&](const Registration& one) { return one.process == &process; },
        [](Registration* one) { delete one; });
}

namespace {

// Requests of a process: all with id 0, or the one with another id. How many there were.
uint32_t remove(const object::Process& process, int id)
{
    uint32_t removed = 0;
    registrations().remove_and_dispose_if(
        [&](const Registration& one) { return one.process == &process && one.id == id; },
        [&](Registration* one) {
            delete one;
            ++removed;
        });
    return removed;
}

uint32_t count_of(const object::Process& process)
{
    uint32_t count = 0;
    for (const Registration& one : registrations()) {
        count += one.process == &process ? 1u : 0u;
    }
    return count;
}

int trigger(Request& request, const proc_event_notify& message)
{
    if ((message.flags & ~PROC_EVENT_ALL) != 0) {
        return EINVAL;
    }
    if ((message.flags & ~harmless) != 0 && !able(*request.client, Ability::event, message.flags)) {
        return EPERM;
    }
    post_events(message.flags, message.event.value.i);
    return request.answer_status(0);
}

int add(Request& request, const proc_event_notify& message, bool replace)
{
    object::Process& client = *request.client;
    if ((message.flags & ~PROC_EVENT_ALL) != 0 || (message.flags == 0 && !replace)) {
        return EINVAL;
    }
    if (message.flags == 0) {
        remove(client, 0);
        return request.answer_status(0);
    }
    if (!replace && count_of(client) >= max_registrations) {
        return EAGAIN;
    }
    auto* fresh = new (std::nothrow) Registration;
    if (fresh == nullptr) {
        return ENOMEM;
    }
    if (replace) {
        remove(client, 0);
    } else {
        last_id = last_id == INT32_MAX ? 1 : last_id + 1;
    }
    fresh->process = &client;
    fresh->rcvid = request.rcvid;
    fresh->flags = message.flags;
    fresh->id = replace ? 0 : last_id;
    fresh->event = message.event;
    registrations().push_back(*fresh);
    return request.answer_status(fresh->id);
}

} // namespace

int handle_event_notify(Request& request)
{
    const auto* message = request.message<proc_event_notify>();
    if (message == nullptr) {
        return EINVAL;
    }
    switch (message->subtype) {
    case notify_replace:
    case notify_add:
        return add(request, *message, message->subtype == notify_replace);
    case notify_delete:
        return message->flags == 0 || message->flags > INT32_MAX ||
                       remove(*request.client, static_cast<int>(message->flags)) == 0
                   ? EINVAL
                   : request.answer_status(0);
    case notify_trigger:
        return trigger(request, *message);
    default:
        return EINVAL;
    }
}

} // namespace proc
