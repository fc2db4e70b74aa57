// SPDX-License-Identifier: Apache-2.0
// pci-server: enumerates the bus and serves libpci at /dev/pci.
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sys/dispatch.h>
#include <sys/iofunc.h>
#include <sys/neutrino.h>
#include <sys/procmgr.h>
#include <sys/resmgr.h>

#include <abi/usage.h>

#include "calls.hpp"

QNX_USAGE("%C - PCI server\n\n%C [&]\n"
          "Finds the devices, gives addresses and interrupts to those that have none, and serves "
          "libpci at /dev/pci.\n")

namespace {

resmgr_connect_funcs_t connect_funcs;
resmgr_io_funcs_t io_funcs;
iofunc_attr_t attr;
std::vector<pci::Device>* devices;

int on_devctl(resmgr_context_t* ctp, io_devctl_t* msg, iofunc_ocb_t* ocb)
{
    if (msg->i.dcmd != pci::call_command)
        return iofunc_devctl_default(ctp, msg, ocb);
    static struct {
        _io_devctl_reply header;
        pci::Call call;
    } answer;
    if (msg->i.nbytes != sizeof answer.call ||
        resmgr_msgread(ctp, &answer.call, sizeof answer.call, sizeof msg->i) != sizeof answer.call)
        return EINVAL;
    // Who opened it for writing may attach devices and write their registers, whatever became of its
    // user since: io-pkt gives up root and goes on with its cards.
    pci::serve(*devices, ocb, (ocb->ioflag & _IO_FLAG_WR) != 0, answer.call);
    answer.header = {};
    answer.header.nbytes = sizeof answer.call;
    return _RESMGR_PTR(ctp, &answer, sizeof answer);
}

int on_close(resmgr_context_t* ctp, void* reserved, iofunc_ocb_t* ocb)
{
    pci::forget(*devices, ocb);
    return iofunc_close_ocb_default(ctp, reserved, ocb);
}

int fail(const char* what)
{
    std::fprintf(stderr, "pci-server: %s: %s\n", what, std::strerror(errno));
    return EXIT_FAILURE;
}

} // namespace

int main()
{
    if (ThreadCtl(_NTO_TCTL_IO, nullptr) == -1)
        return fail("I/O privilege");
    devices = &pci::enumerate();
    dispatch_t* dispatch = dispatch_create();
    if (!dispatch)
        return fail("dispatch_create");
    iofunc_func_init(_RESMGR_CONNECT_NFUNCS, &connect_funcs, _RESMGR_IO_NFUNCS, &io_funcs);
    io_funcs.devctl = on_devctl;
    io_funcs.close_ocb = on_close;
    iofunc_attr_init(&attr, S_IFCHR | 0644, nullptr, nullptr);
    resmgr_attr_t options{};
    options.nparts_max = 1;
    options.msg_max_size = 2048;
    if (resmgr_attach(dispatch, &options, pci::server_path, _FTYPE_ANY, 0, &connect_funcs,
                      &io_funcs, &attr) == -1)
        return fail(pci::server_path);
    procmgr_daemon(EXIT_SUCCESS,
                   PROCMGR_DAEMON_NOCHDIR | PROCMGR_DAEMON_NOCLOSE | PROCMGR_DAEMON_NODEVNULL);
    for (dispatch_context_t* context = dispatch_context_alloc(dispatch); context;) {
        context = dispatch_block(context);
        if (context)
            dispatch_handler(context);
    }
    return fail("dispatch_block");
}
