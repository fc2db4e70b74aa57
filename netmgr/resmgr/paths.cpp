// SPDX-License-Identifier: Apache-2.0
// Registering /dev/socket/<AF> and the mount type with the process manager.
#include "resmgr/paths.hpp"

#include <abi/proc_msg.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/iomsg.h>
#include <sys/neutrino.h>

#include "kern/stack.hpp"
#include "resmgr/server.hpp"

namespace netmgr {

int attach_path(const char* path, uint32_t file_type, uint32_t flags, uint32_t handle, int chid,
                uint32_t& link_id)
{
    path_attach msg = {};
    msg.type = PATH_ATTACH;
    msg.flags = flags | PATH_FLAG_SELF; // bind() of a local socket has to see them too
    msg.file_type = file_type;
    msg.chid = chid;
    msg.handle = handle;
    msg.path_len = path != nullptr ? static_cast<uint32_t>(strlen(path) + 1) : 0;
    iov_t send[2];
    SETIOV(&send[0], &msg, sizeof msg);
    SETIOV(&send[1], path, msg.path_len);
    long status = MsgSendvs_r(SYSMGR_COID, send, 2, &link_id, sizeof link_id);
    return status < 0 ? static_cast<int>(-status) : 0;
}

void detach_path(uint32_t link_id)
{
    proc_simple msg = {};
    msg.type = PATH_DETACH;
    msg.a = link_id;
    MsgSend_r(SYSMGR_COID, &msg, sizeof msg, nullptr, 0);
}

namespace {

int attach(const char* path, uint32_t file_type, uint32_t flags, uint32_t handle, int chid)
{
    uint32_t link_id;
    return attach_path(path, file_type, flags, handle, chid, link_id);
}

} // namespace

int attach_paths(const Stack& stack, int chid, const ServerOptions& options)
{
    // The mount entry first: who sees /dev/socket may expect everything to work.
    if (int err = attach(nullptr, _FTYPE_MOUNT, PATH_FLAG_FTYPEONLY, mount_handle, chid))
        return err;
    for (int family = 1; family < AF_MAX; family++) {
        if (!stack.has_domain(family))
            continue;
        char path[256];
        int len = snprintf(path, sizeof path, "%s/dev/socket/%d", options.prefix, family);
        if (len >= static_cast<int>(sizeof path))
            return ENAMETOOLONG;
        if (int err = attach(path, _FTYPE_SOCKET, 0, static_cast<uint32_t>(family), chid))
            return err;
    }
    return 0;
}

} // namespace netmgr
