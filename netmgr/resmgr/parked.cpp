// SPDX-License-Identifier: Apache-2.0
// Parking requests that would block, trying them again, and ending them: time-out, signal, close.
#include "resmgr/parked.hpp"

#include <errno.h>
#include <fcntl.h>
#include <new>
#include <sys/iomsg.h>
#include <sys/syslog.h>

#include "kern/protosw.hpp"
#include "resmgr/server.hpp"

namespace netmgr {

// The client asked not to wait, or is waiting from now on (0).
int Server::park_or_fail(const Request& request, SocketFile& file, ParkedKind kind,
                         const SendState* send, const ReceiveState* receive, int flags,
                         int listening)
{
    bool wait =
        !file.so->nonblocking && (file.ioflag & O_NONBLOCK) == 0 && (flags & MSG_DONTWAIT) == 0;
    if (!wait && send != nullptr && send->done != 0) {
        request.reply(static_cast<long>(send->done));
        return 0;
    }
    if (!wait)
        return EAGAIN;
    auto* parked = parked_pool_->make<Parked>(
        kind, request, kind == ParkedKind::accept ? listening : request.coid());
    if (parked == nullptr)
        return ENOMEM;
    parked->server = this;
    parked->file = &file;
    if (send != nullptr)
        parked->send = *send;
    if (receive != nullptr)
        parked->receive = *receive;
    return park(parked,
                parked->is_input() ? file.so->receive_timeout_ns : file.so->send_timeout_ns);
}

int Server::park(Parked* parked, uint64_t timeout_ns)
{
    // A signal may have come before we knew that the request has to wait; its pulse finds nothing then.
    _msg_info info;
    if (MsgInfo_r(parked->request.rcvid(), &info) < 0 || (info.flags & _NTO_MI_UNBLOCK_REQ) != 0) {
        parked_pool_->destroy(parked);
        return EINTR;
    }
    Parked** at = &parked->file->parked;
    while (*at != nullptr)
        at = &(*at)->next;
    *at = parked;
    parked->all_next = all_parked_;
    parked->all_link = &all_parked_;
    if (all_parked_ != nullptr)
        all_parked_->all_link = &parked->all_next;
    all_parked_ = parked;
    callout_init(&parked->timer);
    if (timeout_ns != 0)
        stack_->callouts().start(parked->timer, timeout_ns, park_timeout, parked);
    take_place(*parked);
    return 0;
}

// A blocked operation has a place, or waits for one.
void Server::take_place(Parked& parked)
{
    Places& p = places_;
    if (p.used == p.places) {
        const bool full = p.places >= p.maximum;
        p.exhausted += full;
        if (full && p.waiting == 0)
            log(LOG_WARNING, "out of threads: %llu blocked operations, threads_max=%llu%s",
                static_cast<unsigned long long>(p.used), static_cast<unsigned long long>(p.maximum),
                options_.limits.enforced ? ": others wait" : "");
        if (full && options_.limits.enforced) {
            parked.waiting = true;
            p.waiting++;
            return;
        }
        const uint64_t more = p.places + p.increment;
        p.places = more > p.maximum && !full ? p.maximum : more;
    }
    p.used++;
}

// A place is free: the operation that has waited longest gets it and is tried.
void Server::give_place()
{
    places_.used--;
    if (places_.waiting == 0)
        return;
    Parked* oldest = nullptr;
    for (Parked* p = all_parked_; p != nullptr; p = p->all_next)
        if (p->waiting)
            oldest = p; // the list is newest first
    oldest->waiting = false;
    places_.waiting--;
    places_.used++;
    mark_dirty(*oldest->file);
}

void Server::unpark(Parked& parked)
{
    Parked** at = &parked.file->parked;
    while (*at != &parked)
        at = &(*at)->next;
    *at = parked.next;
    *parked.all_link = parked.all_next;
    if (parked.all_next != nullptr)
        parked.all_next->all_link = parked.all_link;
    stack_->callouts().stop(parked.timer);
    const bool had_place = !parked.waiting;
    places_.waiting -= parked.waiting;
    parked_pool_->destroy(&parked);
    if (had_place)
        give_place();
}

// err 0: already answered.
void Server::answer_parked(Parked& parked, int err)
{
    if (parked.kind == ParkedKind::close) { // whatever became of it, the descriptor is gone
        SocketFile* file = parked.file;
        if (err == EINTR)
            parked.request.error(err);
        else
            parked.request.reply(0);
        unpark(parked);
        dispose(file);
        return;
    }
    bool partial = parked.kind == ParkedKind::send && parked.send.done != 0 && err != 0;
    if (partial) {
        parked.request.reply(static_cast<long>(parked.send.done));
    } else if (parked.kind == ParkedKind::receive && parked.receive.done != 0 && err != 0) {
        Received nothing_more;
        reply_data(parked.request, parked.receive, nothing_more);
    } else if (err != 0) {
        parked.request.error(err);
    }
    unpark(parked);
}

int Server::try_parked(Parked& parked)
{
    switch (parked.kind) {
    case ParkedKind::send:
        return try_send(parked.request, *parked.file, parked.send);
    case ParkedKind::receive:
        return try_receive(parked.request, *parked.file, parked.receive);
    case ParkedKind::accept:
        return try_accept(parked.request, *parked.file);
    case ParkedKind::connect: {
        int err = soconnect_result(*parked.file->so);
        if (err == 0)
            parked.request.reply(0);
        return err;
    }
    case ParkedKind::close:
        return solinger(*parked.file->so);
    }
    return EINVAL;
}

void Server::park_timeout(void* arg)
{
    auto& parked = *static_cast<Parked*>(arg);
    Socket& so = *parked.file->so;
    int err = parked.kind == ParkedKind::receive ? so.proto.receive_timed_out(so) : EAGAIN;
    if (err == 0)
        err = parked.server->try_parked(parked);
    parked.server->answer_parked(parked, err == EWOULDBLOCK ? EAGAIN : err);
}

// A signal or time-out hit the client: it is let go.
void Server::unblock(int rcvid)
{
    for (Parked* p = all_parked_; p != nullptr; p = p->all_next) {
        if (p->request.rcvid() == rcvid) {
            answer_parked(*p, EINTR);
            return;
        }
    }
    if (bind_checker_.abandon(rcvid))
        MsgError_r(rcvid, EINTR);
}

} // namespace netmgr
