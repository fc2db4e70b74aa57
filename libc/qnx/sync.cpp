// SPDX-License-Identifier: Apache-2.0
// Kernel synchronisation objects: Sync*().
#include "result.hpp"
#include <sys/neutrino.h>

int SyncTypeCreate_r(unsigned type, sync_t* sync, const struct _sync_attr* attr)
{
    return static_cast<int>(__kercall3(KER_SYNC_TYPE_CREATE, type, qnx::arg(sync), qnx::arg(attr)));
}

int SyncTypeCreate(unsigned type, sync_t* sync, const struct _sync_attr* attr)
{
    return qnx::errno_of<int>(SyncTypeCreate_r(type, sync, attr));
}

int SyncDestroy_r(sync_t* sync)
{
    return static_cast<int>(__kercall1(KER_SYNC_DESTROY, qnx::arg(sync)));
}

int SyncDestroy(sync_t* sync)
{
    return qnx::errno_of<int>(SyncDestroy_r(sync));
}

int SyncCtl_r(int cmd, sync_t* sync, void* data)
{
    return static_cast<int>(__kercall3(KER_SYNC_CTL, cmd, qnx::arg(sync), qnx::arg(data)));
}

int SyncCtl(int cmd, sync_t* sync, void* data)
{
    return qnx::errno_of<int>(SyncCtl_r(cmd, sync, data));
}

int SyncMutexLock_r(sync_t* sync)
{
    return static_cast<int>(__kercall2(KER_SYNC_MUTEX_LOCK, qnx::arg(sync), 0));
}

int SyncMutexLock(sync_t* sync)
{
    return qnx::errno_of<int>(SyncMutexLock_r(sync));
}

int SyncMutexEvent_r(sync_t* sync, const struct sigevent* event)
{
    return static_cast<int>(__kercall2(KER_SYNC_MUTEX_EVENT, qnx::arg(sync), qnx::arg(event)));
}

int SyncMutexEvent(sync_t* sync, const struct sigevent* event)
{
    return qnx::errno_of<int>(SyncMutexEvent_r(sync, event));
}

int SyncMutexRevive_r(sync_t* sync)
{
    return static_cast<int>(__kercall1(KER_SYNC_MUTEX_REVIVE, qnx::arg(sync)));
}

int SyncMutexRevive(sync_t* sync)
{
    return qnx::errno_of<int>(SyncMutexRevive_r(sync));
}

int SyncMutexUnlock_r(sync_t* sync)
{
    return static_cast<int>(__kercall1(KER_SYNC_MUTEX_UNLOCK, qnx::arg(sync)));
}

int SyncMutexUnlock(sync_t* sync)
{
    return qnx::errno_of<int>(SyncMutexUnlock_r(sync));
}

int SyncCondvarWait_r(sync_t* sync, sync_t* mutex)
{
    return static_cast<int>(__kercall2(KER_SYNC_COND_WAIT, qnx::arg(sync), qnx::arg(mutex)));
}

int SyncCondvarWait(sync_t* sync, sync_t* mutex)
{
    return qnx::errno_of<int>(SyncCondvarWait_r(sync, mutex));
}

int SyncCondvarSignal_r(sync_t* sync, int all)
{
    return static_cast<int>(__kercall2(KER_SYNC_COND_SIGNAL, qnx::arg(sync), all));
}

int SyncCondvarSignal(sync_t* sync, int all)
{
    return qnx::errno_of<int>(SyncCondvarSignal_r(sync, all));
}

int SyncSemPost_r(sync_t* sync)
{
    return static_cast<int>(__kercall1(KER_SYNC_SEM_POST, qnx::arg(sync)));
}

int SyncSemPost(sync_t* sync)
{
    return qnx::errno_of<int>(SyncSemPost_r(sync));
}

int SyncSemWait_r(sync_t* sync, int try_only)
{
    return static_cast<int>(__kercall2(KER_SYNC_SEM_WAIT, qnx::arg(sync), try_only));
}

int SyncSemWait(sync_t* sync, int try_only)
{
    return qnx::errno_of<int>(SyncSemWait_r(sync, try_only));
}
