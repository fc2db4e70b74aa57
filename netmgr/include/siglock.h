/* SPDX-License-Identifier: Apache-2.0 */
/* The transmit lock (if_snd_ex): _P from a worker or driver thread, without _P from the stack context. */
#ifndef _SIGLOCK_H
#define _SIGLOCK_H
#include <pthread.h>

struct nw_siglock {
    pthread_mutex_t mutex;
};
#define NW_EX_INIT(ex) pthread_mutex_init(&(ex)->mutex, 0)
#define NW_EX_DESTROY(ex) pthread_mutex_destroy(&(ex)->mutex)
#define NW_SIGLOCK(ex, iopkt) ((void)(iopkt), (void)pthread_mutex_lock(&(ex)->mutex))
#define NW_SIGUNLOCK(ex, iopkt) ((void)(iopkt), (void)pthread_mutex_unlock(&(ex)->mutex))
#define NW_SIGLOCK_P(ex, iopkt, wtp) ((void)(iopkt), (void)(wtp), (void)pthread_mutex_lock(&(ex)->mutex))
#define NW_SIGUNLOCK_P(ex, iopkt, wtp) ((void)(iopkt), (void)(wtp), (void)pthread_mutex_unlock(&(ex)->mutex))
#endif
