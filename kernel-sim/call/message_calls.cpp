// SPDX-License-Identifier: Apache-2.0
// Message, pulse and event calls.
#include "call/call.hpp"
#include "ipc/channel.hpp"
#include "ipc/event.hpp"
#include "ipc/key_data.hpp"
#include "ipc/message.hpp"
#include "mm/user_copy.hpp"
#include "object/hooks.hpp"

#include <abi/kercall.h>

namespace call {

using base::Err;
using base::Errno;
using ipc::Buffer;
using object::Thread;

namespace {

constexpr int priority_max = 255;
constexpr uint64_t send_uncancellable = 1; // flag: the nc forms

int64_t parts(uint64_t argument)
{
    return static_cast<int64_t>(argument);
}

Outcome msg_send(Thread& self, Arguments arg)
{
    Buffer message, reply;
    TRY(message.set_user(self.process, arg[1], parts(arg[2])));
    TRY(reply.set_user(self.process, arg[3], parts(arg[4])));
    self.keeps_cancel = arg[5] & send_uncancellable;
    Outcome outcome = value(ipc::send(to_int(arg[0]), message, reply));
    self.keeps_cancel = false;
    return outcome;
}

Outcome receive(Thread& self, Arguments arg, bool pulses_only)
{
    Buffer buffer;
    TRY(buffer.set_user(self.process, arg[1], parts(arg[2])));
    nto_msg_info info;
    const bool want_info = arg[3] != 0;
    if (want_info && !mm::user_writable(self.process, arg[3], sizeof info))
        return Err(Errno::efault);
    const int rcvid =
        TRY(ipc::receive(to_int(arg[0]), buffer, want_info ? &info : nullptr, pulses_only));
    if (want_info && rcvid > 0 && !mm::put_user(self.process, arg[3], info))
        return Err(Errno::efault);
    return rcvid;
}

Outcome msg_receive(Thread& self, Arguments arg)
{
    return receive(self, arg, false);
}

Outcome msg_reply(Thread& self, Arguments arg)
{
    Buffer data;
    TRY(data.set_user(self.process, arg[2], parts(arg[3])));
    return done(ipc::reply(self.process, to_int(arg[0]), static_cast<int64_t>(arg[1]), data));
}

Outcome msg_error(Thread& self, Arguments arg)
{
    return done(ipc::error(self.process, to_int(arg[0]), to_int(arg[1])));
}

Outcome msg_read(Thread& self, Arguments arg)
{
    Buffer to;
    TRY(to.set_user(self.process, arg[1], parts(arg[2])));
    return value(ipc::read(self.process, to_int(arg[0]), to, arg[3]));
}

Outcome msg_write(Thread& self, Arguments arg)
{
    Buffer from;
    TRY(from.set_user(self.process, arg[1], parts(arg[2])));
    return value(ipc::write(self.process, to_int(arg[0]), from, arg[3]));
}

Outcome msg_info(Thread& self, Arguments arg)
{
    nto_msg_info info;
    TRY(ipc::info(self.process, to_int(arg[0]), info));
    if (!mm::put_user(self.process, arg[1], info))
        return Err(Errno::efault);
    return 0;
}

Outcome msg_send_pulse(Thread& self, Arguments arg)
{
    const int priority = to_int(arg[1]), code = to_int(arg[2]);
    if (priority < -1 || priority > priority_max || code < -128 || code > 127)
        return Err(Errno::einval);
    nto_sigval sigval{};
    sigval.ptr = arg[3];
    return done(ipc::send_pulse(self.process, to_int(arg[0]),
                                priority < 0 ? self.priority : priority, code, sigval));
}

Outcome msg_deliver_event(Thread& self, Arguments arg)
{
    nto_sigevent event;
    if (!mm::get_user(self.process, event, arg[1]))
        return Err(Errno::efault);
    return done(ipc::deliver_event(self.process, to_int(arg[0]), event));
}

Outcome msg_register_event(Thread& self, Arguments arg)
{
    nto_sigevent event;
    if (!mm::get_user(self.process, event, arg[0]) ||
        !mm::user_writable(self.process, arg[0], sizeof event))
        return Err(Errno::efault);
    TRY(ipc::register_event(self.process, event, to_int(arg[1])));
    (void)mm::put_user(self.process, arg[0], event); // checked above
    return 0;
}

Outcome msg_unregister_event(Thread& self, Arguments arg)
{
    nto_sigevent event;
    if (!mm::get_user(self.process, event, arg[0]))
        return Err(Errno::efault);
    return done(ipc::unregister_event(self.process, event));
}

/// The thread works on this message now: it takes its client's priority.
Outcome msg_current(Thread& self, Arguments arg)
{
    Thread* client = ipc::client_of(self.process, to_int(arg[0]));
    if (!client)
        return Err(Errno::esrch);
    ipc::take_priority(self, *client->msg.channel, client->priority);
    return 0;
}

Outcome msg_verify_event(Thread& self, Arguments arg)
{
    nto_sigevent event;
    if (!mm::get_user(self.process, event, arg[1]))
        return Err(Errno::efault);
    return done(ipc::verify_event(self.process, to_int(arg[0]), event));
}

Outcome msg_key_data(Thread& self, Arguments arg)
{
    constexpr uint64_t calculate = 0, verify = 1;
    Buffer data;
    if (arg[1] != calculate && arg[1] != verify)
        return Err(Errno::einval);
    if (!proc::able(self.process, proc::Ability::keydata, 0))
        return Err(Errno::eperm);
    TRY(data.set_user(self.process, arg[4], parts(arg[5])));
    const uint32_t key = TRY(ipc::key_data(self.process, to_int(arg[0]), to_u32(arg[2]), data));
    if (!mm::put_user(self.process, arg[3], key))
        return Err(Errno::efault);
    return 0;
}

Outcome msg_pause(Thread& self, Arguments arg)
{
    return done(ipc::pause(self.process, to_int(arg[0]), to_u32(arg[1])));
}

Outcome msg_read_iov(Thread& self, Arguments arg)
{
    constexpr uint64_t chunk = 16;
    nto_iov some[chunk];
    if (arg[4] > 1)
        return Err(Errno::einval);
    uint64_t stored = 0;
    while (stored < arg[2]) {
        const uint64_t wanted = arg[2] - stored < chunk ? arg[2] - stored : chunk;
        const uint64_t got = TRY(ipc::read_parts(self.process, to_int(arg[0]), arg[4] != 0,
                                                 arg[3] + stored, some, wanted));
        if (!mm::copy_to_user(self.process, arg[1] + stored * sizeof(nto_iov), some,
                              got * sizeof(nto_iov)))
            return Err(Errno::efault);
        stored += got;
        if (got < wanted)
            break;
    }
    return static_cast<int64_t>(stored);
}

} // namespace

Outcome receive_pulse(Thread& self, Arguments arg)
{
    return receive(self, arg, true);
}

void add_message_calls(Handler* table)
{
    table[KER_MSG_SEND] = msg_send;
    table[KER_MSG_RECEIVE] = msg_receive;
    table[KER_MSG_RECEIVE_PULSE] = receive_pulse;
    table[KER_MSG_REPLY] = msg_reply;
    table[KER_MSG_ERROR] = msg_error;
    table[KER_MSG_READ] = msg_read;
    table[KER_MSG_WRITE] = msg_write;
    table[KER_MSG_INFO] = msg_info;
    table[KER_MSG_SEND_PULSE] = msg_send_pulse;
    table[KER_MSG_DELIVER_EVENT] = msg_deliver_event;
    table[KER_MSG_REGISTER_EVENT] = msg_register_event;
    table[KER_MSG_UNREGISTER_EVENT] = msg_unregister_event;
    table[KER_MSG_CURRENT] = msg_current;
    table[KER_MSG_VERIFY_EVENT] = msg_verify_event;
    table[KER_MSG_KEYDATA] = msg_key_data;
    table[KER_MSG_PAUSE] = msg_pause;
    table[KER_MSG_READIOV] = msg_read_iov;
}

} // namespace call
