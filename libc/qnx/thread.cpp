// SPDX-License-Identifier: Apache-2.0
// ThreadCtl(), and the Thread*() calls over pthreads: a thread without the C library's own data could call nothing.
#include "result.hpp"
#include <pthread.h>
#include <sys/neutrino.h>

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
