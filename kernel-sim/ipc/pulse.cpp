// SPDX-License-Identifier: Apache-2.0
// Pulses: storage, queueing, and handing one to a waiting receiver.
#include "ipc/buffer.hpp"
#include "ipc/channel.hpp"
#include "ipc/message.hpp"
#include "ipc/release.hpp"
#include "object/counters.hpp"
#include "sched/trace.hpp"

#include <cstddef>
#include <new>

namespace ipc {

using base::Err;
using base::Errno;
using object::Process;
using object::Thread;

Pulse* new_pulse(int code, int priority, nto_sigval value, int scoid)
{
    auto* pulse = new (std::nothrow) Pulse;
    if (!pulse)
        return nullptr;
    pulse->on_heap = true;
    pulse->inherit = priority < 0;
    pulse->item.priority = static_cast<uint8_t>(priority < 0 ? 10 : priority);
    pulse->data.code = static_cast<int8_t>(code);
    pulse->data.value = value;
    pulse->data.scoid = scoid;
    ++object::counters.pulses;
    return pulse;
}

Pulse* pulse_of(QueueItem& item)
{
    return reinterpret_cast<Pulse*>(reinterpret_cast<char*>(&item) - offsetof(Pulse, item));
}

object::Thread* thread_of(QueueItem& item)
{
    return reinterpret_cast<Thread*>(reinterpret_cast<char*>(&item) - offsetof(MessageState, item) -
                                     offsetof(Thread, msg));
}

void insert_item(Channel& channel, QueueItem& item)
{
    for (auto at = channel.queue.begin(); at != channel.queue.end(); ++at) {
        if (at->priority < item.priority) {
            channel.queue.insert(at, item);
            return;
        }
    }
    channel.queue.push_back(item);
}

void unqueue_pulse(Pulse& pulse)
{
    pulse.item.hook.unlink();
}

namespace {

/// True: the receiver has it (or had no room for it: EFAULT, and the pulse is lost as documented).
void give_pulse(Channel& channel, Thread& receiver, Pulse& pulse)
{
    const Buffer data(&pulse.data, sizeof pulse.data);
    const CopyResult result = copy(*receiver.msg.receive, 0, data, 0);
    const bool lost =
        receiver.msg.receive->size() < sizeof pulse.data - sizeof pulse.data.reserved ||
        result.fault != CopyFault::none;
    receiver.msg.rcvid = 0;
    take_priority(receiver, channel, pulse.inherit ? -1 : pulse.item.priority);
    sched::trace(sched::TraceKind::pulse, receiver, static_cast<uint32_t>(pulse.data.code),
                 pulse.data.value.ptr);
    sched::wake(receiver, lost ? Errno::efault : Errno::eok);
}

} // namespace

void queue_pulse(Channel& channel, Pulse& pulse)
{
    if (Thread* receiver = channel.receivers.first()) {
        give_pulse(channel, *receiver, pulse);
        if (pulse.on_heap) {
            --object::counters.pulses;
            delete &pulse;
        }
        return;
    }
    if (pulse.item.queued())
        return; // an embedded one that has not been taken yet
    insert_item(channel, pulse.item);
    if (pulse.on_heap)
        ++channel.pulses;
    if (!pulse.inherit)
        boost_servers(channel, pulse.item.priority);
}

base::Result<void> send_pulse(Process& from, int coid, int priority, int code, nto_sigval value)
{
    Connection* connection = find_connection(from, coid);
    if (!connection || !connection->server)
        return Err(Errno::ebadf);
    Channel& channel = *connection->server->channel;
    if (channel.pulses >= max_queued_pulses)
        return Err(Errno::eagain);
    Pulse* pulse = new_pulse(code, priority, value, connection->server->index | scoid_bit);
    if (!pulse)
        return Err(Errno::eagain);
    queue_pulse(channel, *pulse);
    return {};
}

void announce_thread_death(Thread& thread)
{
    Process& process = thread.process;
    if (process.exiting)
        return;
    for (uint32_t i = 0; i < process.channels.size(); ++i) {
        Channel* channel = process.channels.get(i);
        if (!channel || !(channel->flags & chf_thread_death) || thread.msg.serving != channel)
            continue;
        nto_sigval value{};
        value.i = thread.tid;
        if (Pulse* pulse = new_pulse(pulse_thread_death, 10, value, 0))
            queue_pulse(*channel, *pulse);
    }
}

} // namespace ipc
