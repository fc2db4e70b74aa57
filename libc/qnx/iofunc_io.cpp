// SPDX-License-Identifier: Apache-2.0
// Default read, write, lseek, devctl, pathconf, fdinfo, sync: what every file can do.
#include "iofunc.hpp"
#include <string.h>
#include <sys/dcmd_all.h>
#include <unistd.h>

namespace {

constexpr int settable_flags =
    O_APPEND | O_NONBLOCK | O_SYNC | O_DSYNC | O_RSYNC | O_LARGEFILE | O_ASYNC;

// Server form (access bits RD, WR) to what the client gave open().
int open_flags(int ioflag)
{
    int access = ioflag & static_cast<int>(_IO_FLAG_MASK);
    return (ioflag & settable_flags) | (access > 0 ? access - 1 : 0);
}

int reply_int(resmgr_context_t* ctp, io_devctl_t* msg, int value)
{
    memset(&msg->o, 0, sizeof msg->o);
    msg->o.nbytes = sizeof value;
    memcpy(_DEVCTL_DATA(*msg), &value, sizeof value);
    return _RESMGR_PTR(ctp, &msg->o, sizeof msg->o + sizeof value);
}

} // namespace

int iofunc_read_verify(resmgr_context_t*, io_read_t*, IOFUNC_OCB_T* ocb, int* nonblock)
{
    if ((ocb->ioflag & static_cast<int>(_IO_FLAG_RD)) == 0)
        return EBADF;
    if (nonblock != nullptr)
        *nonblock = ocb->ioflag & O_NONBLOCK;
    return EOK;
}

int iofunc_write_verify(resmgr_context_t*, io_write_t*, IOFUNC_OCB_T* ocb, int* nonblock)
{
    if ((ocb->ioflag & static_cast<int>(_IO_FLAG_WR)) == 0)
        return EBADF;
    if (qnx::read_only(ocb->attr))
        return EROFS;
    if (nonblock != nullptr)
        *nonblock = ocb->ioflag & O_NONBLOCK;
    return EOK;
}

int iofunc_space_verify(resmgr_context_t* ctp, io_space_t*, IOFUNC_OCB_T* ocb, int* nonblock)
{
    return iofunc_write_verify(ctp, nullptr, ocb, nonblock);
}

int iofunc_sync_verify(resmgr_context_t*, io_sync_t*, IOFUNC_OCB_T*)
{
    return EOK;
}

int iofunc_read_default(resmgr_context_t* ctp, io_read_t* msg, IOFUNC_OCB_T* ocb)
{
    int err = iofunc_read_verify(ctp, msg, ocb, nullptr);
    if (err != EOK)
        return err;
    _IO_SET_READ_NBYTES(ctp, 0);
    return EOK;
}

int iofunc_write_default(resmgr_context_t* ctp, io_write_t* msg, IOFUNC_OCB_T* ocb)
{
    int err = iofunc_write_verify(ctp, msg, ocb, nullptr);
    if (err != EOK)
        return err;
    _IO_SET_WRITE_NBYTES(ctp, msg->i.nbytes);
    if (msg->i.nbytes > 0)
        ocb->attr->flags |= IOFUNC_ATTR_MTIME | IOFUNC_ATTR_CTIME;
    return EOK;
}

int iofunc_lseek(resmgr_context_t* ctp, io_lseek_t* msg, IOFUNC_OCB_T* ocb, int64_t eof)
{
    if (S_ISFIFO(ocb->attr->mode) || S_ISSOCK(ocb->attr->mode))
        return ESPIPE;
    int64_t base;
    switch (msg->i.whence) {
    case SEEK_SET:
        base = 0;
        break;
    case SEEK_CUR:
        base = ocb->offset;
        break;
    case SEEK_END:
        base = eof;
        break;
    default:
        return EINVAL;
    }
    int64_t target;
    if (__builtin_add_overflow(base, msg->i.offset, &target))
        return EOVERFLOW;
    if (target < 0)
        return EINVAL;
    ocb->offset = target;
    msg->o = target;
    return _RESMGR_PTR(ctp, &msg->o, sizeof msg->o);
}

int iofunc_lseek_default(resmgr_context_t* ctp, io_lseek_t* msg, IOFUNC_OCB_T* ocb)
{
    return iofunc_lseek(ctp, msg, ocb, ocb->attr->nbytes);
}

int iofunc_devctl(resmgr_context_t* ctp, io_devctl_t* msg, IOFUNC_OCB_T* ocb, IOFUNC_ATTR_T* attr)
{
    switch (msg->i.dcmd) {
    case DCMD_ALL_GETFLAGS:
        return reply_int(ctp, msg, open_flags(ocb->ioflag));
    case DCMD_ALL_SETFLAGS: {
        int flags = 0;
        if (msg->i.nbytes < sizeof flags || ctp->size < sizeof msg->i + sizeof flags)
            return EINVAL;
        memcpy(&flags, _DEVCTL_DATA(*msg), sizeof flags);
        ocb->ioflag = (ocb->ioflag & ~settable_flags) | (flags & settable_flags);
        memset(&msg->o, 0, sizeof msg->o);
        return _RESMGR_PTR(ctp, &msg->o, sizeof msg->o);
    }
    case DCMD_ALL_GETMOUNTFLAGS:
        return reply_int(ctp, msg,
                         attr->mount != nullptr ? static_cast<int>(attr->mount->flags) : 0);
    default:
        return _RESMGR_DEFAULT;
    }
}

int iofunc_devctl_default(resmgr_context_t* ctp, io_devctl_t* msg, IOFUNC_OCB_T* ocb)
{
    // _RESMGR_DEFAULT for what it does not know: servers call this first and go on from there.
    return iofunc_devctl(ctp, msg, ocb, ocb->attr);
}

int iofunc_pathconf(resmgr_context_t* ctp, io_pathconf_t* msg, IOFUNC_OCB_T*, IOFUNC_ATTR_T* attr)
{
    long value = -1;
    if (!__path_value(msg->i.name, &value))
        return EINVAL;
    const uint32_t conf = attr->mount != nullptr ? attr->mount->conf : 0;
    switch (attr->mount != nullptr ? msg->i.name : -1) {
    case _PC_CHOWN_RESTRICTED:
        value = (conf & IOFUNC_PC_CHOWN_RESTRICTED) != 0;
        break;
    case _PC_NO_TRUNC:
        value = (conf & IOFUNC_PC_NO_TRUNC) != 0;
        break;
    case _PC_SYNC_IO:
        value = (conf & IOFUNC_PC_SYNC_IO) != 0;
        break;
    default:
        break;
    }
    if (value < 0)
        return EINVAL; // no limit, which a status cannot say: the client's library knows it
    _IO_SET_PATHCONF_VALUE(ctp, value);
    return EOK;
}

int iofunc_pathconf_default(resmgr_context_t* ctp, io_pathconf_t* msg, IOFUNC_OCB_T* ocb)
{
    return iofunc_pathconf(ctp, msg, ocb, ocb->attr);
}

int iofunc_fdinfo(resmgr_context_t*, IOFUNC_OCB_T* ocb, IOFUNC_ATTR_T* attr, struct _fdinfo* info)
{
    memset(info, 0, sizeof *info);
    info->mode = attr->mode;
    info->ioflag = static_cast<uint32_t>(ocb->ioflag);
    info->offset = ocb->offset;
    info->size = attr->nbytes;
    info->flags = attr->flags;
    info->sflag = ocb->sflag;
    info->count = static_cast<uint16_t>(attr->count);
    info->rcount = attr->rcount;
    info->wcount = attr->wcount;
    return EOK;
}

int iofunc_fdinfo_default(resmgr_context_t* ctp, io_fdinfo_t* msg, IOFUNC_OCB_T* ocb)
{
    char path[1024] = "";
    uint32_t room = msg->i.path_len;
    iofunc_fdinfo(ctp, ocb, ocb->attr, &msg->o);
    if (room != 0)
        resmgr_pathname(ctp->id, 0, path, sizeof path);
    size_t length = strlen(path) + 1;
    // The answer is longer than the iov's message; the path goes into the client's buffer first.
    if (room != 0)
        resmgr_msgwrite(ctp, path, length < room ? length : room, sizeof msg->o);
    return _RESMGR_PTR(ctp, &msg->o, sizeof msg->o);
}

int iofunc_sync(resmgr_context_t*, IOFUNC_OCB_T*, int)
{
    return EOK;
}

int iofunc_sync_default(resmgr_context_t* ctp, io_sync_t*, IOFUNC_OCB_T* ocb)
{
    return iofunc_sync(ctp, ocb, 0);
}
