// SPDX-License-Identifier: Apache-2.0
// POSIX timers over the kernel's. A timer with SIGEV_THREAD keeps a slot of the helper thread (sigev_thread.c).
#include <string.h>
#include <time.h>
#include "sigev_thread.h"
#include "sys.h"

#define NS 1000000000ull
#define TIMERS_MAX 1024 /* as many as the kernel gives a process */

static short thread_slots[TIMERS_MAX]; /* slot + 1 of the timer's SIGEV_THREAD; 0 = none */

hidden long sys_timer_create(clockid_t clock, const struct sigevent *event)
{
    struct nto_sigevent copy;
    int slot = -1;
    if (event) {
        int r = sigev_thread_pulse(event, &copy, &slot);
        if (r < 0) return r;
    }
    long id = __kercall2(KER_TIMER_CREATE, clock, (long)(event ? &copy : 0));
    if (id >= 0 && id < TIMERS_MAX) thread_slots[id] = (short)(slot + 1);
    else sigev_thread_free(slot);
    return id;
}

hidden long sys_timer_destroy(int timer)
{
    int slot = timer >= 0 && timer < TIMERS_MAX ? thread_slots[timer] - 1 : -1;
    long r = __kercall1(KER_TIMER_DESTROY, timer);
    if (r < 0 || slot < 0) return r;
    thread_slots[timer] = 0;
    sigev_thread_free(slot);
    return r;
}

int timer_create(clockid_t clock, struct sigevent *event, timer_t *timer)
{
    long id = sys_timer_create(clock, event);
    if (id < 0) return (int)__syscall_ret((unsigned long)id);
    *timer = (timer_t)id;
    return 0;
}

int timer_delete(timer_t timer)
{
    return (int)__syscall_ret((unsigned long)sys_timer_destroy((int)(intptr_t)timer));
}

static struct itimerspec from_itimer(const struct nto_itimer *t)
{
    return (struct itimerspec){
        .it_interval = {.tv_sec = (time_t)(t->interval_nsec / NS), .tv_nsec = (long)(t->interval_nsec % NS)},
        .it_value = {.tv_sec = (time_t)(t->nsec / NS), .tv_nsec = (long)(t->nsec % NS)},
    };
}

int timer_settime(timer_t timer, int flags, const struct itimerspec *restrict value, struct itimerspec *restrict old)
{
    if (value->it_value.tv_nsec < 0 || value->it_value.tv_nsec >= (long)NS || value->it_value.tv_sec < 0)
        return (int)__syscall_ret(-EINVAL);
    struct nto_itimer before = {0}, set = {
        .nsec = (uint64_t)value->it_value.tv_sec * NS + (uint64_t)value->it_value.tv_nsec,
        .interval_nsec = (uint64_t)value->it_interval.tv_sec * NS + (uint64_t)value->it_interval.tv_nsec,
    };
    long r = __kercall4(KER_TIMER_SETTIME, timer, (unsigned)flags, (long)&set, (long)&before);
    if (r < 0) return (int)__syscall_ret((unsigned long)r);
    if (old) *old = from_itimer(&before);
    return 0;
}

static long info(timer_t timer, struct nto_timer_info *out)
{
    return __kercall4(KER_TIMER_INFO, 0, timer, 0, (long)out);
}

int timer_gettime(timer_t timer, struct itimerspec *value)
{
    struct nto_timer_info data = {0};
    long r = info(timer, &data);
    if (r < 0) return (int)__syscall_ret((unsigned long)r);
    *value = from_itimer(&data.otime);
    value->it_interval = from_itimer(&data.itime).it_interval;
    return 0;
}

int timer_getexpstatus(timer_t timer)
{
    const uint32_t expired = 4; /* _NTO_TI_EXPIRED */
    struct nto_timer_info data = {0};
    long r = info(timer, &data);
    return r < 0 ? (int)__syscall_ret((unsigned long)r) : (data.flags & expired) != 0;
}

int timer_getoverrun(timer_t timer)
{
    struct nto_timer_info data = {0};
    long r = info(timer, &data);
    return r < 0 ? (int)__syscall_ret((unsigned long)r) : (int)data.overruns;
}

int clock_getcpuclockid(pid_t pid, clockid_t *clock)
{
    long r = __kercall2(KER_CLOCK_ID, pid, 0);
    if (r < 0) return (int)-r;
    *clock = (clockid_t)r;
    return 0;
}
