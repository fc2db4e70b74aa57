// SPDX-License-Identifier: Apache-2.0
// ChannelCreate(), ChannelDestroy().
#include "result.hpp"
#include <sys/neutrino.h>

int ChannelCreate_r(unsigned flags)
{
    return static_cast<int>(__kercall1(KER_CHANNEL_CREATE, flags));
}

int ChannelCreate(unsigned flags)
{
    return qnx::errno_of(ChannelCreate_r(flags));
}

int ChannelDestroy_r(int chid)
{
    return static_cast<int>(__kercall1(KER_CHANNEL_DESTROY, chid));
}

int ChannelDestroy(int chid)
{
    return qnx::errno_of(ChannelDestroy_r(chid));
}
