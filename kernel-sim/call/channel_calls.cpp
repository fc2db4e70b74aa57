// SPDX-License-Identifier: Apache-2.0
// Channel and connection calls.
#include "call/call.hpp"
#include "ipc/channel.hpp"
#include "ipc/message.hpp"
#include "mm/user_copy.hpp"
#include "object/hooks.hpp"

#include <abi/kercall.h>

namespace call {

using base::Err;
using base::Errno;
using object::Process;
using object::Thread;

namespace {

Outcome channel_create(Thread& self, Arguments arg)
{
    const uint32_t flags = to_u32(arg[0]);
    if (!(flags & ipc::chf_private) && !proc::able(self.process, proc::Ability::public_channel, 0))
        return Err(Errno::eperm);
    if (!(flags & ipc::chf_pulse_pool))
        return value(ipc::create_channel(self.process, flags));
    nto_pool_config config;
    if (!arg[1])
        return Err(Errno::einval);
    if (!mm::get_user(self.process, config, arg[1]))
        return Err(Errno::efault);
    return value(ipc::create_channel(self.process, flags, &config));
}

Outcome channel_destroy(Thread& self, Arguments arg)
{
    return done(ipc::destroy_channel(self.process, to_int(arg[0])));
}

Outcome connect_attach(Thread& self, Arguments arg)
{
    if (arg[0] != 0) // nd: only this node
        return Err(Errno::eremote);
    return value(
        ipc::attach(self.process, to_int(arg[1]), to_int(arg[2]), to_u32(arg[3]), to_u32(arg[4])));
}

Outcome connect_detach(Thread& self, Arguments arg)
{
    const int id = to_int(arg[0]);
    if (id == object::side_channel)
        return Err(Errno::einval); // the process manager is always reachable
    return done(ipc::detach(self.process, id));
}

Outcome connect_flags(Thread& self, Arguments arg)
{
    const int pid = to_int(arg[0]);
    Process* process = pid == 0 ? &self.process : object::find_process(pid);
    if (!process)
        return Err(Errno::esrch);
    if (process != &self.process && !proc::able(self.process, proc::Ability::connection, 0))
        return Err(Errno::eperm);
    return value(ipc::connection_flags(*process, to_int(arg[1]), to_u32(arg[2]), to_u32(arg[3])));
}

Outcome connect_server_info(Thread& self, Arguments arg)
{
    const int pid = to_int(arg[0]);
    Process* process = pid == 0 ? &self.process : object::find_process(pid);
    if (!process)
        return Err(Errno::esrch);
    const nto_server_info info = TRY(ipc::server_info(*process, to_int(arg[1])));
    if (!mm::put_user(self.process, arg[2], info))
        return Err(Errno::efault);
    return info.coid;
}

Outcome connect_client_info(Thread& self, Arguments arg)
{
    nto_client_info info;
    TRY(ipc::client_info(self.process, to_int(arg[0]), info));
    const uint32_t wanted = to_u32(arg[2]);
    const uint64_t groups = info.cred.ngroups < wanted ? info.cred.ngroups : wanted;
    const uint64_t size = sizeof info - sizeof info.cred.grouplist + groups * sizeof(int32_t);
    if (!mm::copy_to_user(self.process, arg[1], &info, size))
        return Err(Errno::efault);
    return 0;
}

} // namespace

void add_channel_calls(Handler* table)
{
    table[KER_CHANNEL_CREATE] = channel_create;
    table[KER_CHANNEL_DESTROY] = channel_destroy;
    table[KER_CONNECT_ATTACH] = connect_attach;
    table[KER_CONNECT_DETACH] = connect_detach;
    table[KER_CONNECT_FLAGS] = connect_flags;
    table[KER_CONNECT_SERVER_INFO] = connect_server_info;
    table[KER_CONNECT_CLIENT_INFO] = connect_client_info;
}

} // namespace call
