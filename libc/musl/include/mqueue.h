/* SPDX-License-Identifier: Apache-2.0 */
/* <mqueue.h>: POSIX message queues, with QNX's struct mq_attr. Errors: the manual pages; ENOSYS without the server mqueue. */
#ifndef _MQUEUE_H
#define _MQUEUE_H
#include <features.h>
#define __NEED_size_t
#define __NEED_ssize_t
#define __NEED_time_t
#define __NEED_struct_timespec
#include <bits/alltypes.h>
#ifdef __cplusplus
extern "C" {
#endif

typedef int mqd_t;
struct mq_attr {
    long mq_maxmsg;   /* messages */
    long mq_msgsize;  /* bytes a message */
    long mq_flags;    /* O_NONBLOCK or 0 */
    long mq_curmsgs;
    long mq_sendwait; /* threads that wait for room */
    long mq_recvwait; /* threads that wait for a message */
};
struct sigevent;

int mq_close(mqd_t);
int mq_getattr(mqd_t, struct mq_attr *);
int mq_notify(mqd_t, const struct sigevent *);
mqd_t mq_open(const char *, int, ...);
ssize_t mq_receive(mqd_t, char *, size_t, unsigned *);
int mq_send(mqd_t, const char *, size_t, unsigned);
int mq_setattr(mqd_t, const struct mq_attr *__restrict, struct mq_attr *__restrict);
ssize_t mq_timedreceive(mqd_t, char *__restrict, size_t, unsigned *__restrict, const struct timespec *__restrict);
int mq_timedsend(mqd_t, const char *, size_t, unsigned, const struct timespec *);
int mq_unlink(const char *);

#ifdef __cplusplus
}
#endif
#endif
