// SPDX-License-Identifier: Apache-2.0
// Notification: clients' armed events, kept in the server's iofunc_notify_t[3] until a condition comes true.
#include "dispatch.hpp"
#include "iofunc.hpp"
#include <stdlib.h>
#include <string.h>

struct _iofunc_notify_event {
    _iofunc_notify_event* next;
    int rcvid, scoid, coid;
    int count;
    struct nto_sigevent event;
};

namespace {

constexpr int none_armed = 0x7fffffff;
constexpr uint32_t conditions[3] = {_NOTIFY_COND_INPUT, _NOTIFY_COND_OUTPUT, _NOTIFY_COND_OBAND};
pthread_mutex_t notify_lock = PTHREAD_MUTEX_INITIALIZER;

void recount(iofunc_notify_t& condition)
{
    condition.cnt = none_armed;
    for (_iofunc_notify_event* e = condition.list; e != nullptr; e = e->next) {
        if (e->count < condition.cnt)
            condition.cnt = e->count;
    }
}

template <typename Predicate>
void remove_if(iofunc_notify_t& condition, Predicate matches)
{
    _iofunc_notify_event** link = &condition.list;
    while (*link != nullptr) {
        _iofunc_notify_event* e = *link;
        if (!matches(*e)) {
            link = &e->next;
            continue;
        }
        *link = e->next;
        free(e);
    }
    recount(condition);
}

bool same_event(const struct nto_sigevent& a, const struct nto_sigevent& b)
{
    return a.notify == b.notify && a.signo == b.signo && a.u.c.code == b.u.c.code;
}

// A selector has at most one event armed on a connection: a new one (or none) replaces it.
void forget(const resmgr_context_t* ctp, iofunc_notify_t* nop, const struct nto_sigevent& event)
{
    for (int i = 0; i < 3; ++i) {
        remove_if(nop[i], [&](const _iofunc_notify_event& e) {
            return e.scoid == ctp->info.scoid && e.coid == ctp->info.coid &&
                   same_event(e.event, event);
        });
    }
}

int arm(const resmgr_context_t* ctp, iofunc_notify_t* nop, uint32_t flags,
        const struct nto_sigevent& event, const int* counts)
{
    for (int i = 0; i < 3; ++i) {
        if ((flags & conditions[i]) == 0)
            continue;
        auto* e = static_cast<_iofunc_notify_event*>(malloc(sizeof(_iofunc_notify_event)));
        if (e == nullptr)
            return ENOMEM;
        *e = {nop[i].list,
              ctp->rcvid,
              ctp->info.scoid,
              ctp->info.coid,
              counts != nullptr ? counts[i] : 1,
              event};
        nop[i].list = e;
        recount(nop[i]);
    }
    return EOK;
}

void deliver(const _iofunc_notify_event& e)
{
    struct sigevent event = {};
    memcpy(&event, &e.event, sizeof e.event);
    MsgDeliverEvent_r(e.rcvid, &event);
}

} // namespace

int iofunc_notify(resmgr_context_t* ctp, io_notify_t* msg, iofunc_notify_t* nop, int trig,
                  const int* notifycounts, int* armed)
{
    auto flags = static_cast<uint32_t>(msg->i.flags) & _NOTIFY_COND_MASK;
    uint32_t true_now = static_cast<uint32_t>(trig) & flags;
    int action = msg->i.action;
    if (action < _NOTIFY_ACTION_POLL || action > _NOTIFY_ACTION_CONDARM)
        return EINVAL;
    struct nto_sigevent event;
    memcpy(&event, msg->i.event, sizeof event);
    bool arms =
        action == _NOTIFY_ACTION_TRANARM || (action != _NOTIFY_ACTION_POLL && true_now == 0);
    if (armed != nullptr)
        *armed = arms;
    if (nop != nullptr) {
        qnx::MutexGuard guard(notify_lock);
        forget(ctp, nop, event);
        if (arms) {
            int err = arm(ctp, nop, flags, event, notifycounts);
            if (err != EOK)
                return err;
        }
    } else if (arms) {
        return ENOTTY;
    }
    memset(&msg->o, 0, sizeof msg->o);
    msg->o.flags = true_now;
    return _RESMGR_PTR(ctp, &msg->o, sizeof msg->o);
}

int iofunc_notify_remove(resmgr_context_t* ctp, iofunc_notify_t* nop)
{
    qnx::MutexGuard guard(notify_lock);
    for (int i = 0; i < 3; ++i) {
        remove_if(nop[i], [&](const _iofunc_notify_event& e) {
            return ctp == nullptr || (e.scoid == ctp->info.scoid && e.coid == ctp->info.coid);
        });
    }
    return EOK;
}

void iofunc_notify_trigger(iofunc_notify_t* nop, int count, int index)
{
    if (index < 0 || index > 2)
        return;
    qnx::MutexGuard guard(notify_lock);
    iofunc_notify_t& condition = nop[index];
    remove_if(condition, [&](const _iofunc_notify_event& e) {
        if (e.count > count)
            return false;
        deliver(e);
        return true;
    });
}

int iofunc_notify_trigger_strict(resmgr_context_t* ctp, iofunc_notify_t* nop, int count, int index)
{
    if (index < 0 || index > 2)
        return EINVAL;
    if (ctp == nullptr) {
        iofunc_notify_trigger(nop, count, index);
        return EOK;
    }
    qnx::MutexGuard guard(notify_lock);
    remove_if(nop[index], [&](const _iofunc_notify_event& e) {
        if (e.count > count || e.scoid != ctp->info.scoid || e.coid != ctp->info.coid)
            return false;
        deliver(e);
        return true;
    });
    return EOK;
}
