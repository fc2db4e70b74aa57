// SPDX-License-Identifier: Apache-2.0
// Send, receive and reply. A client goes RUNNING -> (SEND ->) REPLY -> READY; data moves once, sender to receiver.
#include "ipc/message.hpp"

#include "ipc/channel.hpp"
#include "ipc/rcvid.hpp"
#include "ipc/wait.hpp"
#include "object/counters.hpp"
#include "object/hooks.hpp"
#include "sched/timeout.hpp"
#include "sched/trace.hpp"

namespace ipc {

using base::Err;
using base::Errno;
using object::Process;
using object::Thread;
using object::ThreadState;

namespace {

/// Moves the message and makes the client wait for the reply; the client's state is the caller's to set.
CopyFault transfer(Thread& client, Thread& server, Channel& channel, const Buffer& to,
                   nto_msg_info* info, int& rcvid)
{
    const CopyResult result = copy(to, 0, *client.msg.send, 0);
    if (result.fault != CopyFault::none)
        return result.fault;
    client.msg.moved = result.bytes;
    rcvid = client.msg.sent_as;
    if (info)
        fill_info(client, *info);
    take_priority(server, channel, client.priority);
    if (channel.flags & chf_inherit_runmask)
        take_runmask(server, client.runmask);
    sched::trace(sched::TraceKind::receive, server, static_cast<uint32_t>(client.process.pid),
                 sched::trace_message(rcvid, result.bytes));
    return CopyFault::none;
}

Thread* message_receiver(Channel& channel)
{
    for (Thread& thread : channel.receivers.list()) {
        if (!thread.msg.pulses_only)
            return &thread;
    }
    return nullptr;
}

void enter_reply(Thread& client, Channel& channel)
{
    client.state = ThreadState::reply;
    channel.clients.append(client);
    if (client.killed)
        abandon_reply(client, Errno::eintr);
    else if (sched::timeout_in_reply(client))
        abandon_reply(client, Errno::etimedout);
}

/// The reply wait is over.
void finish(Thread& client, Errno result)
{
    release_blocked(client);
    sched::wake(client, result, sched::Waker::may_block); // a server receives again soon
}

base::Result<void> send_to_receiver(Thread& self, Thread& server, Channel& channel)
{
    int rcvid = 0;
    const CopyFault fault =
        transfer(self, server, channel, *server.msg.receive, server.msg.info, rcvid);
    if (fault == CopyFault::source)
        return Err(Errno::efault); // the receiver stays blocked
    if (fault == CopyFault::destination) {
        sched::wake(server, Errno::efault);
        return Err(Errno::esrvrfault);
    }
    server.msg.rcvid = rcvid;
    server.queue_hook.unlink();
    server.wake_result = Errno::eok;
    sched::make_ready(server, sched::Waker::blocks);
    return {};
}

base::Result<int64_t> send_once(Thread& self, int coid, const Buffer& message, const Buffer& reply)
{
    Connection* connection = find_connection(self.process, coid);
    if (!connection || !connection->server || connection->server->channel->owner.exiting)
        return Err(Errno::ebadf);
    Channel& channel = *connection->server->channel;
    MessageState& msg = self.msg;
    begin_message(self, *connection->server, coid, message, reply);
    sched::trace(sched::TraceKind::send, self, static_cast<uint32_t>(channel.owner.pid),
                 sched::trace_message(msg.sent_as, message.size()));
    Errno end;
    if (Thread* server = message_receiver(channel)) {
        auto sent = send_to_receiver(self, *server, channel);
        if (!sent.ok()) {
            release_blocked(self);
            return Err(sent.error());
        }
        end = sched::block(ThreadState::reply, &channel.clients);
    } else {
        msg.item.priority = self.priority;
        insert_item(channel, msg.item);
        boost_servers(channel, self.priority);
        end = sched::block(ThreadState::send, nullptr);
    }
    if (end != Errno::eok)
        return Err(end);
    return msg.status;
}

/// Takes the first queued thing. ok(true) = rcvid is set; ok(false) = nothing there.
base::Result<bool> take_queued(Channel& channel, Thread& self, const Buffer& to, nto_msg_info* info,
                               bool pulses_only, int& rcvid)
{
    for (auto at = channel.queue.begin(); at != channel.queue.end();) {
        QueueItem& item = *at;
        if (item.kind == QueueItem::Kind::pulse) {
            Pulse* pulse = pulse_of(item);
            const nto_pulse data = pulse->data;
            take_priority(self, channel, pulse->inherit ? -1 : item.priority);
            channel.queue.erase(at);
            free_pulse(channel, *pulse);
            rcvid = 0;
            const bool small = to.size() < sizeof data - sizeof data.reserved;
            if (small || copy(to, 0, Buffer(&data, sizeof data), 0).fault != CopyFault::none)
                return Err(Errno::efault);
            return true;
        }
        if (pulses_only) {
            ++at;
            continue;
        }
        Thread& client = *thread_of(item);
        const CopyFault fault = transfer(client, self, channel, to, info, rcvid);
        at = channel.queue.erase(at);
        if (fault == CopyFault::none) {
            enter_reply(client, channel);
            return true;
        }
        finish(client, fault == CopyFault::source ? Errno::efault : Errno::esrvrfault);
        if (fault == CopyFault::destination)
            return Err(Errno::efault);
    }
    return false;
}

} // namespace

void take_priority(Thread& server, const Channel& channel, int priority)
{
    if (channel.flags & chf_fixed_priority)
        return;
    if (priority > proc::max_unprivileged_priority &&
        !proc::has_ability(server.process, proc::Ability::priority,
                           static_cast<uint64_t>(priority)))
        priority = proc::max_unprivileged_priority;
    server.message_priority = static_cast<int16_t>(priority);
    sched::update_priority(server);
}

void take_runmask(Thread& server, uint32_t mask)
{
    server.message_runmask = mask;
    sched::set_runmask(server, mask != 0 ? mask : server.own_runmask);
}

void boost_servers(Channel& channel, int priority)
{
    if (channel.flags & chf_fixed_priority)
        return;
    Process& owner = channel.owner;
    for (uint32_t tid = 1; tid < owner.threads.size(); ++tid) {
        Thread* thread = owner.threads.get(tid);
        if (thread && thread->msg.serving == &channel && thread->state != ThreadState::dead &&
            thread->state != ThreadState::receive && thread->priority < priority)
            take_priority(*thread, channel, priority);
    }
}

base::Result<int64_t> send(int coid, const Buffer& message, const Buffer& reply)
{
    for (;;) {
        auto result = send_once(object::current(), coid, message, reply);
        if (result.ok() || result.error() != Errno::erestart)
            return result;
    }
}

base::Result<int> receive(int chid, const Buffer& to, nto_msg_info* info, bool pulses_only)
{
    Thread& self = object::current();
    if (self.message_runmask != 0)
        take_runmask(self, 0);
    if (chid == -1) { // leave the channel it served, and the priority that came with it
        self.msg.serving = nullptr;
        self.message_priority = -1;
        sched::update_priority(self);
        return 0;
    }
    Channel* channel = self.process.channels.get(chid);
    if (!channel)
        return Err(Errno::esrch);
    self.msg.serving = channel;
    int rcvid = 0;
    if (TRY(take_queued(*channel, self, to, info, pulses_only, rcvid)))
        return rcvid;
    self.msg.receive = &to;
    self.msg.info = info;
    self.msg.pulses_only = pulses_only;
    self.wait_key = static_cast<uint64_t>(chid);
    const Errno end = sched::block(ThreadState::receive, &channel->receivers);
    if (end != Errno::eok)
        return Err(end);
    return self.msg.rcvid;
}

Thread* client_of(Process& server, int rcvid)
{
    return find_client(server, rcvid);
}

base::Result<void> reply(Process& server, int rcvid, int64_t status, const Buffer& data)
{
    Thread* client = client_of(server, rcvid);
    if (!client)
        return Err(Errno::esrch);
    const CopyResult result = copy(*client->msg.reply, 0, data, 0);
    if (result.fault == CopyFault::source)
        return Err(Errno::efault);
    client->msg.status = status;
    sched::trace(sched::TraceKind::reply, *client, static_cast<uint32_t>(server.pid),
                 sched::trace_message(client->msg.sent_as, result.bytes));
    finish(*client, result.fault == CopyFault::none ? Errno::eok : Errno::efault);
    if (result.fault != CopyFault::none)
        return Err(Errno::esrvrfault);
    return {};
}

base::Result<void> error(Process& server, int rcvid, int err)
{
    Thread* client = client_of(server, rcvid);
    if (!client)
        return Err(Errno::esrch);
    Errno result = static_cast<Errno>(err);
    if (err == -1)
        result = client->msg.unblock_requested ? client->msg.unblock_reason : Errno::eintr;
    client->msg.status = 0;
    finish(*client, result);
    return {};
}

base::Result<uint64_t> read(Process& server, int rcvid, const Buffer& to, uint64_t offset)
{
    Thread* client = client_of(server, rcvid);
    if (!client)
        return Err(Errno::esrch);
    client->msg.paused = false;
    const CopyResult result = copy(to, 0, *client->msg.send, offset);
    if (result.fault == CopyFault::none)
        return result.bytes;
    return Err(result.fault == CopyFault::source ? Errno::esrvrfault : Errno::efault);
}

base::Result<uint64_t> write(Process& server, int rcvid, const Buffer& from, uint64_t offset)
{
    Thread* client = client_of(server, rcvid);
    if (!client)
        return Err(Errno::esrch);
    client->msg.paused = false;
    const CopyResult result = copy(*client->msg.reply, offset, from, 0);
    if (result.fault == CopyFault::none)
        return result.bytes;
    return Err(result.fault == CopyFault::destination ? Errno::esrvrfault : Errno::efault);
}

base::Result<void> pause(Process& server, int rcvid, uint32_t cookie)
{
    Thread* client = client_of(server, rcvid);
    if (!client)
        return Err(Errno::esrch);
    Channel& channel = *client->msg.channel;
    if (client->msg.paused || !(channel.flags & chf_msg_pausing))
        return Err(Errno::einval);
    Thread& self = object::current();
    self.message_priority = -1;
    sched::update_priority(self);
    // Other kernels wait here for a pager. Ours brings pages in while it copies: the message can go on at once.
    nto_pulse data{};
    data.code = pulse_restart;
    data.value.i = static_cast<int32_t>(cookie);
    data.scoid = client->msg.connection->index | scoid_bit;
    if (!send_pulse_to(channel, data, client->priority).ok())
        return Err(Errno::enomem);
    client->msg.paused = true;
    return {};
}

base::Result<uint64_t> read_parts(Process& server, int rcvid, bool reply, uint64_t first,
                                  nto_iov* out, uint64_t count)
{
    Thread* client = client_of(server, rcvid);
    if (!client)
        return Err(Errno::esrch);
    const Buffer& side = reply ? *client->msg.reply : *client->msg.send;
    uint64_t n = 0;
    for (; n < count && first < side.part_count(); ++n, ++first)
        out[n] = side.parts()[first];
    return n;
}

base::Result<void> info(Process& server, int rcvid, nto_msg_info& out)
{
    Thread* client = client_of(server, rcvid);
    if (!client)
        return Err(Errno::esrch);
    fill_info(*client, out);
    return {};
}

base::Result<void> reply(int rcvid, int64_t status, const void* data, uint64_t size)
{
    return reply(object::kernel_process(), rcvid, status, Buffer(data, size));
}

base::Result<void> error(int rcvid, int err)
{
    return error(object::kernel_process(), rcvid, err);
}

void abandon_send(Thread& thread, Errno reason)
{
    thread.msg.item.hook.unlink();
    finish(thread, reason);
}

namespace {

PulseCode unblock_code(const Thread& client, const Channel& channel, Errno reason)
{
    if (client.msg.paused)
        return pulse_unblock_restart;
    return (channel.flags & chf_unblock_timer) && reason == Errno::etimedout ? pulse_unblock_timer
                                                                             : pulse_unblock;
}

} // namespace

void abandon_reply(Thread& thread, Errno reason)
{
    Channel& channel = *thread.msg.channel;
    if (!(channel.flags & chf_unblock) || channel.owner.exiting) { // nobody is left to answer
        finish(thread, reason);
        return;
    }
    // The server knows; the client waits for its answer. The process manager is asked once more when the client is killed:
    // it lets a signal wait (for a child that is being loaded), but nobody waits for a client that is to go.
    const bool again = thread.killed && &channel.owner == &object::kernel_process();
    if (thread.msg.unblock_requested && !again)
        return;
    thread.msg.unblock_requested = true;
    thread.msg.unblock_reason = reason;
    Pulse& pulse = thread.msg.unblock_pulse;
    pulse.data = {};
    pulse.data.code = unblock_code(thread, channel, reason);
    pulse.data.value.i = thread.msg.sent_as;
    pulse.data.scoid = thread.msg.connection->index | scoid_bit;
    pulse.item.priority = thread.priority;
    queue_pulse(channel, pulse);
}

void boost_its_servers(Thread& thread)
{
    boost_servers(*thread.msg.channel, thread.priority);
}

void requeue_send(Thread& thread)
{
    thread.msg.item.hook.unlink();
    thread.msg.item.priority = thread.priority;
    insert_item(*thread.msg.channel, thread.msg.item);
    boost_servers(*thread.msg.channel, thread.priority);
}

} // namespace ipc
