// SPDX-License-Identifier: Apache-2.0
// Processes: exit, wait, identity, limits, times. All of it is messages to the process manager.
#include <limits.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/times.h>
#include <sys/wait.h>
#include <unistd.h>
#include "sys.h"

hidden long proc_simple(uint16_t type, int64_t a, int64_t b, int64_t c, int64_t d, void *reply, size_t reply_len)
{
    struct proc_simple message = {.type = type, .a = a, .b = b, .c = c, .d = d};
    return sysmgr_send(&message, sizeof message, reply, reply_len);
}

hidden _Noreturn void sys_exit_process(int status)
{
    struct proc_exit message = {.type = PROC_EXIT, .status = (status & 0xff) << 8};
    for (;;) msg_send(SYSMGR_COID, &message, sizeof message, 0, 0);
}

hidden long proc_id_op(int op, pid_t pid, int a, int b)
{
    struct proc_id message = {.type = PROC_GETSETID, .subtype = (uint16_t)op, .pid = pid, .a = a, .b = b};
    return sysmgr_send(&message, sizeof message, 0, 0);
}

hidden long proc_ids(pid_t pid, struct proc_ids *out)
{
    struct proc_id message = {.type = PROC_GETSETID, .subtype = PROC_ID_GET, .pid = pid};
    long r = sysmgr_send(&message, sizeof message, out, sizeof *out);
    return r < 0 ? r : 0;
}

static volatile pid_t known_pid;

hidden long sys_getpid(void)
{
    if (!known_pid) {
        struct proc_ids ids;
        long r = proc_ids(0, &ids);
        if (r < 0) return r;
        known_pid = ids.pid;
    }
    return known_pid;
}

/* In a child of fork(). */
hidden void forget_pid(void)
{
    known_pid = 0;
}

static long own_group(void)
{
    struct proc_ids ids;
    long r = proc_ids(0, &ids);
    return r < 0 ? r : ids.pgrp;
}

static long wait_message(int which, pid_t pid, int options, struct proc_wait_reply *reply)
{
    struct proc_wait message = {.type = PROC_WAIT, .which = which, .pid = pid, .options = (uint32_t)options};
    return msg_send(SYSMGR_COID, &message, sizeof message, reply, sizeof *reply);
}

static struct timeval to_timeval(uint64_t ns)
{
    return (struct timeval){(time_t)(ns / 1000000000), (suseconds_t)(ns % 1000000000 / 1000)};
}

hidden long sys_wait4(pid_t pid, int *status, int options, void *usage)
{
    struct proc_wait_reply reply = {0};
    int which = pid > 0 ? P_PID : pid == -1 ? P_ALL : P_PGID;
    long group = pid == 0 ? own_group() : -pid;
    if (group < 0 && which == P_PGID) return group;
    long r = wait_message(which, which == P_PID ? pid : which == P_ALL ? 0 : (pid_t)group, options | WEXITED, &reply);
    if (r <= 0) return r;
    if (status) *status = reply.status;
    if (usage) {
        struct rusage *ru = usage;
        *ru = (struct rusage){.ru_utime = to_timeval(reply.utime_ns), .ru_stime = to_timeval(reply.stime_ns)};
    }
    return r;
}

hidden long sys_waitid(int type, id_t id, void *info, int options)
{
    struct proc_wait_reply reply = {0};
    siginfo_t *si = info;
    if (!(options & (WEXITED | WSTOPPED | WCONTINUED)) || options & ~(WEXITED | WSTOPPED | WCONTINUED | WNOHANG | WNOWAIT)) return -EINVAL;
    long group = type == P_PGID && id == 0 ? own_group() : (long)id;
    if (group < 0) return group;
    long r = wait_message(type, (pid_t)group, options, &reply);
    if (r < 0) return r;
    if (!si) return 0;
    *si = (siginfo_t){0};
    if (r == 0) return 0; /* WNOHANG and nobody */
    int s = reply.status;
    si->si_signo = SIGCHLD;
    si->si_pid = (pid_t)r;
    si->si_uid = reply.uid;
    si->si_code = WIFEXITED(s) ? CLD_EXITED : WIFSTOPPED(s) ? CLD_STOPPED : WIFCONTINUED(s) ? CLD_CONTINUED : WCOREDUMP(s) ? CLD_DUMPED : CLD_KILLED;
    si->si_status = WIFEXITED(s) ? WEXITSTATUS(s) : WIFSTOPPED(s) ? WSTOPSIG(s) : WIFCONTINUED(s) ? SIGCONT : WTERMSIG(s);
    return 0;
}

/* kill()'s pid 0 is the own group; for the kernel 0 is the process itself and a negative pid a group. */
hidden long sys_kill(pid_t pid, pid_t tid, int signo, int code, uint64_t value)
{
    return __nto_call(KER_SIGNAL_KILL, 0, pid, tid, signo, code, (long)value);
}

hidden long sys_kill_posix(pid_t pid, int signo)
{
    if (pid == -1) return sys_kill(INT_MIN, 0, signo, SI_USER, 0); /* everybody one may signal but oneself */
    long group = pid ? pid : own_group();
    if (pid == 0) return group < 0 ? group : sys_kill(-(pid_t)group, 0, signo, SI_USER, 0);
    return sys_kill(pid, 0, signo, SI_USER, 0);
}

hidden long sys_rlimit(int resource, const void *new_limit, void *old_limit)
{
    const struct rlimit *set = new_limit;
    struct rlimit *get = old_limit;
    uint64_t reply[2] = {0};
    long r;
    if (get) {
        r = proc_simple(PROC_RLIMIT, resource, 0, 0, 0, reply, sizeof reply);
        if (r < 0) return r;
        *get = (struct rlimit){reply[0], reply[1]};
    }
    if (!set) return 0;
    r = proc_simple(PROC_RLIMIT, resource, 1, (int64_t)set->rlim_cur, (int64_t)set->rlim_max, reply, sizeof reply);
    return r < 0 ? r : 0;
}

int setrlimit(int resource, const struct rlimit *limit)
{
    return (int)__syscall_ret((unsigned long)sys_rlimit(resource, limit, 0));
}

static long cpu_times(uint64_t out[4])
{
    return proc_simple(PROC_TIMES, 0, 0, 0, 0, out, 4 * sizeof *out);
}

hidden long sys_times(void *buf)
{
    uint64_t ns[4] = {0};
    struct tms *tms = buf;
    struct timespec now;
    const uint64_t tick = 1000000000 / 100; /* sysconf(_SC_CLK_TCK) is 100 */
    long r = cpu_times(ns);
    if (r < 0) return r;
    if (tms) *tms = (struct tms){(clock_t)(ns[0] / tick), (clock_t)(ns[1] / tick), (clock_t)(ns[2] / tick), (clock_t)(ns[3] / tick)};
    sys_clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 100 + now.tv_nsec / (long)tick;
}

hidden long sys_getrusage(int who, void *usage)
{
    uint64_t ns[4] = {0};
    struct rusage *ru = usage;
    if (who != RUSAGE_SELF && who != RUSAGE_CHILDREN) return -EINVAL;
    long r = cpu_times(ns);
    if (r < 0) return r;
    const uint64_t *t = who == RUSAGE_SELF ? ns : ns + 2;
    *ru = (struct rusage){.ru_utime = to_timeval(t[0]), .ru_stime = to_timeval(t[1])};
    return 0;
}
