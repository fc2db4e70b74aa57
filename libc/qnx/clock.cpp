// SPDX-License-Identifier: Apache-2.0
// Clocks: ClockTime(), ClockAdjust(), ClockPeriod(), ClockId().
#include "result.hpp"
#include <sys/neutrino.h>

int ClockTime_r(clockid_t id, const uint64_t* newtime, uint64_t* oldtime)
{
    return static_cast<int>(__kercall3(KER_CLOCK_TIME, id, qnx::arg(newtime), qnx::arg(oldtime)));
}

int ClockTime(clockid_t id, const uint64_t* newtime, uint64_t* oldtime)
{
    return qnx::errno_of<int>(ClockTime_r(id, newtime, oldtime));
}

int ClockAdjust_r(clockid_t id, const struct _clockadjust* newadj, struct _clockadjust* oldadj)
{
    return static_cast<int>(__kercall3(KER_CLOCK_ADJUST, id, qnx::arg(newadj), qnx::arg(oldadj)));
}

int ClockAdjust(clockid_t id, const struct _clockadjust* newadj, struct _clockadjust* oldadj)
{
    return qnx::errno_of<int>(ClockAdjust_r(id, newadj, oldadj));
}

int ClockId_r(pid_t pid, int tid)
{
    return static_cast<int>(__kercall2(KER_CLOCK_ID, pid, tid));
}

int ClockId(pid_t pid, int tid)
{
    return qnx::errno_of<int>(ClockId_r(pid, tid));
}

int ClockPeriod_r(clockid_t id, const struct _clockperiod* newper, struct _clockperiod* oldper,
                  int reserved)
{
    if (reserved != 0)
        return -EINVAL;
    return static_cast<int>(__kercall3(KER_CLOCK_PERIOD, id, qnx::arg(newper), qnx::arg(oldper)));
}

int ClockPeriod(clockid_t id, const struct _clockperiod* newper, struct _clockperiod* oldper,
                int reserved)
{
    return qnx::errno_of(ClockPeriod_r(id, newper, oldper, reserved));
}
