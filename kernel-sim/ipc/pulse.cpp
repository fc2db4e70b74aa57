// SPDX-License-Identifier: Apache-2.0
// Pulses: storage, queueing, and handing one to a waiting receiver.
#include "base/bits.hpp"
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

namespace {

constexpr int default_priority = 10, sigkill = 9;

} // namespace

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

void free_pulse(Channel& channel, Pulse& pulse)
{
    switch (pulse.storage) {
    case Pulse::Storage::embedded:
        return;
    case Pulse::Storage::heap:
        --channel.pulses;
        --object::counters.pulses;
        delete &pulse;
        return;
    case Pulse::Storage::pool:
        PulsePool& pool = *channel.pool;
        pulse.next_free = pool.free;
        pool.free = &pulse;
        if (++pool.free_count >= pool.config.rearm_threshold)
            pool.armed = true;
        return;
    }
}

namespace {

/// The receiver has it (or had no room for it: EFAULT, and the pulse is lost as documented).
void give_pulse(Channel& channel, Thread& receiver, const nto_pulse& data, int priority)
{
    const CopyResult result = copy(*receiver.msg.receive, 0, Buffer(&data, sizeof data), 0);
    const bool lost = receiver.msg.receive->size() < sizeof data - sizeof data.reserved ||
                      result.fault != CopyFault::none;
    receiver.msg.rcvid = 0;
    take_priority(receiver, channel, priority);
    sched::trace(sched::TraceKind::pulse, receiver, static_cast<uint32_t>(data.code),
                 data.value.ptr);
    sched::wake(receiver, lost ? Errno::efault : Errno::eok);
}

void enqueue(Channel& channel, Pulse& pulse)
{
    insert_item(channel, pulse.item);
    if (!pulse.inherit)
        boost_servers(channel, pulse.item.priority);
}

/// The owner hears of it once; without an event of its own it is a process that cannot keep up, and ends.
void pool_ran_dry(Channel& channel)
{
    PulsePool& pool = *channel.pool;
    if (!(pool.config.options & NTO_CHO_CUSTOM_EVENT)) {
        object::terminate(channel.owner, sigkill);
        return;
    }
    if (!pool.armed)
        return;
    pool.armed = false;
    (void)post_event(channel.owner, nullptr,
                     pool.config.event); // its own pulse may find no room either
}

/// Storage for a queued pulse; nullptr = none.
Pulse* take_storage(Channel& channel)
{
    if (PulsePool* pool = channel.pool) {
        Pulse* pulse = pool->free;
        if (!pulse) {
            pool_ran_dry(channel);
            return nullptr;
        }
        pool->free = pulse->next_free;
        --pool->free_count;
        return pulse;
    }
    auto* pulse = channel.pulses < max_queued_pulses ? new (std::nothrow) Pulse : nullptr;
    if (!pulse)
        return nullptr;
    pulse->storage = Pulse::Storage::heap;
    ++object::counters.pulses;
    ++channel.pulses;
    return pulse;
}

} // namespace

void queue_pulse(Channel& channel, Pulse& pulse)
{
    if (Thread* receiver = channel.receivers.first())
        give_pulse(channel, *receiver, pulse.data, pulse.inherit ? -1 : pulse.item.priority);
    else if (!pulse.item.queued()) // else: an embedded one that has not been taken yet
        enqueue(channel, pulse);
}

base::Result<void> send_pulse_to(Channel& channel, const nto_pulse& data, int priority)
{
    if (Thread* receiver = channel.receivers.first()) {
        give_pulse(channel, *receiver, data, priority);
        return {};
    }
    Pulse* pulse = take_storage(channel);
    if (!pulse)
        return Err(Errno::eagain);
    pulse->inherit = priority < 0;
    pulse->item.priority = static_cast<uint8_t>(priority < 0 ? default_priority : priority);
    pulse->data = data;
    enqueue(channel, *pulse);
    return {};
}

base::Result<void> send_pulse(Process& from, int coid, int priority, int code, nto_sigval value)
{
    Connection* connection = find_connection(from, coid);
    if (!connection || !connection->server)
        return Err(Errno::ebadf);
    nto_pulse data{};
    data.code = static_cast<int8_t>(code);
    data.value = value;
    data.scoid = connection->server->index | scoid_bit;
    return send_pulse_to(*connection->server->channel, data, priority);
}

base::Result<PulsePool*> make_pool(const nto_pool_config& config)
{
    if (config.num_pulses < 1 || config.num_pulses > max_queued_pulses ||
        (config.options & ~uint32_t{NTO_CHO_CUSTOM_EVENT}))
        return Err(Errno::einval);
    auto* pool = new (std::nothrow) PulsePool;
    if (!pool)
        return Err(Errno::enomem);
    pool->config = config;
    pool->config.rearm_threshold = base::min_of(config.rearm_threshold, config.num_pulses);
    pool->storage = new (std::nothrow) Pulse[config.num_pulses];
    if (!pool->storage) {
        delete pool;
        return Err(Errno::enomem);
    }
    for (uint32_t i = 0; i < config.num_pulses; ++i) {
        pool->storage[i].storage = Pulse::Storage::pool;
        pool->storage[i].next_free = pool->free;
        pool->free = &pool->storage[i];
    }
    pool->free_count = config.num_pulses;
    return pool;
}

void free_pool(PulsePool* pool)
{
    if (!pool)
        return;
    delete[] pool->storage;
    delete pool;
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
        nto_pulse data{};
        data.code = pulse_thread_death;
        data.value.i = thread.tid;
        (void)send_pulse_to(*channel, data, default_priority); // without memory nobody hears of it
    }
}

} // namespace ipc
