// SPDX-License-Identifier: Apache-2.0
// ionotify(): arming an event of one's own on a descriptor.
#include "notify_client.hpp"
#include "result.hpp"
#include <sys/iomsg.h>
#include <unistd.h>

int ionotify(int fd, int action, int flags, const struct sigevent* event)
{
    return qnx::errno_of(qnx::notify_request(fd, action, static_cast<uint32_t>(flags), event));
}
