// SPDX-License-Identifier: Apache-2.0
// Reading from and replying to a client that is REPLY-blocked on us.
#include "resmgr/request.hpp"

#include <errno.h>

namespace netmgr {

int Request::read(void* to, size_t size, size_t offset) const
{
    if (offset > total_ || size > total_ - offset)
        return EINVAL;
    if (offset + size <= have_) {
        memcpy(to, buffer_ + offset, size);
        return 0;
    }
    ssize_t n = MsgRead_r(rcvid_, to, size, offset);
    return n == static_cast<ssize_t>(size) ? 0 : EFAULT;
}

void Request::reply(long status, const void* data, size_t size) const
{
    int err = MsgReply_r(rcvid_, status, data, size);
    if (err < 0 && err != -ESRCH) // its buffer is bad; a client that is gone needs no answer
        error(EFAULT);
}

} // namespace netmgr
