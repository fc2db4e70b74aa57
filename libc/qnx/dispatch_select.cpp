// SPDX-License-Identifier: Apache-2.0
// select_attach(): a descriptor's conditions come as pulses to the dispatch channel and leave as calls of a function.
#include "dispatch.hpp"
#include "notify_client.hpp"
#include "result.hpp"
#include <stdlib.h>
#include <sys/iomsg.h>

namespace {

uint32_t conditions_of(unsigned flags)
{
    uint32_t conditions = 0;
    if ((flags & SELECT_FLAG_READ) != 0)
        conditions |= _NOTIFY_COND_INPUT;
    if ((flags & SELECT_FLAG_WRITE) != 0)
        conditions |= _NOTIFY_COND_OUTPUT;
    if ((flags & SELECT_FLAG_EXCEPT) != 0)
        conditions |= _NOTIFY_COND_OBAND;
    return conditions;
}

unsigned flags_of(uint32_t conditions)
{
    unsigned flags = 0;
    if ((conditions & _NOTIFY_COND_INPUT) != 0)
        flags |= SELECT_FLAG_READ;
    if ((conditions & _NOTIFY_COND_OUTPUT) != 0)
        flags |= SELECT_FLAG_WRITE;
    if ((conditions & _NOTIFY_COND_OBAND) != 0)
        flags |= SELECT_FLAG_EXCEPT;
    return flags;
}

// Arms; what is true already becomes a pulse of our own.
int arm(dispatch_t* dpp, int fd, unsigned flags, uint32_t serial)
{
    struct sigevent event = {};
    SIGEV_PULSE_INIT(&event, dpp->self_coid, SIGEV_PULSE_PRIO_INHERIT, dpp->wakeup_code, serial);
    long now = qnx::notify_request(fd, _NOTIFY_ACTION_POLLARM, conditions_of(flags), &event);
    if (now < 0)
        return static_cast<int>(-now);
    if (now != 0)
        MsgSendPulse_r(dpp->self_coid, -1, dpp->wakeup_code, static_cast<int>(serial));
    return EOK;
}

bool find(dispatch_t* dpp, uint32_t serial, qnx::SelectHandler* out)
{
    qnx::MutexGuard guard(dpp->lock);
    for (qnx::SelectHandler* h = dpp->selects; h != nullptr; h = h->next) {
        if (h->serial == serial) {
            *out = *h;
            return true;
        }
    }
    return false;
}

} // namespace

void qnx::select_pulse(dispatch_context_t* ctp, uint32_t serial)
{
    dispatch_t* dpp = ctp->message_context.dpp;
    SelectHandler handler{};
    if (!find(dpp, serial, &handler))
        return;
    long now =
        notify_request(handler.fd, _NOTIFY_ACTION_POLL, conditions_of(handler.flags), nullptr);
    if (now > 0) {
        ctp->select_context.fd = handler.fd;
        handler.func(&ctp->select_context, handler.fd, flags_of(static_cast<uint32_t>(now)),
                     handler.handle);
    }
    if ((handler.flags & SELECT_FLAG_REARM) != 0 && find(dpp, serial, &handler))
        arm(dpp, handler.fd, handler.flags, serial);
}

int select_attach(dispatch_t* dpp, select_attr_t* attr, int fd, unsigned flags,
                  int (*func)(select_context_t* ctp, int fd, unsigned flags, void* handle),
                  void* handle)
{
    if (dpp == nullptr || func == nullptr || conditions_of(flags) == 0)
        return qnx::errno_of(-EINVAL);
    if (attr != nullptr)
        flags |= attr->flags;
    int err = qnx::need_self_connection(dpp);
    if (err != EOK)
        return qnx::errno_of(-err);
    auto* made = static_cast<qnx::SelectHandler*>(calloc(1, sizeof(qnx::SelectHandler)));
    if (made == nullptr)
        return qnx::errno_of(-ENOMEM);
    uint32_t serial;
    {
        qnx::MutexGuard guard(dpp->lock);
        serial = ++dpp->select_serial;
        *made = {dpp->selects, fd, flags, serial, func, handle};
        dpp->selects = made;
    }
    err = arm(dpp, fd, flags, serial);
    if (err == EOK)
        return 0;
    select_detach(dpp, fd);
    return qnx::errno_of(-err);
}

int select_detach(dispatch_t* dpp, int fd)
{
    qnx::MutexGuard guard(dpp->lock);
    for (qnx::SelectHandler** link = &dpp->selects; *link != nullptr; link = &(*link)->next) {
        if ((*link)->fd != fd)
            continue;
        qnx::SelectHandler* h = *link;
        *link = h->next;
        free(h);
        return 0;
    }
    return qnx::errno_of(-EINVAL);
}
