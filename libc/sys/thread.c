// SPDX-License-Identifier: Apache-2.0
// Threads and scheduling: the futex words of musl's locks, thread exit, priorities and names.
#include <limits.h>
#include <sched.h>
#include <string.h>
#include <time.h>
#include "pthread_impl.h"
#include "futex.h"
#include "lock.h"
#include "sys.h"

#define NS 1000000000ull
#define TCTL_ONE_THREAD_CONT 9
#define TCTL_NAME 11
#define THREAD_NAME_MAX 100

hidden long sys_futex(volatile int *word, int op, int value, const struct timespec *timeout, volatile int *word2)
{
    switch (op & ~FUTEX_PRIVATE) {
    case FUTEX_WAIT:
    case FUTEX_JOIN:;
        long joined = (op & ~FUTEX_PRIVATE) == FUTEX_JOIN ? (long)word2 : 0;
        if (timeout) {
            uint64_t now = 0; /* musl gives the time left; the kernel takes the end */
            __kercall3(KER_CLOCK_TIME, CLOCK_MONOTONIC, 0, (long)&now);
            uint64_t end = now + (uint64_t)timeout->tv_sec * NS + (uint64_t)timeout->tv_nsec;
            struct nto_timespec until = {(int64_t)(end / NS), (int64_t)(end % NS)};
            return __nto_call(KER_FUTEX_WAIT, (long)word, value, (long)&until, CLOCK_MONOTONIC, joined, 0);
        }
        return __nto_call(KER_FUTEX_WAIT, (long)word, value, 0, 0, joined, 0);
    case FUTEX_WAKE:
        return __kercall2(KER_FUTEX_WAKE, (long)word, value);
    case FUTEX_REQUEUE:
        return __kercall4(KER_FUTEX_REQUEUE, (long)word, value, (long)timeout, (long)word2);
    default:
        return -ENOSYS;
    }
}

hidden _Noreturn void sys_exit_thread(void)
{
    for (;;) __kercall2(KER_THREAD_EXIT, 0, 0); /* the clear word given at creation is cleared and woken */
}

static long set(pid_t pid, pid_t tid, int policy, const struct nto_sched_param *param)
{
    long r = __kercall4(KER_SCHED_SET, pid, tid, policy, (long)param);
    return r < 0 ? r : 0;
}

hidden long sys_sched_set(pid_t pid, pid_t tid, int policy, int priority)
{
    struct nto_sched_param param = {.priority = priority, .curpriority = priority};
    return set(pid, tid, policy, &param);
}

static long set_param(pid_t pid, pid_t tid, int policy, const struct sched_param *param)
{
    struct nto_sched_param out = {.priority = param->sched_priority, .curpriority = param->sched_priority};
    if (policy == SCHED_SPORADIC) { /* the rest means nothing otherwise, and need not be set */
        out.low_priority = param->sched_ss_low_priority;
        out.max_repl = param->sched_ss_max_repl;
        out.repl_period = (struct nto_timespec){param->sched_ss_repl_period.tv_sec, param->sched_ss_repl_period.tv_nsec};
        out.init_budget = (struct nto_timespec){param->sched_ss_init_budget.tv_sec, param->sched_ss_init_budget.tv_nsec};
    }
    return set(pid, tid, policy, &out);
}

/* A pthread_attr_t keeps its sporadic parameters in two words behind the priority: nanoseconds, and a number in the upper byte. The
 * bit below it is free: no period is so long. */
#define SPORADIC_PERIOD __u.__s[5] /* and the low priority, and `suspended` */
#define SPORADIC_BUDGET __u.__s[6] /* and the replenishments */
enum { number_shift = 56 };
static const unsigned long suspended = 1ul << (number_shift - 1);

static unsigned long packed(const struct timespec *time, int number)
{
    return (unsigned long)(unsigned char)number << number_shift | ((unsigned long)time->tv_sec * NS + (unsigned long)time->tv_nsec);
}

static struct timespec unpacked(unsigned long word)
{
    const unsigned long ns = word & (suspended - 1);
    return (struct timespec){.tv_sec = (time_t)(ns / NS), .tv_nsec = (long)(ns % NS)};
}

static int fits(const struct sched_param *param)
{
    const struct timespec *period = &param->sched_ss_repl_period, *budget = &param->sched_ss_init_budget;
    return period->tv_sec >= 0 && period->tv_sec < 1000000 && period->tv_nsec >= 0 && (unsigned long)period->tv_nsec < NS &&
           budget->tv_sec >= 0 && budget->tv_sec < 1000000 && budget->tv_nsec >= 0 && (unsigned long)budget->tv_nsec < NS &&
           param->sched_ss_low_priority >= 0 && param->sched_ss_low_priority <= 255 && param->sched_ss_max_repl >= 0 &&
           param->sched_ss_max_repl <= 255;
}

/* The policy may be set after it: with another one the sporadic parameters are kept as far as they can be any. */
int pthread_attr_setschedparam(pthread_attr_t *restrict a, const struct sched_param *restrict param)
{
    if (!fits(param) && a->_a_policy == SCHED_SPORADIC) return EINVAL;
    a->_a_prio = param->sched_priority;
    a->SPORADIC_PERIOD &= suspended;
    if (fits(param)) a->SPORADIC_PERIOD |= packed(&param->sched_ss_repl_period, param->sched_ss_low_priority);
    a->SPORADIC_BUDGET = fits(param) ? packed(&param->sched_ss_init_budget, param->sched_ss_max_repl) : 0;
    return 0;
}

int pthread_attr_getschedparam(const pthread_attr_t *restrict a, struct sched_param *restrict param)
{
    *param = (struct sched_param){
        .sched_priority = a->_a_prio,
        .sched_curpriority = a->_a_prio,
        .sched_ss_low_priority = (int)(a->SPORADIC_PERIOD >> number_shift),
        .sched_ss_max_repl = (int)(a->SPORADIC_BUDGET >> number_shift),
        .sched_ss_repl_period = unpacked(a->SPORADIC_PERIOD),
        .sched_ss_init_budget = unpacked(a->SPORADIC_BUDGET),
    };
    return 0;
}

int pthread_attr_setsuspendstate_np(pthread_attr_t *a, int state)
{
    if (state != PTHREAD_CREATE_SUSPENDED && state != PTHREAD_CREATE_NOT_SUSPENDED) return EINVAL;
    a->SPORADIC_PERIOD &= ~suspended;
    if (state == PTHREAD_CREATE_SUSPENDED) a->SPORADIC_PERIOD |= suspended;
    return 0;
}

int pthread_attr_getsuspendstate_np(const pthread_attr_t *a, int *state)
{
    *state = a->SPORADIC_PERIOD & suspended ? PTHREAD_CREATE_SUSPENDED : PTHREAD_CREATE_NOT_SUSPENDED;
    return 0;
}

/* musl's pthread_create() does not tell __clone() of the attributes: who creates a suspended thread stands here meanwhile. */
static volatile int suspended_lock[1];
static pthread_t volatile creates_suspended;

hidden int sys_creates_suspended(void)
{
    return creates_suspended == __pthread_self();
}

int pthread_create(pthread_t *restrict thread, const pthread_attr_t *restrict attr, void *(*entry)(void *), void *restrict arg)
{
    if (!attr || attr == __ATTRP_C11_THREAD || !(attr->SPORADIC_PERIOD & suspended)) return __pthread_create(thread, attr, entry, arg);
    LOCK(suspended_lock);
    creates_suspended = __pthread_self();
    const int error = __pthread_create(thread, attr, entry, arg);
    creates_suspended = 0;
    UNLOCK(suspended_lock);
    return error;
}

/* What musl's pthread_create() asks for: `priority` is the member of its copy of the attributes. */
hidden long sys_sched_set_created(pid_t tid, int policy, const int *priority)
{
    struct sched_param param;
    long r;
    if (policy == SCHED_SPORADIC) {
        pthread_attr_getschedparam((const pthread_attr_t *)((const char *)priority - offsetof(pthread_attr_t, _a_prio)), &param);
        r = set_param(0, tid, policy, &param);
    } else {
        r = sys_sched_set(0, tid, policy, *priority);
    }
    if (r < 0 && sys_creates_suspended()) __kercall2(KER_THREAD_CTL, TCTL_ONE_THREAD_CONT, tid); /* it has to run to end */
    return r;
}

static long get(pid_t pid, pid_t tid, struct sched_param *out)
{
    struct nto_sched_param param = {0};
    long policy = __kercall3(KER_SCHED_GET, pid, tid, (long)&param);
    if (policy < 0) return policy;
    *out = (struct sched_param){
        .sched_priority = param.priority,
        .sched_curpriority = param.curpriority,
        .sched_ss_low_priority = param.low_priority,
        .sched_ss_max_repl = param.max_repl,
        .sched_ss_repl_period = {.tv_sec = param.repl_period.sec, .tv_nsec = (long)param.repl_period.nsec},
        .sched_ss_init_budget = {.tv_sec = param.init_budget.sec, .tv_nsec = (long)param.init_budget.nsec},
    };
    return policy;
}

int sched_getparam(pid_t pid, struct sched_param *param)
{
    long r = get(pid, pid ? 1 : 0, param);
    return (int)__syscall_ret((unsigned long)(r < 0 ? r : 0));
}

int sched_getscheduler(pid_t pid)
{
    struct sched_param param;
    return (int)__syscall_ret((unsigned long)get(pid, pid ? 1 : 0, &param));
}

int sched_setscheduler(pid_t pid, int policy, const struct sched_param *param)
{
    struct sched_param before;
    long old = get(pid, pid ? 1 : 0, &before);
    long r = old < 0 ? old : set_param(pid, pid ? 1 : 0, policy, param);
    return (int)__syscall_ret((unsigned long)(r < 0 ? r : old));
}

int sched_setparam(pid_t pid, const struct sched_param *param)
{
    return (int)__syscall_ret((unsigned long)set_param(pid, pid ? 1 : 0, SCHED_NOCHANGE, param));
}

static long sched_info(int policy, struct nto_sched_info *info)
{
    *info = (struct nto_sched_info){0};
    return __kercall3(KER_SCHED_INFO, 0, policy, (long)info);
}

int sched_get_priority_max(int policy)
{
    struct nto_sched_info info;
    long r = sched_info(policy, &info);
    return (int)__syscall_ret((unsigned long)(r < 0 ? r : info.priority_max));
}

int sched_get_priority_min(int policy)
{
    struct nto_sched_info info;
    long r = sched_info(policy, &info);
    return (int)__syscall_ret((unsigned long)(r < 0 ? r : info.priority_min));
}

int sched_rr_get_interval(pid_t pid, struct timespec *interval)
{
    struct nto_sched_info info = {0};
    long r = __kercall3(KER_SCHED_INFO, pid, SCHED_RR, (long)&info);
    if (r < 0) return (int)__syscall_ret((unsigned long)r);
    *interval = (struct timespec){.tv_sec = (time_t)(info.interval_ns / NS), .tv_nsec = (long)(info.interval_ns % NS)};
    return 0;
}

/* A thread's number is valid while its killlock is held and not 0; returns ESRCH otherwise. */
#define WITH_TID(t, expression) \
    ({ \
        sigset_t set; \
        long result_ = -ESRCH; \
        __block_app_sigs(&set); \
        LOCK((t)->killlock); \
        if ((t)->tid) result_ = (expression); \
        UNLOCK((t)->killlock); \
        __restore_sigs(&set); \
        result_; \
    })

int pthread_getschedparam(pthread_t t, int *restrict policy, struct sched_param *restrict param)
{
    long r = WITH_TID(t, get(0, t->tid, param));
    if (r < 0) return (int)-r;
    *policy = (int)r;
    return 0;
}

int pthread_setschedparam(pthread_t t, int policy, const struct sched_param *param)
{
    return (int)-WITH_TID(t, set_param(0, t->tid, policy, param));
}

/* The thread with this number, which may be ending: its structure stays while the list is held. */
hidden int __nto_cancel_tid(int tid)
{
    const pthread_t self = pthread_self();
    int r = ESRCH;
    sigset_t set;
    if (tid == self->tid) return pthread_cancel(self);
    __block_app_sigs(&set);
    __tl_lock();
    for (pthread_t t = self->next; t != self && r == ESRCH; t = t->next)
        if (t->tid == tid) r = pthread_cancel(t);
    __tl_unlock();
    __restore_sigs(&set);
    return r;
}

int pthread_setschedprio(pthread_t t, int priority)
{
    return (int)-WITH_TID(t, sys_sched_set(0, t->tid, SCHED_NOCHANGE, priority));
}

int pthread_getcpuclockid(pthread_t t, clockid_t *clock)
{
    long r = WITH_TID(t, __kercall2(KER_CLOCK_ID, 0, t->tid));
    if (r < 0) return (int)-r;
    *clock = (clockid_t)r;
    return 0;
}

/* _NTO_TCTL_NAME's data: struct _thread_name, whose first word is the length for "new name" (-1 = only read). */
struct name_data {
    int new_name_len, name_buf_len;
    char name[THREAD_NAME_MAX];
};

int pthread_setname_np(pthread_t t, const char *name)
{
    struct name_data data = {.name_buf_len = THREAD_NAME_MAX};
    size_t n = strnlen(name, THREAD_NAME_MAX);
    if (n >= THREAD_NAME_MAX) return E2BIG;
    memcpy(data.name, name, n + 1);
    data.new_name_len = (int)n;
    long r = WITH_TID(t, __kercall4(KER_THREAD_CTL_EXT, 0, t->tid, TCTL_NAME, (long)&data));
    return r < 0 ? (int)-r : 0;
}

int pthread_getname_np(pthread_t t, char *name, size_t size)
{
    struct name_data data = {.new_name_len = -1, .name_buf_len = THREAD_NAME_MAX};
    long r = WITH_TID(t, __kercall4(KER_THREAD_CTL_EXT, 0, t->tid, TCTL_NAME, (long)&data));
    if (r < 0) return (int)-r;
    data.name[THREAD_NAME_MAX - 1] = 0;
    if (strlen(data.name) >= size) return ERANGE;
    strcpy(name, data.name);
    return 0;
}
