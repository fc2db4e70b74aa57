// SPDX-License-Identifier: Apache-2.0
// Sleepon locks: one mutex for the process, and a condition variable for each address somebody sleeps on.
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

struct sleepon {
    struct sleepon *next;
    const volatile void *address;
    unsigned sleepers;
    pthread_cond_t cond;
};
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct sleepon *list;

int pthread_sleepon_lock(void)
{
    return pthread_mutex_lock(&lock);
}

int pthread_sleepon_unlock(void)
{
    return pthread_mutex_unlock(&lock);
}

static struct sleepon *find(const volatile void *address)
{
    struct sleepon *s = list;
    while (s && s->address != address) s = s->next;
    return s;
}

/* The last sleeper takes the entry away; also when it is cancelled. The lock is held. */
static void leave(void *arg)
{
    struct sleepon *s = arg;
    if (--s->sleepers) return;
    struct sleepon **at = &list;
    while (*at != s) at = &(*at)->next;
    *at = s->next;
    free(s);
}

static void cancelled(void *arg)
{
    leave(arg);
    pthread_mutex_unlock(&lock);
}

int pthread_sleepon_timedwait(const volatile void *address, uint64_t nsec)
{
    struct sleepon *s = find(address);
    if (!s) {
        s = calloc(1, sizeof *s);
        if (!s) return ENOMEM;
        pthread_condattr_t attr;
        pthread_condattr_init(&attr);
        pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
        pthread_cond_init(&s->cond, &attr);
        s->address = address;
        s->next = list;
        list = s;
    }
    s->sleepers++;
    int error;
    struct timespec until = {0};
    if (nsec) {
        clock_gettime(CLOCK_MONOTONIC, &until);
        uint64_t end = (uint64_t)until.tv_sec * 1000000000u + (uint64_t)until.tv_nsec + nsec;
        until = (struct timespec){.tv_sec = (time_t)(end / 1000000000u), .tv_nsec = (long)(end % 1000000000u)};
    }
    pthread_cleanup_push(cancelled, s);
    error = nsec ? pthread_cond_timedwait(&s->cond, &lock, &until) : pthread_cond_wait(&s->cond, &lock);
    pthread_cleanup_pop(0);
    leave(s);
    return error;
}

int pthread_sleepon_wait(const volatile void *address)
{
    return pthread_sleepon_timedwait(address, 0);
}

int pthread_sleepon_signal(const volatile void *address)
{
    struct sleepon *s = find(address);
    return s ? pthread_cond_signal(&s->cond) : 0;
}

int pthread_sleepon_broadcast(const volatile void *address)
{
    struct sleepon *s = find(address);
    return s ? pthread_cond_broadcast(&s->cond) : 0;
}
