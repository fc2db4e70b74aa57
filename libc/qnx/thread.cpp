// SPDX-License-Identifier: Apache-2.0
// ThreadCtl(), and the Thread*() calls over pthreads: a thread without the C library's own data could call nothing.
#include "result.hpp"
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <sys/neutrino.h>
#include <unistd.h>

// libc/sys/thread.c: cancels the thread with this number; ESRCH.
extern "C" __attribute__((visibility("hidden"))) int __nto_cancel_tid(int tid);

int ThreadCtl_r(int cmd, void* data)
{
    return static_cast<int>(__kercall2(KER_THREAD_CTL, cmd, qnx::arg(data)));
}

int ThreadCtl(int cmd, void* data)
{
    return qnx::errno_of(ThreadCtl_r(cmd, data));
}

int ThreadCtlExt_r(pid_t pid, int tid, int cmd, void* data)
{
    return static_cast<int>(__kercall4(KER_THREAD_CTL_EXT, pid, tid, cmd, qnx::arg(data)));
}

int ThreadCtlExt(pid_t pid, int tid, int cmd, void* data)
{
    return qnx::errno_of(ThreadCtlExt_r(pid, tid, cmd, data));
}

int ThreadDetach_r(int tid)
{
    return static_cast<int>(__kercall1(KER_THREAD_DETACH, tid));
}

int ThreadDetach(int tid)
{
    return qnx::errno_of(ThreadDetach_r(tid));
}

int ThreadJoin_r(int tid, void** status)
{
    return static_cast<int>(__kercall2(KER_THREAD_JOIN, tid, qnx::arg(status)));
}

int ThreadJoin(int tid, void** status)
{
    return qnx::errno_of(ThreadJoin_r(tid, status));
}

namespace {

/// What a thread made by ThreadCreate() begins with; on its maker's stack until it has taken it.
struct Start {
    void* (*function)(void*);
    void* argument;
    void (*exit)(void*);
    sem_t taken;
    int tid;
};

void* begin(void* argument)
{
    auto* start = static_cast<Start*>(argument);
    void* (*const function)(void*) = start->function;
    void (*const exit)(void*) = start->exit;
    void* const own = start->argument;
    start->tid = gettid();
    sem_post(&start->taken); // start is gone from here on
    void* status = function(own);
    if (exit)
        exit(status);
    return status;
}

int fill(pthread_attr_t& out, const struct _thread_attr& attr)
{
    int error = pthread_attr_init(&out);
    if (attr.__flags & PTHREAD_CREATE_DETACHED)
        error |= pthread_attr_setdetachstate(&out, PTHREAD_CREATE_DETACHED);
    if (attr.__stackaddr)
        error |= pthread_attr_setstack(&out, attr.__stackaddr, attr.__stacksize);
    else if (attr.__stacksize != 0)
        error |= pthread_attr_setstacksize(&out, attr.__stacksize);
    if (attr.__guardsize != 0)
        error |= pthread_attr_setguardsize(&out, attr.__guardsize);
    if (attr.__policy != SCHED_NOCHANGE) {
        error |= pthread_attr_setinheritsched(&out, PTHREAD_EXPLICIT_SCHED);
        error |= pthread_attr_setschedpolicy(&out, attr.__policy);
        error |= pthread_attr_setschedparam(&out, &attr.__param);
    }
    return error == 0 ? EOK : EINVAL;
}

} // namespace

int ThreadCreate_r(pid_t pid, void* (*func)(void*), void* arg, const struct _thread_attr* attr)
{
    if (pid != 0 && pid != getpid())
        return -ENOTSUP;
    pthread_attr_t attributes;
    Start start{func, arg, attr ? attr->__exitfunc : nullptr, {}, 0};
    if (attr && fill(attributes, *attr) != EOK)
        return -EINVAL;
    pthread_t thread;
    sem_init(&start.taken, 0, 0);
    const int error = pthread_create(&thread, attr ? &attributes : nullptr, begin, &start);
    if (error != EOK)
        return -error;
    int cancel = 0; // sem_wait() is a cancellation point, and `start` has to stay until it is taken
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
    while (sem_wait(&start.taken) != 0) {
    }
    pthread_setcancelstate(cancel, nullptr);
    return start.tid;
}

int ThreadCreate(pid_t pid, void* (*func)(void*), void* arg, const struct _thread_attr* attr)
{
    return qnx::errno_of(ThreadCreate_r(pid, func, arg, attr));
}

int ThreadCancel_r(int tid, void (*)())
{
    return -__nto_cancel_tid(tid);
}

int ThreadCancel(int tid, void (*canstub)())
{
    return qnx::errno_of(ThreadCancel_r(tid, canstub));
}

namespace {

// The thread is cancelled, and runs at `priority` (-1: its own) meanwhile.
int destroy(int tid, int priority)
{
    struct sched_param param = {};
    param.sched_priority = priority;
    if (priority != -1) {
        if (const int error = SchedSet_r(0, tid, SCHED_NOCHANGE, &param); error < 0)
            return error;
    }
    return -__nto_cancel_tid(tid);
}

int destroy_others(int priority)
{
    constexpr int highest_tid = 1023;
    const int self = gettid();
    for (int tid = 1; tid <= highest_tid; ++tid) {
        const int error = tid == self ? EOK : destroy(tid, priority);
        if (error != EOK && error != -ESRCH)
            return error;
    }
    return EOK;
}

} // namespace

int ThreadDestroy_r(int tid, int priority, void* status)
{
    if (tid < -1 || priority < -1 || priority == 0)
        return -EINVAL;
    if (tid == 0)
        pthread_exit(status);
    return tid == -1 ? destroy_others(priority) : destroy(tid, priority);
}

int ThreadDestroy(int tid, int priority, void* status)
{
    return qnx::errno_of(ThreadDestroy_r(tid, priority, status));
}
