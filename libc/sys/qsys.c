// SPDX-License-Identifier: Apache-2.0
// The switch behind musl's internal system calls: each case is one function of this folder. A number that is missing here is a call
// this system has not: ENOSYS, which musl's wrappers pass on or have a second way for.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include "sys.h"

hidden long sys_kill_posix(pid_t pid, int signo);

static struct iovec one(long buf, long n)
{
    return (struct iovec){(void *)buf, (size_t)n};
}

/* Descriptors and paths. `handled` is cleared for numbers of the other groups. */
static long files(long n, long a, long b, long c, long d, long e, int *handled)
{
    struct iovec part;
    const char *path = (const char *)a, *path2 = (const char *)b;
    switch (n) {
    case SYS_read: part = one(b, c); return sys_readv((int)a, &part, 1, 0, 0);
    case SYS_write: part = one(b, c); return sys_writev((int)a, &part, 1, 0, 0);
    case SYS_pread64: part = one(b, c); return sys_readv((int)a, &part, 1, d, 1);
    case SYS_pwrite64: part = one(b, c); return sys_writev((int)a, &part, 1, d, 1);
    case SYS_readv: return sys_readv((int)a, (void *)b, (int)c, 0, 0);
    case SYS_writev: return sys_writev((int)a, (void *)b, (int)c, 0, 0);
    case SYS_preadv: return sys_readv((int)a, (void *)b, (int)c, d, 1);
    case SYS_pwritev: return sys_writev((int)a, (void *)b, (int)c, d, 1);
    case SYS_getdents64:
    case SYS_getdents: part = one(b, c); return sys_readv((int)a, &part, 1, 0, 0);
    case SYS_open: return sys_openat(AT_FDCWD, path, (int)b, (mode_t)c);
    case SYS_openat: return sys_openat((int)a, path2, (int)c, (mode_t)d);
    case SYS_close: return sys_close((int)a);
    case SYS_dup: return sys_dup((int)a, 0, 0, 0);
    case SYS_dup2: return sys_dup3((int)a, (int)b, 0);
    case SYS_dup3: return a == b ? -EINVAL : sys_dup3((int)a, (int)b, (int)c);
    case SYS_fcntl: return sys_fcntl((int)a, (int)b, c);
    case SYS_flock: return sys_flock((int)a, (int)b);
    case SYS_ioctl: return sys_ioctl((int)a, (int)b, (void *)c);
    case SYS_pipe: return sys_pipe((int *)a, 0);
    case SYS_pipe2: return sys_pipe((int *)a, (int)b);
    case SYS_lseek: return sys_lseek((int)a, b, (int)c);
    case SYS_fsync:
    case SYS_fdatasync: return sys_fsync((int)a);
    case SYS_ftruncate: return sys_ftruncate((int)a, b);
    case SYS_truncate: return sys_truncate(path, b);
    case SYS_fallocate: return b ? -EOPNOTSUPP : sys_allocate((int)a, c, d);
    case SYS_fadvise64: return 0; /* advice; nothing here reads ahead */
    case SYS_sync: return 0;      /* no cache of ours */
    case SYS_stat: return sys_stat(AT_FDCWD, path, (void *)b, 0);
    case SYS_lstat: return sys_stat(AT_FDCWD, path, (void *)b, AT_SYMLINK_NOFOLLOW);
    case SYS_fstat: return sys_fstat((int)a, (void *)b);
    case SYS_newfstatat: return sys_stat((int)a, path2, (void *)c, (int)d);
    case SYS_access: return sys_access(AT_FDCWD, path, (int)b, 0);
    case SYS_faccessat: return sys_access((int)a, path2, (int)c, 0);
    case SYS_faccessat2: return sys_access((int)a, path2, (int)c, (int)d);
    case SYS_chmod: return sys_chmod(AT_FDCWD, path, (mode_t)b, 0);
    case SYS_fchmod: return sys_fchmod((int)a, (mode_t)b);
    case SYS_fchmodat: return sys_chmod((int)a, path2, (mode_t)c, 0);
    case SYS_chown: return sys_chown(AT_FDCWD, path, (uid_t)b, (gid_t)c, 0);
    case SYS_lchown: return sys_chown(AT_FDCWD, path, (uid_t)b, (gid_t)c, AT_SYMLINK_NOFOLLOW);
    case SYS_fchown: return sys_fchown((int)a, (uid_t)b, (gid_t)c);
    case SYS_fchownat: return sys_chown((int)a, path2, (uid_t)c, (gid_t)d, (int)e);
    case SYS_utimensat: return sys_utimens((int)a, path2, (void *)c, (int)d);
    case SYS_umask: return sys_umask((mode_t)a);
    case SYS_unlink: return sys_unlink(AT_FDCWD, path, 0);
    case SYS_rmdir: return sys_unlink(AT_FDCWD, path, AT_REMOVEDIR);
    case SYS_unlinkat: return sys_unlink((int)a, path2, (int)c);
    case SYS_rename: return sys_rename(AT_FDCWD, path, AT_FDCWD, path2);
    case SYS_renameat: return sys_rename((int)a, path2, (int)c, (const char *)d);
    case SYS_renameat2: return e ? -EINVAL : sys_rename((int)a, path2, (int)c, (const char *)d);
    case SYS_mkdir: return sys_mknod(AT_FDCWD, path, S_IFDIR | ((mode_t)b & 07777), 0);
    case SYS_mkdirat: return sys_mknod((int)a, path2, S_IFDIR | ((mode_t)c & 07777), 0);
    case SYS_mknod: return sys_mknod(AT_FDCWD, path, (mode_t)b, (dev_t)c);
    case SYS_mknodat: return sys_mknod((int)a, path2, (mode_t)c, (dev_t)d);
    case SYS_link: return sys_link(AT_FDCWD, path, AT_FDCWD, path2, 0);
    case SYS_linkat: return sys_link((int)a, path2, (int)c, (const char *)d, (int)e);
    case SYS_symlink: return sys_symlink(path, AT_FDCWD, path2);
    case SYS_symlinkat: return sys_symlink(path, (int)b, (const char *)c);
    case SYS_readlink: return sys_readlink(AT_FDCWD, path, (char *)b, (size_t)c);
    case SYS_readlinkat: return sys_readlink((int)a, path2, (char *)c, (size_t)d);
    case SYS_getcwd: return sys_getcwd((char *)a, (size_t)b);
    case SYS_chdir: return sys_chdir(path);
    case SYS_chroot: return sys_chroot(path);
    case SYS_fchdir: return sys_fchdir((int)a);
    }
    *handled = 0;
    return -ENOSYS;
}

/* Processes, users, limits. */
static long processes(long n, long a, long b, long c, long d, int *handled)
{
    struct proc_ids ids = {0};
    long r = 0;
    switch (n) {
    case SYS_exit_group: sys_exit_process((int)a);
    case SYS_execve: return sys_execve((const char *)a, (void *)b, (void *)c);
    case SYS_fork: return sys_fork();
    case SYS_wait4: return sys_wait4((pid_t)a, (int *)b, (int)c, (void *)d);
    case SYS_waitid: return sys_waitid((int)a, (id_t)b, (void *)c, (int)d);
    case SYS_kill: return sys_kill_posix((pid_t)a, (int)b);
    case SYS_getpid: return sys_getpid();
    case SYS_getppid: r = proc_ids(0, &ids); return r < 0 ? r : ids.ppid;
    case SYS_getuid: r = proc_ids(0, &ids); return r < 0 ? r : ids.cred.ruid;
    case SYS_geteuid: r = proc_ids(0, &ids); return r < 0 ? r : ids.cred.euid;
    case SYS_getgid: r = proc_ids(0, &ids); return r < 0 ? r : ids.cred.rgid;
    case SYS_getegid: r = proc_ids(0, &ids); return r < 0 ? r : ids.cred.egid;
    case SYS_getgroups:
        r = proc_ids(0, &ids);
        if (r < 0) return r;
        if (a && (uint32_t)a < ids.cred.ngroups) return -EINVAL;
        for (uint32_t i = 0; a && i < ids.cred.ngroups; i++) ((gid_t *)b)[i] = (gid_t)ids.cred.grouplist[i];
        return (long)ids.cred.ngroups;
    case SYS_getpgid: return proc_id_op(PROC_ID_GETPGID, (pid_t)a, 0, 0);
    case SYS_setpgid: r = proc_id_op(PROC_ID_SETPGID, (pid_t)a, (int)b, 0); return r > 0 ? 0 : r;
    case SYS_getsid: return proc_id_op(PROC_ID_GETSID, (pid_t)a, 0, 0);
    case SYS_setsid: return proc_id_op(PROC_ID_SETSID, 0, 0, 0);
    case SYS_prlimit64: return a ? -EINVAL : sys_rlimit((int)b, (void *)c, (void *)d);
    case SYS_times: return sys_times((void *)a);
    case SYS_getrusage: return sys_getrusage((int)a, (void *)b);
    case SYS_uname: return sys_uname((void *)a);
    case SYS_sysinfo: return sys_sysinfo((void *)a);
    case SYS_sched_getaffinity: return sys_affinity((size_t)b, (void *)c);
    }
    *handled = 0;
    return -ENOSYS;
}

/* Only musl's start code of set-id programs asks this way, whether 0, 1 and 2 are open; poll() itself is the QNX layer's. */
static long poll_open(struct pollfd *fds, unsigned long count, int timeout)
{
    long closed = 0;
    if (timeout) return -ENOSYS;
    for (unsigned long i = 0; i < count; i++) {
        fds[i].revents = __kercall4(KER_CONNECT_FLAGS, 0, fds[i].fd, 0, 0) < 0 ? POLLNVAL : 0;
        closed += fds[i].revents != 0;
    }
    return closed;
}

/* Memory, threads, signals, time. */
static long kernel(long n, long a, long b, long c, long d, long e, long f)
{
    switch (n) {
    case SYS_mmap: return sys_mmap((void *)a, (size_t)b, (int)c, (int)d, (int)e, f);
    case SYS_munmap: return sys_munmap((void *)a, (size_t)b);
    case SYS_mprotect: return sys_mprotect((void *)a, (size_t)b, (int)c);
    case SYS_madvise:
    case SYS_msync:      /* mappings of files are copies: there is nothing to write back */
        return 0;
    case SYS_mlock: return sys_mlock(MEM_LOCK_RANGE, (void *)a, (size_t)b, 0);
    case SYS_munlock: return sys_mlock(MEM_UNLOCK_RANGE, (void *)a, (size_t)b, 0);
    case SYS_mlockall: return sys_mlock(MEM_LOCK_ALL, 0, 0, (int)a);
    case SYS_munlockall: return sys_mlock(MEM_UNLOCK_ALL, 0, 0, 0);
    case SYS_poll: return poll_open((void *)a, (unsigned long)b, (int)c);
    case SYS_futex: return sys_futex((void *)a, (int)b, (int)c, (void *)d, (void *)e);
    case SYS_exit: sys_exit_thread();
    case SYS_set_tid_address: return __kercall1(KER_THREAD_CLEARTID, a);
    case SYS_gettid: return __kercall0(KER_THREAD_SELF);
    case SYS_sched_yield: __kercall0(KER_SCHED_YIELD); return 0;
    case SYS_sched_setscheduler: return sys_sched_set_created((pid_t)a, (int)b, (const int *)c);
    case SYS_tkill: return sys_kill(0, (pid_t)a, (int)b, SI_TKILL, 0);
    case SYS_rt_sigaction: return sys_sigaction((int)a, (void *)b, (void *)c);
    case SYS_rt_sigprocmask: return __kercall3(KER_SIGNAL_PROCMASK, a, b, c);
    case SYS_sigaltstack: return __kercall2(KER_SIGNAL_ALTSTACK, a, b);
    case SYS_rt_sigpending: return __kercall1(KER_SIGNAL_PENDING, a);
    case SYS_rt_sigsuspend: return __nto_call(KER_SIGNAL_SUSPEND, a, 0, 0, 0, 0, 0);
    case SYS_rt_sigtimedwait: return sys_sigtimedwait((void *)a, (void *)b, (void *)c);
    case SYS_rt_sigqueueinfo: {
        const siginfo_t *si = (void *)c;
        return sys_kill((pid_t)a, 0, (int)b, SI_QUEUE, (uint64_t)(uintptr_t)si->si_value.sival_ptr);
    }
    case SYS_pause: {
        uint64_t mask = 0;
        __kercall3(KER_SIGNAL_PROCMASK, SIG_BLOCK, 0, (long)&mask);
        return __nto_call(KER_SIGNAL_SUSPEND, (long)&mask, 0, 0, 0, 0, 0);
    }
    case SYS_clock_gettime: return sys_clock_gettime((int)a, (void *)b);
    case SYS_clock_settime: return sys_clock_settime((int)a, (void *)b);
    case SYS_clock_getres: return sys_clock_getres((int)a, (void *)b);
    case SYS_nanosleep: return sys_nanosleep(CLOCK_REALTIME, 0, (void *)a, (void *)b);
    case SYS_clock_nanosleep: return sys_nanosleep((int)a, (int)b, (void *)c, (void *)d);
    case SYS_setitimer: return sys_setitimer((int)a, (void *)b, (void *)c);
    case SYS_getitimer: return sys_setitimer((int)a, 0, (void *)b);
    }
    return -ENOSYS; /* also brk: malloc() then takes its memory with mmap */
}

hidden long __qsys(long n, long a, long b, long c, long d, long e, long f)
{
    int handled = 1;
    long r = files(n, a, b, c, d, e, &handled);
    if (handled) return r;
    handled = 1;
    r = processes(n, a, b, c, d, &handled);
    return handled ? r : kernel(n, a, b, c, d, e, f);
}
