// SPDX-License-Identifier: Apache-2.0
// Clocks, sleeping and the interval timer.
#include <sys/time.h>
#include <time.h>
#include "sys.h"

#define TIMEOUT_NANOSLEEP (1u << 12) /* 1 << STATE_NANOSLEEP */
#define NS 1000000000ull

static struct timespec from_ns(uint64_t ns)
{
    return (struct timespec){.tv_sec = (time_t)(ns / NS), .tv_nsec = (long)(ns % NS)};
}

static int valid(const struct timespec *ts)
{
    return ts->tv_sec >= 0 && ts->tv_nsec >= 0 && ts->tv_nsec < (long)NS;
}

hidden long sys_clock_gettime(int id, struct timespec *ts)
{
    uint64_t ns = 0;
    long r = __kercall3(KER_CLOCK_TIME, id, 0, (long)&ns);
    if (r < 0) return r;
    *ts = from_ns(ns);
    return 0;
}

hidden long sys_clock_settime(int id, const struct timespec *ts)
{
    if (!valid(ts)) return -EINVAL;
    uint64_t ns = (uint64_t)ts->tv_sec * NS + (uint64_t)ts->tv_nsec;
    return __kercall3(KER_CLOCK_TIME, id, (long)&ns, 0);
}

hidden long sys_clock_getres(int id, struct timespec *ts)
{
    struct nto_clockperiod period = {0};
    uint64_t now;
    long r = __kercall3(KER_CLOCK_TIME, id, 0, (long)&now); /* is it a clock at all? */
    if (r >= 0) r = __kercall3(KER_CLOCK_PERIOD, CLOCK_REALTIME, 0, (long)&period);
    if (r < 0) return r;
    if (ts) *ts = from_ns(period.nsec);
    return 0;
}

hidden long sys_nanosleep(int id, int flags, const struct timespec *time, struct timespec *remaining)
{
    if (!valid(time)) return -EINVAL;
    uint64_t ns = (uint64_t)time->tv_sec * NS + (uint64_t)time->tv_nsec, left = 0;
    if ((unsigned)flags & TIMER_ABSTIME) {
        uint64_t now = 0;
        long r = __kercall3(KER_CLOCK_TIME, id, 0, (long)&now);
        if (r < 0) return r;
        ns = ns > now ? ns - now : 0;
    }
    if (!ns) return 0;
    long r = __nto_call(KER_TIMER_TIMEOUT, id, TIMEOUT_NANOSLEEP, 0, (long)&ns, (long)&left, 0);
    if (r == -EINTR && remaining && !((unsigned)flags & TIMER_ABSTIME)) *remaining = from_ns(left);
    return r == -ETIMEDOUT || r > 0 ? 0 : r;
}

static uint64_t timeval_ns(const struct timeval *tv)
{
    return (uint64_t)tv->tv_sec * NS + (uint64_t)tv->tv_usec * 1000;
}

static struct timeval ns_timeval(uint64_t ns)
{
    return (struct timeval){(time_t)(ns / NS), (suseconds_t)(ns % NS / 1000)};
}

hidden long sys_setitimer(int which, const struct itimerval *value, struct itimerval *old)
{
    struct nto_itimer set, get = {0};
    if (which != ITIMER_REAL) return -EINVAL; /* no CPU-time alarms */
    if (value) set = (struct nto_itimer){timeval_ns(&value->it_value), timeval_ns(&value->it_interval)};
    long r = __kercall3(KER_TIMER_ALARM, CLOCK_REALTIME, (long)(value ? &set : 0), (long)&get);
    if (r < 0) return r;
    if (old) *old = (struct itimerval){ns_timeval(get.interval_nsec), ns_timeval(get.nsec)};
    return 0;
}

void nsec2timespec(struct timespec *ts, unsigned long ns)
{
    *ts = from_ns(ns);
}

unsigned long timespec2nsec(const struct timespec *ts)
{
    return (unsigned long)ts->tv_sec * NS + (unsigned long)ts->tv_nsec;
}
