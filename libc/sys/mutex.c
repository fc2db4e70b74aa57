// SPDX-License-Identifier: Apache-2.0
// Mutexes over the kernel's sync objects: taken and released in user space, in the kernel only when somebody waits. The kernel hands
// them over by priority and lends the owner the priority of its highest waiter.
#include <pthread.h>
#include "pthread_impl.h"
#include "sync.h"

/* The attribute's bits are those musl's pthread_mutexattr_get*() read: type in bits 0-1, robust 4, protocol 8, shared 128. */
enum { ATTR_SHARED = 128, ATTR_PROTOCOL_SHIFT = 3 };

static uint32_t *words(pthread_mutex_t *m)
{
    return m->__u.__w;
}

hidden int arm_timeout(int clock, uint32_t states, const struct timespec *until)
{
    if (until->tv_nsec < 0 || until->tv_nsec >= 1000000000) return EINVAL;
    uint64_t ns = until->tv_sec < 0 ? 0 : (uint64_t)until->tv_sec * 1000000000 + (uint64_t)until->tv_nsec;
    long r = __kercall5(KER_TIMER_TIMEOUT, clock, (long)(states | 0x80000000u), 0, (long)&ns, 0);
    return r < 0 ? (int)-r : 0;
}

/* --- between processes: a futex word --- */

static int lock_shared(uint32_t *w, const struct timespec *until)
{
    if (replace(&w[1], 0, 1)) return 0;
    while (__atomic_exchange_n(&w[1], 2, __ATOMIC_ACQUIRE) != 0) {
        struct nto_timespec end = {0};
        if (until) end = (struct nto_timespec){until->tv_sec, until->tv_nsec};
        long r = __nto_call(KER_FUTEX_WAIT, (long)&w[1], 2, (long)(until ? &end : 0), CLOCK_REALTIME, 0, 0);
        if (r == -ETIMEDOUT || r == -EINVAL) return (int)-r;
    }
    return 0;
}

static void unlock_shared(uint32_t *w)
{
    if (__atomic_exchange_n(&w[1], 0, __ATOMIC_RELEASE) == 2) __kercall2(KER_FUTEX_WAKE, (long)&w[1], 1);
}

/* --- inside one process --- */

static int own_again(uint32_t *w)
{
    if (SYNC_TYPE(w[0]) != PTHREAD_MUTEX_RECURSIVE) return EDEADLK;
    if ((w[0] & SYNC_DEPTH) == SYNC_DEPTH) return EAGAIN;
    w[0]++; /* the owner's alone */
    return 0;
}

static int lock(uint32_t *w, const struct timespec *until)
{
    uint32_t tid = (uint32_t)__pthread_self()->tid;
    if (replace(&w[1], 0, tid)) return 0;
    if ((load(&w[1]) & ~SYNC_WAITERS) == tid && SYNC_TYPE(w[0]) != PTHREAD_MUTEX_NORMAL) return own_again(w);
    for (;;) {
        if (until) {
            int error = arm_timeout(CLOCK_REALTIME, TIMEOUT_MUTEX, until);
            if (error) return error;
        }
        long r = __nto_call(KER_SYNC_MUTEX_LOCK, (long)w, 0, 0, 0, 0, 0);
        if (r == 0) return 0;
        if (r == -EDEADLK) { /* a NORMAL one taken twice: POSIX wants a real deadlock */
            struct timespec long_time = {.tv_sec = 1000};
            if (sys_nanosleep(CLOCK_REALTIME, until ? (int)0x80000000u : 0, until ? until : &long_time, 0) == 0 && until) return ETIMEDOUT;
        } else if (r != -EINTR) {
            return (int)-r; /* waiting for a mutex goes on after a signal handler */
        }
    }
}

int pthread_mutex_lock(pthread_mutex_t *m)
{
    uint32_t *w = words(m);
    if (w[0] & SYNC_SHARED) return lock_shared(w, 0);
    return lock(w, 0);
}

int pthread_mutex_timedlock(pthread_mutex_t *restrict m, const struct timespec *restrict until)
{
    uint32_t *w = words(m);
    if (w[0] & SYNC_SHARED) return lock_shared(w, until);
    return lock(w, until);
}

int pthread_mutex_trylock(pthread_mutex_t *m)
{
    uint32_t *w = words(m);
    if (w[0] & SYNC_SHARED) return replace(&w[1], 0, 1) ? 0 : EBUSY;
    uint32_t tid = (uint32_t)__pthread_self()->tid;
    if (replace(&w[1], 0, tid)) return 0;
    if ((load(&w[1]) & ~SYNC_WAITERS) == tid && SYNC_TYPE(w[0]) == PTHREAD_MUTEX_RECURSIVE) return own_again(w);
    return EBUSY;
}

int pthread_mutex_unlock(pthread_mutex_t *m)
{
    uint32_t *w = words(m);
    if (w[0] & SYNC_SHARED) {
        unlock_shared(w);
        return 0;
    }
    uint32_t tid = (uint32_t)__pthread_self()->tid;
    if ((load(&w[1]) & ~SYNC_WAITERS) != tid) return EPERM;
    if (w[0] & SYNC_DEPTH) {
        w[0]--;
        return 0;
    }
    if (replace(&w[1], tid, 0)) return 0;
    return (int)-__kercall1(KER_SYNC_MUTEX_UNLOCK, (long)w);
}

int pthread_mutex_init(pthread_mutex_t *restrict m, const pthread_mutexattr_t *restrict attr)
{
    uint32_t *w = words(m), a = attr ? attr->__attr : 0;
    if (a & ATTR_SHARED && (a & 3u) == PTHREAD_MUTEX_RECURSIVE) return ENOTSUP; /* its owner could not be told from others */
    w[0] = (a & 3u) << SYNC_TYPE_SHIFT | (a & ATTR_SHARED ? SYNC_SHARED : 0);
    w[1] = 0;
    return 0;
}

int pthread_mutex_destroy(pthread_mutex_t *m)
{
    return load(&words(m)[1]) ? EBUSY : 0;
}

/* Robust mutexes and priority ceilings: not in the kernel. */
int pthread_mutex_consistent(pthread_mutex_t *m)
{
    (void)m;
    return EINVAL;
}

int pthread_mutex_getprioceiling(const pthread_mutex_t *restrict m, int *restrict ceiling)
{
    (void)m, (void)ceiling;
    return EINVAL;
}

int pthread_mutex_setprioceiling(pthread_mutex_t *restrict m, int ceiling, int *restrict old)
{
    (void)m, (void)ceiling, (void)old;
    return EINVAL;
}

int pthread_mutexattr_init(pthread_mutexattr_t *a)
{
    a->__attr = 0;
    return 0;
}

int pthread_mutexattr_destroy(pthread_mutexattr_t *a)
{
    (void)a;
    return 0;
}

int pthread_mutexattr_settype(pthread_mutexattr_t *a, int type)
{
    if (type < 0 || type > 3) return EINVAL;
    a->__attr = (a->__attr & ~3u) | (unsigned)type;
    return 0;
}

int pthread_mutexattr_setpshared(pthread_mutexattr_t *a, int shared)
{
    if (shared != PTHREAD_PROCESS_PRIVATE && shared != PTHREAD_PROCESS_SHARED) return EINVAL;
    a->__attr = (a->__attr & ~(unsigned)ATTR_SHARED) | (shared ? ATTR_SHARED : 0);
    return 0;
}

/* Inheritance cannot be turned off: PRIO_NONE is remembered and means "do not count on it". */
int pthread_mutexattr_setprotocol(pthread_mutexattr_t *a, int protocol)
{
    if (protocol != PTHREAD_PRIO_INHERIT && protocol != PTHREAD_PRIO_NONE) return ENOTSUP;
    a->__attr = (a->__attr & ~(1u << ATTR_PROTOCOL_SHIFT)) | (unsigned)protocol << ATTR_PROTOCOL_SHIFT;
    return 0;
}

int pthread_mutexattr_setrobust(pthread_mutexattr_t *a, int robust)
{
    (void)a;
    return robust == PTHREAD_MUTEX_STALLED ? 0 : ENOTSUP;
}

int pthread_mutexattr_setprioceiling(pthread_mutexattr_t *a, int ceiling)
{
    (void)a, (void)ceiling;
    return ENOTSUP;
}

int pthread_mutexattr_getprioceiling(const pthread_mutexattr_t *restrict a, int *restrict ceiling)
{
    (void)a, (void)ceiling;
    return ENOTSUP;
}
