// SPDX-License-Identifier: Apache-2.0
// _IO_NOTIFY: what select(), poll() and ionotify() wait for.
#include <errno.h>
#include <new>
#include <string.h>
#include <sys/iomsg.h>

#include "resmgr/server.hpp"

namespace netmgr {

uint32_t Server::conditions(SocketFile& file)
{
    unsigned events = sopoll(*file.so);
    uint32_t now = 0;
    if (events & so_readable)
        now |= _NOTIFY_COND_INPUT;
    if (events & so_writable)
        now |= _NOTIFY_COND_OUTPUT;
    if (events & so_exception)
        now |= _NOTIFY_COND_OBAND;
    return now;
}

int Server::handle_notify(Request& request, SocketFile& file)
{
    _io_notify notify;
    if (!request.get(notify))
        return EINVAL;
    auto wanted = static_cast<uint32_t>(notify.flags) & _NOTIFY_COND_MASK;
    uint32_t now = conditions(file) & wanted;
    bool arm = false;
    switch (notify.action) {
    case _NOTIFY_ACTION_POLL:
        break;
    case _NOTIFY_ACTION_POLLARM:
    case _NOTIFY_ACTION_CONDARM:
        arm = now == 0;
        break;
    case _NOTIFY_ACTION_TRANARM:
        arm = true;
        break;
    default:
        return EINVAL;
    }
    // A new question of the same waiter (same descriptor, same kind of event and place it goes to) replaces its last one.
    forget_watchers(file, request.scoid(), request.coid(), notify.event);
    if (arm && wanted != 0) {
        auto* w = new (std::nothrow)
            Watcher{file.watchers, request.rcvid(), request.scoid(), request.coid(), wanted, {}};
        if (w == nullptr)
            return ENOMEM;
        memcpy(w->event, notify.event, sizeof w->event);
        file.watchers = w;
    }
    _io_notify_reply reply = {};
    reply.flags = now;
    request.reply(0, &reply, sizeof reply);
    return 0;
}

void Server::fire_watchers(SocketFile& file)
{
    if (file.watchers == nullptr)
        return;
    uint32_t now = conditions(file);
    for (Watcher** at = &file.watchers; *at != nullptr;) {
        Watcher* w = *at;
        if ((w->conditions & now) == 0) {
            at = &w->next;
            continue;
        }
        *at = w->next;
        MsgDeliverEvent_r(w->rcvid, reinterpret_cast<const sigevent*>(w->event));
        delete w;
    }
}

// event nullptr: all of the descriptor.
void Server::forget_watchers(SocketFile& file, int scoid, int coid, const uint8_t* event)
{
    constexpr size_t kind_and_target = 2 * sizeof(int32_t); // sigev_notify and sigev_coid
    for (Watcher** at = &file.watchers; *at != nullptr;) {
        Watcher* w = *at;
        if (w->scoid != scoid || w->coid != coid ||
            (event != nullptr && memcmp(w->event, event, kind_and_target) != 0)) {
            at = &w->next;
            continue;
        }
        *at = w->next;
        delete w;
    }
}

} // namespace netmgr
