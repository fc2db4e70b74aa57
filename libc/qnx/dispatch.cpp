// SPDX-License-Identifier: Apache-2.0
// The dispatch handle, its contexts, and the loop's two steps: dispatch_block() and dispatch_handler().
#include "dispatch.hpp"
#include "result.hpp"
#include <stdlib.h>
#include <string.h>

namespace {

// Lies in front of every dispatch_context_t.
struct alignas(16) ContextHead {
    unsigned parts;
    void* buffer;
};

ContextHead* head_of(dispatch_context_t* ctp)
{
    return reinterpret_cast<ContextHead*>(ctp) - 1;
}

size_t context_bytes(unsigned parts)
{
    size_t with_iov = offsetof(resmgr_context_t, iov) + parts * sizeof(iov_t);
    return sizeof(ContextHead) +
           (with_iov > sizeof(dispatch_context_t) ? with_iov : sizeof(dispatch_context_t));
}

// What was attached after the context was made may need more room. nullptr: no memory, the old context is untouched.
dispatch_context_t* grow(dispatch_context_t* ctp)
{
    resmgr_context_t& ctx = ctp->resmgr_context;
    size_t wanted_size = ctx.dpp->message_size;
    unsigned wanted_parts = ctx.dpp->parts;
    ContextHead* head = head_of(ctp);
    if (wanted_size > ctx.msg_max_size) {
        void* buffer = malloc(wanted_size);
        if (buffer == nullptr)
            return nullptr;
        free(head->buffer);
        head->buffer = buffer;
        ctx.msg = static_cast<resmgr_iomsgs_t*>(buffer);
        ctx.msg_max_size = static_cast<unsigned>(wanted_size);
    }
    if (wanted_parts > head->parts) {
        auto* bigger = static_cast<ContextHead*>(realloc(head, context_bytes(wanted_parts)));
        if (bigger == nullptr)
            return nullptr;
        bigger->parts = wanted_parts;
        return reinterpret_cast<dispatch_context_t*>(bigger + 1);
    }
    return ctp;
}

void handle_pulse(dispatch_context_t* ctp)
{
    message_context_t& ctx = ctp->message_context;
    dispatch_t* dpp = ctx.dpp;
    const struct _pulse pulse = ctx.msg->pulse;
    if (pulse.code == _PULSE_CODE_UNBLOCK && dpp->resmgr) {
        qnx::resmgr_unblock(&ctp->resmgr_context, pulse.value.sival_int);
        return;
    }
    if (pulse.code == _PULSE_CODE_DISCONNECT && dpp->resmgr)
        qnx::resmgr_disconnect(&ctp->resmgr_context, pulse.scoid);
    if (pulse.code >= 0 && pulse.code == dpp->wakeup_code) {
        if (pulse.value.sival_int != 0)
            qnx::select_pulse(ctp, static_cast<uint32_t>(pulse.value.sival_int));
        return;
    }
    qnx::MessageHandler found{};
    {
        qnx::MutexGuard guard(dpp->lock);
        for (qnx::MessageHandler* h = dpp->messages; h != nullptr; h = h->next) {
            if (h->pulse && pulse.code >= h->low && pulse.code <= h->high) {
                found = *h;
                break;
            }
        }
    }
    if (found.func != nullptr)
        found.func(&ctx, pulse.code, 0, found.handle);
    if (pulse.code == _PULSE_CODE_DISCONNECT)
        ConnectDetach_r(pulse.scoid);
}

void handle_message(dispatch_context_t* ctp)
{
    message_context_t& ctx = ctp->message_context;
    if (ctx.info.msglen < sizeof(uint16_t)) {
        MsgError_r(ctx.rcvid, EINVAL);
        return;
    }
    uint16_t type = ctx.msg->type;
    qnx::MessageHandler found{};
    {
        qnx::MutexGuard guard(ctx.dpp->lock);
        for (qnx::MessageHandler* h = ctx.dpp->messages; h != nullptr; h = h->next) {
            if (!h->pulse && type >= h->low && type <= h->high) {
                found = *h;
                break;
            }
        }
    }
    if (found.func != nullptr) {
        found.func(&ctx, type, 0, found.handle);
    } else if (ctx.dpp->resmgr && qnx::resmgr_takes(type)) {
        qnx::resmgr_message(&ctp->resmgr_context);
    } else if (ctx.dpp->other_func != nullptr) {
        int result = ctx.dpp->other_func(&ctp->resmgr_context, ctx.msg);
        if (result != _RESMGR_NOREPLY)
            MsgError_r(ctx.rcvid, result == _RESMGR_DEFAULT ? ENOSYS : result);
    } else {
        MsgError_r(ctx.rcvid, ENOSYS);
    }
}

} // namespace

int qnx::need_channel(dispatch_t* dpp, unsigned extra_flags)
{
    MutexGuard guard(dpp->lock);
    if (dpp->chid != -1)
        return EOK;
    int chid = ChannelCreate_r(_NTO_CHF_UNBLOCK | _NTO_CHF_DISCONNECT | extra_flags);
    if (chid < 0)
        return -chid;
    dpp->chid = chid;
    dpp->own_chid = true;
    return EOK;
}

int qnx::need_self_connection(dispatch_t* dpp)
{
    int err = need_channel(dpp, 0);
    if (err != EOK)
        return err;
    MutexGuard guard(dpp->lock);
    if (dpp->self_coid != -1)
        return EOK;
    int coid = ConnectAttach_r(ND_LOCAL_NODE, 0, dpp->chid, _NTO_SIDE_CHANNEL, _NTO_COF_CLOEXEC);
    if (coid < 0)
        return -coid;
    dpp->wakeup_code = free_pulse_code_locked(dpp);
    dpp->self_coid = coid;
    return EOK;
}

dispatch_t* dispatch_create()
{
    auto* dpp = static_cast<dispatch_t*>(calloc(1, sizeof(dispatch_t)));
    if (dpp == nullptr)
        return nullptr;
    pthread_mutex_init(&dpp->lock, nullptr);
    dpp->chid = -1;
    dpp->self_coid = -1;
    dpp->wakeup_code = -1;
    dpp->message_size = qnx::min_message_size;
    dpp->parts = qnx::min_parts;
    return dpp;
}

dispatch_t* dispatch_create_channel(int chid, unsigned)
{
    dispatch_t* dpp = dispatch_create();
    if (dpp == nullptr)
        return nullptr;
    if (chid != -1) {
        dpp->chid = chid;
        return dpp;
    }
    int err = qnx::need_channel(dpp, 0);
    if (err != EOK) {
        free(dpp);
        errno = err;
        return nullptr;
    }
    return dpp;
}

int dispatch_destroy(dispatch_t* dpp)
{
    if (dpp == nullptr)
        return qnx::errno_of(-EINVAL);
    if (dpp->self_coid != -1)
        ConnectDetach_r(dpp->self_coid);
    if (dpp->own_chid)
        ChannelDestroy_r(dpp->chid);
    while (dpp->messages != nullptr) {
        qnx::MessageHandler* next = dpp->messages->next;
        free(dpp->messages);
        dpp->messages = next;
    }
    while (dpp->selects != nullptr) {
        qnx::SelectHandler* next = dpp->selects->next;
        free(dpp->selects);
        dpp->selects = next;
    }
    pthread_mutex_destroy(&dpp->lock);
    free(dpp);
    return 0;
}

dispatch_context_t* dispatch_context_alloc(dispatch_t* dpp)
{
    if (dpp == nullptr) {
        errno = EINVAL;
        return nullptr;
    }
    auto* head = static_cast<ContextHead*>(calloc(1, context_bytes(dpp->parts)));
    if (head == nullptr)
        return nullptr;
    head->parts = dpp->parts;
    head->buffer = malloc(dpp->message_size);
    if (head->buffer == nullptr) {
        free(head);
        return nullptr;
    }
    auto* ctp = reinterpret_cast<dispatch_context_t*>(head + 1);
    ctp->resmgr_context.dpp = dpp;
    ctp->resmgr_context.msg = static_cast<resmgr_iomsgs_t*>(head->buffer);
    ctp->resmgr_context.msg_max_size = static_cast<unsigned>(dpp->message_size);
    ctp->resmgr_context.rcvid = -1;
    return ctp;
}

void dispatch_context_free(dispatch_context_t* ctp)
{
    if (ctp == nullptr)
        return;
    ContextHead* head = head_of(ctp);
    free(head->buffer);
    free(head);
}

dispatch_context_t* dispatch_block(dispatch_context_t* ctp)
{
    dispatch_context_t* grown = grow(ctp);
    if (grown == nullptr) {
        errno = ENOMEM;
        return nullptr;
    }
    bool moved = grown != ctp;
    resmgr_context_t& ctx = grown->resmgr_context;
    if (ctx.dpp->chid == -1) {
        errno = EINVAL;
        return nullptr;
    }
    for (;;) {
        if (ctx.dpp->has_timeout) {
            uint64_t ns = ctx.dpp->timeout_ns;
            TimerTimeout_r(CLOCK_MONOTONIC, _NTO_TIMEOUT_RECEIVE, nullptr, &ns, nullptr);
        }
        ctx.rcvid = MsgReceive_r(ctx.dpp->chid, ctx.msg, ctx.msg_max_size, &ctx.info);
        if (ctx.rcvid >= 0)
            return grown;
        if (ctx.rcvid == -EINTR && moved)
            continue; // the caller has no other pointer than the old one
        errno = -ctx.rcvid;
        bool timed_out = ctx.rcvid == -ETIMEDOUT;
        ctx.rcvid = -1;
        return timed_out ? grown : nullptr;
    }
}

int dispatch_handler(dispatch_context_t* ctp)
{
    int rcvid = ctp->message_context.rcvid;
    if (rcvid < 0)
        return -1; // a timeout or a failed block
    ctp->resmgr_context.offset = 0;
    ctp->resmgr_context.status = 0;
    ctp->resmgr_context.id = -1;
    ctp->resmgr_context.size = rcvid == 0 ? sizeof(struct _pulse) : ctp->resmgr_context.info.msglen;
    if (ctp->resmgr_context.size > ctp->resmgr_context.msg_max_size)
        ctp->resmgr_context.size = ctp->resmgr_context.msg_max_size;
    if (rcvid == 0) {
        handle_pulse(ctp);
    } else {
        handle_message(ctp);
    }
    return 0;
}

void dispatch_unblock(dispatch_context_t* ctp)
{
    dispatch_t* dpp = ctp->message_context.dpp;
    if (qnx::need_self_connection(dpp) == EOK)
        MsgSendPulse_r(dpp->self_coid, -1, dpp->wakeup_code, 0);
}

int dispatch_timeout(dispatch_t* dpp, struct timespec* reltime)
{
    if (reltime == nullptr) {
        dpp->has_timeout = false;
        return 0;
    }
    if (reltime->tv_sec < 0 || reltime->tv_nsec < 0 || reltime->tv_nsec > 999999999)
        return qnx::errno_of(-EINVAL);
    dpp->timeout_ns = static_cast<uint64_t>(reltime->tv_sec) * 1000000000u +
                      static_cast<uint64_t>(reltime->tv_nsec);
    dpp->has_timeout = true;
    return 0;
}
