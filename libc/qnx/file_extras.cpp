// SPDX-License-Identifier: Apache-2.0
// File functions of QNX's C library beside POSIX': sharing opens, whole blocks, readcond(), statvfs().
#include "result.hpp"

#include <abi/proc_msg.h>
#include <fcntl.h>
#include <share.h>
#include <stdarg.h>
#include <sys/dcmd_blk.h>
#include <sys/iomsg.h>
#include <sys/neutrino.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmgr.h>
#include <unistd.h>
#include <unix.h>

namespace {

uint32_t wire_flags(int oflag)
{
    const auto flags = static_cast<uint32_t>(oflag);
    return (flags & ~7u) | ((flags + 1) & _IO_FLAG_MASK);
}

// Another open of the file behind fd, with flags of its own.
int open_again(int fd, int oflag, int sflag)
{
    struct _server_info info = {};
    if (ConnectServerInfo_r(0, fd, &info) != fd)
        return -EBADF;
    const unsigned flags = (oflag & O_CLOEXEC) != 0 ? static_cast<unsigned>(_NTO_COF_CLOEXEC) : 0u;
    const int coid = ConnectAttach_r(info.nd, info.pid, info.chid, 0, flags);
    if (coid < 0)
        return coid;
    struct _io_openfd message = {};
    message.type = _IO_OPENFD;
    message.combine_len = sizeof message;
    message.ioflag = wire_flags(oflag);
    message.sflag = static_cast<uint16_t>(sflag);
    message.key = static_cast<uint32_t>(fd);
    const int error = static_cast<int>(MsgSend_r(coid, &message, sizeof message, nullptr, 0));
    if (error >= 0)
        return coid;
    ConnectDetach_r(coid);
    return error;
}

// Reads or writes `count` blocks from the block's number on, going on after a part: the whole blocks done, or -1 when nothing was.
template <class Transfer>
int whole_blocks(size_t size, unsigned block, int count, Transfer&& transfer)
{
    size_t bytes, start, done = 0;
    if (count < 0 || __builtin_mul_overflow(size, static_cast<size_t>(count), &bytes) ||
        __builtin_mul_overflow(size, block, &start))
        return qnx::errno_of(-EINVAL);
    while (done < bytes) {
        const ssize_t n = transfer(done, bytes - done, static_cast<off_t>(start + done));
        if (n < 0 && done == 0)
            return -1;
        if (n <= 0)
            break;
        done += static_cast<size_t>(n);
    }
    return size == 0 ? 0 : static_cast<int>(done / size);
}

} // namespace

int openfd(int fd, int oflag)
{
    return qnx::errno_of(open_again(fd, oflag, SH_DENYNO));
}

int sopenfd(int fd, int oflag, int sflag)
{
    return qnx::errno_of(open_again(fd, oflag, sflag));
}

int sopen(const char* path, int oflag, int sflag, ...)
{
    va_list arguments;
    va_start(arguments, sflag);
    const mode_t mode = (oflag & O_CREAT) != 0 ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    if ((sflag & ~SH_MASK) != 0)
        return qnx::errno_of(-EINVAL);
    return open(path, oflag, mode); // no server of ours refuses a second open
}

off_t tell(int fd)
{
    return lseek(fd, 0, SEEK_CUR);
}

int chsize(int fd, off_t size)
{
    return ftruncate(fd, size);
}

int eof(int fd)
{
    const off_t at = tell(fd);
    struct stat stat = {};
    return at == -1 || fstat(fd, &stat) == -1 ? -1 : at >= stat.st_size;
}

int readblock(int fd, size_t size, unsigned block, int count, void* buffer)
{
    return whole_blocks(size, block, count, [&](size_t at, size_t left, off_t where) {
        return pread(fd, static_cast<char*>(buffer) + at, left, where);
    });
}

int writeblock(int fd, size_t size, unsigned block, int count, const void* buffer)
{
    return whole_blocks(size, block, count, [&](size_t at, size_t left, off_t where) {
        return pwrite(fd, static_cast<const char*>(buffer) + at, left, where);
    });
}

int readcond(int fd, void* buffer, int bytes, int minimum, int time, int timeout)
{
    if (bytes < 0)
        return qnx::errno_of(-EINVAL);
    struct {
        struct _io_read read;
        struct _xtype_readcond condition;
    } message = {};
    message.read.type = _IO_READ;
    message.read.combine_len = sizeof message;
    message.read.nbytes = static_cast<uint64_t>(bytes);
    message.read.xtype = _IO_XTYPE_READCOND;
    message.condition = {minimum, time, timeout, 0};
    return static_cast<int>(
        MsgSend(fd, &message, sizeof message, buffer, static_cast<size_t>(bytes)));
}

int posix_devctl(int fd, int command, void* __restrict data, size_t bytes, int* __restrict info)
{
    return devctl(fd, command, data, bytes, info);
}

int fstatvfs(int fd, struct statvfs* out)
{
    struct abi_fsinfo info = {};
    const int error = devctl(fd, DCMD_FSYS_STATVFS, &info, sizeof info, nullptr);
    if (error != EOK)
        return qnx::errno_of(error == ENOTTY ? -ENOSYS : -error);
    *out = {};
    out->f_bsize = info.bsize;
    out->f_frsize = info.frsize;
    out->f_blocks = info.blocks;
    out->f_bfree = info.bfree;
    out->f_bavail = info.bavail;
    out->f_files = info.files;
    out->f_ffree = info.ffree;
    out->f_favail = info.favail;
    out->f_fsid = info.fsid;
    out->f_flag = info.flag;
    out->f_namemax = info.namemax;
    return 0;
}

int statvfs(const char* __restrict path, struct statvfs* __restrict out)
{
    const int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd == -1)
        return -1;
    const int result = fstatvfs(fd, out);
    const int error = errno;
    close(fd);
    errno = error;
    return result;
}

int sysmgr_reboot()
{
    struct proc_simple message = {};
    message.type = PROC_REBOOT;
    message.a = 1; // start again
    return qnx::errno_of(
        static_cast<int>(MsgSend_r(SYSMGR_COID, &message, sizeof message, nullptr, 0)));
}

unsigned delay(unsigned milliseconds)
{
    const struct timespec time = {static_cast<time_t>(milliseconds / 1000),
                                  static_cast<long>(milliseconds % 1000) * 1000000};
    struct timespec left = {};
    return nanosleep(&time, &left) == 0
               ? 0
               : static_cast<unsigned>(left.tv_sec * 1000 + left.tv_nsec / 1000000);
}
