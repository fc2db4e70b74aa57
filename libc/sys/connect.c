// SPDX-License-Identifier: Apache-2.0
// From a path to a server: ask the process manager who may own it, then send the connect message to each candidate until one takes it.
// Both kinds of symbolic links are followed here: the process manager's own, and those a file system answers with a new path.
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include "kstat.h"
#include "sys.h"

#define MAX_CANDIDATES 16
#define MAX_LINKS 16

struct resolution {
    struct _io_connect_resolve_reply head;
    char rest[MAX_CANDIDATES * sizeof(struct _io_connect_entry) + SYS_PATH_MAX]; /* entries, then the path; or the link's path */
};
union connect_reply {
    struct _io_connect_link_reply link;
    char bytes[sizeof(struct _io_connect_link_reply) + SYS_PATH_MAX];
};

static struct _io_connect connect_header(const struct path_request *rq, uint16_t subtype, size_t path_len)
{
    return (struct _io_connect){
        .type = _IO_CONNECT,
        .subtype = subtype,
        .file_type = rq->file_type,
        .reply_max = SYS_PATH_MAX,
        .entry_max = MAX_CANDIDATES,
        .ioflag = rq->ioflag,
        .mode = rq->mode,
        .eflag = rq->eflag,
        .path_len = (uint16_t)path_len,
    };
}

/* Returns the number of candidates, or 0 with *path replaced because a link was met. */
static long resolve(char *path, const struct path_request *rq, struct resolution *out)
{
    size_t n = strlen(path) + 1;
    struct _io_connect header = connect_header(rq, _IO_CONNECT_RESOLVE, n);
    header.reply_max = sizeof *out;
    header.sflag = rq->nofollow ? _IO_RESOLVE_NOFOLLOW : 0;
    struct iovec send[2] = {{&header, _IO_CONNECT_HDR}, {path, n}};
    struct iovec receive = {out, sizeof *out};
    out->head = (struct _io_connect_resolve_reply){0};
    long r = msg_sendv(SYSMGR_COID, send, 2, &receive, 1);
    if (r < 0) return r;
    size_t length = out->head.path_len;
    if (!length || length > SYS_PATH_MAX || out->head.nentries > MAX_CANDIDATES) return -EIO;
    if (out->head.flags & _IO_RESOLVE_LINK) {
        out->rest[length - 1] = 0;
        char next[SYS_PATH_MAX];
        r = path_absolute(AT_FDCWD, out->rest, next);
        if (r < 0) return r;
        strcpy(path, next);
        return 0;
    }
    return out->head.nentries ? out->head.nentries : -ENOENT;
}

/* The text of a file system's link, relative to the folder the link is in. */
static long follow(char *path, const char *resolved, const char *sent, union connect_reply *reply, int depth)
{
    size_t length = reply->link.path_len;
    if (sent + reply->link.consumed < resolved) return -EIO; /* a link above our root: not ours to follow */
    size_t base = (size_t)(sent + reply->link.consumed - resolved);
    char *text = reply->bytes + sizeof reply->link;
    if (!length || length > SYS_PATH_MAX || base > strlen(resolved)) return -EIO;
    text[length - 1] = 0;
    while (base && resolved[base - 1] == '/') base--;
    while (base && resolved[base - 1] != '/') base--;
    char next[SYS_PATH_MAX];
    long r = path_join(resolved, base, text, next, depth);
    if (r < 0) return r;
    strcpy(path, next);
    return 0;
}

static long send_connect(int coid, const struct path_request *rq, const struct _io_connect_entry *entry, const char *path,
                         union connect_reply *reply)
{
    static const char zeros[8];
    size_t n = strlen(path) + 1;
    int combined = rq->io != 0;
    struct _io_connect header = connect_header(rq, rq->subtype, n); /* its subtype tells of the second message */
    header.handle = entry->handle;
    header.key = entry->key;
    header.extra_type = rq->extra_type;
    header.extra_len = rq->extra_len;

    struct iovec send[6] = {{&header, _IO_CONNECT_HDR}, {(char *)path, n}};
    int parts = 2;
    size_t total = _IO_CONNECT_HDR + n;
    if (rq->extra_len) {
        send[parts++] = (struct iovec){(char *)zeros, -total & 7};
        send[parts++] = (struct iovec){(void *)rq->extra, rq->extra_len};
        total = ((total + 7) & ~7ul) + rq->extra_len;
    }
    if (combined) {
        send[parts++] = (struct iovec){(char *)zeros, -total & 7};
        send[parts++] = (struct iovec){(void *)rq->io, rq->io_len};
    }
    struct iovec receive = {reply, sizeof *reply};
    long r = msg_sendv(coid, send, parts, &receive, 1);
    if (r >= 0 && rq->reply && (r != _IO_CONNECT_RET_LINK || rq->subtype == _IO_CONNECT_READLINK))
        memcpy(rq->reply, reply, rq->reply_len < sizeof *reply ? rq->reply_len : sizeof *reply);
    return r;
}

static int keeps_connection(const struct path_request *rq)
{
    return rq->subtype == _IO_CONNECT_OPEN || rq->subtype == _IO_CONNECT_COMBINE;
}

/* One candidate: the fd or status, _IO_CONNECT_RET_LINK, or -errno. */
static long try_candidate(const struct path_request *rq, const struct _io_connect_entry *entry, const char *path, union connect_reply *reply)
{
    int keep = keeps_connection(rq);
    long coid = __kercall5(KER_CONNECT_ATTACH, entry->nd, entry->pid, entry->chid, keep ? 0 : NTO_SIDE_CHANNEL,
                           keep ? rq->coid_flags : NTO_COF_CLOEXEC);
    if (coid < 0) return coid;
    long r = send_connect((int)coid, rq, entry, path, reply);
    if (keep && r >= 0 && r != _IO_CONNECT_RET_LINK) return coid;
    __kercall1(KER_CONNECT_DETACH, coid);
    return r;
}

/* Errors that mean "not mine": the next candidate is asked. */
static int is_refusal(long r)
{
    return r == -ENOENT || r == -ENOSYS || r == -ENXIO || r == -ESRCH || r == -EBADF || r == -EROFS;
}

/* rename(): the old name as the same server knows it, in `whole`. */
static int cut_prefix(const struct path_request *rq, struct path_request *cut, const char *resolved, size_t root_len, size_t prefix_len,
                      char whole[SYS_PATH_MAX])
{
    size_t n = strlen(rq->extra);
    if (root_len + n >= SYS_PATH_MAX) return 0;
    memcpy(whole, resolved, root_len);
    memcpy(whole + root_len, rq->extra, n + 1);
    if (strncmp(whole, resolved, prefix_len) != 0) return 0;
    const char *rest = whole + prefix_len;
    if (prefix_len > 1 && *rest && *rest != '/') return 0;
    while (*rest == '/') rest++;
    cut->extra = rest;
    cut->extra_len = (uint16_t)(strlen(rest) + 1);
    return 1;
}

static int is_folder(int fd)
{
    struct kstat st;
    return sys_fstat(fd, &st) >= 0 && S_ISDIR(st.st_mode);
}

/* All candidates in turn: a result, or 1 << 30 with *path replaced because of a link. */
static long try_all(char *path, struct path_request *rq, struct resolution *found, long count)
{
    const struct _io_connect_entry *entries = (void *)found->rest;
    char *resolved = found->rest + (size_t)count * sizeof *entries;
    resolved[found->head.path_len - 1] = 0;
    size_t length = strlen(resolved), root_len = found->head.root_len;
    if (root_len > length) return -EIO;
    char whole[SYS_PATH_MAX];
    union connect_reply reply;
    long error = -ENOENT;
    struct path_request cut = *rq;
    int members = 0, missing = 0;
    for (long i = 0; i < count; i++) {
        if (rq->only_pid && entries[i].pid != rq->only_pid) continue;
        if (entries[i].prefix_len > length) return -EIO;
        const char *rest = resolved + entries[i].prefix_len;
        while (*rest == '/') rest++;
        if (rq->cut_extra && !cut_prefix(rq, &cut, resolved, root_len, entries[i].prefix_len, whole)) {
            error = -EXDEV;
            continue;
        }
        long r = try_candidate(&cut, &entries[i], rest, &reply);
        if (rq->members && r != _IO_CONNECT_RET_LINK) {
            if (r >= 0 && is_folder((int)r)) rq->members[members++] = (int)r;
            else if (r >= 0) error = -ENOTDIR, sys_close((int)r);
            else if (error == -ENOENT) error = r;
            if (members == rq->max_members) break;
            continue;
        }
        if (members) break; /* a link in a lower layer does not count */
        if (r == _IO_CONNECT_RET_LINK && rq->subtype != _IO_CONNECT_READLINK) {
            if (rq->nofollow) return -ELOOP;
            r = follow(path, resolved + root_len, rest, &reply, rq->depth);
            return r < 0 ? r : 1 << 30;
        }
        if (r >= 0 && rq->physical) strcpy(path, resolved[root_len] ? resolved + root_len : "/");
        if (r >= 0 || !is_refusal(r)) return r;
        /* That "/" is read-only is no news when the server further down the path has said what is missing. */
        if (error == -ENOENT && r != -ENOSYS && !(missing && r == -EROFS)) error = r;
        else if (error == -ENOENT && count == 1) error = r;
        missing |= r == -ENOENT;
    }
    if (members) return members;
    return error == -ESRCH || error == -EBADF ? -ENOENT : error;
}

hidden long path_connect(char path[SYS_PATH_MAX], struct path_request *rq)
{
    for (int links = 0; links <= MAX_LINKS; links++) {
        struct resolution found;
        long count = resolve(path, rq, &found);
        if (count < 0) return count;
        if (!count) continue;
        long r = try_all(path, rq, &found, count);
        if (r != 1 << 30) return r;
    }
    return -ELOOP;
}
