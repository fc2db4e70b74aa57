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
#ifdef __cplusplus
extern "C" {
#endif
void nsec2timespec(struct timespec *, unsigned long);
unsigned long timespec2nsec(const struct timespec *);
#ifdef __cplusplus
}
#endif
#endif
