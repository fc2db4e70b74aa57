/* SPDX-License-Identifier: Apache-2.0 */
/* <semaphore.h>: semaphores are kernel sync objects of 8 bytes. */
#ifndef _SEMAPHORE_H
#define _SEMAPHORE_H
#include <features.h>
#define __NEED_time_t
#define __NEED_struct_timespec
#include <bits/alltypes.h>
#include <fcntl.h>
#ifdef __cplusplus
extern "C" {
#endif
#define SEM_FAILED ((sem_t *)0)
typedef struct { unsigned __count, __owner; } __attribute__((__aligned__(8))) sem_t;
int sem_close(sem_t *);
int sem_destroy(sem_t *);
int sem_getvalue(sem_t *__restrict, int *__restrict);
int sem_init(sem_t *, int, unsigned);
sem_t *sem_open(const char *, int, ...);
int sem_post(sem_t *);
int sem_timedwait_monotonic(sem_t *, const struct timespec *); /* CLOCK_MONOTONIC; QNX: lib_ref sem_timedwait_monotonic */
int sem_timedwait(sem_t *__restrict, const struct timespec *__restrict);
int sem_trywait(sem_t *);
int sem_unlink(const char *);
int sem_wait(sem_t *);
#ifdef __cplusplus
}
#endif
#endif
