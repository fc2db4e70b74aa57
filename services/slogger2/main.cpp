// SPDX-License-Identifier: Apache-2.0
// slogger2: takes log records at /dev/slog and gives them back to slog2info.
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <sys/dispatch.h>
#include <sys/iofunc.h>
#include <sys/neutrino.h>
#include <sys/procmgr.h>
#include <sys/resmgr.h>
#include <vector>

#include <abi/usage.h>

#include "journal.hpp"

QNX_USAGE("%C - system logger\n\n%C [&]\nTakes records at /dev/slog; slog2info shows them.\n")

namespace {

using slog::Record;

resmgr_connect_funcs_t connect_funcs;
resmgr_io_funcs_t io_funcs;
iofunc_attr_t attr;
slog::Journal journal;

/// A reader that waits for the next record.
struct Waiter {
    int rcvid;
    iofunc_ocb_t* ocb;
    size_t room;
};
std::vector<Waiter> waiters;
char answer[16 * 1024];

uint64_t now_ns()
{
    timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return static_cast<uint64_t>(now.tv_sec) * 1000000000u + static_cast<uint64_t>(now.tv_nsec);
}

/// The open's offset is the number of the next record it reads.
size_t collect(iofunc_ocb_t* ocb, size_t room)
{
    uint64_t sequence = static_cast<uint64_t>(ocb->offset);
    const size_t bytes =
        journal.read(sequence, answer, room < sizeof answer ? room : sizeof answer);
    ocb->offset = static_cast<off_t>(sequence);
    return bytes;
}

void feed_waiters()
{
    for (const Waiter& waiter : waiters) {
        const size_t bytes = collect(waiter.ocb, waiter.room);
        MsgReply(waiter.rcvid, static_cast<long>(bytes), answer, bytes);
    }
    waiters.clear();
}

int on_read(resmgr_context_t* ctp, io_read_t* msg, iofunc_ocb_t* ocb)
{
    int nonblock = 0;
    if (const int error = iofunc_read_verify(ctp, msg, ocb, &nonblock); error != EOK)
        return error;
    if ((msg->i.xtype & _IO_XTYPE_MASK) != _IO_XTYPE_NONE)
        return ENOSYS;
    if (msg->i.nbytes < sizeof(Record) + slog::text_max)
        return EINVAL; // whole records only
    const size_t bytes = collect(ocb, msg->i.nbytes);
    if (bytes == 0 && !nonblock) {
        waiters.push_back({ctp->rcvid, ocb, msg->i.nbytes});
        return _RESMGR_NOREPLY;
    }
    _IO_SET_READ_NBYTES(ctp, bytes);
    return _RESMGR_PTR(ctp, answer, bytes);
}

int on_write(resmgr_context_t* ctp, io_write_t* msg, iofunc_ocb_t* ocb)
{
    int nonblock = 0;
    if (const int error = iofunc_write_verify(ctp, msg, ocb, &nonblock); error != EOK)
        return error;
    struct {
        Record record;
        char text[slog::text_max];
    } in;
    if (msg->i.nbytes < sizeof in.record || msg->i.nbytes > sizeof in)
        return EINVAL;
    if (resmgr_msgread(ctp, &in, msg->i.nbytes, sizeof msg->i) !=
            static_cast<ssize_t>(msg->i.nbytes) ||
        in.record.text_len != msg->i.nbytes - sizeof in.record || in.record.severity > 7)
        return EINVAL;
    in.record.time_ns = now_ns();
    in.record.pid = ctp->info.pid;
    in.record.set[slog::name_max - 1] = in.record.buffer[slog::name_max - 1] = '\0';
    journal.add(in.record, in.text);
    feed_waiters();
    _IO_SET_WRITE_NBYTES(ctp, msg->i.nbytes);
    return EOK;
}

int on_devctl(resmgr_context_t* ctp, io_devctl_t* msg, iofunc_ocb_t* ocb)
{
    if (msg->i.dcmd != slog::clear_command)
        return iofunc_devctl_default(ctp, msg, ocb);
    struct _client_info info;
    if (ConnectClientInfo(ctp->info.scoid, &info, 0) == -1 || info.cred.euid != 0)
        return EPERM;
    journal.clear();
    std::memset(&msg->o, 0, sizeof msg->o);
    return _RESMGR_PTR(ctp, &msg->o, sizeof msg->o);
}

template <typename Match>
void drop_waiters(int error, Match match)
{
    for (size_t i = 0; i < waiters.size();) {
        if (!match(waiters[i])) {
            i++;
            continue;
        }
        MsgError(waiters[i].rcvid, error);
        waiters.erase(waiters.begin() + static_cast<ptrdiff_t>(i));
    }
}

int on_unblock(resmgr_context_t* ctp, void* msg, iofunc_ocb_t* ocb)
{
    const int status = iofunc_unblock_default(ctp, msg, ocb);
    if (status != _RESMGR_DEFAULT)
        return status;
    drop_waiters(EINTR, [&](const Waiter& w) { return w.rcvid == ctp->rcvid; });
    return _RESMGR_NOREPLY;
}

int on_close(resmgr_context_t* ctp, void* reserved, iofunc_ocb_t* ocb)
{
    drop_waiters(EBADF, [&](const Waiter& w) { return w.ocb == ocb; });
    return iofunc_close_ocb_default(ctp, reserved, ocb);
}

int fail(const char* what)
{
    std::fprintf(stderr, "slogger2: %s: %s\n", what, std::strerror(errno));
    return EXIT_FAILURE;
}

} // namespace

int main()
{
    dispatch_t* dispatch = dispatch_create();
    if (!dispatch)
        return fail("dispatch_create");
    iofunc_func_init(_RESMGR_CONNECT_NFUNCS, &connect_funcs, _RESMGR_IO_NFUNCS, &io_funcs);
    io_funcs.read = on_read;
    io_funcs.write = on_write;
    io_funcs.devctl = on_devctl;
    io_funcs.unblock = on_unblock;
    io_funcs.close_ocb = on_close;
    iofunc_attr_init(&attr, S_IFCHR | 0666, nullptr, nullptr);
    resmgr_attr_t options{};
    options.nparts_max = 1;
    options.msg_max_size = 2048;
    if (resmgr_attach(dispatch, &options, slog::path, _FTYPE_ANY, 0, &connect_funcs, &io_funcs,
                      &attr) == -1)
        return fail(slog::path);
    procmgr_daemon(EXIT_SUCCESS,
                   PROCMGR_DAEMON_NOCHDIR | PROCMGR_DAEMON_NOCLOSE | PROCMGR_DAEMON_NODEVNULL);
    for (dispatch_context_t* context = dispatch_context_alloc(dispatch); context;) {
        context = dispatch_block(context);
        if (context)
            dispatch_handler(context);
    }
    return fail("dispatch_block");
}
