// SPDX-License-Identifier: Apache-2.0
// A process' priority by itself, and as POSIX's nice values: nice 0 is priority 10, a shell's; each step is one priority.
#include <errno.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

enum { nice_zero = 10, nice_least = -20, nice_most = 19 };

static int clamped(int value, int low, int high)
{
    return value < low ? low : value > high ? high : value;
}

int getprio(pid_t pid)
{
    struct sched_param param;
    return sched_getparam(pid, &param) == -1 ? -1 : param.sched_priority;
}

int setprio(pid_t pid, int priority)
{
    struct sched_param param;
    if (sched_getparam(pid, &param) == -1)
        return -1;
    int before = param.sched_priority;
    param.sched_priority = priority;
    return sched_setparam(pid, &param) == -1 ? -1 : before;
}

// Groups and users as a whole are not supported: ENOTSUP.
static int check(int which)
{
    if (which == PRIO_PROCESS)
        return 0;
    errno = which == PRIO_PGRP || which == PRIO_USER ? ENOTSUP : EINVAL;
    return -1;
}

int getpriority(int which, id_t who)
{
    struct sched_param param;
    if (check(which) == -1 || sched_getparam((pid_t)who, &param) == -1)
        return -1;
    return clamped(nice_zero - param.sched_priority, nice_least, nice_most);
}

int setpriority(int which, id_t who, int value)
{
    struct sched_param param;
    if (check(which) == -1 || sched_getparam((pid_t)who, &param) == -1)
        return -1;
    param.sched_priority = clamped(nice_zero - clamped(value, nice_least, nice_most), 1, nice_zero - nice_least);
    return sched_setparam((pid_t)who, &param);
}

int nice(int increment)
{
    int now = getpriority(PRIO_PROCESS, 0);
    int wanted = clamped(now + clamped(increment, -40, 40), nice_least, nice_most);
    return setpriority(PRIO_PROCESS, 0, wanted) == -1 ? -1 : getpriority(PRIO_PROCESS, 0);
}
