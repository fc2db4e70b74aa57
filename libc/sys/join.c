// SPDX-License-Identifier: Apache-2.0
// Waiting for the end of a thread: on the word that musl's threads clear at their end, in state JOIN, which TimerTimeout() can end.
#include "pthread_impl.h"
#include "sys.h"
#include <errno.h>
#include <sys/mman.h>
#include <time.h>

/* 0, ETIMEDOUT, EINVAL, or EINTR for another look. A cancellation point. */
static int wait_for_end(pthread_t t, int state, const struct timespec* until)
{
    struct timespec left;
    if (until) {
        if (until->tv_nsec < 0 || until->tv_nsec >= 1000000000)
            return EINVAL;
        if (clock_gettime(CLOCK_REALTIME, &left))
            return EINVAL;
        left.tv_sec = until->tv_sec - left.tv_sec;
        left.tv_nsec = until->tv_nsec - left.tv_nsec;
        if (left.tv_nsec < 0)
            left.tv_sec--, left.tv_nsec += 1000000000;
        if (left.tv_sec < 0)
            return ETIMEDOUT;
    }
    long r = -__syscall_cp(SYS_futex, &t->detach_state, FUTEX_JOIN | FUTEX_PRIVATE, state,
                           until ? &left : 0, t->tid);
    return r == ETIMEDOUT ? ETIMEDOUT : 0;
}

int pthread_timedjoin_np(pthread_t t, void** result, const struct timespec* until)
{
    int state, old, r = 0;
    if (t == __pthread_self())
        return EDEADLK;
    __pthread_testcancel();
    __pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
    if (old == PTHREAD_CANCEL_ENABLE)
        __pthread_setcancelstate(old, 0);
    while ((state = t->detach_state) && !r) {
        if (state >= DT_DETACHED) {
            r = EINVAL;
            break;
        }
        r = wait_for_end(t, state, until);
    }
    __pthread_setcancelstate(old, 0);
    if (r)
        return r;
    __tl_sync(t);
    if (result)
        *result = t->result;
    if (t->map_base)
        __munmap(t->map_base, t->map_size);
    return 0;
}

int __pthread_join(pthread_t t, void** result)
{
    return pthread_timedjoin_np(t, result, 0);
}
weak_alias(__pthread_join, pthread_join);

int pthread_tryjoin_np(pthread_t t, void** result)
{
    return t->detach_state == DT_JOINABLE ? EBUSY : __pthread_join(t, result);
}
