// SPDX-License-Identifier: Apache-2.0
// Scheduling of threads: SchedGet(), SchedSet(), SchedInfo(), SchedYield(), SchedGetCpuNum().
#include "result.hpp"
#include <sys/neutrino.h>

static_assert(sizeof(struct sched_param) == sizeof(struct nto_sched_param));
static_assert(offsetof(struct sched_param, sched_ss_repl_period) ==
              offsetof(struct nto_sched_param, repl_period));

int SchedGet_r(pid_t pid, int tid, struct sched_param* param)
{
    return static_cast<int>(__kercall3(KER_SCHED_GET, pid, tid, qnx::arg(param)));
}

int SchedGet(pid_t pid, int tid, struct sched_param* param)
{
    return qnx::errno_of<int>(SchedGet_r(pid, tid, param));
}

int SchedSet_r(pid_t pid, int tid, int policy, const struct sched_param* param)
{
    return static_cast<int>(__kercall4(KER_SCHED_SET, pid, tid, policy, qnx::arg(param)));
}

int SchedSet(pid_t pid, int tid, int policy, const struct sched_param* param)
{
    return qnx::errno_of<int>(SchedSet_r(pid, tid, policy, param));
}

int SchedInfo_r(pid_t pid, int policy, struct _sched_info* info)
{
    return static_cast<int>(__kercall3(KER_SCHED_INFO, pid, policy, qnx::arg(info)));
}

int SchedInfo(pid_t pid, int policy, struct _sched_info* info)
{
    return qnx::errno_of<int>(SchedInfo_r(pid, policy, info));
}

int SchedGetCpuNum()
{
    return static_cast<int>(__kercall0(KER_SCHED_CPU));
}

int SchedYield_r()
{
    return static_cast<int>(__kercall0(KER_SCHED_YIELD));
}

int SchedYield()
{
    return qnx::errno_of<int>(SchedYield_r());
}
