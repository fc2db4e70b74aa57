// SPDX-License-Identifier: Apache-2.0
// Attribute structures: initial values, the recursive lock, times, and who may do what.
#include "iofunc.hpp"
#include "result.hpp"
#include <string.h>

namespace {

uint64_t this_thread()
{
    uint64_t self;
    __asm__("mov %%fs:0, %0" : "=r"(self));
    return self;
}

constexpr uint32_t lock_free = 0, lock_held = 1, lock_waited = 2;

} // namespace

void iofunc_attr_init(IOFUNC_ATTR_T* attr, mode_t mode, IOFUNC_ATTR_T* dattr,
                      struct _client_info* info)
{
    memset(attr, 0, sizeof(struct _iofunc_attr));
    attr->mode = mode;
    attr->nlink = 1;
    attr->inode = 1;
    if (info != nullptr) {
        attr->uid = info->cred.euid;
        attr->gid = info->cred.egid;
    }
    if (dattr != nullptr) {
        attr->mount = dattr->mount;
        if ((dattr->mode & S_ISGID) != 0)
            attr->gid = dattr->gid;
    }
    attr->flags = IOFUNC_ATTR_ATIME | IOFUNC_ATTR_MTIME | IOFUNC_ATTR_CTIME;
    iofunc_time_update(attr);
}

int iofunc_attr_trylock(IOFUNC_ATTR_T* attr)
{
    uint64_t self = this_thread();
    if (__atomic_load_n(&attr->lock_owner, __ATOMIC_RELAXED) != self) {
        uint32_t expected = lock_free;
        if (!__atomic_compare_exchange_n(&attr->lock, &expected, lock_held, false, __ATOMIC_ACQUIRE,
                                         __ATOMIC_RELAXED))
            return EBUSY;
        __atomic_store_n(&attr->lock_owner, self, __ATOMIC_RELAXED);
    }
    attr->lock_count++;
    return EOK;
}

int iofunc_attr_lock(IOFUNC_ATTR_T* attr)
{
    if (iofunc_attr_trylock(attr) == EOK)
        return EOK;
    while (__atomic_exchange_n(&attr->lock, lock_waited, __ATOMIC_ACQUIRE) != lock_free)
        __kercall4(KER_FUTEX_WAIT, qnx::arg(&attr->lock), lock_waited, 0, 0);
    __atomic_store_n(&attr->lock_owner, this_thread(), __ATOMIC_RELAXED);
    attr->lock_count = 1;
    return EOK;
}

int iofunc_attr_unlock(IOFUNC_ATTR_T* attr)
{
    if (__atomic_load_n(&attr->lock_owner, __ATOMIC_RELAXED) != this_thread() ||
        attr->lock_count == 0)
        return EPERM;
    if (--attr->lock_count > 0)
        return EOK;
    __atomic_store_n(&attr->lock_owner, 0, __ATOMIC_RELAXED);
    if (__atomic_exchange_n(&attr->lock, lock_free, __ATOMIC_RELEASE) == lock_waited)
        __kercall2(KER_FUTEX_WAKE, qnx::arg(&attr->lock), 1);
    return EOK;
}

void iofunc_mount_init(iofunc_mount_t* mount, size_t size)
{
    memset(mount, 0, size < sizeof *mount ? size : sizeof *mount);
    mount->blocksize = 512;
}

int iofunc_time_update(IOFUNC_ATTR_T* attr)
{
    constexpr uint32_t any = IOFUNC_ATTR_ATIME | IOFUNC_ATTR_MTIME | IOFUNC_ATTR_CTIME;
    if ((attr->flags & any) == 0)
        return EOK;
    uint64_t now = 0;
    ClockTime_r(CLOCK_REALTIME, nullptr, &now);
    auto seconds = static_cast<time_t>(now / 1000000000u);
    auto ns = static_cast<uint32_t>(now % 1000000000u);
    if ((attr->flags & IOFUNC_ATTR_ATIME) != 0) {
        attr->atime = seconds;
        attr->atime_ns = ns;
        attr->flags |= IOFUNC_ATTR_DIRTY_ATIME;
    }
    if ((attr->flags & IOFUNC_ATTR_MTIME) != 0) {
        attr->mtime = seconds;
        attr->mtime_ns = ns;
        attr->flags |= IOFUNC_ATTR_DIRTY_MTIME;
    }
    if ((attr->flags & IOFUNC_ATTR_CTIME) != 0) {
        attr->ctime = seconds;
        attr->ctime_ns = ns;
        attr->flags |= IOFUNC_ATTR_DIRTY_CTIME;
    }
    attr->flags &= ~any;
    attr->flags |= IOFUNC_ATTR_DIRTY_TIME;
    return EOK;
}

int iofunc_client_info(resmgr_context_t* ctp, int, struct _client_info* info)
{
    int result = ConnectClientInfo_r(ctp->info.scoid, info, NGROUPS_MAX_NTO);
    return result < 0 ? -result : EOK;
}

int iofunc_client_info_ext(resmgr_context_t* ctp, int, struct _client_info** info, int flags)
{
    int result = ConnectClientInfoExt_r(ctp->info.scoid, info, flags);
    return result < 0 ? -result : EOK;
}

int iofunc_client_info_ext_free(struct _client_info** info)
{
    return ClientInfoExtFree(info) == 0 ? EOK : EINVAL;
}

// checkmode: S_IRUSR, S_IWUSR, S_IXUSR for the right wanted; S_ISUID for "is the owner".
int iofunc_check_access(resmgr_context_t*, const IOFUNC_ATTR_T* attr, mode_t checkmode,
                        const struct _client_info* info)
{
    if (info == nullptr)
        return ENOSYS;
    const struct _cred_info& cred = info->cred;
    if (cred.euid == 0) {
        bool executable = S_ISDIR(attr->mode) || (attr->mode & (S_IXUSR | S_IXGRP | S_IXOTH)) != 0;
        return (checkmode & S_IXUSR) != 0 && !executable ? EACCES : EOK;
    }
    if ((checkmode & S_ISUID) != 0 && cred.euid != attr->uid)
        return EPERM;
    mode_t wanted = checkmode & S_IRWXU;
    if (cred.euid == attr->uid)
        return (attr->mode & wanted) == wanted ? EOK : EACCES;
    bool in_group = cred.egid == attr->gid;
    for (uint32_t i = 0; i < cred.ngroups && i < NGROUPS_MAX_NTO; ++i)
        in_group |= cred.grouplist[i] == attr->gid;
    wanted >>= in_group ? 3 : 6;
    return (attr->mode & wanted) == wanted ? EOK : EACCES;
}
