// SPDX-License-Identifier: Apache-2.0
// Condition variables over the kernel's sync objects. A wait may end early (a signal handler ran): POSIX allows that.
#include <pthread.h>
#include "pthread_impl.h"
#include "sync.h"

static uint32_t *words(pthread_cond_t *c)
{
    return c->__u.__w;
}

static int clock_of(const uint32_t *w)
{
    return (int)(w[1] & ~SYNC_SHARED);
}

static void leave(void *arg)
{
    __atomic_fetch_sub((uint32_t *)arg, 1, __ATOMIC_ACQ_REL);
}

static int wait(pthread_cond_t *c, pthread_mutex_t *m, const struct timespec *until)
{
    uint32_t *w = words(c), *mutex = m->__u.__w;
    if (mutex[0] & SYNC_DEPTH) return EINVAL; /* locked several times: it cannot be given up whole */
    if (until && (until->tv_nsec < 0 || until->tv_nsec >= 1000000000)) return EINVAL;
    pthread_testcancel();
    long r = 0;
    __atomic_fetch_add(&w[0], 1, __ATOMIC_ACQ_REL);
    pthread_cleanup_push(leave, &w[0]);
    int error = until ? arm_timeout(clock_of(w), TIMEOUT_CONDVAR, until) : 0;
    r = error ? -error : __nto_call_cp(KER_SYNC_COND_WAIT, (long)w, (long)mutex, 0, 0, 0, 0);
    pthread_cleanup_pop(1);
    return r == -EINTR ? 0 : (int)-r;
}

int pthread_cond_wait(pthread_cond_t *restrict c, pthread_mutex_t *restrict m)
{
    return wait(c, m, 0);
}

int pthread_cond_timedwait(pthread_cond_t *restrict c, pthread_mutex_t *restrict m, const struct timespec *restrict until)
{
    return wait(c, m, until);
}

static int wake(pthread_cond_t *c, int all)
{
    uint32_t *w = words(c);
    if (!load(&w[0])) return 0;
    return (int)-__kercall2(KER_SYNC_COND_SIGNAL, (long)w, all);
}

int pthread_cond_signal(pthread_cond_t *c)
{
    return wake(c, 0);
}

int pthread_cond_broadcast(pthread_cond_t *c)
{
    return wake(c, 1);
}

/* musl's refuses clock 2, which is the monotonic one here. */
int pthread_condattr_setclock(pthread_condattr_t *a, clockid_t clock)
{
    if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC) return EINVAL;
    a->__attr = (a->__attr & SYNC_SHARED) | (unsigned)clock;
    return 0;
}

/* musl's attribute: clock in the low bits, bit 31 = shared. */
int pthread_cond_init(pthread_cond_t *restrict c, const pthread_condattr_t *restrict attr)
{
    words(c)[0] = 0;
    words(c)[1] = attr ? attr->__attr : 0;
    return 0;
}

int pthread_cond_destroy(pthread_cond_t *c)
{
    return !(words(c)[1] & SYNC_SHARED) && load(&words(c)[0]) ? EBUSY : 0;
}
