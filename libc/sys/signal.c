// SPDX-License-Identifier: Apache-2.0
// Signals, where the kernel's calls differ from what musl's wrappers pass.
#include <signal.h>
#include <time.h>
#include "sys.h"

#define TIMEOUT_SIGWAITINFO (1u << 11) /* 1 << STATE_SIGWAITINFO */

hidden long sys_sigaction(int signo, const void *action, void *old)
{
    const long known = SA_NOCLDSTOP | SA_SIGINFO | SA_RESETHAND | SA_NODEFER | SA_ONSTACK | SA_NOCLDWAIT;
    struct nto_sigaction copy;
    if (action) {
        copy = *(const struct nto_sigaction *)action;
        copy.flags &= (uint64_t)known;
    }
    return __kercall3(KER_SIGNAL_ACTION, signo, (long)(action ? &copy : 0), (long)old);
}

hidden long sys_sigtimedwait(const uint64_t *set, void *info, const struct timespec *timeout)
{
    struct nto_siginfo si;
    if (timeout) {
        if (timeout->tv_nsec < 0 || timeout->tv_nsec >= 1000000000 || timeout->tv_sec < 0) return -EINVAL;
        uint64_t ns = (uint64_t)timeout->tv_sec * 1000000000 + (uint64_t)timeout->tv_nsec;
        long r = __kercall5(KER_TIMER_TIMEOUT, CLOCK_MONOTONIC, TIMEOUT_SIGWAITINFO, 0, (long)&ns, 0);
        if (r < 0) return r;
    }
    long r = __nto_call(KER_SIGNAL_WAITINFO, (long)set, (long)&si, 0, 0, 0, 0);
    if (r == -ETIMEDOUT) return -EAGAIN;
    if (r >= 0 && info) {
        _Static_assert(sizeof(siginfo_t) == sizeof si, "siginfo_t is the kernel's");
        *(struct nto_siginfo *)info = si;
    }
    return r;
}
