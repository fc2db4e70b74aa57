/* SPDX-License-Identifier: Apache-2.0 */
/* The dispatch layer: one blocking point for messages, pulses and select() conditions; and the thread pool over it. */
#pragma once
#include <pthread.h>
#include <stdint.h>
#include <sys/neutrino.h>
#include <sys/platform.h>
#include <sys/resmgr.h>
#include <time.h>

#define DISPATCH_FLAG_NOLOCK 0x0001u

typedef struct _message_context {
    int rcvid;
    struct _msg_info info;
    resmgr_iomsgs_t *msg;
    dispatch_t *dpp;
    int id;
    unsigned msg_max_size;
    int status;
    size_t offset;
    size_t size;
    iov_t iov[1];
} message_context_t;
typedef struct _select_context {
    int rcvid;
    struct _msg_info info;
    resmgr_iomsgs_t *msg;
    dispatch_t *dpp;
    int fd;
    unsigned tod_flags;
} select_context_t;
typedef struct _sigwait_context {
    int signo;
    siginfo_t siginfo;
    dispatch_t *dpp;
} sigwait_context_t;
typedef union _dispatch_context {
    resmgr_context_t resmgr_context;
    message_context_t message_context;
    select_context_t select_context;
    sigwait_context_t sigwait_context;
} dispatch_context_t;

#define MSG_FLAG_ALLOC_PULSE 0x0001u
#define MSG_FLAG_CROSS_ENDIAN 0x0002u
#define MSG_FLAG_DEFAULT_ENDIAN 0x0004u
#define MSG_FLAG_TYPE_PULSE 0x0008u
#define MSG_FLAG_SIDE_CHANNEL 0x0010u
typedef struct _message_attr {
    unsigned flags;
    unsigned nparts_max;
    size_t msg_max_size;
} message_attr_t;

#define SELECT_FLAG_EXCEPT 0x0001u
#define SELECT_FLAG_READ 0x0002u
#define SELECT_FLAG_WRITE 0x0004u
#define SELECT_FLAG_REARM 0x0008u
#define SELECT_FLAG_SRVEXCEPT 0x0010u
typedef struct _select_attr {
    unsigned flags;
} select_attr_t;

/* name_attach() */
#define NAME_FLAG_ATTACH_GLOBAL 0x00000002u
#define NAME_FLAG_DETACH_SAVEDPP 0x00000001u
typedef struct _name_attach {
    dispatch_t *dpp;
    int chid;
    int mntid;
    int zero[2];
} name_attach_t;

/* Thread pool: override THREAD_POOL_PARAM_T and THREAD_POOL_HANDLE_T before including */
#ifndef THREAD_POOL_PARAM_T
#define THREAD_POOL_PARAM_T dispatch_context_t
#endif
#ifndef THREAD_POOL_HANDLE_T
#define THREAD_POOL_HANDLE_T dispatch_t
#endif
#define POOL_FLAG_EXIT_SELF 0x0001u
#define POOL_FLAG_USE_SELF 0x0002u
typedef struct _thread_pool_attr {
    THREAD_POOL_HANDLE_T *handle;
    THREAD_POOL_PARAM_T *(*block_func)(THREAD_POOL_PARAM_T *ctp);
    void (*unblock_func)(THREAD_POOL_PARAM_T *ctp);
    int (*handler_func)(THREAD_POOL_PARAM_T *ctp);
    THREAD_POOL_PARAM_T *(*context_alloc)(THREAD_POOL_HANDLE_T *handle);
    void (*context_free)(THREAD_POOL_PARAM_T *ctp);
    pthread_attr_t *attr;
    unsigned short lo_water, increment, hi_water, maximum;
    unsigned reserved[8];
} thread_pool_attr_t;
typedef struct _thread_pool thread_pool_t;
enum { THREAD_POOL_CONTROL_NONBLOCK = 1, THREAD_POOL_CONTROL_HIWATER = 2, THREAD_POOL_CONTROL_LOWATER = 4,
       THREAD_POOL_CONTROL_INCREMENT = 8, THREAD_POOL_CONTROL_MAXIMUM = 16 };

__NTO_BEGIN_DECLS
dispatch_t *dispatch_create(void);
dispatch_t *dispatch_create_channel(int chid, unsigned flags);
int dispatch_destroy(dispatch_t *dpp);
dispatch_context_t *dispatch_context_alloc(dispatch_t *dpp);
void dispatch_context_free(dispatch_context_t *ctp);
dispatch_context_t *dispatch_block(dispatch_context_t *ctp);
int dispatch_handler(dispatch_context_t *ctp);
void dispatch_unblock(dispatch_context_t *ctp);
int dispatch_timeout(dispatch_t *dpp, struct timespec *reltime);

int message_attach(dispatch_t *dpp, message_attr_t *attr, int low, int high,
                   int (*func)(message_context_t *ctp, int code, unsigned flags, void *handle), void *handle);
int message_detach(dispatch_t *dpp, int low, int high, int flags);
int message_connect(dispatch_t *dpp, int flags);
int pulse_attach(dispatch_t *dpp, int flags, int code,
                 int (*func)(message_context_t *ctp, int code, unsigned flags, void *handle), void *handle);
int pulse_detach(dispatch_t *dpp, int code, int flags);
int select_attach(dispatch_t *dpp, select_attr_t *attr, int fd, unsigned flags,
                  int (*func)(select_context_t *ctp, int fd, unsigned flags, void *handle), void *handle);
int select_detach(dispatch_t *dpp, int fd);

name_attach_t *name_attach(dispatch_t *dpp, const char *path, unsigned flags);
int name_detach(name_attach_t *attach, unsigned flags);
int name_open(const char *name, int flags);
int name_close(int coid);

thread_pool_t *thread_pool_create(thread_pool_attr_t *attr, unsigned flags);
int thread_pool_start(void *pool);
int thread_pool_destroy(thread_pool_t *pool);
int thread_pool_control(thread_pool_t *pool, thread_pool_attr_t *attr, unsigned lower, unsigned upper, unsigned flags);
int thread_pool_limits(thread_pool_t *pool, int lo_water, int hi_water, int maximum, int increment, unsigned flags);
__NTO_END_DECLS
