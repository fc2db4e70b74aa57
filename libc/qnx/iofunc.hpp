// SPDX-License-Identifier: Apache-2.0
// Helpers the iofunc files share.
#pragma once
#include <fcntl.h>
#include <sys/iofunc.h>

// What files have whose server does not say otherwise (sys/conf.c). 0: no such _PC_ name; -1: no limit, or absent.
extern "C" __attribute__((visibility("hidden"))) int __path_value(int name, long* value);

namespace qnx {

class AttrGuard {
public:
    explicit AttrGuard(IOFUNC_ATTR_T* attr) : attr_(attr) { iofunc_attr_lock(attr_); }
    ~AttrGuard() { iofunc_attr_unlock(attr_); }
    AttrGuard(const AttrGuard&) = delete;
    AttrGuard& operator=(const AttrGuard&) = delete;

private:
    IOFUNC_ATTR_T* attr_;
};

// The connection that is being closed was a way to its process' record locks; the ocb, one to its flock().
void unlock_for_process(resmgr_context_t* ctp, IOFUNC_ATTR_T* attr);
void unlock_for_ocb(IOFUNC_OCB_T* ocb, IOFUNC_ATTR_T* attr);
// A client in F_SETLKW does not want to wait any longer. False: it does not wait for a lock.
bool unblock_lock(resmgr_context_t* ctp, IOFUNC_ATTR_T* attr);

inline bool read_only(const IOFUNC_ATTR_T* attr)
{
    return attr->mount != nullptr && (attr->mount->flags & 1u) != 0; // _MOUNT_READONLY
}

inline bool owner_or_root(const IOFUNC_ATTR_T* attr, const struct _client_info& info)
{
    return info.cred.euid == 0 || info.cred.euid == attr->uid;
}

} // namespace qnx
