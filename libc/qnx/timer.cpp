// SPDX-License-Identifier: Apache-2.0
// Timers and kernel timeouts: Timer*(), timer_timeout().
#include "result.hpp"
#include <string.h>
#include <sys/neutrino.h>
#include <sys/procmgr.h>

// libc/sys/timer.c
extern "C" __attribute__((visibility("hidden"))) long
sys_timer_create(clockid_t id, const struct sigevent* event);

int TimerCreate_r(clockid_t id, const struct sigevent* event)
{
    return static_cast<int>(sys_timer_create(id, event));
}

int TimerCreate(clockid_t id, const struct sigevent* event)
{
    return qnx::errno_of<int>(TimerCreate_r(id, event));
}

int TimerDestroy_r(int id)
{
    return static_cast<int>(__kercall1(KER_TIMER_DESTROY, id));
}

int TimerDestroy(int id)
{
    return qnx::errno_of<int>(TimerDestroy_r(id));
}

int TimerSettime_r(int id, int flags, const struct _itimer* itime, struct _itimer* otime)
{
    return static_cast<int>(
        __kercall4(KER_TIMER_SETTIME, id, flags, qnx::arg(itime), qnx::arg(otime)));
}

int TimerSettime(int id, int flags, const struct _itimer* itime, struct _itimer* otime)
{
    return qnx::errno_of<int>(TimerSettime_r(id, flags, itime, otime));
}

int TimerAlarm_r(clockid_t id, const struct _itimer* itime, struct _itimer* otime)
{
    return static_cast<int>(__kercall3(KER_TIMER_ALARM, id, qnx::arg(itime), qnx::arg(otime)));
}

int TimerAlarm(clockid_t id, const struct _itimer* itime, struct _itimer* otime)
{
    return qnx::errno_of<int>(TimerAlarm_r(id, itime, otime));
}

int TimerTimeout_r(clockid_t id, int flags, const struct sigevent* notify, const uint64_t* ntime,
                   uint64_t* otime)
{
    return static_cast<int>(__kercall5(KER_TIMER_TIMEOUT, id, flags, qnx::arg(notify),
                                       qnx::arg(ntime), qnx::arg(otime)));
}

int TimerTimeout(clockid_t id, int flags, const struct sigevent* notify, const uint64_t* ntime,
                 uint64_t* otime)
{
    return qnx::errno_of<int>(TimerTimeout_r(id, flags, notify, ntime, otime));
}

int TimerInfo_r(pid_t pid, int id, int flags, struct _timer_info* info)
{
    struct nto_timer_info wire; // its event is shorter than struct sigevent
    long result = __kercall4(KER_TIMER_INFO, pid, id, flags, info != nullptr ? qnx::arg(&wire) : 0);
    if (result < 0 || info == nullptr)
        return static_cast<int>(result);
    memset(info, 0, sizeof *info);
    memcpy(info, &wire, sizeof wire);
    return static_cast<int>(result);
}

int TimerInfo(pid_t pid, int id, int flags, struct _timer_info* info)
{
    return qnx::errno_of(TimerInfo_r(pid, id, flags, info));
}

int timer_timeout(clockid_t id, int flags, const struct sigevent* notify,
                  const struct timespec* ntime, struct timespec* otime)
{
    constexpr uint64_t ns_per_s = 1000000000u;
    uint64_t wanted = 0, old = 0;
    if (ntime != nullptr) {
        if (ntime->tv_nsec < 0 || ntime->tv_nsec >= static_cast<long>(ns_per_s))
            return qnx::errno_of(-EINVAL);
        wanted =
            static_cast<uint64_t>(ntime->tv_sec) * ns_per_s + static_cast<uint64_t>(ntime->tv_nsec);
    }
    int result = TimerTimeout(id, flags, notify, ntime != nullptr ? &wanted : nullptr, &old);
    if (result != -1 && otime != nullptr) {
        otime->tv_sec = static_cast<time_t>(old / ns_per_s);
        otime->tv_nsec = static_cast<long>(old % ns_per_s);
    }
    return result;
}

int procmgr_timer_tolerance(pid_t pid, const uint64_t* new_ns, uint64_t* old_ns)
{
    return qnx::errno_of(__kercall3(KER_TIMER_TOLERANCE, pid, qnx::arg(new_ns), qnx::arg(old_ns)));
}
