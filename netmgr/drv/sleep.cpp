// SPDX-License-Identifier: Apache-2.0
// ltsleep() and wakeup(), as drivers know them from BSD, and where a caller is: in the stack context, or before the stack runs.
#include "drv/sleep.hpp"

#include <errno.h>
#include <pthread.h>
#include <time.h>

#include <sys/io-pkt.h>

#include "drv/runtime.hpp"

namespace netmgr {

namespace {

struct Sleeper {
    const volatile void* channel;
    Sleeper* next;
    pthread_cond_t changed;
    bool woken = false;
};

pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER; // taken inside the stack context, too
Sleeper* sleepers;

constexpr long ns_in_second = 1000000000;

timespec deadline_after(int ms)
{
    timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_sec += ms / 1000;
    t.tv_nsec += ms % 1000 * 1000000L;
    if (t.tv_nsec >= ns_in_second) {
        t.tv_sec++;
        t.tv_nsec -= ns_in_second;
    }
    return t;
}

void start_sleep(Sleeper& self, const volatile void* channel)
{
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&self.changed, &monotonic);
    pthread_mutex_lock(&mutex);
    self.channel = channel;
    self.next = sleepers;
    sleepers = &self;
    pthread_mutex_unlock(&mutex);
}

void forget(const Sleeper& self)
{
    Sleeper** at = &sleepers;
    while (*at != &self)
        at = &(*at)->next;
    *at = self.next;
}

} // namespace

OutsideCall::OutsideCall()
{
    count_++;
    runtime.keep_serving(count_);
    runtime.context().leave();
}

OutsideCall::~OutsideCall()
{
    runtime.context().enter();
    count_--;
}

} // namespace netmgr

using namespace netmgr;

extern "C" {

int hz = 1000; // of ltsleep() and callout_reset()

int nw_is_stack(void)
{
    return StackContext::is_inside();
}

int nw_is_start(void)
{
    return runtime.worker_count() == 0;
}

// (1) The sleeper is on the list before (2) the context is given up: a wakeup() of whoever comes in then finds it.
int ltsleep(const volatile void* channel, int, const char*, int ticks, void*)
{
    if (!StackContext::is_inside() || runtime.worker_count() == 0)
        return EINVAL;
    const timespec deadline = deadline_after(ticks);
    Sleeper self;
    start_sleep(self, channel);
    OutsideCall outside;
    pthread_mutex_lock(&mutex);
    int error = 0;
    while (!self.woken && error == 0)
        error = ticks > 0 ? pthread_cond_timedwait(&self.changed, &mutex, &deadline)
                          : pthread_cond_wait(&self.changed, &mutex);
    forget(self);
    pthread_mutex_unlock(&mutex);
    pthread_cond_destroy(&self.changed);
    return self.woken ? 0 : EWOULDBLOCK;
}

void wakeup(const volatile void* channel)
{
    pthread_mutex_lock(&mutex);
    for (Sleeper* s = sleepers; s != nullptr; s = s->next)
        if (s->channel == channel) {
            s->woken = true;
            pthread_cond_signal(&s->changed);
        }
    pthread_mutex_unlock(&mutex);
}

} // extern "C"
