// SPDX-License-Identifier: Apache-2.0
// sysconf(), pathconf(), fpathconf(): what holds for this system; limits of files are their server's to tell. -1 without errno: no
// limit, or an option that is not there; -1 and EINVAL: no such name. (lib_ref sysconf, pathconf; POSIX.1-2008)
#include <fcntl.h>
#include <limits.h>
#include <mqueue.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <sys/syspage.h>
#include <unistd.h>
#include <abi/limits.h>
#include <abi/pipe.h>
#include <sys/stat.h>
#include "kstat.h"
#include "sys.h"

enum { ABSENT = -1, UNLIMITED = -1 };

struct value {
    int name, value;
};
static const struct value system_values[] = {
    {_SC_ARG_MAX, PROC_SPAWN_MAX},
    {_SC_CLK_TCK, 100},
    {_SC_PAGESIZE, PAGESIZE},
    {_SC_NGROUPS_MAX, NGROUPS_MAX},
    {_SC_STREAM_MAX, UNLIMITED},
    {_SC_TZNAME_MAX, TZNAME_MAX},
    {_SC_VERSION, _POSIX_VERSION},
    {_SC_2_VERSION, _POSIX2_VERSION},
    {_SC_XOPEN_VERSION, _XOPEN_VERSION},
    {_SC_XOPEN_XCU_VERSION, ABSENT},
    {_SC_IOV_MAX, IOV_MAX},
    {_SC_HOST_NAME_MAX, HOST_NAME_MAX},
    {_SC_LOGIN_NAME_MAX, LOGIN_NAME_MAX},
    {_SC_TTY_NAME_MAX, TTY_NAME_MAX},
    {_SC_SYMLOOP_MAX, SYMLOOP_MAX},
    {_SC_ATEXIT_MAX, UNLIMITED},
    {_SC_PASS_MAX, UNLIMITED},
    {_SC_GETGR_R_SIZE_MAX, UNLIMITED},
    {_SC_GETPW_R_SIZE_MAX, UNLIMITED},
    {_SC_NZERO, NZERO},
    {_SC_RE_DUP_MAX, RE_DUP_MAX},
    /* Signals, timers, semaphores, message queues */
    {_SC_SIGQUEUE_MAX, ABI_SIGQUEUE_MAX},
    {_SC_DELAYTIMER_MAX, DELAYTIMER_MAX},
    {_SC_TIMER_MAX, ABI_TIMERS_MAX},
    {_SC_SEM_NSEMS_MAX, UNLIMITED},
    {_SC_SEM_VALUE_MAX, SEM_VALUE_MAX},
    {_SC_MQ_OPEN_MAX, UNLIMITED},
    {_SC_MQ_PRIO_MAX, MQ_PRIO_MAX},
    {_SC_SS_REPL_MAX, ABI_SPORADIC_REPL_MAX},
    /* Threads */
    {_SC_THREAD_DESTRUCTOR_ITERATIONS, PTHREAD_DESTRUCTOR_ITERATIONS},
    {_SC_THREAD_KEYS_MAX, PTHREAD_KEYS_MAX},
    {_SC_THREAD_STACK_MIN, PTHREAD_STACK_MIN},
    {_SC_THREAD_THREADS_MAX, ABI_THREADS_MAX},
    /* The limits of bc, expr and sort in POSIX: there is no bc here, and lines have no limit */
    {_SC_BC_BASE_MAX, _POSIX2_BC_BASE_MAX},
    {_SC_BC_DIM_MAX, _POSIX2_BC_DIM_MAX},
    {_SC_BC_SCALE_MAX, _POSIX2_BC_SCALE_MAX},
    {_SC_BC_STRING_MAX, _POSIX2_BC_STRING_MAX},
    {_SC_COLL_WEIGHTS_MAX, COLL_WEIGHTS_MAX},
    {_SC_EXPR_NEST_MAX, UNLIMITED},
    {_SC_LINE_MAX, UNLIMITED},
};

/* Options that are here as POSIX.1-2008 has them. */
static const short present[] = {
    _SC_ADVISORY_INFO,
    _SC_BARRIERS,
    _SC_CLOCK_SELECTION,
    _SC_CPUTIME,
    _SC_FSYNC,
    _SC_IPV6,
    _SC_MAPPED_FILES,
    _SC_MEMLOCK,
    _SC_MEMLOCK_RANGE,
    _SC_MEMORY_PROTECTION,
    _SC_MESSAGE_PASSING,
    _SC_MONOTONIC_CLOCK,
    _SC_PRIORITY_SCHEDULING,
    _SC_RAW_SOCKETS,
    _SC_READER_WRITER_LOCKS,
    _SC_REALTIME_SIGNALS,
    _SC_SEMAPHORES,
    _SC_SHARED_MEMORY_OBJECTS,
    _SC_SPAWN,
    _SC_SPIN_LOCKS,
    _SC_SPORADIC_SERVER,
    _SC_SYNCHRONIZED_IO,
    _SC_THREADS,
    _SC_THREAD_ATTR_STACKADDR,
    _SC_THREAD_ATTR_STACKSIZE,
    _SC_THREAD_CPUTIME,
    _SC_THREAD_PRIORITY_SCHEDULING,
    _SC_THREAD_PRIO_INHERIT,
    _SC_THREAD_PRIO_PROTECT,
    _SC_THREAD_PROCESS_SHARED,
    _SC_THREAD_ROBUST_PRIO_INHERIT,
    _SC_THREAD_ROBUST_PRIO_PROTECT,
    _SC_THREAD_SAFE_FUNCTIONS,
    _SC_THREAD_SPORADIC_SERVER,
    _SC_TIMEOUTS,
    _SC_TIMERS,
    _SC_TYPED_MEMORY_OBJECTS,
    _SC_2_C_BIND,
};

static const short simply_true[] = {
    _SC_JOB_CONTROL, _SC_SAVED_IDS, _SC_REGEXP, _SC_SHELL, _SC_XBS5_LP64_OFF64, _SC_V6_LP64_OFF64, _SC_V7_LP64_OFF64, _SC_XOPEN_ENH_I18N,
};

/* Names of POSIX for what is not here: asynchronous I/O, System V IPC (and so XSI), STREAMS, tracing, batch jobs, Fortran. */
static const short absent[] = {
    _SC_AIO_LISTIO_MAX,
    _SC_AIO_MAX,
    _SC_AIO_PRIO_DELTA_MAX,
    _SC_ASYNCHRONOUS_IO,
    _SC_PRIORITIZED_IO,
    _SC_STREAMS,
    _SC_XOPEN_STREAMS,
    _SC_TRACE,
    _SC_TRACE_EVENT_FILTER,
    _SC_TRACE_INHERIT,
    _SC_TRACE_LOG,
    _SC_TRACE_EVENT_NAME_MAX,
    _SC_TRACE_NAME_MAX,
    _SC_TRACE_SYS_MAX,
    _SC_TRACE_USER_EVENT_MAX,
    _SC_XOPEN_UNIX,
    _SC_XOPEN_CRYPT,
    _SC_XOPEN_SHM,
    _SC_XOPEN_LEGACY,
    _SC_XOPEN_REALTIME,
    _SC_XOPEN_REALTIME_THREADS,
    _SC_XOPEN_XPG2,
    _SC_XOPEN_XPG3,
    _SC_XOPEN_XPG4,
    _SC_2_C_DEV,
    _SC_2_CHAR_TERM,
    _SC_2_FORT_DEV,
    _SC_2_FORT_RUN,
    _SC_2_LOCALEDEF,
    _SC_2_PBS,
    _SC_2_PBS_ACCOUNTING,
    _SC_2_PBS_CHECKPOINT,
    _SC_2_PBS_LOCATE,
    _SC_2_PBS_MESSAGE,
    _SC_2_PBS_TRACK,
    _SC_2_SW_DEV,
    _SC_2_UPE,
    _SC_XBS5_ILP32_OFF32,
    _SC_XBS5_ILP32_OFFBIG,
    _SC_XBS5_LPBIG_OFFBIG,
    _SC_V6_ILP32_OFF32,
    _SC_V6_ILP32_OFFBIG,
    _SC_V6_LPBIG_OFFBIG,
    _SC_V7_ILP32_OFF32,
    _SC_V7_ILP32_OFFBIG,
    _SC_V7_LPBIG_OFFBIG,
};

static long resource(int which)
{
    struct rlimit limit;
    if (getrlimit(which, &limit) == -1) return -1;
    return limit.rlim_cur > LONG_MAX ? UNLIMITED : (long)limit.rlim_cur;
}

static long pages_of_memory(int free_only)
{
    struct sysinfo info;
    long r = sys_sysinfo(&info);
    return r < 0 ? __syscall_ret((unsigned long)r) : (long)((free_only ? info.freeram : info.totalram) / PAGESIZE);
}

static int is_in(const short *list, size_t n, int name)
{
    while (n--)
        if (list[n] == name) return 1;
    return 0;
}
#define IS_IN(list, name) is_in(list, sizeof list / sizeof *list, name)

long sysconf(int name)
{
    switch (name) {
    case _SC_CHILD_MAX: return resource(RLIMIT_NPROC);
    case _SC_OPEN_MAX: return resource(RLIMIT_NOFILE);
    case _SC_NPROCESSORS_CONF:
    case _SC_NPROCESSORS_ONLN: return _syspage_ptr->num_cpu;
    case _SC_PHYS_PAGES: return pages_of_memory(0);
    case _SC_AVPHYS_PAGES: return pages_of_memory(1);
    case _SC_RTSIG_MAX: return SIGRTMAX - SIGRTMIN + 1;
    default: break;
    }
    for (size_t i = 0; i < sizeof system_values / sizeof *system_values; i++)
        if (system_values[i].name == name) return system_values[i].value;
    if (IS_IN(present, name)) return _POSIX_VERSION;
    if (IS_IN(simply_true, name)) return 1;
    if (IS_IN(absent, name)) return ABSENT;
    return __syscall_ret(-EINVAL);
}

/* What files have whose server does not say otherwise (iofunc_pathconf() begins with it). 0: no such name; *value -1: no limit, or absent. */
hidden int __path_value(int name, long *value)
{
    switch (name) {
    case _PC_LINK_MAX: *value = 0x7fff; break;
    case _PC_MAX_CANON:
    case _PC_MAX_INPUT: *value = 256; break;
    case _PC_NAME_MAX: *value = NAME_MAX; break;
    case _PC_PATH_MAX: *value = PATH_MAX; break;
    case _PC_PIPE_BUF: *value = ABI_PIPE_BUF; break;
    case _PC_VDISABLE: *value = _POSIX_VDISABLE; break;
    case _PC_CHOWN_RESTRICTED:
    case _PC_NO_TRUNC:
    case _PC_SYNC_IO:
    case _PC_2_SYMLINKS: *value = 1; break;
    case _PC_FILESIZEBITS: *value = FILESIZEBITS; break;
    case _PC_SYMLINK_MAX: *value = PATH_MAX - 1; break;
    case _PC_ALLOC_SIZE_MIN:
    case _PC_REC_INCR_XFER_SIZE:
    case _PC_REC_MIN_XFER_SIZE:
    case _PC_REC_XFER_ALIGN: *value = PAGESIZE; break;
    case _PC_REC_MAX_XFER_SIZE:
    case _PC_ASYNC_IO:
    case _PC_PRIO_IO:
    case _PC_SOCK_MAXBUF: *value = ABSENT; break;
    default: return 0;
    }
    return 1;
}

static long path_limit(const char *path, int fd, int name)
{
    struct _io_pathconf message = {.type = _IO_PATHCONF, .combine_len = sizeof message, .name = (int16_t)name};
    long usual;
    if (!__path_value(name, &usual)) return __syscall_ret(-EINVAL);
    long told = path ? sys_ask_path(AT_FDCWD, path, 0, &message, sizeof message, 0, 0) : msg_send(fd, &message, sizeof message, 0, 0);
    struct kstat st; /* a path whose servers all do not know the message ends as ENOENT */
    int silent = told == -ENOSYS || told == -EINVAL || told == -ENOTSUP || (told == -ENOENT && path && sys_stat(AT_FDCWD, path, &st, 0) == 0);
    return silent ? usual : __syscall_ret((unsigned long)told);
}

long fpathconf(int fd, int name)
{
    return path_limit(0, fd, name);
}

long pathconf(const char *path, int name)
{
    return path ? path_limit(path, -1, name) : __syscall_ret(-EFAULT);
}
