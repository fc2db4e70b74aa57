// SPDX-License-Identifier: Apache-2.0
// The I/O messages of a character device: read, write, devctl, notify, unblock, close.
#include "char_device.hpp"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <sys/dcmd_chr.h>
#include <sys/neutrino.h>
#include <sys/stat.h>
#include <unistd.h>

namespace io_char {

// The table of functions, as a friend of CharDevice.
struct CharIo {
    static CharDevice& device(RESMGR_OCB_T* ocb)
    {
        return *reinterpret_cast<CharDevice::Node*>(ocb->attr)->device;
    }

    static int read(resmgr_context_t* ctp, io_read_t* msg, RESMGR_OCB_T* ocb);
    static int write(resmgr_context_t* ctp, io_write_t* msg, RESMGR_OCB_T* ocb);
    static int devctl(resmgr_context_t* ctp, io_devctl_t* msg, RESMGR_OCB_T* ocb);
    static int notify(resmgr_context_t* ctp, io_notify_t* msg, RESMGR_OCB_T* ocb);
    static int unblock(resmgr_context_t* ctp, void* msg, RESMGR_OCB_T* ocb);
    static int close_ocb(resmgr_context_t* ctp, void* reserved, RESMGR_OCB_T* ocb);
    static int get(resmgr_context_t* ctp, io_devctl_t* msg, const void* data, size_t n);
    static int terminal_control(CharDevice& dev, int dcmd, const void* data);
    static void set_termios(CharDevice& dev, const void* data);
};

int CharIo::read(resmgr_context_t* ctp, io_read_t* msg, RESMGR_OCB_T* ocb)
{
    int nonblock = 0;
    const int status = iofunc_read_verify(ctp, msg, ocb, &nonblock);
    if (status != EOK) {
        return status;
    }
    if ((msg->i.xtype & _IO_XTYPE_MASK) != _IO_XTYPE_NONE) {
        return ENOSYS;
    }
    CharDevice& dev = device(ocb);
    const size_t wanted = msg->i.nbytes;
    if (wanted == 0) {
        _IO_SET_READ_NBYTES(ctp, 0);
        return _RESMGR_NPARTS(0);
    }
    CharDevice::Waiter w{CharDevice::Wait::read, ctp->rcvid, ocb, wanted, 0, 0};
    if (dev.answer_read(w)) {
        dev.input_drained();
        return _RESMGR_NOREPLY;
    }
    if (nonblock) {
        return EAGAIN;
    }
    dev.waiters_.push_back(w);
    return _RESMGR_NOREPLY;
}

int CharIo::write(resmgr_context_t* ctp, io_write_t* msg, RESMGR_OCB_T* ocb)
{
    int nonblock = 0;
    const int status = iofunc_write_verify(ctp, msg, ocb, &nonblock);
    if (status != EOK) {
        return status;
    }
    if ((msg->i.xtype & _IO_XTYPE_MASK) != _IO_XTYPE_NONE) {
        return ENOSYS;
    }
    CharDevice& dev = device(ocb);
    CharDevice::Waiter w{CharDevice::Wait::write, ctp->rcvid, ocb, msg->i.nbytes, 0, sizeof msg->i};
    // Writers keep their order: nobody overtakes one that waits.
    for (const CharDevice::Waiter& other : dev.waiters_) {
        if (other.kind == CharDevice::Wait::write) {
            if (nonblock) {
                return EAGAIN;
            }
            dev.waiters_.push_back(w);
            return _RESMGR_NOREPLY;
        }
    }
    if (dev.continue_write(w)) {
        return _RESMGR_NOREPLY;
    }
    if (nonblock) {
        if (w.done == 0) {
            return EAGAIN;
        }
        _IO_SET_WRITE_NBYTES(ctp, w.done);
        return _RESMGR_NPARTS(0);
    }
    dev.waiters_.push_back(w);
    return _RESMGR_NOREPLY;
}

int CharIo::get(resmgr_context_t* ctp, io_devctl_t* msg, const void* data, size_t n)
{
    std::memset(&msg->o, 0, sizeof msg->o);
    msg->o.nbytes = static_cast<uint32_t>(n);
    std::memcpy(_DEVCTL_DATA(msg->o), data, n);
    return _RESMGR_PTR(ctp, &msg->o, sizeof msg->o + n);
}

void CharIo::set_termios(CharDevice& dev, const void* data)
{
    termios tio;
    std::memcpy(&tio, data, sizeof tio);
    dev.line_.set(tio);
    dev.apply_settings(tio);
    dev.wake_readers();
}

// The commands that only take a value. EOK, an errno, or ENOSYS for "not one of these".
int CharIo::terminal_control(CharDevice& dev, int dcmd, const void* data)
{
    int value = 0;
    std::memcpy(&value, data, sizeof value);
    switch (static_cast<unsigned>(dcmd)) {
    case static_cast<unsigned>(DCMD_CHR_TCFLUSH):
        if (value == TCIFLUSH || value == TCIOFLUSH) {
            dev.line_.flush_input();
        }
        if (value == TCOFLUSH || value == TCIOFLUSH) {
            dev.line_.flush_output();
        }
        return EOK;
    case static_cast<unsigned>(DCMD_CHR_TCSENDBREAK):
        dev.send_break();
        return EOK;
    case static_cast<unsigned>(DCMD_CHR_TCFLOW):
        if (value == TCOOFF || value == TCOON) {
            dev.line_.stop_output(value == TCOOFF);
            dev.start_output();
        }
        return EOK;
    case static_cast<unsigned>(DCMD_CHR_TCSETPGRP):
        if (value <= 0) {
            return EINVAL;
        }
        dev.foreground_ = value;
        return EOK;
    case static_cast<unsigned>(DCMD_CHR_TCSETSID):
        dev.session_ = value;
        return EOK;
    case static_cast<unsigned>(DCMD_CHR_TCINJECTC):
        dev.line_.receive(static_cast<uint8_t>(*static_cast<const char*>(data)));
        dev.wake_readers();
        return EOK;
    default:
        return ENOSYS;
    }
}

int CharIo::devctl(resmgr_context_t* ctp, io_devctl_t* msg, RESMGR_OCB_T* ocb)
{
    const int status = iofunc_devctl_default(ctp, msg, ocb);
    if (status != _RESMGR_DEFAULT) {
        return status;
    }
    CharDevice& dev = device(ocb);
    const int dcmd = msg->i.dcmd;
    const unsigned size = _DEVCTL_SIZE(dcmd);
    const bool to_device = (get_device_direction(dcmd) & _POSIX_DEVDIR_TO) != 0;
    // Everything a command carries must have arrived, and must fit in the reply.
    if (msg->i.nbytes < size || (to_device && ctp->info.msglen < sizeof msg->i + size) ||
        ctp->msg_max_size < sizeof msg->o + size) {
        return EINVAL;
    }
    const void* data = _DEVCTL_DATA(msg->i);
    const unsigned in = static_cast<unsigned>(dev.line_.available());
    const unsigned out = static_cast<unsigned>(dev.line_.output_pending());
    switch (static_cast<unsigned>(dcmd)) {
    case static_cast<unsigned>(DCMD_CHR_TCGETATTR):
        return get(ctp, msg, &dev.line_.settings(), sizeof(termios));
    case static_cast<unsigned>(DCMD_CHR_TCSETATTRF):
        dev.line_.flush_input();
        [[fallthrough]];
    case static_cast<unsigned>(DCMD_CHR_TCSETATTRD):
    case static_cast<unsigned>(DCMD_CHR_TCSETATTR):
        set_termios(dev, data);
        return EOK;
    case static_cast<unsigned>(DCMD_CHR_TCGETPGRP):
        return get(ctp, msg, &dev.foreground_, sizeof dev.foreground_);
    case static_cast<unsigned>(DCMD_CHR_TCGETSID):
        return get(ctp, msg, &dev.session_, sizeof dev.session_);
    case static_cast<unsigned>(DCMD_CHR_GETSIZE):
        return get(ctp, msg, &dev.size_, sizeof dev.size_);
    case static_cast<unsigned>(DCMD_CHR_SETSIZE):
        std::memcpy(&dev.size_, data, sizeof dev.size_);
        dev.signal_foreground(SIGWINCH);
        return EOK;
    case static_cast<unsigned>(DCMD_CHR_ISCHARS):
        return get(ctp, msg, &in, sizeof in);
    case static_cast<unsigned>(DCMD_CHR_OSCHARS):
        return get(ctp, msg, &out, sizeof out);
    case static_cast<unsigned>(DCMD_CHR_ISATTY):
        return EOK;
    case static_cast<unsigned>(DCMD_CHR_TCDRAIN):
        if (dev.line_.output_empty()) {
            return EOK;
        }
        dev.waiters_.push_back({CharDevice::Wait::drain, ctp->rcvid, ocb, 0, 0, 0});
        return _RESMGR_NOREPLY;
    default:
        return size <= sizeof(int) && to_device ? terminal_control(dev, dcmd, data) : ENOSYS;
    }
}

int CharIo::notify(resmgr_context_t* ctp, io_notify_t* msg, RESMGR_OCB_T* ocb)
{
    CharDevice& dev = device(ocb);
    int trigger = 0;
    if (dev.line_.readable(1)) {
        trigger |= _NOTIFY_COND_INPUT;
    }
    if (dev.line_.writable()) {
        trigger |= _NOTIFY_COND_OUTPUT;
    }
    return iofunc_notify(ctp, msg, dev.node_.notify, trigger, nullptr, nullptr);
}

int CharIo::unblock(resmgr_context_t* ctp, void* msg, RESMGR_OCB_T* ocb)
{
    const int status = iofunc_unblock_default(ctp, msg, ocb);
    if (status != _RESMGR_DEFAULT) {
        return status;
    }
    device(ocb).remove_waiters(ocb, ctp->rcvid, EINTR);
    return _RESMGR_NOREPLY;
}

int CharIo::close_ocb(resmgr_context_t* ctp, void* reserved, RESMGR_OCB_T* ocb)
{
    CharDevice& dev = device(ocb);
    dev.remove_waiters(ocb, 0, EBADF);
    iofunc_notify_remove(ctp, dev.node_.notify);
    return iofunc_close_ocb_default(ctp, reserved, ocb);
}

int CharDevice::attach(dispatch_t* dispatch, const char* path)
{
    static resmgr_connect_funcs_t connect_funcs;
    static resmgr_io_funcs_t io_funcs;
    iofunc_func_init(_RESMGR_CONNECT_NFUNCS, &connect_funcs, _RESMGR_IO_NFUNCS, &io_funcs);
    io_funcs.read = CharIo::read;
    io_funcs.write = CharIo::write;
    io_funcs.devctl = CharIo::devctl;
    io_funcs.notify = CharIo::notify;
    io_funcs.unblock = CharIo::unblock;
    io_funcs.close_ocb = CharIo::close_ocb;
    iofunc_attr_init(&node_.attr, S_IFCHR | 0666, nullptr, nullptr);
    IOFUNC_NOTIFY_INIT(node_.notify);
    node_.device = this;
    resmgr_attr_t attr{};
    attr.nparts_max = 1;
    attr.msg_max_size = 2048;
    if (resmgr_attach(dispatch, &attr, path, _FTYPE_ANY, 0, &connect_funcs, &io_funcs,
                      &node_.attr) == -1) {
        return errno;
    }
    return EOK;
}

} // namespace io_char
