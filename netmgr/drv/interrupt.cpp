// SPDX-License-Identifier: Apache-2.0
// interrupt_entry_init(), interrupt_queue() and the workers' side of them. Every queued entry has one pulse on its way.
#include "drv/interrupt.hpp"

#include <errno.h>
#include <new>
#include <signal.h>

#include "drv/runtime.hpp"

namespace netmgr {

namespace {

enum EntryState : int {
    entry_idle = 0,
    entry_queued = 1,
    entry_running = 2
}; // _iopkt_inter::on_list

// What hangs on _iopkt_inter::ient.
struct EntryExtra {
    sigevent event;
    unsigned users = 0; // workers inside func or enable
    bool removing = false;
};

struct Queue {
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER; // guards the list and every entry's on_list
    pthread_cond_t finished = PTHREAD_COND_INITIALIZER;
    _iopkt_inter* head = nullptr;
    _iopkt_inter* tail = nullptr;
};
Queue queue;

void append_locked(_iopkt_inter& inter)
{
    inter.next = nullptr;
    inter.on_list = entry_queued;
    if (queue.tail != nullptr)
        queue.tail->next = &inter;
    else
        queue.head = &inter;
    queue.tail = &inter;
}

void unlink_locked(_iopkt_inter& inter)
{
    _iopkt_inter* before = nullptr;
    for (_iopkt_inter* at = queue.head; at != nullptr; before = at, at = at->next) {
        if (at != &inter)
            continue;
        if (before != nullptr)
            before->next = at->next;
        else
            queue.head = at->next;
        if (queue.tail == at)
            queue.tail = before;
        break;
    }
    inter.on_list = entry_idle;
}

_iopkt_inter* take_first()
{
    pthread_mutex_lock(&queue.mutex);
    _iopkt_inter* inter = queue.head;
    if (inter != nullptr) {
        unlink_locked(*inter);
        inter->on_list = entry_running;
        static_cast<EntryExtra*>(inter->ient)->users++;
    }
    pthread_mutex_unlock(&queue.mutex);
    return inter;
}

void send_pulse(const sigevent& event)
{
    MsgSendPulse(event.sigev_coid, event.sigev_priority, event.sigev_code, 0);
}

} // namespace

void run_interrupt_entry()
{
    _iopkt_inter* inter = take_first();
    if (inter == nullptr)
        return; // removed after its pulse was sent
    auto& extra = *static_cast<EntryExtra*>(inter->ient);
    bool done = inter->func(inter->arg, Runtime::current()) != 0;
    pthread_mutex_lock(&queue.mutex);
    bool again = !done && !extra.removing;
    inter->on_list = entry_idle; // before enable: from then on the source may queue it
    if (again)
        append_locked(*inter);
    pthread_mutex_unlock(&queue.mutex);
    if (again)
        send_pulse(extra.event);
    else if (done && inter->enable != nullptr)
        inter->enable(inter->arg);
    pthread_mutex_lock(&queue.mutex);
    extra.users--;
    pthread_cond_broadcast(&queue.finished);
    pthread_mutex_unlock(&queue.mutex);
}

} // namespace netmgr

using namespace netmgr;

extern "C" int interrupt_entry_init(_iopkt_inter* inter, unsigned, void*, int prio)
{
    auto* extra = new (std::nothrow) EntryExtra;
    if (extra == nullptr)
        return ENOMEM;
    int priority = prio & ~IRUPT_PRIO_DEFAULT;
    if (priority <= 0 || (prio & IRUPT_PRIO_DEFAULT))
        priority = runtime.rx_priority();
    SIGEV_PULSE_INIT(&extra->event, runtime.coid(), static_cast<short>(priority), pulse_interrupt,
                     0);
    inter->next = nullptr;
    inter->on_list = entry_idle;
    inter->prio = priority;
    inter->ient = extra;
    return 0;
}

extern "C" const sigevent* interrupt_queue(_iopkt_self*, _iopkt_inter* inter)
{
    const sigevent* event = nullptr;
    pthread_mutex_lock(&queue.mutex);
    if (inter->on_list == entry_idle && inter->ient != nullptr) {
        append_locked(*inter);
        event = &static_cast<EntryExtra*>(inter->ient)->event;
    }
    pthread_mutex_unlock(&queue.mutex);
    return event;
}

// Afterwards func and enable are not running and will not be called. Stack context: func must not wait for that.
extern "C" int interrupt_entry_remove(_iopkt_inter* inter, void*)
{
    auto* extra = static_cast<EntryExtra*>(inter->ient);
    if (extra == nullptr)
        return EINVAL;
    pthread_mutex_lock(&queue.mutex);
    extra->removing = true;
    while (extra->users != 0)
        pthread_cond_wait(&queue.finished, &queue.mutex);
    if (inter->on_list == entry_queued)
        unlink_locked(*inter);
    inter->ient = nullptr;
    pthread_mutex_unlock(&queue.mutex);
    delete extra;
    return 0;
}
