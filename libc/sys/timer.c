// SPDX-License-Identifier: Apache-2.0
// POSIX timers over the kernel's.
#include <string.h>
#include <time.h>
#include "sys.h"

#define NS 1000000000ull

int __nto_thread_events(void);

hidden long sys_timer_create(clockid_t clock, const struct sigevent *event)
{
    const struct nto_sigevent *kernel = (const void *)event; /* the same layout under POSIX' names */
    if (kernel && (kernel->notify & NTO_SIGEV_MASK) == NTO_SIGEV_THREAD) {
        int error = kernel->addr ? __nto_thread_events() : EINVAL;
        if (error) return -error;
    }
    return __kercall2(KER_TIMER_CREATE, clock, (long)kernel);
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
    return (int)__syscall_ret((unsigned long)__kercall1(KER_TIMER_DESTROY, (int)(intptr_t)timer));
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
