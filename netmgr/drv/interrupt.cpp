// SPDX-License-Identifier: Apache-2.0
// interrupt_entry_init(), interrupt_queue() and the workers' side of them. Every queued entry has one pulse on its way.
#include "drv/interrupt.hpp"

#include <errno.h>
#include <signal.h>

#include "drv/runtime.hpp"

namespace netmgr {

namespace {

enum EntryState : int {
    entry_idle = 0,
    entry_queued = 1,
    entry_running = 2,
    entry_gone = 3
}; // _iopkt_inter::on_list

// What _iopkt_inter::ient points at. Slots are never freed: a pulse that comes late finds one that is idle, or nothing to do.
struct Slot {
    _iopkt_inter* inter = nullptr;
    sigevent event = {};
    unsigned users = 0; // workers inside func or enable
    bool removing = false;
};

constexpr unsigned max_entries = 128;
Slot slots[max_entries];
// Guards the slots between workers and those who remove. interrupt_queue() takes no lock: it is called from ISRs.
pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
pthread_cond_t finished = PTHREAD_COND_INITIALIZER;

bool change_state(_iopkt_inter& inter, EntryState from, EntryState to)
{
    int expected = from;
    return __atomic_compare_exchange_n(&inter.on_list, &expected, to, false, __ATOMIC_ACQ_REL,
                                       __ATOMIC_RELAXED);
}

// The entry whose turn the pulse is; nullptr: removed, or taken already.
_iopkt_inter* take(Slot& slot)
{
    pthread_mutex_lock(&mutex);
    _iopkt_inter* inter = slot.removing ? nullptr : slot.inter;
    if (inter != nullptr && change_state(*inter, entry_queued, entry_running))
        slot.users++;
    else
        inter = nullptr;
    pthread_mutex_unlock(&mutex);
    return inter;
}

void send_pulse(const sigevent& event)
{
    MsgSendPulse(event.sigev_coid, event.sigev_priority, event.sigev_code,
                 event.sigev_value.sival_int);
}

} // namespace

void run_interrupt_entry(int number)
{
    if (number < 0 || static_cast<unsigned>(number) >= max_entries)
        return;
    Slot& slot = slots[number];
    _iopkt_inter* inter = take(slot);
    if (inter == nullptr)
        return;
    const bool done = inter->func(inter->arg, Runtime::current()) != 0;
    pthread_mutex_lock(&mutex);
    const bool again = !done && !slot.removing;
    // Idle before enable: from then on the source may queue it.
    change_state(*inter, entry_running, again ? entry_queued : entry_idle);
    pthread_mutex_unlock(&mutex);
    if (again)
        send_pulse(slot.event); // behind what else is queued
    else if (done && inter->enable != nullptr)
        inter->enable(inter->arg);
    pthread_mutex_lock(&mutex);
    slot.users--;
    pthread_cond_broadcast(&finished);
    pthread_mutex_unlock(&mutex);
}

} // namespace netmgr

using namespace netmgr;

extern "C" int interrupt_entry_init(_iopkt_inter* inter, unsigned, void*, int prio)
{
    int priority = prio & ~IRUPT_PRIO_DEFAULT;
    if (priority <= 0 || (prio & IRUPT_PRIO_DEFAULT))
        priority = runtime.rx_priority();
    pthread_mutex_lock(&mutex);
    unsigned number = 0;
    while (number < max_entries && slots[number].inter != nullptr)
        number++;
    if (number == max_entries) {
        pthread_mutex_unlock(&mutex);
        return ENOMEM;
    }
    Slot& slot = slots[number];
    slot = {};
    slot.inter = inter;
    SIGEV_PULSE_INIT(&slot.event, runtime.coid(), static_cast<short>(priority), pulse_interrupt, 0);
    slot.event.sigev_value.sival_int = static_cast<int>(number);
    inter->next = nullptr;
    inter->prio = priority;
    inter->ient = &slot;
    inter->on_list = entry_idle;
    pthread_mutex_unlock(&mutex);
    return 0;
}

// Any thread, and interrupt handlers.
extern "C" const sigevent* interrupt_queue(_iopkt_self*, _iopkt_inter* inter)
{
    const auto* slot = static_cast<const Slot*>(inter->ient);
    return slot != nullptr && change_state(*inter, entry_idle, entry_queued) ? &slot->event
                                                                             : nullptr;
}

// Afterwards func and enable are not running and will not be called. The source must not queue it any more. Stack context: func
// must not wait for that.
extern "C" int interrupt_entry_remove(_iopkt_inter* inter, void*)
{
    auto* slot = static_cast<Slot*>(inter->ient);
    if (slot == nullptr)
        return EINVAL;
    pthread_mutex_lock(&mutex);
    slot->removing = true;
    while (slot->users != 0)
        pthread_cond_wait(&finished, &mutex);
    __atomic_store_n(&inter->on_list, entry_gone, __ATOMIC_RELEASE);
    inter->ient = nullptr;
    slot->inter = nullptr;
    slot->removing = false;
    pthread_mutex_unlock(&mutex);
    return 0;
}
