// SPDX-License-Identifier: Apache-2.0
// Path names before anybody is asked about them: the working folder, and making a path absolute.
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include "kstat.h"
#include "lock.h"
#include "sys.h"

static char cwd[SYS_PATH_MAX];
static volatile int cwd_lock[1];

static char root[SYS_PATH_MAX]; /* chroot(): what our own names do not show; "" = not asked for yet, "/" = nothing */
static volatile int root_lock[1];

/* Takes the root away from a name as servers know it. ENOENT when it is outside. */
static long strip_root(char *path)
{
    struct proc_simple message = {.type = PROC_GETCWD, .a = 1};
    LOCK(root_lock);
    if (!root[0] && (msg_send(SYSMGR_COID, &message, sizeof message, root, sizeof root - 1) < 0 || root[0] != '/')) strcpy(root, "/");
    size_t n = root[1] ? strlen(root) : 0;
    long r = strncmp(path, root, n) || (path[n] && path[n] != '/') ? -ENOENT : 0;
    UNLOCK(root_lock);
    if (r >= 0 && n) memmove(path, path + n, strlen(path + n) + 1);
    if (!path[0]) strcpy(path, "/");
    return r;
}

static void load_cwd_locked(void)
{
    if (cwd[0]) return;
    struct proc_simple message = {.type = PROC_GETCWD};
    long r = msg_send(SYSMGR_COID, &message, sizeof message, cwd, sizeof cwd - 1);
    if (r < 0 || cwd[0] != '/') strcpy(cwd, "/");
}

/* Replaces the links in the name of a folder by what they lead to. ENOTDIR when it is none. */
static long make_physical(char out[SYS_PATH_MAX], int depth)
{
    enum { MAX_DEPTH = 4 };
    struct _io_stat message = {.type = _IO_STAT, .combine_len = sizeof message};
    struct _io_stat_data data = {0};
    struct path_request rq = {
        .subtype = _IO_CONNECT_COMBINE_CLOSE,
        .io = &message,
        .io_len = sizeof message,
        .reply = &data,
        .reply_len = sizeof data,
        .physical = 1,
        .depth = (uint8_t)(depth + 1),
    };
    if (depth == MAX_DEPTH) return -ELOOP;
    long r = path_connect(out, &rq);
    return r < 0 ? r : S_ISDIR(data.mode) ? 0 : -ENOTDIR;
}

/* Appends the components of `path` to the absolute path out[0..length), which has no links. Returns the new length or -errno. */
static long append(char *out, size_t length, const char *path, int depth)
{
    if (length == 1) length = 0; /* "/" */
    size_t known = length; /* no links up to here */
    while (*path) {
        while (*path == '/') path++;
        size_t n = 0;
        while (path[n] && path[n] != '/') n++;
        if (n == 2 && path[0] == '.' && path[1] == '.') {
            if (length > known) {
                out[length] = 0;
                long r = make_physical(out, depth);
                if (r < 0) return r;
                length = strlen(out);
                if (length == 1) length = 0;
            }
            while (length && out[--length] != '/') {}
            known = length;
        } else if (n && !(n == 1 && path[0] == '.')) {
            if (length + n + 2 > SYS_PATH_MAX) return -ENAMETOOLONG;
            out[length++] = '/';
            memcpy(out + length, path, n);
            length += n;
        }
        path += n;
    }
    if (!length) out[length++] = '/';
    out[length] = 0;
    return (long)length;
}

static int ends_as_folder(const char *path)
{
    size_t n = strlen(path);
    return path[n - 1] == '/';
}

hidden long path_absolute(int dirfd, const char *path, char out[SYS_PATH_MAX])
{
    if (!path) return -EFAULT;
    if (!*path) return -ENOENT;
    out[0] = '/';
    out[1] = 0;
    long r;
    if (*path == '/') {
        r = append(out, 1, path, 0);
    } else if (dirfd == AT_FDCWD) {
        LOCK(cwd_lock);
        load_cwd_locked();
        strcpy(out, cwd);
        UNLOCK(cwd_lock);
        r = append(out, strlen(out), path, 0);
    } else {
        r = fd_path(dirfd, out);
        if (r >= 0) r = append(out, strlen(out), path, 0);
    }
    if (r < 0) return r;
    return ends_as_folder(path) ? PATH_SLASH : 0;
}

hidden long path_join(const char *base, size_t length, const char *path, char out[SYS_PATH_MAX], int depth)
{
    if (*path == '/' || !length) length = 1, base = "/";
    if (length >= SYS_PATH_MAX) return -ENAMETOOLONG;
    memcpy(out, base, length);
    if (length > 1 && out[length - 1] == '/') length--;
    out[length] = 0;
    return append(out, length, path, depth);
}

hidden long fd_path(int fd, char out[SYS_PATH_MAX])
{
    struct _io_fdinfo message = {.type = _IO_FDINFO, .combine_len = sizeof message, .path_len = SYS_PATH_MAX - 1};
    struct _fdinfo info;
    struct iovec send = {&message, sizeof message};
    struct iovec receive[2] = {{&info, sizeof info}, {out, SYS_PATH_MAX - 1}};
    out[0] = 0;
    out[SYS_PATH_MAX - 1] = 0;
    long r = msg_sendv(fd, &send, 1, receive, 2);
    if (r < 0) return r;
    return out[0] == '/' ? strip_root(out) : -ENOTDIR;
}

hidden long sys_getcwd(char *buf, size_t size)
{
    LOCK(cwd_lock);
    load_cwd_locked();
    size_t n = strlen(cwd) + 1;
    if (n <= size) memcpy(buf, cwd, n);
    UNLOCK(cwd_lock);
    return n <= size ? (long)n : -ERANGE;
}

static long change(const char *path)
{
    size_t n = strlen(path) + 1;
    struct proc_simple message = {.type = PROC_CHDIR, .a = (int64_t)n};
    struct iovec send[2] = {{&message, sizeof message}, {(char *)path, n}};
    LOCK(cwd_lock);
    long r = msg_sendv(SYSMGR_COID, send, 2, 0, 0);
    if (r >= 0) memcpy(cwd, path, n);
    UNLOCK(cwd_lock);
    return r < 0 ? r : 0;
}

hidden long sys_chdir(const char *path)
{
    char full[SYS_PATH_MAX];
    long r = path_absolute(AT_FDCWD, path, full);
    if (r < 0) return r;
    r = make_physical(full, 0);
    return r < 0 ? r : change(full);
}

hidden long sys_chroot(const char *path)
{
    char full[SYS_PATH_MAX];
    long r = path_absolute(AT_FDCWD, path, full);
    if (r < 0) return r;
    r = make_physical(full, 0);
    if (r < 0) return r;
    size_t n = strlen(full) + 1;
    struct proc_simple message = {.type = PROC_CHROOT, .a = (int64_t)n};
    struct iovec send[2] = {{&message, sizeof message}, {full, n}};
    LOCK(cwd_lock);
    LOCK(root_lock);
    r = msg_sendv(SYSMGR_COID, send, 2, 0, 0);
    if (r >= 0) cwd[0] = root[0] = 0;
    UNLOCK(root_lock);
    UNLOCK(cwd_lock);
    return r < 0 ? r : 0;
}

hidden long sys_fchdir(int fd)
{
    char full[SYS_PATH_MAX];
    struct kstat st;
    long r = sys_fstat(fd, &st);
    if (r < 0) return r;
    if (!S_ISDIR(st.st_mode)) return -ENOTDIR;
    r = fd_path(fd, full);
    return r < 0 ? r : change(full);
}
