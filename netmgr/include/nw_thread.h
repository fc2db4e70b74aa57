/* SPDX-License-Identifier: Apache-2.0 */
/* The threads that may touch mbufs: workers, and threads drivers make with nw_pthread_create(). */
#ifndef _NW_THREAD_H
#define _NW_THREAD_H
#include <pthread.h>

#ifdef __cplusplus
extern "C" {
#endif

struct _iopkt_self;
struct nw_work_thread {
    int tidx;                           /* 0.. for workers; below 0 for others */
    int flags;
    struct _iopkt_self *iopkt;
    void (*quiesce_callout)(void *);    /* set by the thread's init function */
    void *quiesce_arg;
    void *mbuf_cache;                   /* the pool's per-thread free lists */
    void *priv;                         /* of the loader */
};

struct nw_work_thread *nw_wtp(void);    /* the calling thread's; NULL in a thread the stack does not know */
#define WTP nw_wtp()

int nw_pthread_create(pthread_t *tid, pthread_attr_t *attr, void *(*fn)(void *), void *arg, int flags,
                      int (*init_fn)(void *), void *init_arg);
int nw_pthread_reap(pthread_t tid);

#ifdef __cplusplus
}
#endif
#endif
