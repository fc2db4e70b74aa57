// SPDX-License-Identifier: Apache-2.0
// Delivering events: what a sigevent makes happen in the process that made it.
#include "ipc/event.hpp"
#include "ipc/channel.hpp"
#include "ipc/message.hpp"
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
    object::post_signal(to, kind == NTO_SIGEV_SIGNAL_THREAD ? thread : nullptr, info, source);
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
    default:
        return Err(Errno::enotsup); // THREAD: libc makes the thread; MEMORY
    }
}

base::Result<void> deliver_event(Process& server, int rcvid, const nto_sigevent& event)
{
    if (rcvid == 0)
        return post_event(server, &object::current(), event);
    if (rcvid < 0)
        return Err(Errno::esrch);
    const int index = (rcvid >> 10) & 0xfff;
    const ServerConnection* connection = server.server_connections.get(index);
    if (!connection || !connection->client || connection->client->exiting)
        return Err(Errno::esrch);
    for (const Connection& link : connection->links) {
        if (link.flags & cof_noevent)
            return Err(Errno::eacces);
        if ((link.flags & cof_reg_events) && !(event.notify & NTO_SIGEV_HANDLE))
            return Err(Errno::eacces);
    }
    return post_event(*connection->client, connection->client->threads.get(rcvid & 0x3ff), event);
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
}

} // namespace ipc
