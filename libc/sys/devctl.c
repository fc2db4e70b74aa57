// SPDX-License-Identifier: Apache-2.0
// Device control: devctl() and ioctl(), the same message.
#include <devctl.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/dcmd_all.h>
#include <sys/dcmd_chr.h>
#include <sys/ioctl.h>
#include <termios.h>
#include "sys.h"

static long exchange(int fd, int dcmd, const struct iovec *data_out, int out_parts, const struct iovec *data_in, int in_parts,
                     size_t bytes, int *info)
{
    enum { max_parts = 16 };
    if (bytes > UINT32_MAX || out_parts >= max_parts || in_parts >= max_parts) return -EINVAL;
    struct _io_devctl message = {.type = _IO_DEVCTL, .combine_len = sizeof message, .dcmd = dcmd, .nbytes = (uint32_t)bytes};
    struct _io_devctl_reply reply = {0};
    struct iovec send[max_parts] = {{&message, sizeof message}}, receive[max_parts] = {{&reply, sizeof reply}};
    for (int i = 0; i < out_parts; i++) send[i + 1] = data_out[i];
    for (int i = 0; i < in_parts; i++) receive[i + 1] = data_in[i];
    long r = msg_sendv(fd, send, out_parts + 1, receive, in_parts + 1);
    if (info) *info = reply.ret_val;
    return r < 0 ? r : 0;
}

hidden long sys_devctl(int fd, int dcmd, void *data, size_t bytes, int *info)
{
    struct iovec part = {data, bytes};
    unsigned direction = get_device_direction(dcmd);
    return exchange(fd, dcmd, &part, data && direction & _POSIX_DEVDIR_TO ? 1 : 0, &part, data && direction & _POSIX_DEVDIR_FROM ? 1 : 0,
                    bytes, info);
}

/* Gives the error number itself, not -1: QNX's rule. */
int devctl(int fd, int dcmd, void *data, size_t bytes, int *info)
{
    return (int)-sys_devctl(fd, dcmd, data, bytes, info);
}

int devctlv(int fd, int dcmd, int sparts, int rparts, const struct iovec *sv, const struct iovec *rv, int *info)
{
    if (sparts < 0 || rparts < 0) return EINVAL;
    size_t sent = 0, received = 0;
    for (int i = 0; i < sparts; i++) sent += sv[i].iov_len;
    for (int i = 0; i < rparts; i++) received += rv[i].iov_len;
    return (int)-exchange(fd, dcmd, sv, sparts, rv, rparts, sent > received ? sent : received, info);
}

static long set_nonblock(int fd, int on)
{
    long flags = sys_fcntl(fd, F_GETFL, 0);
    if (flags < 0) return flags;
    return sys_fcntl(fd, F_SETFL, on ? flags | O_NONBLOCK : flags & ~(long)O_NONBLOCK);
}

/* A terminal that has no size still is one: musl asks this to choose line buffering. */
static long window_size(int fd, struct winsize *size)
{
    long r = sys_devctl(fd, DCMD_CHR_GETSIZE, size, sizeof *size, 0);
    if (r >= 0) return 0;
    struct termios attributes;
    if (sys_devctl(fd, DCMD_CHR_TCGETATTR, &attributes, sizeof attributes, 0) < 0) return -ENOTTY;
    *size = (struct winsize){0};
    return 0;
}

/* qnx/ioctl_lists.cpp: requests whose structure points to a buffer */
hidden long ioctl_with_list(int fd, int request, void *arg, int *handled);

hidden long sys_ioctl(int fd, int request, void *arg)
{
    switch ((unsigned)request) {
    case (unsigned)FIOCLEX:
    case (unsigned)FIONCLEX:
        return sys_fcntl(fd, F_SETFD, (unsigned)request == (unsigned)FIOCLEX ? FD_CLOEXEC : 0);
    case (unsigned)FIONBIO:
        return set_nonblock(fd, *(int *)arg);
    case (unsigned)TIOCGWINSZ:
        return window_size(fd, arg);
    case (unsigned)TIOCSWINSZ:
        return sys_devctl(fd, DCMD_CHR_SETSIZE, arg, sizeof(struct winsize), 0);
    }
    int handled = 0, value = 0;
    long r = ioctl_with_list(fd, request, arg, &handled);
    if (handled) return r;
    r = sys_devctl(fd, request, arg, IOCPARM_LEN(request), &value);
    return r < 0 ? r == -ENOSYS ? -ENOTTY : r : value;
}

int ioctl(int fd, int request, ...)
{
    va_list ap;
    va_start(ap, request);
    void *arg = va_arg(ap, void *);
    va_end(ap);
    return (int)__syscall_ret((unsigned long)sys_ioctl(fd, request, arg));
}
