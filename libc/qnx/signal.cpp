// SPDX-License-Identifier: Apache-2.0
// Signals by kernel call: SignalKill(), SignalProcmask(), SignalSuspend(), SignalWaitinfo().
#include "result.hpp"
#include <sys/neutrino.h>

static_assert(sizeof(sigset_t) >= sizeof(uint64_t));
static_assert(sizeof(siginfo_t) == sizeof(struct nto_siginfo));

int SignalKill_r(uint32_t nd, pid_t pid, int tid, int signo, int code, int value)
{
    return static_cast<int>(__kercall6(KER_SIGNAL_KILL, nd, pid, tid, signo, code, value));
}

int SignalKill(uint32_t nd, pid_t pid, int tid, int signo, int code, int value)
{
    return qnx::errno_of<int>(SignalKill_r(nd, pid, tid, signo, code, value));
}

int SignalSuspend_r(const sigset_t* set)
{
    return static_cast<int>(__nto_call_cp(KER_SIGNAL_SUSPEND, qnx::arg(set), 0, 0, 0, 0, 0));
}

int SignalSuspend(const sigset_t* set)
{
    return qnx::errno_of<int>(SignalSuspend_r(set));
}

int SignalWaitinfo_r(const sigset_t* set, siginfo_t* info)
{
    return static_cast<int>(
        __nto_call_cp(KER_SIGNAL_WAITINFO, qnx::arg(set), qnx::arg(info), 0, 0, 0, 0));
}

int SignalWaitinfo(const sigset_t* set, siginfo_t* info)
{
    return qnx::errno_of<int>(SignalWaitinfo_r(set, info));
}

// The kernel changes only the caller's own mask: other threads are ENOSYS.
int SignalProcmask_r(pid_t pid, int tid, int how, const sigset_t* set, sigset_t* old)
{
    if (pid != 0 || tid != 0)
        return -ENOSYS;
    return static_cast<int>(__kercall3(KER_SIGNAL_PROCMASK, how, qnx::arg(set), qnx::arg(old)));
}

int SignalProcmask(pid_t pid, int tid, int how, const sigset_t* set, sigset_t* old)
{
    return qnx::errno_of(SignalProcmask_r(pid, tid, how, set, old));
}
