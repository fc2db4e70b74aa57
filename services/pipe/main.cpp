// SPDX-License-Identifier: Apache-2.0
// pipe: the server behind pipe(): /dev/pipe. Each open makes a new pipe and is its first end; further ends come with _IO_OPENFD.
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <new>
#include <string>
#include <sys/dispatch.h>
#include <sys/iofunc.h>
#include <sys/neutrino.h>
#include <sys/procmgr.h>
#include <sys/resmgr.h>
#include <vector>

#include <abi/pipe.h>
#include <abi/usage.h>

#include "pipe.hpp"

QNX_USAGE("%C - pipe server\n\n%C &\nServes pipe() and FIFOs at /dev/pipe.\n")

namespace {

using pipes::Pipe;

resmgr_connect_funcs_t connect_funcs;
resmgr_io_funcs_t io_funcs;
iofunc_attr_t root_attr;

Pipe& pipe_of(iofunc_ocb_t* ocb)
{
    return *reinterpret_cast<Pipe*>(ocb->attr); // attr is a Pipe's first member
}

unsigned access_of(const iofunc_ocb_t* ocb)
{
    return static_cast<unsigned>(ocb->ioflag) & _IO_FLAG_MASK;
}

int on_close(resmgr_context_t* ctp, void* reserved, iofunc_ocb_t* ocb);

// FIFOs that are open now.
struct Fifo {
    std::string name;
    Pipe* pipe;
};
std::vector<Fifo> fifos;

Pipe* find_fifo(const std::string& name)
{
    for (const Fifo& one : fifos) {
        if (one.name == name) {
            return one.pipe;
        }
    }
    return nullptr;
}

void forget_fifo(const Pipe* pipe)
{
    const auto same = [&](const Fifo& one) { return one.pipe == pipe; };
    fifos.erase(std::remove_if(fifos.begin(), fifos.end(), same), fifos.end());
}

// What ABI_FIFO_FORMAT says behind the server's own path. False: somebody made the name up.
bool parse_fifo(const char* name, iofunc_attr_t& attr)
{
    constexpr int fields = 5;
    unsigned long long value[fields];
    for (unsigned long long& field : value) {
        char* end = nullptr;
        const bool digits = std::strspn(name, "0123456789abcdef") > 0;
        field = std::strtoull(name, &end, 16);
        const bool last = &field == &value[fields - 1];
        if (!digits || *end != (last ? '\0' : '.')) {
            return false;
        }
        name = end + 1;
    }
    iofunc_attr_init(&attr, S_IFIFO | (value[4] & 07777), nullptr, nullptr);
    attr.inode = value[1];
    attr.uid = static_cast<uid_t>(value[2]);
    attr.gid = static_cast<gid_t>(value[3]);
    return true;
}

int open_fifo(resmgr_context_t* ctp, io_open_t* msg)
{
    const std::string name = msg->connect.path;
    const unsigned access = msg->connect.ioflag & _IO_FLAG_MASK;
    iofunc_attr_t attr;
    if (!parse_fifo(name.c_str(), attr)) {
        return ENOENT;
    }
    if (const int error = iofunc_open(ctp, msg, &attr, nullptr, nullptr); error != EOK) {
        return error;
    }
    Pipe* pipe = find_fifo(name);
    const bool fresh = pipe == nullptr;
    if (fresh) {
        pipe = new (std::nothrow) Pipe(attr);
        if (!pipe) {
            return ENOMEM;
        }
        fifos.push_back({name, pipe});
    }
    if (const int error = iofunc_ocb_attach(ctp, msg, nullptr, &pipe->attr, &io_funcs);
        error != EOK) {
        if (fresh) {
            forget_fifo(pipe);
            delete pipe;
        }
        return error;
    }
    pipe->add_end(access);
    auto* ocb = static_cast<iofunc_ocb_t*>(resmgr_ocb_of(ctp, ctp->info.scoid, ctp->info.coid));
    const bool nonblock = (msg->connect.ioflag & O_NONBLOCK) != 0;
    const int status = pipe->await_peer(ctp->rcvid, ocb, access, nonblock);
    if (status > EOK) {
        resmgr_unbind(ctp);
        on_close(ctp, nullptr, ocb);
    }
    return status;
}

int on_open(resmgr_context_t* ctp, io_open_t* msg, iofunc_attr_t* attr, void*)
{
    static uint64_t next_inode = 1;
    if (msg->connect.path[0] != '\0') {
        return open_fifo(ctp, msg);
    }
    if (const int error = iofunc_open(ctp, msg, attr, nullptr, nullptr); error != EOK) {
        return error;
    }
    Pipe* pipe = new (std::nothrow) Pipe(++next_inode);
    if (!pipe) {
        return ENOMEM;
    }
    if (const int error = iofunc_ocb_attach(ctp, msg, nullptr, &pipe->attr, &io_funcs);
        error != EOK) {
        delete pipe;
        return error;
    }
    pipe->add_end(msg->connect.ioflag & _IO_FLAG_MASK);
    return EOK;
}

int on_openfd(resmgr_context_t* ctp, io_openfd_t* msg, iofunc_ocb_t* ocb)
{
    Pipe& pipe = pipe_of(ocb);
    const int status = iofunc_openfd_default(ctp, msg, ocb);
    if (status == EOK) {
        pipe.add_end(msg->i.ioflag & _IO_FLAG_MASK);
    }
    return status;
}

int on_read(resmgr_context_t* ctp, io_read_t* msg, iofunc_ocb_t* ocb)
{
    int nonblock = 0;
    if (const int error = iofunc_read_verify(ctp, msg, ocb, &nonblock); error != EOK) {
        return error;
    }
    if ((msg->i.xtype & _IO_XTYPE_MASK) != _IO_XTYPE_NONE) {
        return (msg->i.xtype & _IO_XTYPE_MASK) == _IO_XTYPE_OFFSET ? ESPIPE : ENOSYS;
    }
    return pipe_of(ocb).read(ctp->rcvid, ocb, msg->i.nbytes, nonblock);
}

int on_write(resmgr_context_t* ctp, io_write_t* msg, iofunc_ocb_t* ocb)
{
    int nonblock = 0;
    if (const int error = iofunc_write_verify(ctp, msg, ocb, &nonblock); error != EOK) {
        return error;
    }
    if ((msg->i.xtype & _IO_XTYPE_MASK) != _IO_XTYPE_NONE) {
        return (msg->i.xtype & _IO_XTYPE_MASK) == _IO_XTYPE_OFFSET ? ESPIPE : ENOSYS;
    }
    return pipe_of(ocb).write(ctp->rcvid, ocb, msg->i.nbytes, ctp->offset + sizeof msg->i,
                              nonblock);
}

int on_lseek(resmgr_context_t*, io_lseek_t*, iofunc_ocb_t*)
{
    return ESPIPE;
}

int on_stat(resmgr_context_t* ctp, io_stat_t* msg, iofunc_ocb_t* ocb)
{
    ocb->attr->nbytes = static_cast<int64_t>(pipe_of(ocb).buffered());
    return iofunc_stat_default(ctp, msg, ocb);
}

int on_notify(resmgr_context_t* ctp, io_notify_t* msg, iofunc_ocb_t* ocb)
{
    Pipe& pipe = pipe_of(ocb);
    // The end for writing never becomes readable, nor the other way round.
    const unsigned access = access_of(ocb);
    msg->i.flags &= static_cast<int32_t>(
        ~((access & _IO_FLAG_RD ? 0u : _NOTIFY_COND_INPUT | _NOTIFY_COND_OBAND) |
          (access & _IO_FLAG_WR ? 0u : _NOTIFY_COND_OUTPUT)));
    return iofunc_notify(ctp, msg, pipe.notify, pipe.conditions(), nullptr, nullptr);
}

int on_unblock(resmgr_context_t* ctp, void* msg, iofunc_ocb_t* ocb)
{
    const int status = iofunc_unblock_default(ctp, msg, ocb);
    if (status == _RESMGR_DEFAULT && pipe_of(ocb).forget_opener(ctp->rcvid)) {
        resmgr_unbind(ctp); // the client has no descriptor to close; our caller closes the ocb
        return _RESMGR_NOREPLY;
    }
    if (status == _RESMGR_DEFAULT) {
        pipe_of(ocb).cancel(ocb, ctp->rcvid, EINTR);
        return _RESMGR_NOREPLY;
    }
    return status;
}

int on_close(resmgr_context_t* ctp, void* reserved, iofunc_ocb_t* ocb)
{
    Pipe& pipe = pipe_of(ocb);
    const unsigned access = access_of(ocb);
    pipe.cancel(ocb, 0, EBADF);
    iofunc_notify_remove(ctp, pipe.notify);
    const int status = iofunc_close_ocb_default(ctp, reserved, ocb);
    if (pipe.drop_end(access)) {
        forget_fifo(&pipe);
        delete &pipe;
    }
    return status;
}

int fail(const char* what)
{
    std::fprintf(stderr, "pipe: %s: %s\n", what, std::strerror(errno));
    return EXIT_FAILURE;
}

} // namespace

int main()
{
    dispatch_t* dispatch = dispatch_create();
    if (!dispatch) {
        return fail("dispatch_create");
    }
    iofunc_func_init(_RESMGR_CONNECT_NFUNCS, &connect_funcs, _RESMGR_IO_NFUNCS, &io_funcs);
    connect_funcs.open = on_open;
    io_funcs.read = on_read;
    io_funcs.write = on_write;
    io_funcs.lseek = on_lseek;
    io_funcs.stat = on_stat;
    io_funcs.notify = on_notify;
    io_funcs.unblock = on_unblock;
    io_funcs.openfd = on_openfd;
    io_funcs.close_ocb = on_close;
    // The pipe may be freed while its descriptor closes, and one thread serves: no lock on the attribute.
    io_funcs.lock_ocb = nullptr;
    io_funcs.unlock_ocb = nullptr;
    iofunc_attr_init(&root_attr, S_IFIFO | 0666, nullptr, nullptr);
    resmgr_attr_t attr{};
    attr.nparts_max = 2;
    attr.msg_max_size = 2048;
    if (resmgr_attach(dispatch, &attr, ABI_PIPE_PATH, _FTYPE_ANY, _RESMGR_FLAG_DIR, &connect_funcs,
                      &io_funcs, &root_attr) == -1) {
        return fail(ABI_PIPE_PATH);
    }
    procmgr_daemon(EXIT_SUCCESS,
                   PROCMGR_DAEMON_NOCHDIR | PROCMGR_DAEMON_NOCLOSE | PROCMGR_DAEMON_NODEVNULL);
    for (dispatch_context_t* context = dispatch_context_alloc(dispatch); context;) {
        dispatch_context_t* got = dispatch_block(context);
        if (!got) {
            return fail("dispatch_block");
        }
        context = got;
        dispatch_handler(context);
    }
    return fail("dispatch_context_alloc");
}
