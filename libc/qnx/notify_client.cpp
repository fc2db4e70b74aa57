// SPDX-License-Identifier: Apache-2.0
// One _IO_NOTIFY message.
#include "notify_client.hpp"
#include <errno.h>
#include <string.h>
#include <sys/iomsg.h>

long qnx::notify_request(int fd, int action, uint32_t flags, const struct sigevent* event)
{
    struct _io_notify request = {};
    static_assert(sizeof request.event >= sizeof(struct nto_sigevent));
    request.type = _IO_NOTIFY;
    request.combine_len = sizeof request;
    request.action = action;
    request.flags = static_cast<int32_t>(flags);
    if (event != nullptr)
        memcpy(request.event, event, sizeof(struct nto_sigevent));
    struct _io_notify_reply reply = {};
    long result = MsgSend_r(fd, &request, sizeof request, &reply, sizeof reply);
    if (result == -ENOSYS || result == -ENOTTY || result == -ENOTSUP)
        return flags & (_NOTIFY_COND_INPUT | _NOTIFY_COND_OUTPUT);
    if (result < 0)
        return result;
    return reply.flags & flags;
}
