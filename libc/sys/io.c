// SPDX-License-Identifier: Apache-2.0
// Reading, writing and positioning on a descriptor.
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <unistd.h>
#include "sys.h"

struct read_message {
    struct _io_read head;
    struct _xtype_offset at;
};

/* Header and data in one iov array; the caller's parts are copied behind the header's. Returns the total of the data, or -errno. */
static int64_t gather(struct iovec *parts, const struct iovec *iov, int count)
{
    int64_t total = 0;
    for (int i = 0; i < count; i++) {
        if (iov[i].iov_len > (size_t)(INT64_MAX - total)) return -EINVAL;
        total += (int64_t)iov[i].iov_len;
        parts[i] = iov[i];
    }
    return total;
}

hidden long sys_readv(int fd, const struct iovec *iov, int count, int64_t offset, int at_offset)
{
    if (count < 0 || count > IOV_MAX || (at_offset && offset < 0)) return -EINVAL;
    struct iovec receive[count + 1];
    int64_t total = gather(receive, iov, count);
    if (total < 0) return total;
    struct read_message message = {
        .head = {.type = _IO_READ, .combine_len = sizeof message.head, .nbytes = (uint64_t)total},
        .at = {offset},
    };
    if (at_offset) message.head.xtype = _IO_XTYPE_OFFSET;
    struct iovec send = {&message, at_offset ? sizeof message : sizeof message.head};
    return msg_sendv(fd, &send, 1, receive, count);
}

hidden long sys_writev(int fd, const struct iovec *iov, int count, int64_t offset, int at_offset)
{
    if (count < 0 || count > IOV_MAX || (at_offset && offset < 0)) return -EINVAL;
    struct iovec send[count + 1];
    int64_t total = gather(send + 1, iov, count);
    if (total < 0) return total;
    struct {
        struct _io_write head;
        struct _xtype_offset at;
    } message = {
        .head = {.type = _IO_WRITE, .combine_len = sizeof message.head, .nbytes = (uint64_t)total},
        .at = {offset},
    };
    if (at_offset) message.head.xtype = _IO_XTYPE_OFFSET;
    send[0] = (struct iovec){&message, at_offset ? sizeof message : sizeof message.head};
    long r = msg_sendv(fd, send, count + 1, 0, 0);
    if (r == -EPIPE) sys_kill(0, (pid_t)__kercall0(KER_THREAD_SELF), SIGPIPE, SI_USER, 0);
    return r;
}

hidden long sys_lseek(int fd, int64_t offset, int whence)
{
    struct _io_lseek message = {.type = _IO_LSEEK, .combine_len = sizeof message, .whence = (int16_t)whence, .offset = offset};
    int64_t result = 0;
    long r = msg_send(fd, &message, sizeof message, &result, sizeof result);
    return r < 0 ? r == -ENOSYS ? -ESPIPE : r : result;
}

hidden long sys_ftruncate(int fd, int64_t length)
{
    if (length < 0) return -EINVAL;
    struct _io_space message = {.type = _IO_SPACE, .combine_len = sizeof message, .subtype = F_FREESP, .whence = SEEK_SET, .start = length};
    long r = msg_send(fd, &message, sizeof message, 0, 0);
    return r < 0 ? r : 0;
}

hidden long sys_allocate(int fd, int64_t offset, int64_t length)
{
    if (offset < 0 || length <= 0) return -EINVAL;
    struct _io_space message = {
        .type = _IO_SPACE, .combine_len = sizeof message, .subtype = F_ALLOCSP, .whence = SEEK_SET, .start = offset, .len = length};
    long r = msg_send(fd, &message, sizeof message, 0, 0);
    return r < 0 ? r : 0;
}

hidden long sys_truncate(const char *path, int64_t length)
{
    long fd = sys_openat(AT_FDCWD, path, O_WRONLY | O_CLOEXEC, 0);
    if (fd < 0) return fd;
    long r = sys_ftruncate((int)fd, length);
    sys_close((int)fd);
    return r;
}

hidden long sys_fsync(int fd)
{
    struct _io_sync message = {.type = _IO_SYNC, .combine_len = sizeof message};
    long r = msg_send(fd, &message, sizeof message, 0, 0);
    return r == -ENOSYS ? -EINVAL : r < 0 ? r : 0;
}
