// SPDX-License-Identifier: Apache-2.0
// SIGEV_THREAD: a helper thread, started at the first use, takes such events from the kernel and makes the threads.
#include "kercall.h"
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/siginfo.h>
#include <unistd.h>

namespace {

struct Call {
    void (*function)(union sigval);
    union sigval value;
};

sigset_t program_mask; // of the thread that first asked: the new threads begin with it

void* run(void* argument)
{
    pthread_sigmask(SIG_SETMASK, &program_mask, nullptr);
    const Call call = *static_cast<Call*>(argument);
    free(argument);
    call.function(call.value);
    return nullptr;
}

/// Without memory for the thread the notification is lost, as a pulse would be.
void start(const struct sigevent& event)
{
    auto* call = static_cast<Call*>(malloc(sizeof(Call)));
    if (call == nullptr)
        return;
    *call = {event.sigev_notify_function, event.sigev_value};
    pthread_t thread;
    const auto* attributes = static_cast<const pthread_attr_t*>(event.sigev_notify_attributes);
    if (pthread_create(&thread, attributes, run, call) != 0) {
        free(call);
        return;
    }
    int state = PTHREAD_CREATE_JOINABLE;
    if (attributes != nullptr)
        pthread_attr_getdetachstate(attributes, &state);
    if (state == PTHREAD_CREATE_JOINABLE)
        pthread_detach(thread); // nobody knows it, so nobody can join it
}

void* help(void*)
{
    for (;;) {
        struct sigevent event;
        if (__kercall1(KER_THREAD_EVENT, reinterpret_cast<long>(&event)) == 0)
            start(event);
    }
}

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
pid_t helped; // whose process the helper runs in: a child made by fork() has none

int start_helper()
{
    long result = __kercall1(KER_THREAD_EVENT, 0);
    if (result < 0)
        return static_cast<int>(-result);
    sigset_t all;
    sigfillset(&all);
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_sigmask(SIG_SETMASK, &all, &program_mask); // signals are for the program's own threads
    pthread_t thread;
    int error = pthread_create(&thread, &attributes, help, nullptr);
    pthread_sigmask(SIG_SETMASK, &program_mask, nullptr);
    return error;
}

} // namespace

extern "C" int __nto_thread_events()
{
    pthread_mutex_lock(&lock);
    int error = 0;
    if (helped != getpid() && (error = start_helper()) == 0)
        helped = getpid();
    pthread_mutex_unlock(&lock);
    return error;
}
