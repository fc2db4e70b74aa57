// SPDX-License-Identifier: Apache-2.0
// Starting programs: spawn() and its family, posix_spawn() and exec, all one PROC_SPAWN message.
#include <fcntl.h>
#include <limits.h>
#include <paths.h>
#include <process.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "fdop.h"
#include "kstat.h"
#include "spawn_extra.h"
#include "sys.h"

extern char **environ;
#define MAX_FDS 1024

/* The message grows in one mapping: no malloc(), so that exec works in a signal handler too. */
struct message {
    char *base;
    size_t used, room;
};

static void put(struct message *m, const void *data, size_t n)
{
    if (m->used + n <= m->room) memcpy(m->base + m->used, data, n);
    m->used += n; /* past the room: the final check refuses */
}

static uint32_t put_strings(struct message *m, char *const list[])
{
    uint32_t count = 0;
    for (; list && list[count]; count++) put(m, list[count], strlen(list[count]) + 1);
    return count;
}

/* The message's head, and the child's folder when it is not ours. */
struct spawn_head {
    struct proc_spawn m;
    const char *cwd;
};

static long send_spawn(struct spawn_head head, const char *path, const int *fd_map, char *const argv[], char *const envp[])
{
    struct message m = {.room = PROC_SPAWN_MAX};
    long base = sys_mmap(0, m.room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0);
    if (base < 0) return base;
    m.base = (char *)base;
    m.used = sizeof head.m;
    put(&m, fd_map, head.m.nfds * sizeof *fd_map);
    head.m.type = PROC_SPAWN;
    head.m.path_len = (uint32_t)strlen(path) + 1;
    put(&m, path, head.m.path_len);
    head.m.cwd_len = head.cwd ? (uint32_t)strlen(head.cwd) + 1 : 0;
    put(&m, head.cwd, head.m.cwd_len);
    size_t before = m.used;
    head.m.argc = put_strings(&m, argv);
    head.m.envc = put_strings(&m, envp);
    head.m.strings_len = (uint32_t)(m.used - before);
    long r = -E2BIG;
    if (m.used <= m.room) {
        memcpy(m.base, &head.m, sizeof head.m);
        r = sysmgr_send(m.base, m.used, 0, 0);
    }
    sys_munmap(m.base, m.room);
    return r;
}

/* "#! interpreter [argument]": the program to start instead; line gets the text. Returns the number of words or -errno. */
static long script_line(const char *path, char line[SYS_PATH_MAX], char *words[2])
{
    long fd = sys_openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0) return fd;
    struct iovec part = {line, SYS_PATH_MAX - 1};
    long n = sys_readv((int)fd, &part, 1, 0, 0);
    sys_close((int)fd);
    if (n < 0) return n;
    line[n] = 0;
    char *end = memchr(line, '\n', (size_t)n);
    if (n < 4 || line[0] != '#' || line[1] != '!' || !end) return -ENOEXEC;
    *end = 0;
    char *rest = line + 2;
    rest += strspn(rest, " \t");
    if (!*rest) return -ENOEXEC;
    words[0] = rest;
    rest += strcspn(rest, " \t\r");
    if (*rest) *rest++ = 0;
    rest += strspn(rest, " \t\r");
    words[1] = rest;
    for (char *p = rest + strlen(rest); p > rest && (p[-1] == ' ' || p[-1] == '\t' || p[-1] == '\r');) *--p = 0;
    return *rest ? 2 : 1;
}

static long start_script(struct spawn_head head, const char *path, const int *fd_map, char *const argv[], char *const envp[])
{
    char line[SYS_PATH_MAX], interpreter[SYS_PATH_MAX];
    char *words[2];
    long count = script_line(path, line, words);
    if (count < 0) return count;
    long r = path_absolute(AT_FDCWD, words[0], interpreter);
    if (r < 0) return r;
    size_t argc = 0;
    while (argv && argv[argc]) argc++;
    if (argc > 4096) return -E2BIG;
    char *list[argc + 4];
    size_t n = 0;
    list[n++] = words[0];
    if (count == 2) list[n++] = words[1];
    list[n++] = (char *)path;
    for (size_t i = 1; i < argc; i++) list[n++] = argv[i];
    list[n] = 0;
    return send_spawn(head, interpreter, fd_map, list, envp);
}

/* Absolute, from the folder `cwd` (0: ours). */
static long path_from(const char *cwd, const char *path, char full[SYS_PATH_MAX])
{
    char joined[SYS_PATH_MAX];
    if (!cwd || !path || path[0] == '/' || !path[0]) return path_absolute(AT_FDCWD, path, full);
    if (strlen(cwd) + strlen(path) + 2 > sizeof joined) return -ENAMETOOLONG;
    strcpy(stpcpy(stpcpy(joined, cwd), "/"), path);
    return path_absolute(AT_FDCWD, joined, full);
}

static long start(struct spawn_head head, const char *path, const int *fd_map, char *const argv[], char *const envp[])
{
    char full[SYS_PATH_MAX];
    long r = path_from(head.cwd, path, full);
    if (r < 0) return r;
    r = send_spawn(head, full, fd_map, argv, envp);
    return r == -ENOEXEC ? start_script(head, full, fd_map, argv, envp) : r;
}

/* Tries each folder of PATH for a name without a slash. */
static long start_searching(struct spawn_head head, const char *file, const int *fd_map, char *const argv[], char *const envp[])
{
    if (strchr(file, '/')) return start(head, file, fd_map, argv, envp);
    if (!*file) return -ENOENT;
    const char *path = getenv("PATH");
    if (!path) path = "/proc/boot:/bin:/usr/bin";
    long error = -ENOENT;
    for (;;) {
        char name[SYS_PATH_MAX];
        size_t n = strcspn(path, ":"), k = strlen(file);
        if (n + k + 2 <= sizeof name) {
            memcpy(name, path, n);
            if (n) name[n++] = '/';
            memcpy(name + n, file, k + 1);
            long r = start(head, name, fd_map, argv, envp);
            if (r >= 0) return r;
            if (r == -EACCES) error = r;
            else if (r != -ENOENT && r != -ENOTDIR) return r;
        }
        path += strcspn(path, ":");
        if (!*path++) return error;
    }
}

hidden long sys_execve(const char *path, char *const argv[], char *const envp[])
{
    return start((struct spawn_head){.m.flags = PROC_SPAWN_EXEC}, path, 0, argv, envp);
}

static uint64_t set_bits(const sigset_t *set)
{
    return set->__bits[0];
}

/* ---- QNX's spawn() ---- */

static long spawn_any(const char *path, int fd_count, const int fd_map[], const struct inheritance *inherit, char *const argv[],
                      char *const envp[], int search)
{
    struct spawn_head head = {.m.nfds = (uint32_t)fd_count};
    if (fd_count < 0 || fd_count > MAX_FDS) return -EINVAL;
    if (inherit) {
        if (inherit->flags & SPAWN_SETND) return -ENOREMOTE;
        head.m.flags = inherit->flags & 0x7ffu; /* SPAWN_* are PROC_SPAWN_* in these bits */
        head.m.pgroup = inherit->pgroup;
        head.m.sigmask = set_bits(&inherit->sigmask);
        head.m.sigdefault = set_bits(&inherit->sigdefault);
        head.m.sigignore = set_bits(&inherit->sigignore);
        head.m.policy = inherit->policy;
        head.m.priority = inherit->param.sched_priority;
        head.m.runmask = inherit->runmask;
        head.m.uid = (int32_t)inherit->uid;
        head.m.gid = (int32_t)inherit->gid;
        if (inherit->flags & SPAWN_SEARCH_PATH) search = 1;
    }
    if (!envp) envp = environ;
    return search ? start_searching(head, path, fd_map, argv, envp) : start(head, path, fd_map, argv, envp);
}

pid_t spawn(const char *path, int fd_count, const int fd_map[], const struct inheritance *inherit, char *const argv[], char *const envp[])
{
    return (pid_t)__syscall_ret((unsigned long)spawn_any(path, fd_count, fd_map, inherit, argv, envp, 0));
}

pid_t spawnp(const char *file, int fd_count, const int fd_map[], const struct inheritance *inherit, char *const argv[], char *const envp[])
{
    return (pid_t)__syscall_ret((unsigned long)spawn_any(file, fd_count, fd_map, inherit, argv, envp, 1));
}

/* The modes of spawnv() and friends. P_WAIT gives the child's wait status. */
static int spawn_mode(int mode, const char *path, char *const argv[], char *const envp[], int search)
{
    struct inheritance inherit = {.flags = mode == P_OVERLAY ? SPAWN_EXEC : mode == P_NOWAITO ? SPAWN_NOZOMBIE : 0};
    if (mode < P_WAIT || mode > P_NOWAITO) return (int)__syscall_ret(-EINVAL);
    long pid = spawn_any(path, 0, 0, &inherit, argv, envp, search);
    if (pid < 0) return (int)__syscall_ret((unsigned long)pid);
    if (mode != P_WAIT) return (int)pid;
    int status;
    while (waitpid((pid_t)pid, &status, 0) < 0)
        if (errno != EINTR) return -1;
    return status;
}

int spawnv(int mode, const char *path, char *const argv[])
{
    return spawn_mode(mode, path, argv, environ, 0);
}

int spawnve(int mode, const char *path, char *const argv[], char *const envp[])
{
    return spawn_mode(mode, path, argv, envp, 0);
}

int spawnvp(int mode, const char *file, char *const argv[])
{
    return spawn_mode(mode, file, argv, environ, 1);
}

int spawnvpe(int mode, const char *file, char *const argv[], char *const envp[])
{
    return spawn_mode(mode, file, argv, envp, 1);
}

enum { MAX_LIST_ARGS = 256 };

/* Collects arg0, ... up to the null; with_env: the environment follows it. */
static int spawn_list(int mode, const char *path, const char *arg0, va_list ap, int with_env, int search)
{
    char *argv[MAX_LIST_ARGS + 1];
    int argc = 0;
    for (const char *arg = arg0; arg; arg = va_arg(ap, const char *)) {
        if (argc == MAX_LIST_ARGS) return (int)__syscall_ret(-E2BIG);
        argv[argc++] = (char *)arg;
    }
    argv[argc] = 0;
    char **envp = with_env ? va_arg(ap, char **) : environ;
    return spawn_mode(mode, path, argv, envp, search);
}

#define DEFINE_SPAWN_LIST(name, with_env, search) \
    int name(int mode, const char *path, const char *arg0, ...) \
    { \
        va_list ap; \
        va_start(ap, arg0); \
        int r = spawn_list(mode, path, arg0, ap, with_env, search); \
        va_end(ap); \
        return r; \
    }
DEFINE_SPAWN_LIST(spawnl, 0, 0)
DEFINE_SPAWN_LIST(spawnle, 1, 0)
DEFINE_SPAWN_LIST(spawnlp, 0, 1)
DEFINE_SPAWN_LIST(spawnlpe, 1, 1)

/* ---- posix_spawn() ---- */

/* The child's descriptor table while the file actions are played through: map[child fd] = our fd or -1. */
struct fd_table {
    int map[MAX_FDS];
    int opened[MAX_FDS / 4];
    int count, nopened;
    char cwd[SYS_PATH_MAX]; /* "" = ours */
};

static void inherit_all(struct fd_table *t)
{
    for (int i = 0; i < MAX_FDS; i++) t->map[i] = -1;
    t->count = t->nopened = 0;
    for (int fd = 0; fd < MAX_FDS; fd++) {
        struct nto_server_info info;
        long r = __kercall3(KER_CONNECT_SERVER_INFO, 0, fd, (long)&info);
        if (r < 0 || r >= MAX_FDS) return;
        fd = (int)r;
        long flags = __kercall4(KER_CONNECT_FLAGS, 0, fd, 0, 0);
        if (flags < 0 || flags & NTO_COF_CLOEXEC) continue;
        t->map[fd] = fd;
        t->count = fd + 1;
    }
}

static long change_folder(struct fd_table *t, const struct fdop *op)
{
    char full[SYS_PATH_MAX];
    struct kstat st;
    long r;
    if (op->cmd == FDOP_FCHDIR) {
        if (op->fd < 0 || op->fd >= MAX_FDS || t->map[op->fd] < 0) return -EBADF;
        r = fd_path(t->map[op->fd], full);
    } else {
        r = path_from(t->cwd[0] ? t->cwd : 0, op->path, full);
    }
    if (r >= 0) r = sys_stat(AT_FDCWD, full, &st, 0);
    if (r < 0) return r;
    if (!S_ISDIR(st.st_mode)) return -ENOTDIR;
    strcpy(t->cwd, full);
    return 0;
}

static long play(struct fd_table *t, const struct fdop *op)
{
    char full[SYS_PATH_MAX];
    long fd;
    if (op->cmd == FDOP_CHDIR || op->cmd == FDOP_FCHDIR) return change_folder(t, op);
    if (op->fd < 0 || op->fd >= MAX_FDS) return -EBADF;
    switch (op->cmd) {
    case FDOP_CLOSE:
        t->map[op->fd] = -1;
        return 0;
    case FDOP_DUP2: {
        struct nto_server_info info;
        if (op->srcfd < 0 || op->srcfd >= MAX_FDS) return -EBADF;
        fd = t->map[op->srcfd];
        /* one with close-on-exec set still is there when the actions run */
        if (fd < 0 && __kercall3(KER_CONNECT_SERVER_INFO, 0, op->srcfd, (long)&info) == op->srcfd) fd = op->srcfd;
        if (fd < 0) return -EBADF;
        break;
    }
    case FDOP_OPEN:
        if (t->nopened == MAX_FDS / 4) return -EMFILE;
        fd = path_from(t->cwd[0] ? t->cwd : 0, op->path, full);
        if (fd >= 0) fd = sys_openat(AT_FDCWD, t->cwd[0] ? full : op->path, op->oflag | O_CLOEXEC, op->mode);
        if (fd < 0) return fd;
        t->opened[t->nopened++] = (int)fd;
        break;
    default:
        return -EINVAL;
    }
    t->map[op->fd] = (int)fd;
    if (t->count <= op->fd) t->count = op->fd + 1;
    return 0;
}

static long spawn_with_actions(struct spawn_head head, const char *path, const posix_spawn_file_actions_t *actions, char *const argv[],
                               char *const envp[], int search)
{
    struct fd_table *t = mmap(0, sizeof *t, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0);
    if (t == MAP_FAILED) return -ENOMEM;
    inherit_all(t);
    struct fdop *op = actions->__actions;
    while (op->next) op = op->next; /* the list is kept newest first */
    long r = 0;
    for (; op && r == 0; op = op->prev) r = play(t, op);
    if (r == 0) {
        if (!t->count) t->count = 1; /* 0 would mean "all" */
        head.m.nfds = (uint32_t)t->count;
        if (t->cwd[0]) head.cwd = t->cwd;
        r = search ? start_searching(head, path, t->map, argv, envp) : start(head, path, t->map, argv, envp);
    }
    for (int i = 0; i < t->nopened; i++) sys_close(t->opened[i]);
    munmap(t, sizeof *t);
    return r;
}

int posix_spawn(pid_t *restrict pid, const char *restrict path, const posix_spawn_file_actions_t *actions,
                const posix_spawnattr_t *restrict attr, char *const argv[restrict], char *const envp[restrict])
{
    struct spawn_head head = {0};
    int search = attr && attr->__fn; /* how musl's posix_spawnp() asks for it */
    if (attr) {
        int f = attr->__flags;
        const struct spawn_extra *extra = spawn_extra(attr);
        if (f & POSIX_SPAWN_SETPGROUP) head.m.flags |= PROC_SPAWN_SETGROUP;
        if (f & POSIX_SPAWN_SETSIGMASK) head.m.flags |= PROC_SPAWN_SETSIGMASK;
        if (f & POSIX_SPAWN_SETSIGDEF) head.m.flags |= PROC_SPAWN_SETSIGDEF;
        if (f & POSIX_SPAWN_SETSID) head.m.flags |= PROC_SPAWN_SETSID;
        if (f & POSIX_SPAWN_RESETIDS) {
            head.m.flags |= PROC_SPAWN_SETCRED;
            head.m.uid = (int32_t)getuid();
            head.m.gid = (int32_t)getgid();
        }
        if (extra->xflags & POSIX_SPAWN_SETCRED) {
            head.m.flags |= PROC_SPAWN_SETCRED;
            head.m.uid = (int32_t)extra->uid;
            head.m.gid = (int32_t)extra->gid;
        }
        if (f & (POSIX_SPAWN_SETSCHEDULER | POSIX_SPAWN_SETSCHEDPARAM)) {
            head.m.flags |= PROC_SPAWN_EXPLICIT_SCHED;
            head.m.policy = f & POSIX_SPAWN_SETSCHEDULER ? attr->__pol : 0;
            head.m.priority = attr->__prio;
        }
        if (extra->xflags & POSIX_SPAWN_SETSIGIGN) head.m.flags |= PROC_SPAWN_SETSIGIGN;
        if (extra->xflags & POSIX_SPAWN_NOZOMBIE) head.m.flags |= PROC_SPAWN_NOZOMBIE;
        if (extra->xflags & POSIX_SPAWN_HOLD) head.m.flags |= PROC_SPAWN_HOLD;
        if (extra->xflags & POSIX_SPAWN_EXPLICIT_CPU) head.m.flags |= PROC_SPAWN_RUNMASK;
        if (extra->xflags & POSIX_SPAWN_EXEC) head.m.flags |= PROC_SPAWN_EXEC;
        if (extra->xflags & POSIX_SPAWN_SEARCH_PATH) search = 1;
        head.m.runmask = extra->runmask;
        head.m.sigignore = extra->sigignore;
        head.m.pgroup = attr->__pgrp;
        head.m.sigmask = set_bits(&attr->__mask);
        head.m.sigdefault = set_bits(&attr->__def);
    }
    long r = actions && actions->__actions ? spawn_with_actions(head, path, actions, argv, envp, search)
             : search                      ? start_searching(head, path, 0, argv, envp)
                                           : start(head, path, 0, argv, envp);
    if (r < 0) return (int)-r;
    if (pid) *pid = (pid_t)r;
    return 0;
}
