// SPDX-License-Identifier: Apache-2.0
// Mutexes over the kernel's sync objects: taken and released in user space, in the kernel only when somebody waits. The kernel hands
// them over by priority and lends the owner the priority of its highest waiter.
#include <pthread.h>
#include "pthread_impl.h"
#include "sync.h"

enum { _NTO_SCTL_SETPRIOCEILING_ = 1, _NTO_SCTL_MUTEX_CONSISTENT_ = 5 }; /* KER_SYNC_CTL's commands */

/* The attribute's bits: type in bits 0-1, robust 4, PRIO_NONE 8, PRIO_PROTECT 16, shared 128 (where musl's getters look), ceiling in
 * bits 8-15. */
enum { ATTR_ROBUST = 4, ATTR_NONE = 8, ATTR_PROTECT = 16, ATTR_SHARED = 128, ATTR_CEILING_SHIFT = 8, DEFAULT_CEILING = 63 };

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

/* --- owned by the kernel: between processes, robust, with a ceiling --- */

/* A NORMAL one taken twice: POSIX wants a real deadlock. */
static int wait_for_ever(const struct timespec *until)
{
    struct timespec long_time = {.tv_sec = 1000};
    for (;;) {
        if (sys_nanosleep(CLOCK_REALTIME, until ? (int)0x80000000u : 0, until ? until : &long_time, 0) == 0 && until) return ETIMEDOUT;
    }
}

static int lock_managed(uint32_t *w, const struct timespec *until)
{
    for (;;) {
        int error = until ? arm_timeout(CLOCK_REALTIME, TIMEOUT_MUTEX, until) : 0;
        if (error) return error;
        long r = __nto_call(KER_SYNC_MUTEX_LOCK, (long)w, 0, 0, 0, 0, 0);
        if (r == -EDEADLK && SYNC_TYPE(w[0]) == PTHREAD_MUTEX_NORMAL) return wait_for_ever(until);
        if (r != -EINTR) return (int)-r;
    }
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
            return wait_for_ever(until);
        } else if (r != -EINTR) {
            return (int)-r; /* waiting for a mutex goes on after a signal handler */
        }
    }
}

int pthread_mutex_lock(pthread_mutex_t *m)
{
    uint32_t *w = words(m);
    if (w[0] & NTO_SYNC_MANAGED) return lock_managed(w, 0);
    return lock(w, 0);
}

int pthread_mutex_timedlock(pthread_mutex_t *restrict m, const struct timespec *restrict until)
{
    uint32_t *w = words(m);
    if (w[0] & NTO_SYNC_MANAGED) return lock_managed(w, until);
    return lock(w, until);
}

int pthread_mutex_trylock(pthread_mutex_t *m)
{
    uint32_t *w = words(m);
    if (w[0] & NTO_SYNC_MANAGED) return (int)-__kercall2(KER_SYNC_MUTEX_LOCK, (long)w, 1);
    uint32_t tid = (uint32_t)__pthread_self()->tid;
    if (replace(&w[1], 0, tid)) return 0;
    if ((load(&w[1]) & ~SYNC_WAITERS) == tid && SYNC_TYPE(w[0]) == PTHREAD_MUTEX_RECURSIVE) return own_again(w);
    return EBUSY;
}

int pthread_mutex_unlock(pthread_mutex_t *m)
{
    uint32_t *w = words(m);
    if (w[0] & NTO_SYNC_MANAGED) return (int)-__kercall1(KER_SYNC_MUTEX_UNLOCK, (long)w);
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
    if (!(a & (ATTR_SHARED | ATTR_ROBUST | ATTR_PROTECT))) {
        w[0] = (a & 3u) << SYNC_TYPE_SHIFT | (a & ATTR_NONE ? NTO_SYNC_NO_INHERIT : 0);
        w[1] = 0;
        return 0;
    }
    struct nto_sync_attr kernel = {
        .protocol = a & ATTR_PROTECT ? PTHREAD_PRIO_PROTECT : a & ATTR_NONE ? PTHREAD_PRIO_NONE : PTHREAD_PRIO_INHERIT,
        .flags = (int32_t)((a & 3u) | (a & ATTR_ROBUST ? PTHREAD_MUTEX_ROBUST : 0) | (a & ATTR_SHARED ? SYNC_SHARED : 0)),
        .prioceiling = (int32_t)(a >> ATTR_CEILING_SHIFT & 0xff),
    };
    return (int)-__kercall3(KER_SYNC_TYPE_CREATE, NTO_SYNC_MUTEX, (long)w, (long)&kernel);
}

int pthread_mutex_destroy(pthread_mutex_t *m)
{
    uint32_t owner = load(&words(m)[1]);
    return owner && owner != NTO_SYNC_DEAD ? EBUSY : 0;
}

int pthread_mutex_consistent(pthread_mutex_t *m)
{
    return (int)-__kercall3(KER_SYNC_CTL, _NTO_SCTL_MUTEX_CONSISTENT_, (long)words(m), 0);
}

int pthread_mutex_getprioceiling(const pthread_mutex_t *restrict m, int *restrict ceiling)
{
    const uint32_t count = m->__u.__w[0];
    if (!(count & NTO_SYNC_PROTECT)) return EINVAL;
    *ceiling = (int)(count >> NTO_SYNC_CEILING_SHIFT & 0xff);
    return 0;
}

/* Locks it (without the protocol's check: POSIX lets a thread above the old ceiling do this), changes it, unlocks it. */
int pthread_mutex_setprioceiling(pthread_mutex_t *restrict m, int ceiling, int *restrict old)
{
    uint32_t *w = words(m), value = (uint32_t)ceiling;
    if (!(w[0] & NTO_SYNC_PROTECT)) return EINVAL;
    int error = pthread_mutex_lock(m);
    if (error && error != EDEADLK) return error;
    long r = __kercall3(KER_SYNC_CTL, _NTO_SCTL_SETPRIOCEILING_, (long)w, (long)&value);
    if (!error) pthread_mutex_unlock(m);
    if (r == 0 && old) *old = (int)value;
    return (int)-r;
}

int pthread_mutexattr_init(pthread_mutexattr_t *a)
{
    a->__attr = DEFAULT_CEILING << ATTR_CEILING_SHIFT;
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

static int choose(pthread_mutexattr_t *a, unsigned mask, unsigned bits)
{
    a->__attr = (a->__attr & ~mask) | bits;
    return 0;
}

int pthread_mutexattr_setpshared(pthread_mutexattr_t *a, int shared)
{
    if (shared != PTHREAD_PROCESS_PRIVATE && shared != PTHREAD_PROCESS_SHARED) return EINVAL;
    return choose(a, ATTR_SHARED, shared ? ATTR_SHARED : 0);
}

int pthread_mutexattr_setprotocol(pthread_mutexattr_t *a, int protocol)
{
    switch (protocol) {
    case PTHREAD_PRIO_INHERIT: return choose(a, ATTR_NONE | ATTR_PROTECT, 0);
    case PTHREAD_PRIO_NONE: return choose(a, ATTR_NONE | ATTR_PROTECT, ATTR_NONE);
    case PTHREAD_PRIO_PROTECT: return choose(a, ATTR_NONE | ATTR_PROTECT, ATTR_PROTECT);
    default: return ENOTSUP;
    }
}

int pthread_mutexattr_getprotocol(const pthread_mutexattr_t *restrict a, int *restrict protocol)
{
    *protocol = a->__attr & ATTR_PROTECT ? PTHREAD_PRIO_PROTECT : a->__attr & ATTR_NONE ? PTHREAD_PRIO_NONE : PTHREAD_PRIO_INHERIT;
    return 0;
}

int pthread_mutexattr_setrobust(pthread_mutexattr_t *a, int robust)
{
    if (robust != PTHREAD_MUTEX_STALLED && robust != PTHREAD_MUTEX_ROBUST) return EINVAL;
    return choose(a, ATTR_ROBUST, robust == PTHREAD_MUTEX_ROBUST ? ATTR_ROBUST : 0);
}

int pthread_mutexattr_getrobust(const pthread_mutexattr_t *restrict a, int *restrict robust)
{
    *robust = a->__attr & ATTR_ROBUST ? PTHREAD_MUTEX_ROBUST : PTHREAD_MUTEX_STALLED;
    return 0;
}

int pthread_mutexattr_setprioceiling(pthread_mutexattr_t *a, int ceiling)
{
    if (ceiling < 1 || ceiling > 255) return EINVAL;
    return choose(a, 0xffu << ATTR_CEILING_SHIFT, (unsigned)ceiling << ATTR_CEILING_SHIFT);
}

int pthread_mutexattr_getprioceiling(const pthread_mutexattr_t *restrict a, int *restrict ceiling)
{
    *ceiling = (int)(a->__attr >> ATTR_CEILING_SHIFT & 0xff);
    return 0;
}
