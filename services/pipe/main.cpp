// SPDX-License-Identifier: Apache-2.0
// pipe: the server behind pipe(): /dev/pipe. Each open makes a new pipe and is its first end; further ends come with _IO_OPENFD.
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <new>
#include <sys/dispatch.h>
#include <sys/iofunc.h>
#include <sys/neutrino.h>
#include <sys/procmgr.h>
#include <sys/resmgr.h>

#include <abi/pipe.h>
#include <abi/usage.h>

#include "pipe.hpp"

QNX_USAGE("%C - pipe server\n\n%C &\nServes pipe() at /dev/pipe.\n")

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

int on_open(resmgr_context_t* ctp, io_open_t* msg, iofunc_attr_t* attr, void*)
{
    static uint64_t next_inode = 1;
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
    if (resmgr_attach(dispatch, &attr, ABI_PIPE_PATH, _FTYPE_ANY, 0, &connect_funcs, &io_funcs,
                      &root_attr) == -1) {
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
