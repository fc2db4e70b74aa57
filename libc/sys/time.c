// SPDX-License-Identifier: Apache-2.0
// Clocks, sleeping and the interval timer.
#include <sys/time.h>
#include <sys/syspage.h>
#include <time.h>
#include "sys.h"

#define TIMEOUT_NANOSLEEP (1u << 12) /* 1 << STATE_NANOSLEEP */
#define NS 1000000000ull
#define CLOCK_OWN_CPU 5 /* KER_TIMER_ALARM: CPU time for SIGVTALRM. All CPU time of a process is user time here. */

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
    if (id == CLOCK_THREAD_CPUTIME_ID) return -EINVAL;
    if (id > CLOCK_MONOTONIC) return -ENOTSUP; /* POSIX leaves sleeping on CPU time open */
    unsigned states = TIMEOUT_NANOSLEEP | ((unsigned)flags & TIMER_ABSTIME);
    long r = __nto_call(KER_TIMER_TIMEOUT, id, (long)states, 0, (long)&ns, (long)&left, 0);
    if (r == -EINTR && remaining && !((unsigned)flags & TIMER_ABSTIME)) *remaining = from_ns(left);
    return r == -ETIMEDOUT || r > 0 ? 0 : r;
}

static uint64_t timeval_ns(const struct timeval *tv)
{
    return (uint64_t)tv->tv_sec * NS + (uint64_t)tv->tv_usec * 1000;
}

static int valid_timeval(const struct timeval *tv)
{
    return tv->tv_sec >= 0 && tv->tv_usec >= 0 && tv->tv_usec < 1000000;
}

static struct timeval ns_timeval(uint64_t ns)
{
    return (struct timeval){(time_t)(ns / NS), (suseconds_t)(ns % NS / 1000)};
}

hidden long sys_setitimer(int which, const struct itimerval *value, struct itimerval *old)
{
    static const int clocks[] = {[ITIMER_REAL] = CLOCK_REALTIME, [ITIMER_VIRTUAL] = CLOCK_OWN_CPU, [ITIMER_PROF] = CLOCK_PROCESS_CPUTIME_ID};
    struct nto_itimer set, get = {0};
    if (which < ITIMER_REAL || which > ITIMER_PROF) return -EINVAL;
    if (value && (!valid_timeval(&value->it_value) || !valid_timeval(&value->it_interval))) return -EINVAL;
    if (value) set = (struct nto_itimer){timeval_ns(&value->it_value), timeval_ns(&value->it_interval)};
    long r = __kercall3(KER_TIMER_ALARM, clocks[which], (long)(value ? &set : 0), (long)&get);
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

/* --- busy waiting: by the cycle counter, so there is nothing to calibrate; a "count" is a nanosecond --- */

static uint64_t cycles(void)
{
    uint32_t low, high;
    __asm__ __volatile__("rdtsc" : "=a"(low), "=d"(high));
    return (uint64_t)high << 32 | low;
}

int nanospin_ns(unsigned long ns)
{
    const uint64_t hz = SYSPAGE_ENTRY(qtime)->cycles_per_sec, start = cycles();
    const uint64_t wanted = ns / NS * hz + ns % NS * (hz / 1000) / (NS / 1000);
    while (cycles() - start <= wanted) __asm__ __volatile__("pause");
    return EOK;
}

int nanospin(const struct timespec *time)
{
    return valid(time) ? nanospin_ns(timespec2nsec(time)) : EINVAL;
}

unsigned long nanospin_ns_to_count(unsigned long ns)
{
    return ns;
}

void nanospin_count(unsigned long count)
{
    nanospin_ns(count);
}

int nanospin_calibrate(int disable)
{
    (void)disable;
    return EOK;
}

/* BSD's clock correction over ClockAdjust()'s: half a microsecond a tick, as adjtime() has it. */
int adjtime(const struct timeval *delta, struct timeval *old)
{
    const int64_t gain = 500;
    struct nto_clockadjust set = {0}, get = {0};
    if (delta) {
        int64_t ns = (int64_t)delta->tv_sec * (int64_t)NS + (int64_t)delta->tv_usec * 1000;
        set.tick_count = (uint64_t)(ns < 0 ? -ns : ns) / (uint64_t)gain;
        set.tick_nsec_inc = (int32_t)(ns < 0 ? -gain : gain);
    }
    long r = __kercall3(KER_CLOCK_ADJUST, CLOCK_REALTIME, (long)(delta ? &set : 0), (long)&get);
    if (r < 0) return (int)__syscall_ret((unsigned long)r);
    if (old) {
        int64_t left = (int64_t)get.tick_count * get.tick_nsec_inc / 1000;
        *old = (struct timeval){(time_t)(left / 1000000), (suseconds_t)(left % 1000000)};
    }
    return 0;
}
