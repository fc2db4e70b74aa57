// SPDX-License-Identifier: Apache-2.0
// File status and attributes: by descriptor one I/O message, by path one combined connect message (no open and close around it).
#include <fcntl.h>
#include <time.h>
#include <sys/stat.h>
#include <unistd.h>
#include "kstat.h"
#include "sys.h"

static void fill(struct kstat *st, const struct _io_stat_data *d)
{
    *st = (struct kstat){
        .st_dev = d->dev,
        .st_ino = d->ino,
        .st_nlink = d->nlink,
        .st_mode = d->mode,
        .st_uid = d->uid,
        .st_gid = d->gid,
        .st_rdev = d->rdev,
        .st_size = d->size,
        .st_blksize = d->blksize ? d->blksize : 4096,
        .st_blocks = d->blocks512,
        .st_atime_sec = d->atime,
        .st_atime_nsec = d->atime_ns,
        .st_mtime_sec = d->mtime,
        .st_mtime_nsec = d->mtime_ns,
        .st_ctime_sec = d->ctime,
        .st_ctime_nsec = d->ctime_ns,
    };
}

hidden long sys_ask_path(int dirfd, const char *path, int nofollow, const void *io, size_t io_len, void *reply, size_t reply_len)
{
    char full[SYS_PATH_MAX];
    long slash = path_absolute(dirfd, path, full);
    if (slash < 0) return slash;
    struct path_request rq = {
        .subtype = _IO_CONNECT_COMBINE_CLOSE,
        .nofollow = (uint8_t)nofollow,
        .mode = nofollow ? S_IFLNK : 0,
        .eflag = slash ? _IO_CONNECT_EFLAG_DIR : 0,
        .io = io,
        .io_len = (uint16_t)io_len,
        .reply = reply,
        .reply_len = reply_len,
    };
    return path_connect(full, &rq);
}

static long at_path(int dirfd, const char *path, int nofollow, const void *io, size_t io_len, void *reply, size_t reply_len)
{
    long r = sys_ask_path(dirfd, path, nofollow, io, io_len, reply, reply_len);
    return r < 0 ? r : 0;
}

hidden long sys_fstat(int fd, struct kstat *st)
{
    struct _io_stat message = {.type = _IO_STAT, .combine_len = sizeof message};
    struct _io_stat_data data = {0};
    long r = msg_send(fd, &message, sizeof message, &data, sizeof data);
    if (r < 0) return r;
    fill(st, &data);
    return 0;
}

hidden long sys_stat(int dirfd, const char *path, struct kstat *st, int flags)
{
    struct _io_stat message = {.type = _IO_STAT, .combine_len = sizeof message};
    struct _io_stat_data data = {0};
    if (!path) return -EFAULT;
    if (!*path && flags & AT_EMPTY_PATH) return sys_fstat(dirfd, st);
    long r = at_path(dirfd, path, (flags & AT_SYMLINK_NOFOLLOW) != 0, &message, sizeof message, &data, sizeof data);
    if (r < 0) return r;
    fill(st, &data);
    return 0;
}

static int in_groups(const struct nto_cred *cred, gid_t gid, int effective)
{
    if ((effective ? cred->egid : cred->rgid) == (int32_t)gid) return 1;
    for (uint32_t i = 0; i < cred->ngroups && i < 16; i++)
        if (cred->grouplist[i] == (int32_t)gid) return 1;
    return 0;
}

/* Decided here from the status and our ids: servers have no message of their own for it. */
hidden long sys_access(int dirfd, const char *path, int mode, int flags)
{
    struct kstat st;
    struct proc_ids ids;
    if (mode & ~(R_OK | W_OK | X_OK)) return -EINVAL;
    long r = sys_stat(dirfd, path, &st, 0);
    if (r < 0 || mode == F_OK) return r;
    r = proc_ids(0, &ids);
    if (r < 0) return r;
    int effective = flags & AT_EACCESS;
    int uid = effective ? ids.cred.euid : ids.cred.ruid;
    mode_t bits = st.st_mode & 7;
    if (uid == (int32_t)st.st_uid) bits = st.st_mode >> 6 & 7;
    else if (in_groups(&ids.cred, st.st_gid, effective)) bits = st.st_mode >> 3 & 7;
    if (uid == 0) bits = R_OK | W_OK | (S_ISDIR(st.st_mode) || st.st_mode & 0111 ? X_OK : 0);
    return ((mode_t)mode & ~bits) ? -EACCES : 0;
}

hidden long sys_chmod(int dirfd, const char *path, mode_t mode, int flags)
{
    struct _io_chmod message = {.type = _IO_CHMOD, .combine_len = sizeof message, .mode = mode & 07777};
    return at_path(dirfd, path, (flags & AT_SYMLINK_NOFOLLOW) != 0, &message, sizeof message, 0, 0);
}

hidden long sys_fchmod(int fd, mode_t mode)
{
    struct _io_chmod message = {.type = _IO_CHMOD, .combine_len = sizeof message, .mode = mode & 07777};
    long r = msg_send(fd, &message, sizeof message, 0, 0);
    return r < 0 ? r : 0;
}

hidden long sys_chown(int dirfd, const char *path, uid_t uid, gid_t gid, int flags)
{
    struct _io_chown message = {.type = _IO_CHOWN, .combine_len = sizeof message, .uid = (int32_t)uid, .gid = (int32_t)gid};
    return at_path(dirfd, path, (flags & AT_SYMLINK_NOFOLLOW) != 0, &message, sizeof message, 0, 0);
}

hidden long sys_fchown(int fd, uid_t uid, gid_t gid)
{
    struct _io_chown message = {.type = _IO_CHOWN, .combine_len = sizeof message, .uid = (int32_t)uid, .gid = (int32_t)gid};
    long r = msg_send(fd, &message, sizeof message, 0, 0);
    return r < 0 ? r : 0;
}

/* The message carries whole seconds; "now" is the server's clock, and UTIME_OMIT keeps what stat says. */
hidden long sys_utimens(int dirfd, const char *path, const struct timespec times[2], int flags)
{
    struct _io_utime message = {.type = _IO_UTIME, .combine_len = sizeof message};
    int both_now = !times || (times[0].tv_nsec == UTIME_NOW && times[1].tv_nsec == UTIME_NOW);
    int nofollow = (flags & AT_SYMLINK_NOFOLLOW) != 0;
    if (both_now) {
        message.cur_flag = 1;
    } else {
        int64_t value[2];
        struct kstat st = {0};
        struct timespec now;
        long r = path ? sys_stat(dirfd, path, &st, flags) : sys_fstat(dirfd, &st);
        if (r < 0) return r;
        sys_clock_gettime(CLOCK_REALTIME, &now);
        for (int i = 0; i < 2; i++) {
            value[i] = times[i].tv_sec;
            if (times[i].tv_nsec == UTIME_NOW) value[i] = now.tv_sec;
            if (times[i].tv_nsec == UTIME_OMIT) value[i] = i ? st.st_mtime_sec : st.st_atime_sec;
        }
        message.actime = value[0];
        message.modtime = value[1];
    }
    if (path) return at_path(dirfd, path, nofollow, &message, sizeof message, 0, 0);
    long r = msg_send(dirfd, &message, sizeof message, 0, 0);
    return r < 0 ? r : 0;
}

static volatile int umask_known;
static mode_t umask_value;

hidden mode_t current_umask(void)
{
    if (!umask_known) {
        struct proc_ids ids;
        umask_value = proc_ids(0, &ids) < 0 ? 022 : ids.umask & 0777;
        umask_known = 1;
    }
    return umask_value;
}

hidden long sys_umask(mode_t mask)
{
    long old = proc_simple(PROC_UMASK, mask & 0777, 0, 0, 0, 0, 0);
    umask_value = mask & 0777;
    umask_known = 1;
    return old;
}
