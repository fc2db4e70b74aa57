// SPDX-License-Identifier: Apache-2.0
// Delivering events: what a sigevent makes happen in the process that made it.
#include "ipc/event.hpp"
#include "ipc/channel.hpp"
#include "ipc/message.hpp"
#include "mm/user_copy.hpp"
#include "object/hooks.hpp"
#include "object/signal.hpp"
#include "sched/sync.hpp"

#include <new>

namespace ipc {

using base::Err;
using base::Errno;
using object::Process;
using object::Thread;

namespace {

constexpr int max_registered = 1024;

base::Result<void> post_signal_event(Process& to, Thread* thread, const nto_sigevent& event,
                                     const void* source)
{
    const int kind = event.notify & NTO_SIGEV_MASK;
    if (event.signo < 1 || event.signo > object::signal_max)
        return Err(Errno::einval);
    nto_siginfo info{};
    info.signo = event.signo;
    info.code = kind == NTO_SIGEV_SIGNAL ? 0 : event.u.c.code;
    info.u.p.pid = to.pid;
    info.u.p.value = event.value;
    const bool sent =
        object::post_signal(to, kind == NTO_SIGEV_SIGNAL_THREAD ? thread : nullptr, info, source);
    if (!sent)
        return Err(Errno::eagain);
    return {};
}

base::Result<void> post_to_thread(Thread* thread, int kind)
{
    if (!thread)
        return Err(Errno::esrch);
    if (kind == NTO_SIGEV_UNBLOCK) {
        sched::interrupt_wait(*thread, Errno::etimedout);
        return {};
    }
    if (thread->state == object::ThreadState::intr)
        sched::wake(*thread);
    else
        thread->interrupt_pending = true;
    return {};
}

} // namespace

namespace {

/// SIGEV_MEMORY: changes a word of the process. EFAULT, EINVAL.
base::Result<void> post_memory_event(Process& to, const nto_sigevent& event)
{
    uint32_t* word = mm::user_word(to, event.addr, nullptr);
    if (!word)
        return Err(Errno::efault);
    const auto operand = static_cast<uint32_t>(event.value.i);
    switch (event.u.memop) {
    case NTO_SIGEV_MEM_ASSIGN:
        __atomic_store_n(word, operand, __ATOMIC_SEQ_CST);
        return {};
    case NTO_SIGEV_MEM_ADD:
        __atomic_fetch_add(word, operand, __ATOMIC_SEQ_CST);
        return {};
    case NTO_SIGEV_MEM_SUB:
        __atomic_fetch_sub(word, operand, __ATOMIC_SEQ_CST);
        return {};
    case NTO_SIGEV_MEM_BITSET:
        __atomic_fetch_or(word, operand, __ATOMIC_SEQ_CST);
        return {};
    case NTO_SIGEV_MEM_BITCLR:
        __atomic_fetch_and(word, ~operand, __ATOMIC_SEQ_CST);
        return {};
    case NTO_SIGEV_MEM_BITTOGGLE:
        __atomic_fetch_xor(word, operand, __ATOMIC_SEQ_CST);
        return {};
    default:
        return Err(Errno::einval);
    }
}

/// SIGEV_THREAD: the process' helper thread takes it and makes the thread.
base::Result<void> post_thread_event(Process& to, const nto_sigevent& event)
{
    ThreadEvents* events = to.thread_events;
    if (!events || events->count == ThreadEvents::capacity)
        return Err(Errno::eagain);
    events->ring[(events->first + events->count++) % ThreadEvents::capacity] = event;
    if (Thread* helper = events->waiting.first())
        sched::wake(*helper);
    return {};
}

} // namespace

base::Result<void> keep_thread_events(Process& process)
{
    if (!process.thread_events)
        process.thread_events = new (std::nothrow) ThreadEvents;
    if (!process.thread_events)
        return Err(Errno::enomem);
    return {};
}

base::Result<nto_sigevent> wait_thread_event(Thread& self)
{
    TRY(keep_thread_events(self.process));
    ThreadEvents& events = *self.process.thread_events;
    while (events.count == 0) {
        const Errno end = sched::block(object::ThreadState::sem, &events.waiting);
        if (end != Errno::eok)
            return Err(end);
    }
    const nto_sigevent event = events.ring[events.first];
    events.first = (events.first + 1) % ThreadEvents::capacity;
    --events.count;
    return event;
}

bool may_notify(Process& process, const nto_sigevent& event)
{
    return (event.notify & NTO_SIGEV_MASK) != NTO_SIGEV_THREAD ||
           proc::able(process, proc::Ability::sigev_thread, 0);
}

base::Result<void> post_event(Process& to, Thread* thread, const nto_sigevent& given,
                              const void* source)
{
    nto_sigevent event = given;
    if (event.notify & NTO_SIGEV_HANDLE)
        TRY(resolve_registered(to, given, event));
    switch (event.notify & NTO_SIGEV_MASK) {
    case NTO_SIGEV_NONE:
        return {};
    case NTO_SIGEV_PULSE:
        return send_pulse(to, event.signo, event.u.c.priority, event.u.c.code, event.value);
    case NTO_SIGEV_SIGNAL:
    case NTO_SIGEV_SIGNAL_CODE:
    case NTO_SIGEV_SIGNAL_THREAD:
        return post_signal_event(to, thread, event, source);
    case NTO_SIGEV_UNBLOCK:
    case NTO_SIGEV_INTR:
        return post_to_thread(thread, event.notify & NTO_SIGEV_MASK);
    case NTO_SIGEV_SEM:
        return sched::sem_post(to, event.value.ptr);
    case NTO_SIGEV_MEMORY:
        return post_memory_event(to, event);
    case NTO_SIGEV_THREAD:
        if (!may_notify(to, event))
            return Err(Errno::eperm);
        return post_thread_event(to, event);
    default:
        return Err(Errno::einval);
    }
}

namespace {

/// The server a registered event was registered for; -1 = any.
bool registered_for(Process& client, const RegisteredEvent& entry,
                    const ServerConnection& connection)
{
    if (entry.coid == -1)
        return true;
    const Connection* link = find_connection(client, entry.coid);
    return link && link->server == &connection;
}

/// What the client's connections let this server do. The event as the client registered it, or as given.
base::Result<nto_sigevent> allowed_event(const ServerConnection& connection,
                                         const nto_sigevent& event)
{
    uint32_t flags = 0;
    for (const Connection& link : connection.links)
        flags |= link.flags;
    if (flags & cof_noevent)
        return Err(Errno::eacces);
    if (!(event.notify & NTO_SIGEV_HANDLE)) {
        const int kind = event.notify & NTO_SIGEV_MASK;
        const bool invasive = kind == NTO_SIGEV_THREAD || kind == NTO_SIGEV_MEMORY;
        if ((flags & cof_reg_events) || (invasive && (flags & cof_insecure)))
            return Err(Errno::eacces);
        return event;
    }
    Process& client = *connection.client;
    const RegisteredEvent* entry = client.events.get(event.signo);
    if (!entry)
        return Err(Errno::einval);
    if (!registered_for(client, *entry, connection))
        return Err(Errno::eacces);
    nto_sigevent real;
    TRY(resolve_registered(client, event, real));
    return real;
}

base::Result<const ServerConnection*> connection_of(Process& server, int rcvid)
{
    const int index = (rcvid >> 10) & 0xfff;
    const ServerConnection* connection = rcvid > 0 ? server.server_connections.get(index) : nullptr;
    if (!connection || !connection->client || connection->client->exiting)
        return Err(Errno::esrch);
    return connection;
}

} // namespace

base::Result<void> deliver_event(Process& server, int rcvid, const nto_sigevent& event)
{
    if (rcvid == 0)
        return post_event(server, &object::current(), event);
    const ServerConnection* connection = TRY(connection_of(server, rcvid));
    const nto_sigevent real = TRY(allowed_event(*connection, event));
    return post_event(*connection->client, connection->client->threads.get(rcvid & 0x3ff), real);
}

base::Result<void> verify_event(Process& server, int rcvid, const nto_sigevent& event)
{
    Process* target = &server;
    nto_sigevent real = event;
    if (rcvid != 0) {
        const ServerConnection* connection = TRY(connection_of(server, rcvid));
        target = connection->client;
        real = TRY(allowed_event(*connection, event));
    } else if (event.notify & NTO_SIGEV_HANDLE) {
        TRY(resolve_registered(server, event, real));
    }
    return check_event(*target, real);
}

base::Result<void> check_event(Process& owner, const nto_sigevent& event)
{
    switch (event.notify & NTO_SIGEV_MASK) {
    case NTO_SIGEV_NONE:
    case NTO_SIGEV_UNBLOCK:
    case NTO_SIGEV_INTR:
    case NTO_SIGEV_SEM:
    case NTO_SIGEV_THREAD:
        return {};
    case NTO_SIGEV_PULSE:
        if (event.u.c.priority == 0 || event.u.c.priority < -1 || event.u.c.priority > 255)
            return Err(Errno::einval);
        if (!find_connection(owner, event.signo))
            return Err(Errno::ebadf);
        return {};
    case NTO_SIGEV_SIGNAL:
    case NTO_SIGEV_SIGNAL_CODE:
    case NTO_SIGEV_SIGNAL_THREAD:
        if (event.signo < 1 || event.signo > object::signal_max)
            return Err(Errno::einval);
        return {};
    case NTO_SIGEV_MEMORY:
        if (event.u.memop < NTO_SIGEV_MEM_ASSIGN || event.u.memop > NTO_SIGEV_MEM_BITTOGGLE)
            return Err(Errno::einval);
        if (!mm::user_word(owner, event.addr, nullptr))
            return Err(Errno::efault);
        return {};
    default:
        return Err(Errno::einval);
    }
}

base::Result<void> resolve_registered(Process& owner, const nto_sigevent& given, nto_sigevent& out)
{
    const RegisteredEvent* entry = owner.events.get(given.signo);
    if (!entry)
        return Err(Errno::einval);
    out = entry->event;
    if (entry->event.notify & NTO_SIGEV_UPDATEABLE)
        out.value = given.value;
    return {};
}

base::Result<void> register_event(Process& owner, nto_sigevent& event, int coid)
{
    if (coid != -1 && !find_connection(owner, coid))
        return Err(Errno::ebadf);
    if (event.notify & NTO_SIGEV_HANDLE)
        return Err(Errno::einval);
    auto* entry = new (std::nothrow) RegisteredEvent{event, coid};
    if (!entry)
        return Err(Errno::enomem);
    const int id = owner.events.insert(entry, 1, max_registered);
    if (id < 0) {
        delete entry;
        return Err(Errno::eagain);
    }
    event.notify = NTO_SIGEV_HANDLE | (event.notify & (NTO_SIGEV_UPDATEABLE | NTO_SIGEV_MASK));
    event.signo = id;
    return {};
}

base::Result<void> unregister_event(Process& owner, const nto_sigevent& event)
{
    RegisteredEvent* entry =
        event.notify & NTO_SIGEV_HANDLE ? owner.events.get(event.signo) : nullptr;
    if (!entry)
        return Err(Errno::einval);
    owner.events.remove(event.signo);
    delete entry;
    return {};
}

void release_events(Process& owner)
{
    for (uint32_t i = 0; i < owner.events.size(); ++i) {
        delete owner.events.get(i);
        owner.events.remove(i);
    }
    delete owner.thread_events;
    owner.thread_events = nullptr;
}

} // namespace ipc
