// SPDX-License-Identifier: Apache-2.0
// Reading folders. A folder that several servers have is read as one: each server's names in turn, those seen before left out.
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "lock.h"
#include "sys.h"

enum { MAX_MEMBERS = 16, BUFFER = 4096 };

struct __dirstream {
    long tell; /* of one server: its offset; of several: how many names were given */
    int members[MAX_MEMBERS];
    int count, at;
    int buf_pos, buf_end;
    volatile int lock[1];
    char *seen; /* names, each with its NUL */
    size_t seen_used, seen_room;
    _Alignas(16) char buf[BUFFER];
};

static DIR *stream(const int *members, int count)
{
    DIR *dir = calloc(1, sizeof *dir);
    if (!dir) return 0;
    memcpy(dir->members, members, (size_t)count * sizeof *members);
    dir->count = count;
    return dir;
}

static void close_members(const int *members, int count)
{
    while (count) sys_close(members[--count]);
}

static long open_members(char *full, int members[MAX_MEMBERS])
{
    struct path_request rq = {
        .subtype = _IO_CONNECT_OPEN,
        .eflag = _IO_CONNECT_EFLAG_DIR,
        .ioflag = O_DIRECTORY | _IO_FLAG_RD,
        .coid_flags = NTO_COF_CLOEXEC,
        .members = members,
        .max_members = MAX_MEMBERS,
    };
    return path_connect(full, &rq);
}

DIR *opendir(const char *name)
{
    char full[SYS_PATH_MAX];
    int members[MAX_MEMBERS];
    long r = path_absolute(AT_FDCWD, name, full);
    if (r >= 0) r = open_members(full, members);
    if (r < 0) {
        errno = (int)-r;
        return 0;
    }
    DIR *dir = stream(members, (int)r);
    if (!dir) close_members(members, (int)r);
    return dir;
}

/* The other servers' part of an open folder is found by its name, where the folder's server can tell it. */
DIR *fdopendir(int fd)
{
    struct stat st;
    char full[SYS_PATH_MAX];
    int members[MAX_MEMBERS + 1] = {fd};
    if (fstat(fd, &st) < 0) return 0;
    if (!S_ISDIR(st.st_mode)) {
        errno = ENOTDIR;
        return 0;
    }
    long others = fd_path(fd, full) < 0 ? 0 : open_members(full, members + 1);
    int count = 1;
    for (int i = 1; i <= others; i++) {
        struct stat other;
        int same = fstat(members[i], &other) < 0 || (other.st_dev == st.st_dev && other.st_ino == st.st_ino);
        if (same || count == MAX_MEMBERS) sys_close(members[i]);
        else members[count++] = members[i];
    }
    DIR *dir = stream(members, count);
    if (!dir) close_members(members + 1, count - 1);
    else fcntl(fd, F_SETFD, FD_CLOEXEC);
    return dir;
}

int dirfd(DIR *dir)
{
    return dir->members[0];
}

int closedir(DIR *dir)
{
    long r = sys_close(dir->members[0]);
    close_members(dir->members + 1, dir->count - 1);
    free(dir->seen);
    free(dir);
    return (int)__syscall_ret((unsigned long)r);
}

/* 1: a new name; 0: seen already; -1: no memory. */
static int remember(DIR *dir, const char *name)
{
    for (size_t at = 0; at < dir->seen_used; at += strlen(dir->seen + at) + 1)
        if (!strcmp(dir->seen + at, name)) return 0;
    size_t n = strlen(name) + 1;
    if (dir->seen_used + n > dir->seen_room) {
        size_t room = 2 * (dir->seen_used + n) + 256;
        char *grown = realloc(dir->seen, room);
        if (!grown) return -1;
        dir->seen = grown;
        dir->seen_room = room;
    }
    memcpy(dir->seen + dir->seen_used, name, n);
    dir->seen_used += n;
    return 1;
}

/* The next record of the next server that has one; 0 at the end or with errno. */
static struct dirent *next(DIR *dir)
{
    while (dir->buf_pos >= dir->buf_end) {
        struct iovec part = {dir->buf, sizeof dir->buf};
        long n = sys_readv(dir->members[dir->at], &part, 1, 0, 0);
        if (n < 0 && n != -ENOENT) {
            errno = (int)-n;
            return 0;
        }
        if (n <= 0 && ++dir->at == dir->count) {
            dir->at = dir->count - 1;
            return 0;
        }
        dir->buf_pos = 0;
        dir->buf_end = n > 0 ? (int)n : 0;
    }
    struct dirent *entry = (void *)(dir->buf + dir->buf_pos);
    dir->buf_pos += entry->d_reclen;
    return entry;
}

struct dirent *readdir(DIR *dir)
{
    for (struct dirent *entry; (entry = next(dir));) {
        if (dir->count == 1) {
            dir->tell = entry->d_off;
            return entry;
        }
        int fresh = remember(dir, entry->d_name);
        if (fresh < 0) return 0;
        if (fresh) {
            entry->d_off = ++dir->tell;
            return entry;
        }
    }
    return 0;
}

int readdir_r(DIR *restrict dir, struct dirent *restrict buf, struct dirent **restrict result)
{
    int saved = errno;
    LOCK(dir->lock);
    errno = 0;
    struct dirent *entry = readdir(dir);
    int error = errno;
    errno = saved;
    if (entry) memcpy(buf, entry, entry->d_reclen);
    UNLOCK(dir->lock);
    if (!error) *result = entry ? buf : 0;
    return error;
}

static void rewind_members(DIR *dir)
{
    for (int i = 0; i < dir->count; i++) lseek(dir->members[i], 0, SEEK_SET);
    dir->at = dir->buf_pos = dir->buf_end = 0;
    dir->tell = 0;
    dir->seen_used = 0;
}

void rewinddir(DIR *dir)
{
    LOCK(dir->lock);
    rewind_members(dir);
    UNLOCK(dir->lock);
}

/* Of several servers: from the start again, so that the names before the place are known as seen. */
void seekdir(DIR *dir, long place)
{
    LOCK(dir->lock);
    if (dir->count == 1) {
        dir->tell = lseek(dir->members[0], place, SEEK_SET);
        dir->buf_pos = dir->buf_end = 0;
    } else {
        rewind_members(dir);
        while (dir->tell < place && readdir(dir)) {}
    }
    UNLOCK(dir->lock);
}

long telldir(DIR *dir)
{
    return dir->tell;
}
