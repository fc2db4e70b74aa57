// SPDX-License-Identifier: Apache-2.0
// random: serves /dev/random and /dev/urandom.
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sys/dispatch.h>
#include <sys/iofunc.h>
#include <sys/procmgr.h>
#include <sys/resmgr.h>
#include <unistd.h>

#include <abi/usage.h>

#include "generator.hpp"

QNX_USAGE("%C - random numbers\n\n%C [-pt] &\nServes /dev/random and /dev/urandom, seeded from the "
          "CPU's generator\n"
          "and from timing. -p and -t are accepted: both sources are always used.\n")

namespace {

random_server::Generator generator;
constexpr size_t most = 16384; // bytes a read

int on_read(resmgr_context_t* ctp, io_read_t* msg, iofunc_ocb_t* ocb)
{
    static uint8_t buffer[most];
    if (const int error = iofunc_read_verify(ctp, msg, ocb, nullptr); error != EOK) {
        return error;
    }
    const uint32_t xtype = msg->i.xtype & _IO_XTYPE_MASK;
    if (xtype != _IO_XTYPE_NONE && xtype != _IO_XTYPE_OFFSET) {
        return ENOSYS;
    }
    const size_t n = std::min<size_t>(msg->i.nbytes, sizeof buffer);
    generator.bytes(buffer, n);
    if (MsgReply(ctp->rcvid, static_cast<long>(n), buffer, n) == -1) {
        MsgError(ctp->rcvid, errno);
    }
    std::memset(buffer, 0, n);
    return _RESMGR_NOREPLY;
}

int on_write(resmgr_context_t* ctp, io_write_t* msg, iofunc_ocb_t* ocb)
{
    if (const int error = iofunc_write_verify(ctp, msg, ocb, nullptr); error != EOK) {
        return error;
    }
    if ((msg->i.xtype & _IO_XTYPE_MASK) != _IO_XTYPE_NONE) {
        return ENOSYS;
    }
    uint8_t data[256];
    const size_t n = std::min<size_t>(msg->i.nbytes, sizeof data);
    const ssize_t got = resmgr_msgread(ctp, data, n, sizeof msg->i);
    if (got < 0) {
        return errno;
    }
    generator.mix(data, static_cast<size_t>(got));
    _IO_SET_WRITE_NBYTES(ctp, msg->i.nbytes);
    return _RESMGR_NPARTS(0);
}

int fail(const char* what)
{
    std::fprintf(stderr, "random: %s: %s\n", what, std::strerror(errno));
    return EXIT_FAILURE;
}

} // namespace

int main(int argc, char* argv[])
{
    for (int c; (c = getopt(argc, argv, "pt")) != -1;) {
        if (c == '?') {
            return EXIT_FAILURE;
        }
    }
    static resmgr_connect_funcs_t connect_funcs;
    static resmgr_io_funcs_t io_funcs;
    static iofunc_attr_t attributes[2];
    dispatch_t* dispatch = dispatch_create();
    if (!dispatch) {
        return fail("dispatch_create");
    }
    generator.seed();
    iofunc_func_init(_RESMGR_CONNECT_NFUNCS, &connect_funcs, _RESMGR_IO_NFUNCS, &io_funcs);
    io_funcs.read = on_read;
    io_funcs.write = on_write;
    resmgr_attr_t attr{};
    attr.nparts_max = 1;
    attr.msg_max_size = 2048;
    int index = 0;
    for (const char* path : {"/dev/random", "/dev/urandom"}) {
        iofunc_attr_init(&attributes[index], S_IFCHR | 0666, nullptr, nullptr);
        if (resmgr_attach(dispatch, &attr, path, _FTYPE_ANY, 0, &connect_funcs, &io_funcs,
                          &attributes[index++]) == -1) {
            return fail(path);
        }
    }
    dispatch_context_t* context = dispatch_context_alloc(dispatch);
    if (!context) {
        return fail("dispatch_context_alloc");
    }
    procmgr_daemon(EXIT_SUCCESS,
                   PROCMGR_DAEMON_NOCHDIR | PROCMGR_DAEMON_NOCLOSE | PROCMGR_DAEMON_NODEVNULL);
    for (;;) {
        dispatch_context_t* got = dispatch_block(context);
        if (!got) {
            return fail("dispatch_block");
        }
        context = got;
        dispatch_handler(context);
    }
}
