/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The system layer of libc: what musl's wrappers reach through __qsys(), done with kernel calls and messages. Every sys_* function
 * returns >= 0 or -errno and touches no thread-local data: the dynamic linker uses them before relocation, so nothing here may need one.
 */
#ifndef LIBC_SYS_SYS_H
#define LIBC_SYS_SYS_H
#include <features.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <time.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/iomsg.h>
#include <abi/kercall.h>
#include <abi/proc_msg.h>

#define FUTEX_JOIN 100 /* beside musl's FUTEX_*: FUTEX_WAIT for the end of a thread, whose number is the last argument */
#include "kercall.h"

#define SYSMGR_PID 1
#define SYSMGR_CHID 1
#define SYSMGR_COID 0x40000000
#define NTO_SIDE_CHANNEL 0x40000000
#define NTO_COF_CLOEXEC 1
#define SYS_PATH_MAX 1024

/* A kernel call that may block (see libc/musl/src/kercall.c). */
hidden long __nto_call(long n, long a, long b, long c, long d, long e, long f);
hidden long __qsys(long n, long a, long b, long c, long d, long e, long f);

/* One message. Lengths are of single buffers; msg_sendv takes iov arrays. */
static inline long msg_send(int coid, const void *smsg, size_t sbytes, void *rmsg, size_t rbytes)
{
    return __nto_call(KER_MSG_SEND, coid, (long)smsg, -(long)sbytes, (long)rmsg, -(long)rbytes, 0);
}
static inline long msg_sendv(int coid, const struct iovec *siov, int sparts, const struct iovec *riov, int rparts)
{
    return __nto_call(KER_MSG_SEND, coid, (long)siov, sparts, (long)riov, rparts, 0);
}
/* A message that procnto answers at once. A signal can end the wait only before it was received: then it is sent again, as no manual
 * lets mmap() and its like fail with EINTR. Not for calls that are cancellation points. */
static inline long sysmgr_send(const void *smsg, size_t sbytes, void *rmsg, size_t rbytes)
{
    long r;
    do r = msg_send(0x40000000 /* SYSMGR_COID */, smsg, sbytes, rmsg, rbytes);
    while (r == -EINTR);
    return r;
}
/* A message to the process manager that has no reply data. */
hidden long proc_simple(uint16_t type, int64_t a, int64_t b, int64_t c, int64_t d, void *reply, size_t reply_len);
/* The last step of a public function: the value, or -1 with errno. */
hidden long __syscall_ret(unsigned long r);

/* path.c: names. path_absolute makes `path` (relative to the folder dirfd) absolute and removes ".", ".." and double slashes; ".." leads
 * to the parent of what a symbolic link before it leads to. */
#define PATH_SLASH 1 /* result: the path ended in a slash */
hidden long path_absolute(int dirfd, const char *path, char out[SYS_PATH_MAX]);
/* The same below the folder base[0..length), which has no links in it. depth: path_request's. */
hidden long path_join(const char *base, size_t length, const char *path, char out[SYS_PATH_MAX], int depth);
hidden long sys_getcwd(char *buf, size_t size);
hidden long sys_chdir(const char *path);
hidden long sys_chroot(const char *path);
hidden long sys_fchdir(int fd);
hidden long fd_path(int fd, char out[SYS_PATH_MAX]);

/* connect.c: one connect message to whoever owns a path. */
struct path_request {
    uint16_t subtype;    /* _IO_CONNECT_* */
    uint8_t nofollow;    /* a final symbolic link is meant itself */
    uint8_t eflag;
    uint8_t cut_extra;   /* the extra is a full path: the server's prefix is cut off it; EXDEV when it does not begin with that */
    uint32_t file_type;  /* _FTYPE_* */
    uint32_t ioflag, mode;
    uint32_t coid_flags; /* NTO_COF_CLOEXEC, when the connection is kept */
    uint8_t extra_type;
    uint16_t extra_len;
    uint16_t io_len;
    const void *extra;
    const void *io;      /* COMBINE*: the message after the connect */
    void *reply;         /* data of a reply with status 0 */
    size_t reply_len;
    int32_t only_pid;    /* not 0: this server's entries only (link, rename) */
    uint8_t physical;    /* `path` becomes the one that was used in the end, without links */
    uint8_t depth;       /* of path names with ".." inside the text of links */
    int *members;        /* OPEN of a folder: all servers that have it, not the first alone; result: their number */
    int max_members;
};
/* OPEN and COMBINE keep the connection and return it as fd; all others return the reply status. `path` is changed when links are met. */
hidden long path_connect(char path[SYS_PATH_MAX], struct path_request *request);

/* open.c, io.c, stat.c, names.c, devctl.c */
hidden long sys_openat(int dirfd, const char *path, int flags, mode_t mode);
hidden long sys_close(int fd);
hidden long sys_dup(int fd, int at_least, int exact, int coid_flags);
hidden long sys_dup3(int fd, int to, int flags);
hidden long sys_fcntl(int fd, int cmd, long arg);
hidden long sys_flock(int fd, int op);
hidden long sys_pipe(int fd[2], int flags);
hidden long sys_readv(int fd, const struct iovec *iov, int count, int64_t offset, int at_offset);
hidden long sys_writev(int fd, const struct iovec *iov, int count, int64_t offset, int at_offset);
hidden long sys_lseek(int fd, int64_t offset, int whence);
hidden long sys_ftruncate(int fd, int64_t length);
hidden long sys_truncate(const char *path, int64_t length);
hidden long sys_allocate(int fd, int64_t offset, int64_t length);
hidden long sys_fsync(int fd);
struct kstat;
/* One I/O message to the owner of a path; the reply's status, or -errno. */
hidden long sys_ask_path(int dirfd, const char *path, int nofollow, const void *io, size_t io_len, void *reply, size_t reply_len);
hidden long sys_fstat(int fd, struct kstat *st);
hidden long sys_stat(int dirfd, const char *path, struct kstat *st, int flags);
hidden long sys_access(int dirfd, const char *path, int mode, int flags);
hidden long sys_chmod(int dirfd, const char *path, mode_t mode, int flags);
hidden long sys_fchmod(int fd, mode_t mode);
hidden long sys_chown(int dirfd, const char *path, uid_t uid, gid_t gid, int flags);
hidden long sys_fchown(int fd, uid_t uid, gid_t gid);
hidden long sys_utimens(int dirfd, const char *path, const struct timespec times[2], int flags);
hidden long sys_umask(mode_t mask);
hidden mode_t current_umask(void);
hidden long sys_unlink(int dirfd, const char *path, int flags);
hidden long sys_rename(int old_dirfd, const char *old_path, int new_dirfd, const char *new_path);
hidden long sys_mknod(int dirfd, const char *path, mode_t mode, dev_t dev);
hidden long sys_link(int old_dirfd, const char *old_path, int new_dirfd, const char *new_path, int flags);
hidden long sys_symlink(const char *text, int dirfd, const char *path);
hidden long sys_readlink(int dirfd, const char *path, char *buf, size_t size);
hidden long sys_devctl(int fd, int dcmd, void *data, size_t bytes, int *info);
hidden long sys_ioctl(int fd, int request, void *arg);

/* memory.c */
hidden long sys_mmap(void *addr, size_t len, int prot, int flags, int fd, int64_t offset);
hidden long sys_munmap(void *addr, size_t len);
hidden long sys_mprotect(void *addr, size_t len, int prot);
hidden long sys_mlock(uint16_t operation, void *addr, size_t len, int flags);

/* process.c, ids.c, spawn.c, system.c */
hidden _Noreturn void sys_exit_process(int status);
hidden long sys_wait4(pid_t pid, int *status, int options, void *rusage);
hidden long sys_waitid(int type, id_t id, void *info, int options);
hidden long sys_getpid(void);
hidden void forget_pid(void);
hidden long sys_fork(void);
hidden long proc_ids(pid_t pid, struct proc_ids *out);
hidden long proc_id_op(int op, pid_t pid, int a, int b);
hidden long sys_kill(pid_t pid, pid_t tid, int signo, int code, uint64_t value);
hidden long sys_rlimit(int resource, const void *new_limit, void *old_limit);
hidden long sys_times(void *tms);
hidden long sys_getrusage(int who, void *usage);
hidden long sys_execve(const char *path, char *const argv[], char *const envp[]);
hidden long sys_uname(void *buf);
hidden long sys_sysinfo(void *info);
hidden long sys_affinity(size_t size, void *set);

/* signal.c, time.c, thread.c */

struct itimerval;
struct sigevent;
hidden long sys_sigaction(int signo, const void *action, void *old);
hidden long sys_sigtimedwait(const uint64_t *set, void *info, const struct timespec *timeout);
hidden long sys_clock_gettime(int id, struct timespec *ts);
hidden long sys_clock_settime(int id, const struct timespec *ts);
hidden long sys_clock_getres(int id, struct timespec *ts);
hidden long sys_nanosleep(int id, int flags, const struct timespec *time, struct timespec *remaining);
hidden long sys_timer_create(clockid_t clock, const struct sigevent *event);
hidden long sys_setitimer(int which, const struct itimerval *value, struct itimerval *old);
hidden long sys_futex(volatile int *word, int op, int value, const struct timespec *timeout, volatile int *word2);
hidden _Noreturn void sys_exit_thread(void);
hidden long sys_sched_set(pid_t pid, pid_t tid, int policy, int priority);
hidden long sys_sched_set_created(pid_t tid, int policy, const int *priority);
hidden int sys_creates_suspended(void);
#endif
