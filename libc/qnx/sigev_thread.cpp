// SPDX-License-Identifier: Apache-2.0
// The thread behind SIGEV_THREAD events, its channel, and the table of functions to call.
#include "sigev_thread.h"
#include "dispatch.hpp"
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/neutrino.h>
#include <sys/siginfo.h>

namespace {

constexpr unsigned slots_max = 1024, index_bits = 10;

struct Slot {
    void (*function)(union sigval);
    union sigval value;
    pthread_attr_t attributes;
    bool has_attributes, used;
    unsigned generation; // a late pulse of an event given back starts nothing
};
Slot* slots[slots_max];
pthread_mutex_t slots_lock = PTHREAD_MUTEX_INITIALIZER;
int channel = -1, connection = -1;

struct Start {
    void (*function)(union sigval);
    union sigval value;
};

void* run(void* arg)
{
    const Start start = *static_cast<Start*>(arg);
    free(arg);
    start.function(start.value);
    return nullptr;
}

// What the slot's pulse starts; nullptr: the event was given back meanwhile, or there is no memory.
Start* look_up(uint64_t id, pthread_attr_t& attributes)
{
    qnx::MutexGuard guard(slots_lock);
    const Slot* slot = slots[id & (slots_max - 1)];
    if (slot == nullptr || !slot->used || slot->generation != id >> index_bits)
        return nullptr;
    auto* start = static_cast<Start*>(malloc(sizeof(Start)));
    if (start == nullptr)
        return nullptr;
    *start = {slot->function, slot->value};
    if (slot->has_attributes)
        attributes = slot->attributes;
    else
        pthread_attr_init(&attributes);
    return start;
}

void* receive(void*)
{
    for (;;) {
        struct _pulse pulse;
        if (MsgReceivePulse_r(channel, &pulse, sizeof pulse, nullptr) != 0)
            continue;
        pthread_attr_t attributes;
        Start* start = look_up(reinterpret_cast<uintptr_t>(pulse.value.sival_ptr), attributes);
        if (start == nullptr)
            continue;
        pthread_t thread;
        pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
        if (pthread_create(&thread, &attributes, run, start) != 0)
            free(start);
    }
    return nullptr;
}

// The receiver takes no signals: they are the program's. What it starts begins with the same mask.
bool start_thread()
{
    pthread_t thread;
    pthread_attr_t attributes;
    sigset_t all, old;
    sigfillset(&all);
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_sigmask(SIG_BLOCK, &all, &old);
    const int failed = pthread_create(&thread, &attributes, receive, nullptr);
    pthread_sigmask(SIG_SETMASK, &old, nullptr);
    return failed == 0;
}

bool start_receiver()
{
    if (connection >= 0)
        return true;
    if (channel < 0)
        channel = ChannelCreate_r(_NTO_CHF_PRIVATE);
    if (channel < 0)
        return false;
    const int coid =
        ConnectAttach_r(ND_LOCAL_NODE, 0, channel, _NTO_SIDE_CHANNEL, _NTO_COF_CLOEXEC);
    if (coid < 0)
        return false;
    if (!start_thread()) {
        ConnectDetach_r(coid);
        return false;
    }
    connection = coid;
    return true;
}

int take_slot(const struct sigevent& event)
{
    static unsigned generation = 1;
    for (unsigned i = 0; i < slots_max; ++i) {
        if (slots[i] == nullptr)
            slots[i] = static_cast<Slot*>(calloc(1, sizeof(Slot)));
        Slot* slot = slots[i];
        if (slot == nullptr)
            return -1;
        if (slot->used)
            continue;
        slot->function = event.sigev_notify_function;
        slot->value = event.sigev_value;
        slot->has_attributes = event.sigev_notify_attributes != nullptr;
        if (slot->has_attributes)
            slot->attributes = *static_cast<pthread_attr_t*>(event.sigev_notify_attributes);
        slot->generation = generation++;
        slot->used = true;
        return static_cast<int>(i);
    }
    return -1;
}

} // namespace

int sigev_thread_pulse(const struct sigevent* event, struct nto_sigevent* out, int* slot)
{
    *slot = -1;
    memcpy(out, event, sizeof *out); // struct sigevent begins with these bytes
    if (SIGEV_GET_TYPE(event) != SIGEV_THREAD)
        return 0;
    if (event->sigev_notify_function == nullptr)
        return -EINVAL;
    qnx::MutexGuard guard(slots_lock);
    if (!start_receiver())
        return -EAGAIN;
    *slot = take_slot(*event);
    if (*slot < 0)
        return -EAGAIN;
    memset(out, 0, sizeof *out);
    out->notify = NTO_SIGEV_PULSE;
    out->signo = connection;
    out->u.c.priority = SIGEV_PULSE_PRIO_INHERIT;
    out->value.ptr =
        uint64_t{slots[*slot]->generation} << index_bits | static_cast<uint64_t>(*slot);
    return 0;
}

void sigev_thread_free(int slot)
{
    if (slot < 0)
        return;
    qnx::MutexGuard guard(slots_lock);
    slots[slot]->used = false;
}

void sigev_thread_forget()
{
    channel = connection = -1;
    pthread_mutex_init(&slots_lock, nullptr);
    for (Slot* slot : slots) {
        if (slot != nullptr)
            slot->used = false;
    }
}
