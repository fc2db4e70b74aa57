// SPDX-License-Identifier: Apache-2.0
// Advisory locks of a file: fcntl(F_SETLK, F_SETLKW, F_GETLK) for processes, flock() for open files.
#include "base/file_locks.hpp"
#include "iofunc.hpp"
#include "result.hpp"

// attr->locklist points to it while there is a lock or somebody who waits.
struct _iofunc_lock_list : base::RangeLocks {};

namespace {

static_assert(F_SETLK == base::lock_set && F_SETLKW == base::lock_set_wait &&
              F_GETLK == base::lock_get && F_RDLCK == base::lock_shared &&
              F_WRLCK == base::lock_exclusive && F_UNLCK == base::lock_none);

// All lock lists of the server, and who waits. Taken after the attribute's own lock.
pthread_mutex_t locks_mutex = PTHREAD_MUTEX_INITIALIZER;
base::LockWaiters waiters;

class LocksGuard {
public:
    LocksGuard() { pthread_mutex_lock(&locks_mutex); }
    ~LocksGuard() { pthread_mutex_unlock(&locks_mutex); }
    LocksGuard(const LocksGuard&) = delete;
    LocksGuard& operator=(const LocksGuard&) = delete;
};

base::LockClient client_of(const resmgr_context_t* ctp, const IOFUNC_OCB_T* ocb,
                           const IOFUNC_ATTR_T* attr)
{
    return {ctp->info.scoid,
            ctp->info.coid,
            ctp->info.pid,
            ctp->rcvid,
            reinterpret_cast<uintptr_t>(ocb),
            static_cast<uint32_t>(ocb->ioflag),
            ocb->offset,
            attr->nbytes};
}

bool answer(int rcvid, bool set)
{
    return (set ? MsgReply_r(rcvid, 0, nullptr, 0) : MsgError_r(rcvid, ENOLCK)) != -ESRCH;
}

void forget_when_empty(IOFUNC_ATTR_T* attr)
{
    if (attr->locklist->empty() && !waiters.any(*attr->locklist)) {
        delete attr->locklist;
        attr->locklist = nullptr;
    }
}

void drop_owner(IOFUNC_ATTR_T* attr, uint64_t owner)
{
    if (attr->locklist->drop(owner))
        waiters.grant(*attr->locklist, answer);
    forget_when_empty(attr);
}

} // namespace

int iofunc_lock(resmgr_context_t* ctp, io_lock_t* msg, IOFUNC_OCB_T* ocb, IOFUNC_ATTR_T* attr)
{
    const struct _io_lock lock = msg->i;
    const base::LockClient client = client_of(ctp, ocb, attr);
    base::LockRange wanted;
    if (const int error = base::parse_lock(lock, client, wanted); error != EOK)
        return error;
    LocksGuard guard;
    if (lock.cmd == F_GETLK) {
        msg->o = base::describe_lock(
            lock, attr->locklist != nullptr ? attr->locklist->conflict(wanted) : nullptr);
        return _RESMGR_PTR(ctp, &msg->o, sizeof msg->o);
    }
    if (attr->locklist == nullptr)
        attr->locklist = new (std::nothrow) _iofunc_lock_list;
    if (attr->locklist == nullptr)
        return ENOLCK;
    const int result = base::set_lock(lock, client, wanted, *attr->locklist, waiters, answer);
    forget_when_empty(attr);
    return result == base::lock_later ? _RESMGR_NOREPLY : result;
}

int iofunc_lock_default(resmgr_context_t* ctp, io_lock_t* msg, IOFUNC_OCB_T* ocb)
{
    return iofunc_lock(ctp, msg, ocb, ocb->attr);
}

void qnx::unlock_for_process(resmgr_context_t* ctp, IOFUNC_ATTR_T* attr)
{
    LocksGuard guard;
    if (attr->locklist == nullptr)
        return;
    const uint64_t connection = uint64_t{static_cast<uint32_t>(ctp->info.scoid)} << 32 |
                                static_cast<uint32_t>(ctp->info.coid);
    waiters.close(connection, [](int rcvid) { MsgError_r(rcvid, EBADF); });
    drop_owner(attr, base::lock_owner_process(ctp->info.scoid));
}

void qnx::unlock_for_ocb(IOFUNC_OCB_T* ocb, IOFUNC_ATTR_T* attr)
{
    LocksGuard guard;
    if (attr->locklist != nullptr)
        drop_owner(attr, base::lock_owner_open(reinterpret_cast<uintptr_t>(ocb)));
}

bool qnx::unblock_lock(resmgr_context_t* ctp, IOFUNC_ATTR_T* attr)
{
    {
        LocksGuard guard;
        if (attr->locklist == nullptr || !waiters.remove(ctp->rcvid))
            return false;
        forget_when_empty(attr);
    }
    MsgError_r(ctp->rcvid, -1); // EINTR or ETIMEDOUT: the kernel knows
    return true;
}
