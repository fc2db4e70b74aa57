// SPDX-License-Identifier: Apache-2.0
// Signals by kernel call: SignalKill(), SignalProcmask(), SignalSuspend(), SignalWaitinfo().
#include "result.hpp"
#include <sys/neutrino.h>
#include <unistd.h>

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

int SignalWaitinfoMask_r(const sigset_t* set, siginfo_t* info, const sigset_t* mask)
{
    return static_cast<int>(
        __nto_call_cp(KER_SIGNAL_WAITINFO, qnx::arg(set), qnx::arg(info), qnx::arg(mask), 0, 0, 0));
}

int SignalWaitinfoMask(const sigset_t* set, siginfo_t* info, const sigset_t* mask)
{
    return qnx::errno_of<int>(SignalWaitinfoMask_r(set, info, mask));
}

int SignalProcmask_r(pid_t pid, int tid, int how, const sigset_t* set, sigset_t* old)
{
    return static_cast<int>(__kercall5(KER_SIGNAL_PROCMASK, how | NTO_PROCMASK_OF, qnx::arg(set),
                                       qnx::arg(old), pid, tid));
}

int SignalProcmask(pid_t pid, int tid, int how, const sigset_t* set, sigset_t* old)
{
    return qnx::errno_of(SignalProcmask_r(pid, tid, how, set, old));
}

// The library's own stub is used whatever `stub` says; another process' actions cannot be changed.
int SignalAction_r(pid_t pid, void (*)(void), int signo, const struct sigaction* act,
                   struct sigaction* old)
{
    if (pid != 0 && pid != getpid())
        return -ENOTSUP;
    return sigaction(signo, act, old) == -1 ? -errno : 0;
}

int SignalAction(pid_t pid, void (*stub)(void), int signo, const struct sigaction* act,
                 struct sigaction* old)
{
    return qnx::errno_of(SignalAction_r(pid, stub, signo, act, old));
}
