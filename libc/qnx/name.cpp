// SPDX-License-Identifier: Apache-2.0
// Named channels below /dev/name/local: name_attach() makes one, name_open() connects to it.
#include "dispatch.hpp"
#include "result.hpp"
#include <abi/proc_msg.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

namespace {

constexpr char local_names[] = "/dev/name/local/";

bool valid(const char* name)
{
    return name != nullptr && name[0] != '\0' && name[0] != '/' && strstr(name, "..") == nullptr;
}

int make_path(const char* name, char (&path)[PATH_MAX])
{
    int n = snprintf(path, sizeof path, "%s%s", local_names, name);
    return n < 0 || static_cast<size_t>(n) >= sizeof path ? ENAMETOOLONG : EOK;
}

// Who attached exactly this path.
int resolve(const char* path, struct _io_connect_entry* entry)
{
    size_t length = strlen(path) + 1;
    struct _io_connect request = {};
    request.type = _IO_CONNECT;
    request.subtype = _IO_CONNECT_RESOLVE;
    request.file_type = _FTYPE_NAME;
    struct {
        struct _io_connect_resolve_reply head;
        char rest[sizeof(struct _io_connect_entry) + PATH_MAX];
    } reply = {};
    request.reply_max = sizeof reply;
    request.entry_max = 1;
    request.path_len = static_cast<uint16_t>(length);
    iov_t parts[2], answer;
    SETIOV(&parts[0], &request, _IO_CONNECT_HDR);
    SETIOV(&parts[1], path, length);
    SETIOV(&answer, &reply, sizeof reply);
    long result = MsgSendv_r(SYSMGR_COID, parts, 2, &answer, 1);
    if (result < 0)
        return static_cast<int>(-result);
    if (reply.head.nentries == 0 || (reply.head.flags & _IO_RESOLVE_LINK) != 0)
        return ENOENT;
    memcpy(entry, reply.rest, sizeof *entry);
    return entry->prefix_len == length - 1 ? EOK
                                           : ENOENT; // a manager of a folder above is not the name
}

} // namespace

name_attach_t* name_attach(dispatch_t* dpp, const char* name, unsigned flags)
{
    char path[PATH_MAX];
    int err = valid(name) ? make_path(name, path) : EINVAL;
    if (err == EOK && (flags & NAME_FLAG_ATTACH_GLOBAL) != 0)
        err = ENOTSUP; // needs a global name server
    if (err != EOK) {
        errno = err;
        return nullptr;
    }
    auto* attach = static_cast<name_attach_t*>(calloc(1, sizeof(name_attach_t)));
    bool own = dpp == nullptr;
    if (attach != nullptr && own)
        dpp = dispatch_create();
    if (attach == nullptr || dpp == nullptr) {
        free(attach);
        errno = ENOMEM;
        return nullptr;
    }
    // Only one channel of a process may watch its connections' servers: without that if another has it.
    err = qnx::need_channel(dpp, _NTO_CHF_COID_DISCONNECT);
    if (err == EBUSY)
        err = qnx::need_channel(dpp, 0);
    int id = -1;
    if (err == EOK) {
        id = resmgr_attach(dpp, nullptr, path, _FTYPE_NAME,
                           _RESMGR_FLAG_EXCLUSIVE | _RESMGR_FLAG_SELF, nullptr, nullptr, nullptr);
        if (id == -1)
            err = errno;
    }
    if (err != EOK) {
        if (own)
            dispatch_destroy(dpp);
        free(attach);
        errno = err;
        return nullptr;
    }
    attach->dpp = dpp;
    attach->chid = dpp->chid;
    attach->mntid = id;
    return attach;
}

int name_detach(name_attach_t* attach, unsigned flags)
{
    if (attach == nullptr)
        return qnx::errno_of(-EINVAL);
    resmgr_detach(attach->dpp, attach->mntid, 0);
    if ((flags & NAME_FLAG_DETACH_SAVEDPP) == 0)
        dispatch_destroy(attach->dpp);
    free(attach);
    return 0;
}

int name_open(const char* name, int)
{
    char path[PATH_MAX];
    struct _io_connect_entry entry = {};
    int err = valid(name) ? make_path(name, path) : EINVAL;
    if (err == EOK)
        err = resolve(path, &entry);
    if (err != EOK)
        return qnx::errno_of(-err);
    return ConnectAttach(entry.nd, entry.pid, entry.chid, _NTO_SIDE_CHANNEL, 0);
}

int name_close(int coid)
{
    return ConnectDetach(coid);
}
