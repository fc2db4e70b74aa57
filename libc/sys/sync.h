/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How mutexes, condition variables and semaphores use the two words of a sync_t.
 *
 *   mutex      as abi/kercall.h has it: taken and released here unless it is a managed one (NTO_SYNC_MANAGED), which the kernel owns.
 *   condition  count: number of waiters. owner: clock | SYNC_SHARED.
 *   semaphore  count: its value.
 */
#ifndef LIBC_SYS_SYNC_H
#define LIBC_SYS_SYNC_H
#include <stdint.h>
#include "sys.h"

#define SYNC_SHARED NTO_SYNC_SHARED
#define SYNC_WAITERS NTO_SYNC_WAITERS
#define SYNC_TYPE_SHIFT NTO_SYNC_TYPE_SHIFT
#define SYNC_TYPE(count) ((count) >> SYNC_TYPE_SHIFT & 3u)
#define SYNC_DEPTH NTO_SYNC_DEPTH

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
