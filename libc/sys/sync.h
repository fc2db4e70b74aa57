/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How mutexes, condition variables and semaphores use the two words of a sync_t.
 *
 *   mutex      count: type in bits 24-25, SYNC_SHARED, recursion depth below bit 24. owner: 0, or the owner's tid | bit 31 when threads
 *              wait in the kernel. Between processes a tid says nothing: with SYNC_SHARED owner is 0 free, 1 taken, 2 taken and waited for.
 *   condition  count: number of waiters. owner: clock | SYNC_SHARED. With SYNC_SHARED count is a sequence number and its waiters use futexes.
 *   semaphore  count: its value.
 */
#ifndef LIBC_SYS_SYNC_H
#define LIBC_SYS_SYNC_H
#include <stdint.h>
#include "sys.h"

#define SYNC_SHARED 0x80000000u
#define SYNC_WAITERS 0x80000000u
#define SYNC_TYPE_SHIFT 24
#define SYNC_TYPE(count) ((count) >> SYNC_TYPE_SHIFT & 3u)
#define SYNC_DEPTH 0x00ffffffu

/* KER_TIMER_TIMEOUT's flags: 1 << STATE_* */
#define TIMEOUT_MUTEX (1u << 13)
#define TIMEOUT_CONDVAR (1u << 14)
#define TIMEOUT_SEM (1u << 17)

#define load(word) __atomic_load_n((word), __ATOMIC_ACQUIRE)
static inline int replace(volatile uint32_t *word, uint32_t expected, uint32_t value)
{
    return __atomic_compare_exchange_n(word, &expected, value, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}

/* Limits the next blocking call to an absolute time; 0 or an errno value. */
hidden int arm_timeout(int clock, uint32_t states, const struct timespec *until);
/* A kernel call that is a cancellation point. */
hidden long __nto_call_cp(long n, long a, long b, long c, long d, long e, long f);
#endif
