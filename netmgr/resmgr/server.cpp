// SPDX-License-Identifier: Apache-2.0
// Dispatch of messages and system pulses, and the life of open sockets.
#include "resmgr/server.hpp"

#include <abi/proc_msg.h>
#include <errno.h>
#include <fcntl.h>
#include <new>
#include <signal.h>
#include <sys/iomsg.h>
#include <unistd.h>

#include "resmgr/paths.hpp"

namespace netmgr {

namespace {

pid_t parent_of(pid_t pid)
{
    proc_id msg = {PROC_GETSETID, PROC_ID_GET, pid, 0, 0};
    proc_ids ids;
    return MsgSend_r(SYSMGR_COID, &msg, sizeof msg, &ids, sizeof ids) >= 0 ? ids.ppid : -1;
}

} // namespace

int Server::start(Runtime& rt, const ServerOptions& options)
{
    runtime_ = &rt;
    stack_ = &rt.stack();
    options_ = options;
    rt.context().set_client(this);
    if (int err = prepare())
        return err;
    if (stack_->local() != nullptr) {
        path_names_.set_channel(rt.client_chid());
        bind_checker_.set_pulse(rt.client_coid(), rt.rx_priority(), pulse_names);
        stack_->local()->space = &path_names_;
        stack_->local()->keeper = this;
    }
    if (int err = attach_paths(*stack_, rt.client_chid(), options_))
        return err;
    path_devices_.start(rt.client_chid(), options_);
    return stack_->devices().set_space(&path_devices_);
}

int Server::prepare()
{
    const ParkedLimits& l = options_.limits;
    places_ = {l.minimum, l.increment, l.maximum, l.minimum};
    counts_.receive_context = options_.receive_context;
    counts_.reply_context = options_.reply_parts;
    parked_pool_.emplace(stack_->mbufs().pools(), stack_->platform(), "blockop", sizeof(Parked));
    reply_iov_ = new (std::nothrow) iov_t[options_.reply_parts];
    if (reply_iov_ == nullptr)
        return ENOMEM;
    if (int err = create_client_abilities())
        return err;
    if (int err = attach_drop_sysctl(*stack_, options_.drop_user))
        return err;
    read_hostname();
    if (options_.monitor_hostname)
        if (int err = monitor_hostname())
            return err;
    return attach_sysctl();
}

void Server::handle_message(int rcvid, char* buffer, const _msg_info& info)
{
    Request request(rcvid, buffer, info);
    if (take_local_bind(request, info))
        return;
    StackEntry entry(runtime_->context());
    if (request.have() > counts_.largest)
        counts_.largest = request.have();
    if (int err = dispatch(request))
        request.error(err);
}

int Server::dispatch(Request& request)
{
    switch (request.type()) {
    case _IO_CONNECT:
        return handle_connect(request);
    case _IO_DUP:
        return handle_dup(request);
    case _IO_OPENFD:
        return handle_openfd(request);
    case _IO_CLOSE:
        return handle_close(request);
    case _IO_STAT:
        return handle_stat(request);
    case _IO_PASS:
        return handle_pass(request);
    default:
        break;
    }
    SocketFile* file = fds_.find(request.scoid(), request.coid());
    if (file == nullptr)
        return EBADF;
    switch (request.type()) {
    case _IO_READ:
        return handle_read(request, *file);
    case _IO_WRITE:
        return handle_write(request, *file);
    case _IO_DEVCTL:
        return handle_devctl(request, *file);
    case _IO_MSG:
        return handle_io_msg(request, *file);
    case _IO_NOTIFY:
        return handle_notify(request, *file);
    case _IO_FDINFO:
        return handle_fdinfo(request, *file);
    case _IO_LSEEK:
        return ESPIPE;
    default:
        return ENOSYS;
    }
}

void Server::handle_system_pulse(const _pulse& pulse)
{
    StackEntry entry(runtime_->context());
    switch (pulse.code) {
    case _PULSE_CODE_UNBLOCK:
        unblock(pulse.value.sival_int);
        break;
    case _PULSE_CODE_DISCONNECT:
        client_gone(pulse.scoid);
        ConnectDetach_r(pulse.scoid);
        break;
    }
}

// Gives a new socket to the client's descriptor; on error the socket is closed.
int Server::bind_fd(Request& request, Socket* so, uint32_t ioflag, uint32_t device)
{
    auto* file = new (std::nothrow) SocketFile;
    if (file != nullptr) {
        file->server = this;
        file->so = so;
        file->ioflag = ioflag;
        file->device = device;
        // A descriptor number can only be open already if its client never sent _IO_CLOSE for the last one.
        if (SocketFile* old = fds_.remove(request.scoid(), request.coid()))
            release(old, request.scoid(), request.coid());
        if (fds_.add(request.scoid(), request.coid(), file)) {
            so->upcall = upcall;
            so->upcall_arg = file;
            return 0;
        }
    }
    delete file;
    soclose(so);
    return ENOMEM;
}

// One descriptor of a file is gone (already out of the table): its waiters are answered, the last one closes the socket.
void Server::release(SocketFile* file, int scoid, int coid)
{
    let_waiters_go(*file, scoid, coid);
    if (file->fds == 0)
        dispose(file);
    else
        suspect_ring(*file);
}

void Server::let_waiters_go(SocketFile& file, int scoid, int coid)
{
    for (Parked* p = file.parked; p != nullptr;) {
        Parked* next = p->next;
        // An accept() came over the connection that was to become the new descriptor; its key is the listening one.
        if (file.fds == 0 || (p->request.scoid() == scoid && p->coid == coid))
            answer_parked(*p, EBADF);
        p = next;
    }
    forget_watchers(file, scoid, coid);
}

void Server::dispose(SocketFile* file)
{
    if (file->dirty) {
        SocketFile** at = &dirty_;
        while (*at != file)
            at = &(*at)->next_dirty;
        *at = file->next_dirty;
    }
    file->so->upcall = nullptr;
    soclose(file->so);
    delete file;
}

void Server::client_gone(int scoid)
{
    int coid;
    while (SocketFile* file = fds_.remove_any(scoid, coid))
        release(file, scoid, coid);
}

int Server::handle_close(Request& request)
{
    SocketFile* file = fds_.remove(request.scoid(), request.coid());
    if (file == nullptr)
        return EBADF;
    if (file->fds == 0) {
        let_waiters_go(*file, request.scoid(), request.coid());
        if (linger(request, *file) == 0)
            return 0;
    }
    release(file, request.scoid(), request.coid());
    request.reply(0);
    return 0;
}

// SO_LINGER: the last close() waits for what was written to be acknowledged. 0: it is parked.
int Server::linger(const Request& request, SocketFile& file)
{
    Socket& so = *file.so;
    if (so.nonblocking || (file.ioflag & O_NONBLOCK) != 0 || solinger(so) != EWOULDBLOCK)
        return EINVAL;
    const auto seconds = static_cast<uint64_t>(so.linger_option.l_linger);
    auto* parked = parked_pool_->make<Parked>(ParkedKind::close, request, request.coid());
    if (parked == nullptr)
        return ENOMEM;
    parked->server = this;
    parked->file = &file;
    return park(parked, seconds * ns_per_s);
}

// dup(), and the descriptors a spawned child inherits: the message names the old descriptor. A client could name anybody's, so
// it has to be its own, its parent's, or one of the same user; root may have any.
int Server::handle_dup(Request& request)
{
    _io_dup dup;
    if (!request.get(dup))
        return EINVAL;
    SocketFile* file = fds_.find(dup.scoid, dup.coid);
    if (file == nullptr)
        return EBADF;
    if (dup.scoid != request.scoid()) {
        Cred from = cred_of(dup.scoid);
        Cred to = cred_of(request.scoid());
        if (from.uid != to.uid && to.uid != 0 && parent_of(request.pid()) != from.pid)
            return EPERM;
    }
    if (SocketFile* old = fds_.remove(request.scoid(), request.coid())) {
        if (old == file)
            old->fds++; // it must not be closed by its own replacement
        release(old, request.scoid(), request.coid());
        if (old == file)
            old->fds--;
    }
    if (!fds_.add(request.scoid(), request.coid(), file))
        return ENOMEM;
    request.reply(0);
    return 0;
}

// Called in the middle of protocol code: only remembers.
void Server::upcall(Socket&, void* arg, unsigned)
{
    auto& file = *static_cast<SocketFile*>(arg);
    file.server->mark_dirty(file);
}

void Server::mark_dirty(SocketFile& file)
{
    const bool asked =
        file.parked != nullptr || file.watchers != nullptr || (file.ioflag & O_ASYNC) != 0;
    if (!file.dirty && asked)
        remember(file);
}

void Server::remember(SocketFile& file)
{
    file.dirty = true;
    file.next_dirty = dirty_;
    __atomic_store_n(&dirty_, &file, __ATOMIC_RELEASE);
}

void Server::run_deferred_work()
{
    while (SocketFile* file = dirty_) {
        __atomic_store_n(&dirty_, file->next_dirty, __ATOMIC_RELEASE);
        file->dirty = false;
        if (file->unwanted) {
            dispose(file);
            continue;
        }
        if ((file->ioflag & O_ASYNC) != 0 && file->owner != 0) // nobody there: nobody told
            SignalKill_r(0, file->owner, 0, SIGIO, SI_ASYNCIO, 0);
        bool input_blocked = false;
        bool output_blocked = false;
        if (file->parked != nullptr && file->parked->kind == ParkedKind::close) {
            if (solinger(*file->so) == 0)
                answer_parked(*file->parked, 0); // and the file is gone
            continue;
        }
        for (Parked* p = file->parked; p != nullptr;) {
            Parked* next = p->next;
            bool& blocked = p->is_input() ? input_blocked : output_blocked;
            if (!blocked) { // first come, first served
                int err = p->waiting ? EWOULDBLOCK : try_parked(*p);
                blocked = err == EWOULDBLOCK;
                if (!blocked)
                    answer_parked(*p, err);
            }
            p = next;
        }
        fire_watchers(*file);
    }
    if (__atomic_exchange_n(&rings_suspected_, false, __ATOMIC_ACQ_REL))
        stack_->local()->collect_rings();
}

} // namespace netmgr
