// SPDX-License-Identifier: Apache-2.0
// Changes to names: unlink, rename, mknod and mkdir, links. Each is one connect message of its own kind.
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include "sys.h"

static long name_message(int dirfd, const char *path, struct path_request *rq)
{
    char full[SYS_PATH_MAX];
    long slash = path_absolute(dirfd, path, full);
    if (slash < 0) return slash;
    rq->nofollow = 1;
    if (slash) rq->eflag |= _IO_CONNECT_EFLAG_DIR;
    long r = path_connect(full, rq);
    return r < 0 ? r : 0;
}

hidden long sys_unlink(int dirfd, const char *path, int flags)
{
    struct path_request rq = {.subtype = _IO_CONNECT_UNLINK, .mode = flags & AT_REMOVEDIR ? S_IFDIR : 0};
    char full[SYS_PATH_MAX];
    long r = path_absolute(dirfd, path, full);
    if (r < 0) return r;
    r = name_message(dirfd, path, &rq);
    if (r == 0 || flags & AT_REMOVEDIR) return r;
    /* Perhaps a symbolic link of the process manager's own: nobody else can remove that. */
    size_t n = strlen(full) + 1;
    struct proc_simple message = {.type = PATH_UNLINK, .a = (int64_t)n};
    struct iovec send[2] = {{&message, sizeof message}, {full, n}};
    return msg_sendv(SYSMGR_COID, send, 2, 0, 0) >= 0 ? 0 : r;
}

hidden long sys_rename(int old_dirfd, const char *old_path, int new_dirfd, const char *new_path)
{
    char from[SYS_PATH_MAX], to[SYS_PATH_MAX];
    long r = path_absolute(old_dirfd, old_path, from);
    if (r < 0) return r;
    r = path_absolute(new_dirfd, new_path, to);
    if (r < 0) return r;
    struct path_request rq = {
        .subtype = _IO_CONNECT_RENAME,
        .nofollow = 1,
        .extra_type = _IO_CONNECT_EXTRA_RENAME,
        .extra = from,
        .extra_len = (uint16_t)(strlen(from) + 1),
        .cut_extra = 1, /* the server gets it below its own prefix, as the path */
    };
    r = path_connect(to, &rq);
    return r < 0 ? r : 0;
}

hidden long sys_mknod(int dirfd, const char *path, mode_t mode, dev_t dev)
{
    (void)dev; /* device files are names of their servers here: nothing carries a number */
    if (!(mode & S_IFMT)) mode |= S_IFREG;
    struct path_request rq = {.subtype = _IO_CONNECT_MKNOD, .mode = mode & ~current_umask()};
    if (S_ISDIR(mode)) rq.eflag = _IO_CONNECT_EFLAG_DIR;
    return name_message(dirfd, path, &rq);
}

hidden long sys_link(int old_dirfd, const char *old_path, int new_dirfd, const char *new_path, int flags)
{
    char full[SYS_PATH_MAX];
    struct nto_server_info info;
    long r = path_absolute(old_dirfd, old_path, full);
    if (r < 0) return r;
    struct path_request open_old = {.subtype = _IO_CONNECT_OPEN, .nofollow = !(flags & AT_SYMLINK_FOLLOW), .coid_flags = NTO_COF_CLOEXEC};
    long fd = path_connect(full, &open_old); /* an ocb without access: only to name the file */
    if (fd < 0) return fd;
    r = __kercall3(KER_CONNECT_SERVER_INFO, 0, fd, (long)&info);
    if (r >= 0) {
        int32_t coid = (int32_t)fd;
        struct path_request rq = {
            .subtype = _IO_CONNECT_LINK,
            .extra_type = _IO_CONNECT_EXTRA_LINK,
            .extra = &coid,
            .extra_len = sizeof coid,
            .only_pid = info.pid,
        };
        r = name_message(new_dirfd, new_path, &rq);
        if (r == -ENOENT && info.pid == SYSMGR_PID) r = -EXDEV;
    }
    sys_close((int)fd);
    return r;
}

hidden long sys_symlink(const char *text, int dirfd, const char *path)
{
    size_t n = strlen(text) + 1;
    if (n == 1) return -ENOENT;
    if (n > SYS_PATH_MAX) return -ENAMETOOLONG;
    struct path_request rq = {
        .subtype = _IO_CONNECT_LINK,
        .mode = S_IFLNK | 0777,
        .extra_type = _IO_CONNECT_EXTRA_SYMLINK,
        .extra = text,
        .extra_len = (uint16_t)n,
    };
    return name_message(dirfd, path, &rq);
}

hidden long sys_readlink(int dirfd, const char *path, char *buf, size_t size)
{
    char full[SYS_PATH_MAX];
    struct {
        struct _io_connect_link_reply head;
        char text[SYS_PATH_MAX];
    } reply = {0};
    struct path_request rq = {
        .subtype = _IO_CONNECT_READLINK,
        .nofollow = 1,
        .mode = S_IFLNK,
        .reply = &reply,
        .reply_len = sizeof reply,
    };
    if (!size) return -EINVAL;
    long r = path_absolute(dirfd, path, full);
    if (r < 0) return r;
    r = path_connect(full, &rq);
    if (r < 0) return r;
    size_t n = reply.head.path_len;
    if (!n || n > sizeof reply.text) return -EIO;
    n = strnlen(reply.text, n);
    if (n > size) n = size;
    memcpy(buf, reply.text, n);
    return (long)n;
}
