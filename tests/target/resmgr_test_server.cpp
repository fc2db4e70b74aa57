// SPDX-License-Identifier: Apache-2.0
// The server of resmgr-test: a first-in first-out device over the iofunc layer, served by a thread pool.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct Device;
#define IOFUNC_ATTR_T       struct Device
#define THREAD_POOL_PARAM_T dispatch_context_t
#include <sys/dispatch.h>
#include <sys/iofunc.h>

#include "resmgr_test.hpp"

namespace {

constexpr size_t capacity = 64 * 1024;

struct Waiting {
    Waiting* next;
    int rcvid;
    size_t wanted;
};

} // namespace

struct Device : _iofunc_attr {
    iofunc_notify_t notify[3];
    char data[capacity];
    size_t used;
    Waiting* readers;
    uint32_t closed, unblocked;
};

namespace {

Device device;

// Gives what there is to a parked reader, if it still waits.
bool answer(const Waiting& reader)
{
    size_t n = device.used < reader.wanted ? device.used : reader.wanted;
    if (MsgReply(reader.rcvid, static_cast<long>(n), device.data, n) == -1)
        return false;
    memmove(device.data, device.data + n, device.used - n);
    device.used -= n;
    return true;
}

int io_read(resmgr_context_t* ctp, io_read_t* msg, iofunc_ocb_t* ocb)
{
    int nonblock = 0;
    int err = iofunc_read_verify(ctp, msg, ocb, &nonblock);
    if (err != EOK)
        return err;
    if ((msg->i.xtype & _IO_XTYPE_MASK) != _IO_XTYPE_NONE)
        return ENOSYS;
    if (device.used == 0 && nonblock)
        return EAGAIN;
    if (device.used == 0) {
        auto* reader = static_cast<Waiting*>(malloc(sizeof(Waiting)));
        if (reader == nullptr)
            return ENOMEM;
        *reader = {device.readers, ctp->rcvid, static_cast<size_t>(msg->i.nbytes)};
        device.readers = reader;
        return _RESMGR_NOREPLY;
    }
    answer({nullptr, ctp->rcvid, static_cast<size_t>(msg->i.nbytes)});
    return _RESMGR_NOREPLY;
}

int io_write(resmgr_context_t* ctp, io_write_t* msg, iofunc_ocb_t* ocb)
{
    int err = iofunc_write_verify(ctp, msg, ocb, nullptr);
    if (err != EOK)
        return err;
    if (msg->i.nbytes > capacity - device.used)
        return ENOSPC;
    auto n = static_cast<size_t>(msg->i.nbytes);
    if (resmgr_msgread(ctp, device.data + device.used, n, sizeof msg->i) != static_cast<ssize_t>(n))
        return EINVAL;
    device.used += n;
    while (device.readers != nullptr && device.used > 0) {
        Waiting* reader = device.readers;
        device.readers = reader->next;
        answer(*reader);
        free(reader);
    }
    if (device.used > 0)
        iofunc_notify_trigger(device.notify, static_cast<int>(device.used), IOFUNC_NOTIFY_INPUT);
    _IO_SET_WRITE_NBYTES(ctp, n);
    return EOK;
}

int io_notify(resmgr_context_t* ctp, io_notify_t* msg, iofunc_ocb_t*)
{
    int now = device.used > 0 ? _NOTIFY_COND_INPUT : 0;
    if (device.used < capacity)
        now |= _NOTIFY_COND_OUTPUT;
    return iofunc_notify(ctp, msg, device.notify, now, nullptr, nullptr);
}

int io_unblock(resmgr_context_t* ctp, void*, iofunc_ocb_t*)
{
    device.unblocked++;
    for (Waiting** link = &device.readers; *link != nullptr; link = &(*link)->next) {
        Waiting* reader = *link;
        if (reader->rcvid != ctp->rcvid)
            continue;
        *link = reader->next;
        free(reader);
        return _RESMGR_ERRNO(EINTR);
    }
    return _RESMGR_DEFAULT;
}

int io_devctl(resmgr_context_t* ctp, io_devctl_t* msg, iofunc_ocb_t* ocb)
{
    if (msg->i.dcmd != DCMD_TEST_COUNTERS)
        return iofunc_devctl_default(ctp, msg, ocb);
    uint32_t armed = 0;
    for (const iofunc_notify_t& condition : device.notify)
        armed += condition.list != nullptr;
    Counters counters = {device.count, device.closed, device.unblocked, armed};
    memset(&msg->o, 0, sizeof msg->o);
    msg->o.nbytes = sizeof counters;
    memcpy(_DEVCTL_DATA(*msg), &counters, sizeof counters);
    return _RESMGR_PTR(ctp, &msg->o, sizeof msg->o + sizeof counters);
}

int io_close_ocb(resmgr_context_t* ctp, void* reserved, iofunc_ocb_t* ocb)
{
    iofunc_attr_lock(&device);
    device.closed++;
    iofunc_notify_remove(ctp, device.notify);
    iofunc_attr_unlock(&device);
    return iofunc_close_ocb_default(ctp, reserved, ocb);
}

int fail(const char* what)
{
    perror(what);
    return 1;
}

} // namespace

int run_server()
{
    static resmgr_connect_funcs_t connect_funcs;
    static resmgr_io_funcs_t io_funcs;
    iofunc_func_init(_RESMGR_CONNECT_NFUNCS, &connect_funcs, _RESMGR_IO_NFUNCS, &io_funcs);
    io_funcs.read = io_read;
    io_funcs.write = io_write;
    io_funcs.notify = io_notify;
    io_funcs.unblock = io_unblock;
    io_funcs.devctl = io_devctl;
    io_funcs.close_ocb = io_close_ocb;
    iofunc_attr_init(&device, S_IFCHR | 0644, nullptr, nullptr);
    IOFUNC_NOTIFY_INIT(device.notify);

    dispatch_t* dpp = dispatch_create();
    if (dpp == nullptr)
        return fail("dispatch_create");
    if (resmgr_attach(dpp, nullptr, test_path, _FTYPE_ANY, 0, &connect_funcs, &io_funcs, &device) ==
        -1)
        return fail("resmgr_attach");
    thread_pool_attr_t attr = {};
    attr.handle = dpp;
    attr.context_alloc = dispatch_context_alloc;
    attr.context_free = dispatch_context_free;
    attr.block_func = dispatch_block;
    attr.unblock_func = dispatch_unblock;
    attr.handler_func = dispatch_handler;
    attr.lo_water = 2;
    attr.hi_water = 4;
    attr.increment = 1;
    attr.maximum = 8;
    thread_pool_t* pool = thread_pool_create(&attr, POOL_FLAG_USE_SELF);
    if (pool == nullptr || thread_pool_start(pool) != EOK)
        return fail("thread_pool");
    return 0;
}
