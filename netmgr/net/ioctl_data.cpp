// SPDX-License-Identifier: Apache-2.0
// copyin() and copyout(): the client's data came with the message, so both are copies with a check. A pointer out of the client's
// structure is no address here, and is refused.
#include "net/ioctl_data.hpp"

#include <errno.h>
#include <string.h>

namespace netmgr {

bool IoctlData::holds(const void* at, size_t length)
{
    const auto begin = reinterpret_cast<uintptr_t>(current_.data());
    const auto wanted = reinterpret_cast<uintptr_t>(at);
    return wanted >= begin && wanted - begin <= current_.size() &&
           length <= current_.size() - (wanted - begin);
}

} // namespace netmgr

using netmgr::IoctlData;

extern "C" int copyin(const void* client, void* kernel, size_t length)
{
    if (!IoctlData::holds(client, length))
        return EFAULT;
    memcpy(kernel, client, length);
    return 0;
}

extern "C" int copyout(const void* kernel, void* client, size_t length)
{
    if (!IoctlData::holds(client, length))
        return EFAULT;
    memcpy(client, kernel, length);
    return 0;
}
