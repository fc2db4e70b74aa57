/* SPDX-License-Identifier: Apache-2.0 */
/* <pthread.h>: musl's, with QNX's mutex types and protocols. Static initialisers are all zeros, which is a default mutex: priority
 * inheritance, and EDEADLK or EPERM for the wrong thread. */
#include_next <pthread.h>
#ifndef PTHREAD_RMUTEX_INITIALIZER
#undef PTHREAD_MUTEX_NORMAL
#undef PTHREAD_MUTEX_DEFAULT
#undef PTHREAD_MUTEX_RECURSIVE
#undef PTHREAD_MUTEX_ERRORCHECK
#undef PTHREAD_MUTEX_STALLED
#undef PTHREAD_MUTEX_ROBUST
#undef PTHREAD_PRIO_NONE
#undef PTHREAD_PRIO_INHERIT
#undef PTHREAD_PRIO_PROTECT
#define PTHREAD_MUTEX_DEFAULT 0
#define PTHREAD_MUTEX_ERRORCHECK 1
#define PTHREAD_MUTEX_RECURSIVE 2
#define PTHREAD_MUTEX_NORMAL 3
#define PTHREAD_MUTEX_STALLED 0x00
#define PTHREAD_MUTEX_ROBUST 0x10
#define PTHREAD_PRIO_INHERIT 0
#define PTHREAD_PRIO_NONE 1
#define PTHREAD_PRIO_PROTECT 2
#define PTHREAD_RMUTEX_INITIALIZER {{{0x02000000}}}

#include <stdint.h>
#ifdef __cplusplus
extern "C" {
#endif
/* Sleepon locks: wait for and wake by an address, under one lock of the process (QNX: lib_ref pthread_sleepon_*). Return an errno value;
 * nsec: relative limit in nanoseconds, ETIMEDOUT. */
int pthread_timedjoin(pthread_t, void **, const struct timespec *until);           /* CLOCK_REALTIME; NULL = no limit */
int pthread_timedjoin_monotonic(pthread_t, void **, const struct timespec *until); /* CLOCK_MONOTONIC */
int pthread_mutex_timedlock_monotonic(pthread_mutex_t *, const struct timespec *until);
int pthread_abort(pthread_t); /* as pthread_cancel() */
/* A thread made with SUSPENDED is STOPPED until ThreadCtl(_NTO_TCTL_ONE_THREAD_CONT, tid) or _NTO_TCTL_THREADS_CONT. EINVAL. (QNX 7.1) */
int pthread_attr_setsuspendstate_np(pthread_attr_t *, int);
int pthread_attr_getsuspendstate_np(const pthread_attr_t *, int *);
#define PTHREAD_CREATE_NOT_SUSPENDED 0
#define PTHREAD_CREATE_SUSPENDED 1
int pthread_sleepon_lock(void);
int pthread_sleepon_unlock(void);
int pthread_sleepon_wait(const volatile void *);
int pthread_sleepon_timedwait(const volatile void *, uint64_t nsec);
int pthread_sleepon_signal(const volatile void *);
int pthread_sleepon_broadcast(const volatile void *);
#ifdef __cplusplus
}
#endif
#endif
