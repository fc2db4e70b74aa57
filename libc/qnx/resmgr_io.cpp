// SPDX-License-Identifier: Apache-2.0
// I/O messages: finding the ocb, calling the handler, closing, and the pulses that end clients' requests.
#include "resmgr.hpp"
#include "result.hpp"
#include "secret.hpp"
#include <abi/proc_msg.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

namespace qnx {
void resmgr_connect(resmgr_context_t* ctp);
}

namespace {

using qnx::Binding;

template <typename Message>
int call(int (*func)(resmgr_context_t*, Message*, RESMGR_OCB_T*), resmgr_context_t* ctp, void* msg,
         Binding* binding)
{
    if (func == nullptr)
        return _RESMGR_DEFAULT;
    if (ctp->size < sizeof(Message) && ctp->size < sizeof(((Message*)nullptr)->i))
        return EINVAL;
    return func(ctp, static_cast<Message*>(msg), static_cast<RESMGR_OCB_T*>(binding->ocb));
}

#define CALL(member) call(QNX_IO_FUNC(binding->funcs, member), ctp, msg, binding)

int dispatch_io(resmgr_context_t* ctp, uint16_t type, void* msg, Binding* binding)
{
    switch (type) {
    case _IO_READ:
        return CALL(read);
    case _IO_WRITE:
        return CALL(write);
    case _IO_STAT:
        return CALL(stat);
    case _IO_NOTIFY:
        return CALL(notify);
    case _IO_DEVCTL:
        return CALL(devctl);
    case _IO_PATHCONF:
        return CALL(pathconf);
    case _IO_LSEEK:
        return CALL(lseek);
    case _IO_CHMOD:
        return CALL(chmod);
    case _IO_CHOWN:
        return CALL(chown);
    case _IO_UTIME:
        return CALL(utime);
    case _IO_OPENFD:
        return CALL(openfd);
    case _IO_FDINFO:
        return CALL(fdinfo);
    case _IO_LOCK:
        return CALL(lock);
    case _IO_SPACE:
        return CALL(space);
    case _IO_SHUTDOWN:
        return CALL(shutdown);
    case _IO_MMAP:
        return CALL(mmap);
    case _IO_MSG:
        return CALL(msg);
    case _IO_SYNC:
        return CALL(sync);
    default:
        return _RESMGR_DEFAULT;
    }
}
#undef CALL

bool lock_ocb(resmgr_context_t* ctp, Binding* binding)
{
    auto lock = QNX_IO_FUNC(binding->funcs, lock_ocb);
    if (lock == nullptr)
        return true;
    return lock(ctp, nullptr, static_cast<RESMGR_OCB_T*>(binding->ocb)) == EOK;
}

void unlock_ocb(resmgr_context_t* ctp, Binding* binding)
{
    auto unlock = QNX_IO_FUNC(binding->funcs, unlock_ocb);
    if (unlock != nullptr)
        unlock(ctp, nullptr, static_cast<RESMGR_OCB_T*>(binding->ocb));
}

// A process may duplicate its own connections and those its parent had when it was made; root all (pidin tells their names).
bool may_dup(const resmgr_context_t* ctp, int owner)
{
    if (owner == ctp->info.pid)
        return true;
    struct _client_info client = {};
    if (ConnectClientInfo_r(ctp->info.scoid, &client, 0) >= 0 && client.cred.euid == 0)
        return true;
    struct proc_id request = {};
    request.type = PROC_GETSETID;
    request.subtype = PROC_ID_GET;
    request.pid = ctp->info.pid;
    struct proc_ids ids = {};
    return MsgSend_r(SYSMGR_COID, &request, sizeof request, &ids, sizeof ids) >= 0 &&
           ids.ppid == owner;
}

int duplicate(resmgr_context_t* ctp, struct _io_dup* dup)
{
    if (ctp->size < sizeof *dup)
        return EINVAL;
    if (!may_dup(ctp, dup->pid))
        return EPERM;
    Binding* binding = qnx::ocb_table::find_by_pid(ctp->info.chid, dup->pid, dup->coid);
    if (binding == nullptr)
        return EBADF;
    Binding* old = nullptr;
    auto func = QNX_IO_FUNC(binding->funcs, dup);
    int result = func != nullptr ? func(ctp, reinterpret_cast<io_dup_t*>(dup),
                                        static_cast<RESMGR_OCB_T*>(binding->ocb))
                                 : EOK;
    if (result == _RESMGR_DEFAULT)
        result = EOK;
    if (result == EOK)
        result = qnx::ocb_table::insert(ctp, binding, &old);
    qnx::drop(ctp, binding);
    if (old != nullptr)
        qnx::close_connection(ctp, old, nullptr);
    return result;
}

constexpr unsigned max_passed_files = 1024;  // on their way at a time
constexpr unsigned max_passed_by_user = 256; // of them by one user other than root
struct PassedFile {
    uint64_t token;
    uid_t uid;
    PassedFile* next;
};
PassedFile* passed_files;
pthread_mutex_t passed_mutex = PTHREAD_MUTEX_INITIALIZER;

// May the user leave one more? Notes it: EOK, EMFILE, ENOMEM.
int note_passed(uint64_t token, uid_t uid)
{
    auto* file = static_cast<PassedFile*>(malloc(sizeof(PassedFile)));
    if (file == nullptr)
        return ENOMEM;
    pthread_mutex_lock(&passed_mutex);
    unsigned all = 0, own = 0;
    for (const PassedFile* at = passed_files; at != nullptr; at = at->next) {
        ++all;
        own += at->uid == uid;
    }
    const bool room = all < max_passed_files && (uid == 0 || own < max_passed_by_user);
    if (room) {
        *file = {token, uid, passed_files};
        passed_files = file;
    }
    pthread_mutex_unlock(&passed_mutex);
    if (!room)
        free(file);
    return room ? EOK : EMFILE;
}

void forget_passed(uint64_t token)
{
    pthread_mutex_lock(&passed_mutex);
    for (PassedFile** at = &passed_files; *at != nullptr; at = &(*at)->next) {
        if ((*at)->token == token) {
            PassedFile* gone = *at;
            *at = gone->next;
            free(gone);
            break;
        }
    }
    pthread_mutex_unlock(&passed_mutex);
}

// The context of a file that nobody has open: the token takes the place of a client's connection.
resmgr_context_t context_of_token(const resmgr_context_t* ctp, uint64_t token)
{
    resmgr_context_t context = *ctp;
    context.info.scoid = static_cast<int>(token >> 32);
    context.info.coid = static_cast<int>(token);
    return context;
}

int leave_file(resmgr_context_t* ctp)
{
    Binding* old = nullptr;
    uint64_t token = qnx::secret_number() | uint64_t{_IO_PASS_MARK} << 32;
    struct _client_info client = {};
    if (ConnectClientInfo_r(ctp->info.scoid, &client, 0) < 0)
        return ESRCH;
    if (const int error = note_passed(token, client.cred.euid); error != EOK)
        return error;
    Binding* binding = qnx::ocb_table::find(ctp->info.scoid, ctp->info.coid);
    resmgr_context_t context = context_of_token(ctp, token);
    int result = binding != nullptr ? qnx::ocb_table::insert(&context, binding, &old) : EBADF;
    if (binding != nullptr)
        qnx::drop(ctp, binding);
    if (result != EOK) {
        forget_passed(token);
        return result;
    }
    MsgReply_r(ctp->rcvid, 0, &token, sizeof token);
    return _RESMGR_NOREPLY;
}

// _IO_PASS: a file goes from one client to another, or back to nobody.
int pass_file(resmgr_context_t* ctp, const struct _io_pass* pass)
{
    if (ctp->size < sizeof *pass)
        return EINVAL;
    if (pass->action == _IO_PASS_LEAVE)
        return leave_file(ctp);
    if ((pass->token >> 32 & _IO_PASS_MARK) == 0)
        return ENOENT;
    resmgr_context_t context = context_of_token(ctp, pass->token);
    Binding* binding = qnx::ocb_table::remove(context.info.scoid, context.info.coid);
    if (binding == nullptr)
        return ENOENT;
    forget_passed(pass->token);
    Binding* old = nullptr;
    int result = EOK;
    if (pass->action == _IO_PASS_TAKE)
        result = qnx::ocb_table::insert(ctp, binding, &old);
    if (old != nullptr)
        qnx::close_connection(ctp, old, nullptr);
    context.id = binding->id;
    if (pass->action != _IO_PASS_TAKE || result != EOK)
        qnx::close_connection(&context, binding, nullptr);
    else
        qnx::drop(ctp, binding);
    return result;
}

int close_message(resmgr_context_t* ctp, void* msg)
{
    Binding* binding = qnx::ocb_table::remove(ctp->info.scoid, ctp->info.coid);
    if (binding == nullptr)
        return EBADF;
    return qnx::close_connection(ctp, binding, msg);
}

// The binding a message is about: an _IO_OPENFD names another connection of the same client by its key.
Binding* binding_of(resmgr_context_t* ctp, uint16_t type, void* msg)
{
    if (type != _IO_OPENFD)
        return qnx::ocb_table::find(ctp->info.scoid, ctp->info.coid);
    if (ctp->size < sizeof(struct _io_openfd))
        return nullptr;
    return qnx::ocb_table::find(ctp->info.scoid,
                                static_cast<int>(static_cast<struct _io_openfd*>(msg)->key));
}

// Parts joined by _IO_COMBINE_FLAG after another: all but the last must succeed and their data is not sent.
int combined(resmgr_context_t* ctp, void* msg, Binding* binding)
{
    auto* bytes = static_cast<char*>(msg);
    for (;;) {
        uint16_t type = *reinterpret_cast<uint16_t*>(bytes);
        ctp->status = 0;
        int result = dispatch_io(ctp, type & ~_IO_COMBINE_FLAG, bytes, binding);
        if ((type & _IO_COMBINE_FLAG) == 0 || result > 0 || result == _RESMGR_DEFAULT ||
            result == _RESMGR_NOREPLY)
            return result;
        size_t skip = reinterpret_cast<uint16_t*>(bytes)[1];
        if (skip < sizeof(struct _io_stat) || skip % 8 != 0 ||
            skip + sizeof(struct _io_stat) > ctp->size)
            return EINVAL;
        bytes += skip;
        ctp->offset += skip;
        ctp->size -= skip;
    }
}

} // namespace

namespace qnx {

bool resmgr_takes(uint16_t type)
{
    uint16_t plain = type & static_cast<uint16_t>(~_IO_COMBINE_FLAG);
    return plain >= _IO_BASE && plain <= _IO_MAX;
}

void drop(resmgr_context_t* ctp, Binding* binding)
{
    if (!ocb_table::release(binding))
        return;
    auto close_ocb = QNX_IO_FUNC(binding->funcs, close_ocb);
    if (close_ocb != nullptr)
        close_ocb(ctp, nullptr, static_cast<RESMGR_OCB_T*>(binding->ocb));
    free(binding);
}

int close_connection(resmgr_context_t* ctp, Binding* binding, void* msg)
{
    io_close_t synthetic = {};
    synthetic.i.type = _IO_CLOSE;
    auto close_dup = QNX_IO_FUNC(binding->funcs, close_dup);
    int result = EOK;
    if (close_dup != nullptr) {
        auto* sent = msg != nullptr ? static_cast<io_close_t*>(msg) : &synthetic;
        result = close_dup(ctp, sent, static_cast<RESMGR_OCB_T*>(binding->ocb));
    }
    drop(ctp, binding);
    return result == _RESMGR_DEFAULT ? EOK : result;
}

int resmgr_io(resmgr_context_t* ctp, void* msg, Binding** held)
{
    *held = nullptr;
    if (ctp->size < sizeof(struct _io_stat))
        return EINVAL;
    uint16_t type = *static_cast<uint16_t*>(msg) & static_cast<uint16_t>(~_IO_COMBINE_FLAG);
    if (type == _IO_DUP)
        return duplicate(ctp, static_cast<struct _io_dup*>(msg));
    if (type == _IO_CLOSE)
        return close_message(ctp, msg);
    if (type == _IO_PASS)
        return pass_file(ctp, static_cast<struct _io_pass*>(msg));
    Binding* binding = binding_of(ctp, type, msg);
    if (binding == nullptr)
        return EBADF;
    if (!lock_ocb(ctp, binding)) {
        drop(ctp, binding);
        return EINTR;
    }
    *held = binding;
    ctp->id = binding->id;
    return combined(ctp, msg, binding);
}

void finish_io(resmgr_context_t* ctp, Binding* held)
{
    if (held == nullptr)
        return;
    unlock_ocb(ctp, held);
    drop(ctp, held);
}

void resmgr_message(resmgr_context_t* ctp)
{
    uint16_t type = ctp->msg->type & static_cast<uint16_t>(~_IO_COMBINE_FLAG);
    if (type == _IO_CONNECT) {
        resmgr_connect(ctp);
        return;
    }
    Binding* held = nullptr;
    int result = resmgr_io(ctp, ctp->msg, &held);
    bool opened =
        type == _IO_OPENFD && result <= 0 && result != _RESMGR_DEFAULT && result != _RESMGR_NOREPLY;
    Binding* made = opened ? ocb_table::find(ctp->info.scoid, ctp->info.coid) : nullptr;
    bool delivered = resmgr_reply(ctp, result);
    if (made != nullptr)
        undo_unless(delivered, ctp, made);
    finish_io(ctp, held);
}

void resmgr_disconnect(resmgr_context_t* ctp, int scoid)
{
    resmgr_context_t ctx = *ctp;
    ctx.rcvid = 0;
    ctx.info = {};
    ctx.info.scoid = scoid;
    ctx.info.chid = ctp->dpp->chid;
    int coid = 0;
    while (Binding* binding = ocb_table::remove_any(scoid, &coid)) {
        ctx.info.coid = coid;
        ctx.id = binding->id;
        close_connection(&ctx, binding, nullptr);
    }
}

void resmgr_unblock(resmgr_context_t* ctp, int rcvid)
{
    struct _msg_info info = {};
    // Replied meanwhile, or the rcvid belongs to a newer request: nothing to unblock.
    if (MsgInfo_r(rcvid, &info) < 0 || (info.flags & _NTO_MI_UNBLOCK_REQ) == 0)
        return;
    Binding* binding = ocb_table::find(info.scoid, info.coid);
    ctp->rcvid = rcvid;
    ctp->info = info;
    int result = _RESMGR_DEFAULT;
    if (binding != nullptr) {
        auto unblock = QNX_IO_FUNC(binding->funcs, unblock);
        ctp->id = binding->id;
        if (unblock != nullptr && lock_ocb(ctp, binding)) {
            result = unblock(ctp, ctp->msg, static_cast<RESMGR_OCB_T*>(binding->ocb));
            unlock_ocb(ctp, binding);
        }
    }
    if (result != _RESMGR_DEFAULT)
        resmgr_reply(ctp, result);
    if (binding != nullptr)
        drop(ctp, binding);
}

} // namespace qnx
