// SPDX-License-Identifier: Apache-2.0
// Connect messages: open and the other operations on names, alone or combined with one I/O message.
#include "resmgr.hpp"
#include "result.hpp"
#include <stdlib.h>
#include <string.h>

namespace {

// The parts of a connect message, every length checked against what was received.
struct Parts {
    struct _io_connect* connect;
    void* extra;   // nullptr when there is none
    size_t second; // offset of the combined message, 0 = none
};

int split(resmgr_context_t* ctp, Parts* parts)
{
    auto* connect = &ctp->msg->connect;
    size_t got = ctp->size;
    if (got < _IO_CONNECT_HDR + 1)
        return EINVAL;
    size_t path_end = _IO_CONNECT_HDR + connect->path_len;
    if (connect->path_len == 0)
        return EINVAL;
    if (path_end > got)
        return ctp->info.srcmsglen > got ? EMSGSIZE : EINVAL;
    if (connect->path[connect->path_len - 1] != '\0' ||
        memchr(connect->path, 0, connect->path_len) != &connect->path[connect->path_len - 1])
        return EINVAL;
    size_t next = _IO_PATH_ALIGN(path_end);
    parts->connect = connect;
    parts->extra = nullptr;
    if (connect->extra_len != 0) {
        if (next + connect->extra_len > got)
            return ctp->info.srcmsglen > got ? EMSGSIZE : EINVAL;
        parts->extra = reinterpret_cast<char*>(connect) + next;
        next = _IO_PATH_ALIGN(next + connect->extra_len);
    }
    parts->second = 0;
    if (connect->subtype == _IO_CONNECT_COMBINE || connect->subtype == _IO_CONNECT_COMBINE_CLOSE) {
        if (next + sizeof(struct _io_stat) > got)
            return ctp->info.srcmsglen > got ? EMSGSIZE : EINVAL;
        parts->second = next;
    }
    return EOK;
}

// open, then the second message with the fresh ocb; one reply for both.
void open_combined(resmgr_context_t* ctp, const qnx::Attachment& to, const Parts& parts)
{
    auto open = QNX_CONNECT_FUNC(to.connect, open);
    int result = open != nullptr ? open(ctp, reinterpret_cast<io_open_t*>(parts.connect), to.handle,
                                        parts.extra)
                                 : ENOSYS;
    if (result != EOK ||
        ctp->status != 0) { // an error, a link to follow, or the server replies itself
        qnx::resmgr_reply(ctp, result);
        return;
    }
    bool close_after =
        parts.connect->subtype ==
        _IO_CONNECT_COMBINE_CLOSE; // now: a reply may be built where the message lies
    ctp->offset = parts.second;
    ctp->size -= parts.second;
    qnx::Binding* held = nullptr;
    result = qnx::resmgr_io(ctp, reinterpret_cast<char*>(ctp->msg) + parts.second, &held);
    bool failed = result > 0 || result == _RESMGR_DEFAULT;
    bool closes = result != _RESMGR_NOREPLY && (failed || close_after);
    // Out of the table before the reply: after it, the client may use the connection's number for something new.
    qnx::Binding* closing =
        closes ? qnx::ocb_table::remove(ctp->info.scoid, ctp->info.coid) : nullptr;
    bool delivered = qnx::resmgr_reply(ctp, result);
    if (!delivered && closing == nullptr && held != nullptr &&
        qnx::ocb_table::remove_exact(ctp->info.scoid, ctp->info.coid, held))
        closing = held;
    qnx::finish_io(ctp, held);
    if (closing != nullptr)
        qnx::close_connection(ctp, closing, nullptr);
}

int run(resmgr_context_t* ctp, const qnx::Attachment& to, const Parts& parts)
{
    auto* msg = reinterpret_cast<io_open_t*>(parts.connect);
    switch (parts.connect->subtype) {
    case _IO_CONNECT_OPEN: {
        auto func = QNX_CONNECT_FUNC(to.connect, open);
        return func != nullptr ? func(ctp, msg, to.handle, parts.extra) : _RESMGR_DEFAULT;
    }
    case _IO_CONNECT_UNLINK: {
        auto func = QNX_CONNECT_FUNC(to.connect, unlink);
        return func != nullptr ? func(ctp, msg, to.handle, nullptr) : _RESMGR_DEFAULT;
    }
    case _IO_CONNECT_RENAME: {
        auto func = QNX_CONNECT_FUNC(to.connect, rename);
        return func != nullptr ? func(ctp, msg, to.handle, parts.extra) : _RESMGR_DEFAULT;
    }
    case _IO_CONNECT_MKNOD: {
        auto func = QNX_CONNECT_FUNC(to.connect, mknod);
        return func != nullptr ? func(ctp, msg, to.handle, nullptr) : _RESMGR_DEFAULT;
    }
    case _IO_CONNECT_READLINK: {
        auto func = QNX_CONNECT_FUNC(to.connect, readlink);
        return func != nullptr ? func(ctp, msg, to.handle, nullptr) : _RESMGR_DEFAULT;
    }
    case _IO_CONNECT_LINK: {
        auto func = QNX_CONNECT_FUNC(to.connect, link);
        return func != nullptr ? func(ctp, msg, to.handle, parts.extra) : _RESMGR_DEFAULT;
    }
    case _IO_CONNECT_MOUNT: {
        auto func = QNX_CONNECT_FUNC(to.connect, mount);
        return func != nullptr ? func(ctp, msg, to.handle, parts.extra) : _RESMGR_DEFAULT;
    }
    default:
        return _RESMGR_DEFAULT;
    }
}

} // namespace

namespace qnx {

void undo_unless(bool delivered, resmgr_context_t* ctp, Binding* made)
{
    if (!delivered && ocb_table::remove_exact(ctp->info.scoid, ctp->info.coid, made))
        close_connection(ctp, made, nullptr);
    drop(ctp, made);
}

void resmgr_connect(resmgr_context_t* ctp)
{
    Parts parts{};
    int err = split(ctp, &parts);
    Attachment to{};
    if (err == EOK &&
        (!find_attachment(static_cast<int>(parts.connect->handle), &to) || to.dpp != ctp->dpp))
        err = ENXIO;
    if (err != EOK) {
        MsgError_r(ctp->rcvid, err);
        return;
    }
    ctp->id = static_cast<int>(parts.connect->handle);
    if (parts.second != 0) {
        open_combined(ctp, to, parts);
        return;
    }
    bool opens = parts.connect->subtype == _IO_CONNECT_OPEN;
    int result = run(ctp, to, parts);
    bool opened = opens && result <= 0 && result != _RESMGR_DEFAULT && result != _RESMGR_NOREPLY;
    Binding* made = opened ? ocb_table::find(ctp->info.scoid, ctp->info.coid) : nullptr;
    bool delivered = resmgr_reply(ctp, result);
    if (made != nullptr)
        undo_unless(delivered, ctp, made);
}

} // namespace qnx

int resmgr_open_bind(resmgr_context_t* ctp, void* ocb, const resmgr_io_funcs_t* iofuncs)
{
    auto* binding = static_cast<qnx::Binding*>(malloc(sizeof(qnx::Binding)));
    if (binding == nullptr)
        return qnx::errno_of(-ENOMEM);
    *binding = {ocb, iofuncs, ctp->id, 0, 0};
    qnx::Binding* old = nullptr;
    int err = qnx::ocb_table::insert(ctp, binding, &old);
    if (err != EOK) {
        free(binding);
        return qnx::errno_of(-err);
    }
    if (old != nullptr)
        qnx::close_connection(ctp, old, nullptr);
    return 0;
}

int resmgr_unbind(resmgr_context_t* ctp)
{
    qnx::Binding* binding = qnx::ocb_table::remove(ctp->info.scoid, ctp->info.coid);
    if (binding == nullptr)
        return qnx::errno_of(-EBADF);
    if (qnx::ocb_table::release(binding))
        free(binding); // the caller disposes of its ocb itself
    return 0;
}

void* resmgr_ocb_of(resmgr_context_t*, int scoid, int coid)
{
    qnx::Binding* binding = qnx::ocb_table::find(scoid, coid);
    if (binding == nullptr)
        return nullptr;
    void* ocb = binding->ocb;
    qnx::ocb_table::release(binding);
    return ocb;
}
