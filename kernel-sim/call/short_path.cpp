// SPDX-License-Identifier: Apache-2.0
// The short way of a message: MsgSend() to a thread that waits, MsgReply() to a client, MsgReceive() when nothing is queued. One buffer
// on each side, no timeout, no signal, no trace, nobody of higher priority; everything else goes the general way (ipc/message.cpp), and
// so does each call here that meets a page that is not there. The state a blocked thread is left in is the same on both ways.
//
// A thread that blocks here leaves its kernel stack: whoever answers it writes the result into its user registers. Numbered steps:
//
//   client                                      server
//                                               (1) RECEIVE: leave_cpu()
//   (2) copy, REPLY, the CPU to the server -->  (3) info and rcvid into its registers, user mode
//                                               (4) MsgReply: copy, status into the client's registers, client READY
//                                               (1) again
//   user mode
#include "arch/user_access.hpp"
#include "call/call.hpp"
#include "ipc/channel.hpp"
#include "ipc/message.hpp"
#include "ipc/rcvid.hpp"
#include "mm/user_copy.hpp"
#include "mm/user_page.hpp"
#include "object/hooks.hpp"
#include "sched/scheduler.hpp"

#include <abi/kercall.h>

namespace call {

using base::Errno;
using ipc::ShortCall;
using object::Thread;
using object::ThreadState;

namespace {

constexpr uint64_t longest = 0x7fffffff;

/// The size of a (pointer, parts) pair that is one buffer; more than `longest`: it is not.
uint64_t one_buffer(uint64_t parts)
{
    return ~parts + 1;
}

bool in_user_space(uint64_t at, uint64_t length)
{
    return at >= mm::user_low && at < mm::user_top && length <= mm::user_top - at;
}

/// Nothing is to be looked at before it waits.
bool may_wait(const Thread& self)
{
    return !self.killed && self.timeout.flags == 0 &&
           (self.pending.set() | self.process.pending.set()) == 0;
}

/// From the running process to another one's buffer. False: a page is not there.
bool copy_out(const ipc::Buffer& to, uint64_t from, uint64_t length)
{
    if (length == 0)
        return true;
    const uint64_t target = to.parts()[0].base;
    if (!in_user_space(from, length) || !in_user_space(target, length))
        return false;
    mm::UserPages pages(&to.process());
    for (uint64_t done = 0; done < length;) {
        const uint64_t room = mm::page_size - (target + done) % mm::page_size;
        const uint64_t part = length - done < room ? length - done : room;
        void* page = pages.at(target + done, mm::Access::write);
        if (!page || !arch_copy_user(page, reinterpret_cast<const void*>(from + done), part))
            return false;
        done += part;
    }
    return true;
}

void wait_in(Thread& self, ThreadState state, ShortCall call)
{
    self.wake_result = Errno::eok;
    self.interruptible = true;
    self.state = state;
    self.cpu = -1;
    self.msg.short_call = call;
    arch::prepare_resume(self);
}

/// (3) The server's address space is loaded.
bool put_info(Thread& server, const nto_msg_info& info)
{
    return arch_copy_user(reinterpret_cast<void*>(server.msg.info_at), &info, sizeof info) ||
           mm::put_user(server.process, server.msg.info_at, info);
}

[[noreturn]] void run_receiver(Thread& server, const Thread& client)
{
    const int rcvid = ipc::make_rcvid(client);
    nto_msg_info info;
    ipc::fill_info(client, info); // before the server's priority can be anybody's
    sched::give_cpu(server);
    const bool told = server.msg.info_at == 0 || put_info(server, info);
    arch::set_call_result(*server.frame, told ? rcvid : -EFAULT);
    arch::enter_user_frame(server);
}

/// The server that takes a message of `self` here and now.
Thread* ready_receiver(const Thread& self, ipc::Channel& channel)
{
    Thread* server = channel.receivers.first();
    if (!server || server->msg.short_call != ShortCall::receive ||
        (channel.flags & ipc::chf_inherit_runmask))
        return nullptr;
    int priority = server->priority;
    if (!(channel.flags & ipc::chf_fixed_priority)) {
        if (self.priority > proc::max_unprivileged_priority)
            return nullptr;
        priority = self.priority > server->boost ? self.priority : server->boost;
    }
    return sched::may_run_next(*server, priority) ? server : nullptr;
}

bool short_send(Thread& self, const arch::UserFrame& frame)
{
    const auto [number, arg] = arch::call_arguments(frame);
    const uint64_t size = one_buffer(arg[2]), room = one_buffer(arg[4]);
    if (size > longest || room > longest || !may_wait(self))
        return false;
    const int coid = to_int(arg[0]);
    const ipc::Connection* connection = ipc::find_connection(self.process, coid);
    if (!connection || !connection->server)
        return false;
    ipc::Channel& channel = *connection->server->channel;
    Thread* server = ready_receiver(self, channel);
    if (!server)
        return false;
    const uint64_t space = server->msg.receive->size();
    const uint64_t moved = size < space ? size : space;
    if (!copy_out(*server->msg.receive, arg[1], moved))
        return false;
    // (2) From here on nothing fails.
    self.msg.own[0].set_part(arg[1], size);
    self.msg.own[1].set_part(arg[3], room);
    ipc::begin_message(self, *connection->server, coid, self.msg.own[0], self.msg.own[1]);
    self.msg.moved = moved;
    server->queue_hook.unlink();
    server->msg.short_call = ShortCall::none;
    if (!(channel.flags & ipc::chf_fixed_priority)) {
        server->message_priority = self.priority;
        server->priority = self.priority > server->boost ? self.priority : server->boost;
    }
    channel.clients.append(self);
    wait_in(self, ThreadState::reply, ShortCall::send);
    run_receiver(*server, self);
}

bool short_reply(Thread& self, arch::UserFrame& frame)
{
    const auto [number, arg] = arch::call_arguments(frame);
    const uint64_t size = one_buffer(arg[3]);
    Thread* client = ipc::client_of(self.process, to_int(arg[0]));
    if (size > longest || self.timeout.flags != 0 || !client ||
        client->msg.short_call != ShortCall::send)
        return false;
    const uint64_t space = client->msg.reply->size();
    if (!copy_out(*client->msg.reply, arg[2], size < space ? size : space))
        return false;
    // (4)
    client->msg.short_call = ShortCall::none;
    client->queue_hook.unlink();
    ipc::release_blocked(*client);
    arch::set_call_result(*client->frame, static_cast<int64_t>(arg[1]));
    arch::prepare_answered(*client);
    sched::make_ready(*client, sched::Waker::may_block);
    arch::set_call_result(frame, 0);
    return true;
}

/// Where the info goes; false: not there.
bool check_info(uint64_t at)
{
    return at == 0 || (in_user_space(at, sizeof(nto_msg_info)) &&
                       arch_touch_user(reinterpret_cast<void*>(at)) &&
                       arch_touch_user(reinterpret_cast<void*>(at + sizeof(nto_msg_info) - 1)));
}

bool short_receive(Thread& self, const arch::UserFrame& frame)
{
    const auto [number, arg] = arch::call_arguments(frame);
    const uint64_t size = one_buffer(arg[2]);
    ipc::Channel* channel = self.process.channels.get(to_int(arg[0]));
    if (!channel || size > longest || !may_wait(self) || self.message_runmask != 0 ||
        !channel->queue.empty() || sched::per_cpu().need_resched || !check_info(arg[3]))
        return false;
    // (1)
    ipc::MessageState& msg = self.msg;
    msg.own[0].set_part(arg[1], size);
    msg.receive = &msg.own[0];
    msg.info_at = arg[3];
    msg.info = arg[3] != 0 ? &msg.info_store : nullptr;
    msg.pulses_only = false;
    msg.serving = channel;
    self.wait_key = static_cast<uint64_t>(channel->chid);
    channel->receivers.insert(self);
    wait_in(self, ThreadState::receive, ShortCall::receive);
    sched::leave_cpu();
}

} // namespace

bool short_call(Thread& self, arch::UserFrame& frame)
{
    switch (arch::call_arguments(frame).number) {
    case KER_MSG_SEND:
        return short_send(self, frame);
    case KER_MSG_RECEIVE:
        return short_receive(self, frame);
    case KER_MSG_REPLY:
        return short_reply(self, frame);
    default:
        return false;
    }
}

void short_call_ended(Thread& self)
{
    const ShortCall call = self.msg.short_call;
    Errno end = self.wake_result;
    self.msg.short_call = ShortCall::none;
    if (call == ShortCall::send && end == Errno::erestart) {
        dispatch(self, *self.frame); // the same call once more
        return;
    }
    int64_t result = call == ShortCall::send ? self.msg.status : self.msg.rcvid;
    if (call == ShortCall::receive && end == Errno::eok && result > 0 && self.msg.info_at != 0 &&
        !mm::put_user(self.process, self.msg.info_at, self.msg.info_store))
        end = Errno::efault;
    if (end != Errno::eok)
        result = -base::to_int(end);
    arch::set_call_result(*self.frame, result);
}

} // namespace call
