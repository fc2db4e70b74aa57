// SPDX-License-Identifier: Apache-2.0
// ChannelCreate(), ChannelCreatePulsePool(), ChannelDestroy(); the calls for asynchronous channels refuse.
#include "result.hpp"
#include <sys/neutrino.h>

int ChannelCreate_r(unsigned flags)
{
    return static_cast<int>(__kercall2(KER_CHANNEL_CREATE, flags, 0));
}

int ChannelCreate(unsigned flags)
{
    return qnx::errno_of(ChannelCreate_r(flags));
}

int ChannelCreatePulsePool(unsigned flags, const struct nto_channel_config* config)
{
    return qnx::errno_of(
        __kercall2(KER_CHANNEL_CREATE, flags | _NTO_CHF_PULSE_POOL, qnx::arg(config)));
}

// mode, buffers, event and credentials belong to asynchronous and global channels.
int ChannelCreateExt(unsigned flags, mode_t, size_t, unsigned, const struct sigevent*,
                     struct _cred_info*)
{
    return ChannelCreate(flags);
}

int ChannelConnectAttr(unsigned, union _channel_connect_attr*, union _channel_connect_attr*,
                       unsigned)
{
    return qnx::errno_of(-ENOTSUP);
}

int ChannelDestroy_r(int chid)
{
    return static_cast<int>(__kercall1(KER_CHANNEL_DESTROY, chid));
}

int ChannelDestroy(int chid)
{
    return qnx::errno_of(ChannelDestroy_r(chid));
}
