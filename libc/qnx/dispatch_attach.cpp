// SPDX-License-Identifier: Apache-2.0
// Attaching to a dispatch handle: ranges of message types, pulse codes.
#include "dispatch.hpp"
#include "result.hpp"
#include <stdlib.h>

namespace {

int attach(dispatch_t* dpp, bool pulse, int low, int high,
           int (*func)(message_context_t*, int, unsigned, void*), void* handle)
{
    auto* made = static_cast<qnx::MessageHandler*>(calloc(1, sizeof(qnx::MessageHandler)));
    if (made == nullptr)
        return ENOMEM;
    *made = {nullptr, low, high, pulse, func, handle};
    qnx::MutexGuard guard(dpp->lock);
    for (qnx::MessageHandler* h = dpp->messages; h != nullptr; h = h->next) {
        if (h->pulse == pulse && low <= h->high && high >= h->low) {
            free(made);
            return EINVAL; // overlaps another one
        }
    }
    made->next = dpp->messages;
    dpp->messages = made;
    return EOK;
}

int detach(dispatch_t* dpp, bool pulse, int low, int high)
{
    qnx::MutexGuard guard(dpp->lock);
    for (qnx::MessageHandler** link = &dpp->messages; *link != nullptr; link = &(*link)->next) {
        qnx::MessageHandler* h = *link;
        if (h->pulse == pulse && h->low == low && h->high == high) {
            *link = h->next;
            free(h);
            return 0;
        }
    }
    return qnx::errno_of(-EINVAL);
}

bool code_in_use(dispatch_t* dpp, int code)
{
    if (code == dpp->wakeup_code)
        return true;
    for (qnx::MessageHandler* h = dpp->messages; h != nullptr; h = h->next) {
        if (h->pulse && code >= h->low && code <= h->high)
            return true;
    }
    return false;
}

} // namespace

int qnx::free_pulse_code_locked(dispatch_t* dpp)
{
    for (int code = _PULSE_CODE_MAXAVAIL; code >= _PULSE_CODE_MINAVAIL; --code) {
        if (!code_in_use(dpp, code))
            return code;
    }
    return -1;
}

int message_attach(dispatch_t* dpp, message_attr_t* attr, int low, int high,
                   int (*func)(message_context_t* ctp, int code, unsigned flags, void* handle),
                   void* handle)
{
    if (dpp == nullptr || func == nullptr || low > high)
        return qnx::errno_of(-EINVAL);
    if (attr != nullptr) {
        if (attr->msg_max_size > dpp->message_size)
            dpp->message_size = attr->msg_max_size;
        if (attr->nparts_max > dpp->parts)
            dpp->parts = attr->nparts_max;
        if (attr->flags & MSG_FLAG_TYPE_PULSE)
            return pulse_attach(dpp, 0, low, func, handle);
    }
    int err = qnx::need_channel(dpp, 0);
    if (err == EOK)
        err = attach(dpp, false, low, high, func, handle);
    return qnx::errno_of(-err);
}

int message_detach(dispatch_t* dpp, int low, int high, int)
{
    return detach(dpp, false, low, high);
}

int message_connect(dispatch_t* dpp, int flags)
{
    int err = qnx::need_channel(dpp, 0);
    if (err != EOK)
        return qnx::errno_of(-err);
    unsigned index = (flags & MSG_FLAG_SIDE_CHANNEL) != 0 ? _NTO_SIDE_CHANNEL : 0;
    return ConnectAttach(ND_LOCAL_NODE, 0, dpp->chid, index, _NTO_COF_CLOEXEC);
}

int pulse_attach(dispatch_t* dpp, int flags, int code,
                 int (*func)(message_context_t* ctp, int code, unsigned flags, void* handle),
                 void* handle)
{
    if (dpp == nullptr || func == nullptr)
        return qnx::errno_of(-EINVAL);
    if ((flags & MSG_FLAG_ALLOC_PULSE) != 0) {
        qnx::MutexGuard guard(dpp->lock);
        code = qnx::free_pulse_code_locked(dpp);
        if (code < 0)
            return qnx::errno_of(-EAGAIN);
    }
    int err = qnx::need_channel(dpp, 0);
    if (err == EOK)
        err = attach(dpp, true, code, code, func, handle);
    return err == EOK ? code : qnx::errno_of(-err);
}

int pulse_detach(dispatch_t* dpp, int code, int)
{
    return detach(dpp, true, code, code);
}
