// SPDX-License-Identifier: Apache-2.0
// File descriptors, which are connection ids: open, close, duplicates, their flags, pipes.
#include <fcntl.h>
#include <sys/filio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/dcmd_all.h>
#include <abi/pipe.h>
#include "kstat.h"
#include "sys.h"

static uint32_t ioflag_of(int flags)
{
    return ((uint32_t)flags & ~7u) | (((uint32_t)flags + 1) & _IO_FLAG_MASK);
}

hidden long sys_openat(int dirfd, const char *path, int flags, mode_t mode)
{
    char full[SYS_PATH_MAX];
    long slash = path_absolute(dirfd, path, full);
    if (slash < 0) return slash;
    struct path_request rq = {
        .subtype = _IO_CONNECT_OPEN,
        .nofollow = (flags & O_NOFOLLOW) != 0,
        .eflag = slash || (flags & O_DIRECTORY) ? _IO_CONNECT_EFLAG_DIR : 0,
        .ioflag = ioflag_of(flags),
        .coid_flags = flags & O_CLOEXEC ? NTO_COF_CLOEXEC : 0,
    };
    if (flags & O_CREAT) rq.mode = S_IFREG | (mode & 07777 & ~current_umask());
    long fd = path_connect(full, &rq);
    if (fd >= 0 && (flags & O_DIRECTORY)) {
        struct kstat st;
        long r = sys_fstat((int)fd, &st);
        if (r >= 0 && !S_ISDIR(st.st_mode)) r = -ENOTDIR;
        if (r < 0) {
            sys_close((int)fd);
            return r;
        }
    }
    return fd;
}

hidden long sys_close(int fd)
{
    struct _io_close message = {.type = _IO_CLOSE, .combine_len = sizeof message};
    struct nto_server_info info;
    long r = __kercall3(KER_CONNECT_SERVER_INFO, 0, fd, (long)&info);
    if (r != fd) return -EBADF;
    msg_send(fd, &message, sizeof message, 0, 0); /* what the server says cannot keep the descriptor open */
    r = __kercall1(KER_CONNECT_DETACH, fd);
    return r < 0 ? r : 0;
}

/* A second descriptor for the same open file: at or above at_least, or exactly there. */
hidden long sys_dup(int fd, int at_least, int exact, int coid_flags)
{
    struct nto_server_info info;
    if (at_least < 0) return -EINVAL;
    long r = __kercall3(KER_CONNECT_SERVER_INFO, 0, fd, (long)&info);
    if (r != fd || fd < 0) return -EBADF;
    long copy = __kercall5(KER_CONNECT_ATTACH, info.nd, info.pid, info.chid, at_least, coid_flags);
    if (copy < 0) return copy;
    struct _io_dup message = {
        .type = _IO_DUP,
        .combine_len = sizeof message,
        .nd = 0,
        .pid = (int32_t)sys_getpid(),
        .chid = info.chid,
        .scoid = info.scoid,
        .coid = fd,
    };
    r = exact && copy != at_least ? -EBUSY : msg_send((int)copy, &message, sizeof message, 0, 0);
    if (r >= 0) return copy;
    __kercall1(KER_CONNECT_DETACH, copy);
    return r;
}

hidden long sys_dup3(int fd, int to, int flags)
{
    struct nto_server_info info;
    if (to < 0 || to >= NTO_SIDE_CHANNEL) return -EBADF;
    if (__kercall3(KER_CONNECT_SERVER_INFO, 0, fd, (long)&info) != fd) return -EBADF;
    if (fd == to) return fd;
    for (int tries = 0; tries < 8; tries++) { /* another thread may take the number between close and attach */
        sys_close(to);
        long r = sys_dup(fd, to, 1, flags & O_CLOEXEC ? NTO_COF_CLOEXEC : 0);
        if (r != -EBUSY) return r;
    }
    return -EBUSY;
}

/* Record locks are the server's; F_GETLK's answer has the same fields. */
static long record_lock(int fd, int cmd, struct flock *lock)
{
    struct _io_lock message = {
        .type = _IO_LOCK,
        .combine_len = sizeof message,
        .cmd = cmd,
        .l_type = lock->l_type,
        .l_whence = lock->l_whence,
        .start = lock->l_start,
        .len = lock->l_len,
    };
    struct _io_lock_reply reply = {.l_type = lock->l_type, .l_whence = lock->l_whence, .start = lock->l_start, .len = lock->l_len};
    long r = msg_send(fd, &message, sizeof message, &reply, cmd == F_GETLK ? sizeof reply : 0);
    if (r < 0 || cmd != F_GETLK) return r;
    *lock = (struct flock){reply.l_type, reply.l_whence, reply.start, reply.len, reply.pid};
    return 0;
}

hidden long sys_flock(int fd, int op)
{
    int type = op & ~LOCK_NB;
    if (type != LOCK_SH && type != LOCK_EX && type != LOCK_UN) return -EINVAL;
    struct flock whole = {.l_type = type == LOCK_SH ? F_RDLCK : type == LOCK_EX ? F_WRLCK : F_UNLCK};
    return record_lock(fd, op & LOCK_NB ? _IO_LOCK_FLOCK : _IO_LOCK_FLOCKW, &whole);
}

hidden long sys_fcntl(int fd, int cmd, long arg)
{
    long r;
    int flags;
    switch (cmd) {
    case F_DUPFD:
        return sys_dup(fd, (int)arg, 0, 0);
    case F_DUPFD_CLOEXEC:
        return sys_dup(fd, (int)arg, 0, NTO_COF_CLOEXEC);
    case F_GETFD:
        r = __kercall4(KER_CONNECT_FLAGS, 0, fd, 0, 0);
        return r < 0 ? r : r & NTO_COF_CLOEXEC ? FD_CLOEXEC : 0;
    case F_SETFD:
        r = __kercall4(KER_CONNECT_FLAGS, 0, fd, NTO_COF_CLOEXEC, arg & FD_CLOEXEC ? NTO_COF_CLOEXEC : 0);
        return r < 0 ? r : 0;
    case F_GETFL:
        flags = 0;
        r = sys_devctl(fd, DCMD_ALL_GETFLAGS, &flags, sizeof flags, 0);
        return r < 0 ? r : flags;
    case F_SETFL:
        flags = (int)(arg & ~(long)O_LARGEFILE);
        return sys_devctl(fd, DCMD_ALL_SETFLAGS, &flags, sizeof flags, 0);
    case F_SETLK:
    case F_SETLKW:
    case F_GETLK:
        return record_lock(fd, cmd, (void *)arg);
    case F_SETOWN: /* who gets SIGIO */
        flags = (int)arg;
        return sys_devctl(fd, FIOSETOWN, &flags, sizeof flags, 0);
    case F_GETOWN:
        flags = 0;
        r = sys_devctl(fd, FIOGETOWN, &flags, sizeof flags, 0);
        return r < 0 ? r : flags;
    default:
        return -EINVAL;
    }
}

hidden long sys_pipe(int fd[2], int flags)
{
    struct nto_server_info info;
    int coid_flags = flags & O_CLOEXEC ? NTO_COF_CLOEXEC : 0;
    long in = sys_openat(AT_FDCWD, ABI_PIPE_PATH, O_RDONLY | (flags & (O_CLOEXEC | O_NONBLOCK)), 0);
    if (in < 0) return in;
    long out = __kercall3(KER_CONNECT_SERVER_INFO, 0, in, (long)&info);
    if (out >= 0) out = __kercall5(KER_CONNECT_ATTACH, info.nd, info.pid, info.chid, 0, coid_flags);
    if (out >= 0) {
        struct _io_openfd message = {
            .type = _IO_OPENFD,
            .combine_len = sizeof message,
            .ioflag = _IO_FLAG_WR | ((uint32_t)flags & O_NONBLOCK),
            .key = (uint32_t)in,
        };
        long r = msg_send((int)out, &message, sizeof message, 0, 0);
        if (r >= 0) {
            fd[0] = (int)in;
            fd[1] = (int)out;
            return 0;
        }
        __kercall1(KER_CONNECT_DETACH, out);
        out = r;
    }
    sys_close((int)in);
    return out;
}
