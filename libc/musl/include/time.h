/* SPDX-License-Identifier: Apache-2.0 */
/* <time.h>: musl's, with QNX's clock numbers. */
#include_next <time.h>
#if defined(CLOCK_MONOTONIC) && !defined(CLOCK_SOFTTIME)
#undef CLOCK_MONOTONIC
#undef CLOCK_PROCESS_CPUTIME_ID
#undef CLOCK_THREAD_CPUTIME_ID
#undef CLOCK_MONOTONIC_RAW
#undef CLOCK_REALTIME_COARSE
#undef CLOCK_MONOTONIC_COARSE
#undef CLOCK_BOOTTIME
#undef CLOCK_REALTIME_ALARM
#undef CLOCK_BOOTTIME_ALARM
#undef CLOCK_SGI_CYCLE
#undef CLOCK_TAI
#undef TIMER_ABSTIME
#define CLOCK_SOFTTIME 1
#define CLOCK_MONOTONIC 2
#define CLOCK_PROCESS_CPUTIME_ID 3
#define CLOCK_THREAD_CPUTIME_ID 4
#define TIMER_ABSTIME 0x80000000u
#define TIMER_TOLERANCE 0x40000000u
#define TIMER_PRECISE 0x20000000u
#ifdef __cplusplus
extern "C" {
#endif
void nsec2timespec(struct timespec *, unsigned long);
unsigned long timespec2nsec(const struct timespec *);
/* Busy waiting, for a driver's very short delays. EOK, or EINVAL for a timespec that is none. (nanospin(), QNX 7.1) */
int nanospin(const struct timespec *);
int nanospin_ns(unsigned long);
void nanospin_count(unsigned long);
unsigned long nanospin_ns_to_count(unsigned long);
int nanospin_calibrate(int disable);
/* 1 = the timer has expired since it was set, 0 = not yet, -1 EINVAL. (timer_getexpstatus(), QNX 7.1) */
int timer_getexpstatus(timer_t);
#ifdef __cplusplus
}
#endif
#endif
