// SPDX-License-Identifier: Apache-2.0
// The short way of a message: MsgSend() to a thread that waits, MsgReply() to a client, MsgReceive() when nothing is queued. One buffer
// on each side, no timeout, no signal, no trace, nobody of higher priority; everything else goes the general way (ipc/message.cpp), and
// so does each call here that meets a page that is not there. The state a blocked thread is left in is the same on both ways.
//
// A thread that blocks here leaves its kernel stack: whoever answers it writes the result into its user registers. Numbered steps:
//
//   client                                      server
//                                               (1) RECEIVE: the highest READY thread has the CPU
//   (2) copy, REPLY, the CPU to the server -->  (3) info and rcvid into its registers, user mode
//                                               (4) MsgReply: copy, status into the client's registers, client READY
//                                               (1) again: the client, with its answer, straight to user mode
//   user mode
#include "arch/user_access.hpp"
#include "call/call.hpp"
#include "call/enter.hpp"
#include "call/leave.hpp"
#include "ipc/channel.hpp"
#include "ipc/message.hpp"
#include "ipc/rcvid.hpp"
#include "mm/user_copy.hpp"
#include "mm/user_page.hpp"
#include "object/hooks.hpp"
#include "sched/hand_over.hpp"

#include <abi/kercall.h>

namespace call {

using base::Errno;
using ipc::ShortCall;
using object::Thread;
using object::ThreadState;
using sched::PerCpu;

namespace {

constexpr uint64_t longest = 0x7fffffff;

/// The size of a (pointer, parts) pair that is one buffer; more than `longest`: it is not.
uint64_t one_buffer(uint64_t parts)
{
    return ~parts + 1;
}

[[gnu::noinline]] void general(Thread& self)
{
    dispatch(self, *self.frame);
    return_to_user(self);
}

bool in_user_space(uint64_t at, uint64_t length)
{
    return at >= mm::user_low && at < mm::user_top && length <= mm::user_top - at;
}

[[gnu::noinline]] bool copy_pages(object::Process& process, uint64_t target, uint64_t from,
                                  uint64_t length)
{
    mm::UserPages pages(&process);
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

/// From the running process to another one's buffer. False: a page is not there.
[[gnu::always_inline]] inline bool copy_out(const ipc::Buffer& to, uint64_t from, uint64_t length)
{
    const uint64_t target = to.parts()[0].base;
    // in_user_space() of both, as `length` is short
    const uint64_t room = mm::user_top - mm::user_low - length;
    if (from - mm::user_low > room || target - mm::user_low > room) [[unlikely]]
        return false;
    if (target % mm::page_size + length > mm::page_size)
        return copy_pages(to.process(), target, from, length);
    const uint64_t paddr = to.process().space->page_table().user_paddr(target, true);
    if (paddr == 0 || !mm::is_ram(paddr)) [[unlikely]]
        return copy_pages(to.process(), target, from, length);
    return arch_copy_user(mm::phys_to_virt(paddr), reinterpret_cast<const void*>(from), length);
}

inline void wait_in(Thread& self, ThreadState state, ShortCall call)
{
    self.wake_result = Errno::eok;
    self.interruptible = true;
    self.state = state;
    self.cpu = -1;
    self.msg.short_call = call;
    arch::prepare_resume(self);
}

/// On in user mode with a thread that has just been given the CPU and whose result is in its registers.
[[noreturn, gnu::always_inline]] inline void enter_answered(const PerCpu& cpu, Thread& thread)
{
    if (!may_leave(cpu, thread)) [[unlikely]]
        arch_enter_user_frame(thread.frame);
    leave_kernel(cpu, thread);
    arch_restore_frame(thread.frame);
}

/// (3) The server's address space is loaded. What ipc::fill_info() says, without a copy in between.
[[gnu::always_inline]] inline bool put_info(Thread& server, const Thread& client,
                                            const ipc::ServerConnection& connection, int priority)
{
    static_assert(sizeof(nto_msg_info) == 64 && offsetof(nto_msg_info, priority) == 28 &&
                  offsetof(nto_msg_info, flags) == 32 && offsetof(nto_msg_info, msglen) == 40);
    const ipc::MessageState& msg = client.msg;
    const uint64_t words[8] = {
        0,
        ipc::pair(static_cast<uint32_t>(client.process.pid), static_cast<uint32_t>(client.tid)),
        connection.ids,
        ipc::pair(static_cast<uint32_t>(msg.coid), static_cast<uint32_t>(priority)),
        ipc::mi_bits_64,
        msg.moved,
        msg.own[0].size(),
        msg.own[1].size()};
    if (arch::store_user(server.msg.info_at, words)) [[likely]]
        return true;
    nto_msg_info info;
    ipc::fill_info(client, info);
    info.priority = static_cast<int16_t>(priority);
    return mm::put_user(server.process, server.msg.info_at, info);
}

/// The priority at which a server takes a message here and now; -1: it is not to be done here.
[[gnu::always_inline]] inline int receiving_priority(const PerCpu& cpu, const Thread& self,
                                                     const Thread& server, uint32_t flags)
{
    if (server.msg.short_call != ShortCall::receive || (flags & ipc::chf_inherit_runmask))
        [[unlikely]]
        return -1;
    int priority = server.priority;
    if (!(flags & ipc::chf_fixed_priority)) {
        if (self.priority > proc::max_unprivileged_priority) [[unlikely]]
            return -1;
        priority = self.priority > server.boost ? self.priority : server.boost;
    }
    return sched::may_run_next(cpu, server, priority) ? priority : -1;
}

/// Nothing is to be looked at before it waits.
inline bool may_wait(const PerCpu& cpu, const Thread& self)
{
    return (uint64_t{cpu.need_resched} | object::kept_by(self) | self.timeout.flags) == 0;
}

[[gnu::always_inline]] inline void short_send(PerCpu& cpu, Thread& self, Arguments arg)
{
    const uint64_t size = one_buffer(arg[2]), room = one_buffer(arg[4]);
    const int coid = to_int(arg[0]);
    const ipc::Connection* link = ipc::find_connection(self.process, coid);
    const bool uncancellable = arg[5] & 1;
    if ((size | room) > longest || uncancellable || !may_wait(cpu, self) || !link || !link->server)
        [[unlikely]]
        return general(self);
    ipc::ServerConnection& connection = *link->server;
    ipc::Channel& channel = *connection.channel;
    if (channel.receivers.empty()) [[unlikely]]
        return general(self);
    Thread* server = channel.receivers.first();
    const int priority = receiving_priority(cpu, self, *server, channel.flags);
    if (priority < 0) [[unlikely]]
        return general(self);
    const uint64_t space = server->msg.own[0].size();
    const uint64_t moved = size < space ? size : space;
    if (moved != 0 && !copy_out(server->msg.own[0], arg[1], moved)) [[unlikely]]
        return general(self);
    // (2) From here on nothing fails.
    self.msg.own[0].set_part(arg[1], size);
    self.msg.own[1].set_part(arg[3], room);
    ipc::begin_message(self, connection, coid, self.msg.own[0], self.msg.own[1]);
    self.msg.moved = moved;
    channel.receivers.take(*server);
    server->msg.short_call = ShortCall::none;
    const int own_priority = self.priority;
    if (!(channel.flags & ipc::chf_fixed_priority)) {
        server->message_priority = static_cast<int16_t>(own_priority);
        server->priority = static_cast<uint8_t>(priority);
    }
    channel.clients.append(self);
    wait_in(self, ThreadState::reply, ShortCall::send);
    sched::replace_current(cpu, self, *server);
    arch::exchange_user_context(self, *server);
    const bool told = server->msg.info_at == 0 || put_info(*server, self, connection, own_priority);
    arch::set_call_result(*server->frame, told ? self.msg.sent_as : -EFAULT);
    enter_answered(cpu, *server);
}

/// The client's part in its connection is over: ipc::release_blocked() when there is nothing to tell anybody.
[[gnu::always_inline]] inline void release_client(Thread& client, ipc::ServerConnection& connection)
{
    ipc::MessageState& msg = client.msg;
    if (connection.links.empty() || msg.unblock_requested) [[unlikely]] {
        ipc::release_blocked(client);
        return;
    }
    msg.connection = nullptr;
    msg.channel = nullptr;
    --connection.blocked;
}

[[gnu::always_inline]] inline void short_reply(PerCpu& cpu, Thread& self, Arguments arg)
{
    const uint64_t size = one_buffer(arg[3]);
    Thread* client = ipc::find_client(self.process, to_int(arg[0]));
    if (size > longest || self.timeout.flags != 0 || !client ||
        client->msg.short_call != ShortCall::send) [[unlikely]]
        return general(self);
    const uint64_t space = client->msg.own[1].size();
    const uint64_t moved = size < space ? size : space;
    if (moved != 0 && !copy_out(client->msg.own[1], arg[2], moved)) [[unlikely]]
        return general(self);
    // (4)
    client->msg.short_call = ShortCall::none;
    client->msg.channel->clients.take(*client);
    release_client(*client, *client->msg.connection);
    arch::set_call_result(*client->frame, static_cast<int64_t>(arg[1]));
    arch::prepare_answered(*client);
    arch::UserFrame& frame = *self.frame;
    arch::set_call_result(frame, 0);
    sched::make_answered_ready(cpu, *client);
    if (!may_leave(cpu, self)) [[unlikely]]
        arch_enter_user_frame(&frame);
    leave_kernel(cpu, self);
    arch_restore_frame(&frame);
}

/// Where the info goes; false: not there. Looked at once for each place: a page that goes later fails when the message comes.
[[gnu::always_inline]] inline bool check_info(Thread& self, uint64_t at)
{
    if (at == 0 || at == self.msg.info_at) [[likely]]
        return true;
    self.msg.info_at = 0;
    return in_user_space(at, sizeof(nto_msg_info)) &&
           arch_touch_user(reinterpret_cast<void*>(at)) &&
           arch_touch_user(reinterpret_cast<void*>(at + sizeof(nto_msg_info) - 1));
}

[[gnu::always_inline]] inline void short_receive(PerCpu& cpu, Thread& self, Arguments arg)
{
    const uint64_t size = one_buffer(arg[2]), info_at = arg[3];
    ipc::Channel* channel = self.process.channels.get(to_int(arg[0]));
    if (!channel || size > longest || !may_wait(cpu, self) || self.message_runmask != 0 ||
        !channel->queue.empty() || !check_info(self, info_at)) [[unlikely]]
        return general(self);
    // (1)
    ipc::MessageState& msg = self.msg;
    msg.own[0].set_part(arg[1], size);
    msg.receive = &msg.own[0];
    msg.info_at = info_at;
    msg.info = info_at != 0 ? &msg.info_store : nullptr;
    msg.pulses_only = false;
    msg.serving = channel;
    self.wait_key = static_cast<uint64_t>(channel->chid);
    if (channel->receivers.empty())
        channel->receivers.append(self);
    else
        channel->receivers.insert(self);
    wait_in(self, ThreadState::receive, ShortCall::receive);
    Thread& next = sched::take_highest(cpu);
    sched::replace_current(cpu, self, next);
    if (arch::is_answered(next)) [[likely]] {
        arch::exchange_user_context(self, next);
        enter_answered(cpu, next);
    }
    arch::exchange_context(self, next);
    arch_enter_stack(next.kernel_sp);
}

} // namespace

namespace {

constexpr void set_short_ways(arch::CallWays& ways, bool on)
{
    ways.by_number[KER_MSG_SEND] = on ? enter<short_send> : enter_general;
    ways.by_number[KER_MSG_RECEIVE] = on ? enter<short_receive> : enter_general;
    ways.by_number[KER_MSG_REPLY] = on ? enter<short_reply> : enter_general;
}

constexpr arch::CallWays make_ways()
{
    arch::CallWays ways(enter_general);
    set_short_ways(ways, true);
    return ways;
}

} // namespace

void use_short_ways(bool on)
{
    set_short_ways(arch::call_ways, on);
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

constinit arch::CallWays arch::call_ways = call::make_ways();
