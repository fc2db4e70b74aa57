/* SPDX-License-Identifier: Apache-2.0 */
/* select(): at most 256 descriptors, as in QNX. */
#pragma once
#include <features.h>
#include <stddef.h>
#define __NEED_time_t
#define __NEED_suseconds_t
#define __NEED_struct_timeval
#define __NEED_struct_timespec
#define __NEED_sigset_t
#include <bits/alltypes.h>
#ifndef FD_SETSIZE
#define FD_SETSIZE 256
#endif
typedef unsigned long fd_mask;
#define NFDBITS (8 * (int)sizeof(fd_mask))
typedef struct {
    fd_mask fds_bits[(FD_SETSIZE + 63) / 64];
} fd_set;
#define FD_ZERO(s)                                                                                     \
    do {                                                                                               \
        unsigned __i;                                                                                  \
        for (__i = 0; __i < sizeof(fd_set) / sizeof(fd_mask); __i++) (s)->fds_bits[__i] = 0;           \
    } while (0)
#define FD_SET(d, s) ((void)((s)->fds_bits[(d) / NFDBITS] |= 1UL << ((d) % NFDBITS)))
#define FD_CLR(d, s) ((void)((s)->fds_bits[(d) / NFDBITS] &= ~(1UL << ((d) % NFDBITS))))
#define FD_ISSET(d, s) (((s)->fds_bits[(d) / NFDBITS] >> ((d) % NFDBITS)) & 1)
#define FD_COPY(f, t) ((void)(*(t) = *(f)))
#ifdef __cplusplus
extern "C" {
#endif
int select(int nfds, fd_set *readfds, fd_set *writefds, fd_set *exceptfds, struct timeval *timeout);
int pselect(int nfds, fd_set *readfds, fd_set *writefds, fd_set *exceptfds, const struct timespec *timeout,
            const sigset_t *sigmask);
#ifdef __cplusplus
}
#endif
