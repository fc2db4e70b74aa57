// SPDX-License-Identifier: Apache-2.0
// resmgr_attach(), resmgr_detach() and the table behind the handle clients send back to us in connect messages.
#include "resmgr.hpp"
#include "result.hpp"
#include <abi/proc_msg.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static_assert(_RESMGR_FLAG_BEFORE == PATH_FLAG_BEFORE && _RESMGR_FLAG_AFTER == PATH_FLAG_AFTER);
static_assert(_RESMGR_FLAG_OPAQUE == PATH_FLAG_OPAQUE && _RESMGR_FLAG_SELF == PATH_FLAG_SELF);
static_assert(_RESMGR_FLAG_FTYPEONLY == PATH_FLAG_FTYPEONLY &&
              _RESMGR_FLAG_FTYPEALL == PATH_FLAG_FTYPEALL);
static_assert(_RESMGR_FLAG_DIR == PATH_FLAG_DIR && _RESMGR_FLAG_EXCLUSIVE == PATH_FLAG_EXCLUSIVE);

namespace {

struct Slot {
    bool used;
    bool named; // link_id is attached
    uint32_t link_id;
    char* path;
    qnx::Attachment attachment;
};

Slot* slots;
unsigned slot_count;
pthread_mutex_t slots_lock = PTHREAD_MUTEX_INITIALIZER;

int reserve_slot(const qnx::Attachment& attachment, char* path)
{
    qnx::MutexGuard guard(slots_lock);
    unsigned id = 0;
    while (id < slot_count && slots[id].used)
        id++;
    if (id == slot_count) {
        unsigned wanted = slot_count == 0 ? 8 : slot_count * 2;
        auto* bigger = static_cast<Slot*>(realloc(slots, wanted * sizeof(Slot)));
        if (bigger == nullptr)
            return -1;
        memset(bigger + slot_count, 0, (wanted - slot_count) * sizeof(Slot));
        slots = bigger;
        slot_count = wanted;
    }
    slots[id] = {true, false, 0, path, attachment};
    return static_cast<int>(id);
}

void free_slot(int id)
{
    qnx::MutexGuard guard(slots_lock);
    free(slots[id].path);
    slots[id] = {};
}

// Absolute, without trailing slashes; malloc()ed. The empty string means "no path".
char* full_path(const char* path)
{
    if (path == nullptr)
        return strdup("");
    char buffer[PATH_MAX * 2];
    size_t used = 0;
    if (path[0] != '/') {
        if (getcwd(buffer, PATH_MAX) == nullptr)
            return nullptr;
        used = strlen(buffer);
        if (used == 0 || buffer[used - 1] != '/')
            buffer[used++] = '/';
    }
    size_t length = strlen(path);
    if (length >= PATH_MAX) {
        errno = ENAMETOOLONG;
        return nullptr;
    }
    memcpy(buffer + used, path, length + 1);
    used += length;
    while (used > 1 && buffer[used - 1] == '/')
        buffer[--used] = '\0';
    return strdup(buffer);
}

long attach_name(dispatch_t* dpp, const char* path, int file_type, unsigned flags, int id,
                 uint32_t* link_id)
{
    struct path_attach request = {};
    request.type = PATH_ATTACH;
    request.flags = flags;
    request.file_type = static_cast<uint32_t>(file_type);
    request.chid = dpp->chid;
    request.handle = static_cast<uint32_t>(id);
    request.path_len = path[0] == '\0' ? 0 : static_cast<uint32_t>(strlen(path) + 1);
    iov_t parts[2];
    SETIOV(&parts[0], &request, sizeof request);
    SETIOV(&parts[1], path, request.path_len);
    return MsgSendvs_r(SYSMGR_COID, parts, 2, link_id, sizeof *link_id);
}

} // namespace

bool qnx::find_attachment(int id, Attachment* out)
{
    MutexGuard guard(slots_lock);
    if (id < 0 || static_cast<unsigned>(id) >= slot_count || !slots[id].used)
        return false;
    *out = slots[id].attachment;
    return true;
}

int resmgr_attach(dispatch_t* dpp, resmgr_attr_t* attr, const char* path, int file_type,
                  unsigned flags, const resmgr_connect_funcs_t* connect_funcs,
                  const resmgr_io_funcs_t* io_funcs, RESMGR_HANDLE_T* handle)
{
    if (dpp == nullptr)
        return qnx::errno_of(-EINVAL);
    if (attr != nullptr) {
        if (attr->msg_max_size > dpp->message_size)
            dpp->message_size = attr->msg_max_size;
        if (attr->nparts_max > dpp->parts)
            dpp->parts = attr->nparts_max;
        if (attr->flags & RESMGR_FLAG_ATTACH_OTHERFUNC)
            dpp->other_func = attr->other_func;
    }
    int err = qnx::need_channel(dpp, 0);
    if (err != EOK)
        return qnx::errno_of(-err);
    char* name = full_path(path);
    if (name == nullptr)
        return -1;
    int id = reserve_slot({dpp, connect_funcs, io_funcs, handle}, name);
    if (id < 0) {
        free(name);
        return qnx::errno_of(-ENOMEM);
    }
    dpp->resmgr = true;
    uint32_t link_id = 0;
    bool named = name[0] != '\0' || (flags & _RESMGR_FLAG_FTYPEONLY) != 0;
    if (named) {
        long result = attach_name(dpp, name, file_type, flags, id, &link_id);
        if (result < 0) {
            free_slot(id);
            return qnx::errno_of(result);
        }
    }
    qnx::MutexGuard guard(slots_lock);
    slots[id].named = named;
    slots[id].link_id = link_id;
    return id;
}

int resmgr_detach(dispatch_t* dpp, int id, unsigned flags)
{
    bool named = false;
    uint32_t link_id = 0;
    {
        qnx::MutexGuard guard(slots_lock);
        if (id < 0 || static_cast<unsigned>(id) >= slot_count || !slots[id].used ||
            slots[id].attachment.dpp != dpp)
            return qnx::errno_of(-EINVAL);
        named = slots[id].named;
        link_id = slots[id].link_id;
        slots[id].named = false;
    }
    if (named) {
        struct proc_simple request = {};
        request.type = PATH_DETACH;
        request.a = link_id;
        MsgSend_r(SYSMGR_COID, &request, sizeof request, nullptr, 0);
    }
    if ((flags & _RESMGR_DETACH_PATHNAME) != 0)
        return 0;
    resmgr_context_t ctx = {};
    ctx.dpp = dpp;
    ctx.id = id;
    int scoid = 0, coid = 0;
    while (qnx::Binding* binding = qnx::ocb_table::remove_by_id(id, &scoid, &coid)) {
        ctx.info.scoid = scoid;
        ctx.info.coid = coid;
        qnx::close_connection(&ctx, binding, nullptr);
    }
    free_slot(id);
    return 0;
}

int resmgr_devino(int id, dev_t* devno, ino_t* ino)
{
    constexpr unsigned id_bits = 8; // the rest is the process
    qnx::MutexGuard guard(slots_lock);
    if (id < 0 || static_cast<unsigned>(id) >= slot_count || !slots[id].used)
        return qnx::errno_of(-EINVAL);
    *devno = static_cast<dev_t>(getpid()) << id_bits |
             (static_cast<unsigned>(id) & ((1u << id_bits) - 1));
    *ino = static_cast<ino_t>(id) + 1;
    return 0;
}

int resmgr_pathname(int id, unsigned, char* path, int maxbuf)
{
    qnx::MutexGuard guard(slots_lock);
    if (id < 0 || static_cast<unsigned>(id) >= slot_count || !slots[id].used ||
        slots[id].path == nullptr)
        return qnx::errno_of(-EINVAL);
    int length = static_cast<int>(strlen(slots[id].path)) + 1;
    if (length > maxbuf)
        return qnx::errno_of(-ENAMETOOLONG);
    memcpy(path, slots[id].path, static_cast<size_t>(length));
    return length;
}
