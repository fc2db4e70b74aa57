// SPDX-License-Identifier: Apache-2.0
// Older names of the dispatch calls for resource managers, and rarer helpers of the iofunc layer.
#include "iofunc.hpp"

#include <sys/neutrino.h>

resmgr_context_t* resmgr_context_alloc(dispatch_t* dpp)
{
    return reinterpret_cast<resmgr_context_t*>(dispatch_context_alloc(dpp));
}

void resmgr_context_free(resmgr_context_t* ctp)
{
    dispatch_context_free(reinterpret_cast<dispatch_context_t*>(ctp));
}

resmgr_context_t* resmgr_block(resmgr_context_t* ctp)
{
    return reinterpret_cast<resmgr_context_t*>(
        dispatch_block(reinterpret_cast<dispatch_context_t*>(ctp)));
}

int resmgr_handler(resmgr_context_t* ctp)
{
    return dispatch_handler(reinterpret_cast<dispatch_context_t*>(ctp));
}

void resmgr_unblock(resmgr_context_t* ctp)
{
    dispatch_unblock(reinterpret_cast<dispatch_context_t*>(ctp));
}

int iofunc_client_info_able(resmgr_context_t* ctp, int, struct _client_info** info, int flags,
                            struct _client_able* abilities, int count)
{
    const int result = ConnectClientInfoAble_r(ctp->info.scoid, info, flags, abilities, count);
    return result < 0 ? -result : EOK;
}

int iofunc_notify_remove_strict(resmgr_context_t* ctp, iofunc_notify_t* nop)
{
    return iofunc_notify_remove(ctp, nop);
}

// Both folders are written; a name in a sticky folder belongs to the owner of what it names, or of the folder.
int iofunc_rename(resmgr_context_t* ctp, io_rename_t*, IOFUNC_ATTR_T* attr, IOFUNC_ATTR_T* from,
                  IOFUNC_ATTR_T* target, IOFUNC_ATTR_T* to, struct _client_info* info)
{
    struct _client_info own = {};
    if (info == nullptr) {
        if (const int error = iofunc_client_info(ctp, 0, &own); error != EOK)
            return error;
        info = &own;
    }
    if (qnx::read_only(from) || qnx::read_only(to))
        return EROFS;
    const IOFUNC_ATTR_T* const folders[] = {from, to};
    for (const IOFUNC_ATTR_T* folder : folders) {
        if (const int error = iofunc_check_access(ctp, folder, S_IWUSR | S_IXUSR, info);
            error != EOK)
            return error;
    }
    if (target != nullptr && S_ISDIR(attr->mode) != S_ISDIR(target->mode))
        return S_ISDIR(attr->mode) ? ENOTDIR : EISDIR;
    const auto kept_by_sticky = [&](const IOFUNC_ATTR_T* folder, const IOFUNC_ATTR_T* name) {
        return name != nullptr && (folder->mode & S_ISVTX) != 0 &&
               !qnx::owner_or_root(folder, *info) && !qnx::owner_or_root(name, *info);
    };
    if (kept_by_sticky(from, attr) || kept_by_sticky(to, target))
        return EPERM;
    constexpr uint32_t changed = IOFUNC_ATTR_MTIME | IOFUNC_ATTR_CTIME | IOFUNC_ATTR_DIRTY_TIME;
    from->flags |= changed;
    to->flags |= changed;
    attr->flags |= IOFUNC_ATTR_CTIME | IOFUNC_ATTR_DIRTY_TIME;
    return EOK;
}
