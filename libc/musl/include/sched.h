/* SPDX-License-Identifier: Apache-2.0 */
/* <sched.h>: scheduling policies and parameters, QNX's. The first two members are what most programs use. */
#ifndef _SCHED_H
#define _SCHED_H
#include <features.h>
#define __NEED_struct_timespec
#define __NEED_pid_t
#define __NEED_time_t
#define __NEED_size_t
#include <bits/alltypes.h>
#ifdef __cplusplus
extern "C" {
#endif

struct sched_param {
    int sched_priority;
    int sched_curpriority;
    int sched_ss_low_priority;
    int sched_ss_max_repl;
    struct timespec sched_ss_repl_period;
    struct timespec sched_ss_init_budget;
};

#define SCHED_NOCHANGE 0
#define SCHED_FIFO 1
#define SCHED_RR 2
#define SCHED_OTHER 3
#define SCHED_SPORADIC 4
#define SCHED_ADJTOHEAD 5
#define SCHED_ADJTOTAIL 6
#define SCHED_SETPRIO 7

int sched_get_priority_max(int);
int sched_get_priority_min(int);
int sched_getparam(pid_t, struct sched_param *);
int sched_getscheduler(pid_t);
int sched_rr_get_interval(pid_t, struct timespec *);
int sched_setparam(pid_t, const struct sched_param *);
int sched_setscheduler(pid_t, int, const struct sched_param *);
int sched_yield(void);
/* The priority of a process (0 = this one); the one it had before. -1: ESRCH, EPERM, EINVAL. (lib_ref getprio, setprio) */
int getprio(pid_t);
int setprio(pid_t, int);

#ifdef _NTO_LIBC /* what musl's own sources expect to find here */
#define CLONE_VM 0
#define CLONE_FS 0
#define CLONE_FILES 0
#define CLONE_SIGHAND 0
#define CLONE_THREAD 0
#define CLONE_SYSVSEM 0
#define CLONE_SETTLS 0
#define CLONE_PARENT_SETTID 0
#define CLONE_CHILD_CLEARTID 0
#define CLONE_DETACHED 0
typedef struct cpu_set_t { unsigned long __bits[128 / sizeof(long)]; } cpu_set_t;
#endif

#ifdef __cplusplus
}
#endif
#endif
