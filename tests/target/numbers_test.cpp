// SPDX-License-Identifier: Apache-2.0
// The constants and types that programs and their logs share with QNX (its published values), checked while compiling.
#include "fact_test.hpp"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <mqueue.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/iomsg.h>
#include <sys/mman.h>
#include <sys/neutrino.h>
#include <sys/resource.h>
#include <sys/siginfo.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <type_traits>
#include <wchar.h>

namespace {

/// All of a row are numbered one after another.
template <typename... T>
constexpr bool counts_from(long first, T... values)
{
    bool good = true;
    ((good = good && static_cast<long>(values) == first++), ...);
    return good;
}

/// Bit by bit: 1, 2, 4 ...
template <typename... T>
constexpr bool doubles_from(long first, T... values)
{
    bool good = true;
    ((good = good && static_cast<long>(values) == first, first *= 2), ...);
    return good;
}

static_assert(SYSMGR_PID == 1 && SYSMGR_CHID == 1 && SYSMGR_HANDLE == 0);
static_assert(SYSMGR_COID == 0x40000000 && _NTO_SIDE_CHANNEL == 0x40000000);
static_assert(_NTO_CONNECTION_SCOID == 0x10000 && _NTO_GLOBAL_CHANNEL == 0x40000000);

static_assert(counts_from(0, STATE_DEAD, STATE_RUNNING, STATE_READY, STATE_STOPPED, STATE_SEND,
                          STATE_RECEIVE, STATE_REPLY, STATE_STACK, STATE_WAITTHREAD, STATE_WAITPAGE,
                          STATE_SIGSUSPEND, STATE_SIGWAITINFO, STATE_NANOSLEEP, STATE_MUTEX,
                          STATE_CONDVAR, STATE_JOIN, STATE_INTR, STATE_SEM, STATE_WAITCTX,
                          STATE_NET_SEND, STATE_NET_REPLY));
static_assert(STATE_MAX == 24);
static_assert(_NTO_TIMEOUT_RECEIVE == 1 << 5 && _NTO_TIMEOUT_SEND == 1 << 4 &&
              _NTO_TIMEOUT_REPLY == 1 << 6 && _NTO_TIMEOUT_SIGSUSPEND == 1 << 10 &&
              _NTO_TIMEOUT_SIGWAITINFO == 1 << 11 && _NTO_TIMEOUT_NANOSLEEP == 1 << 12);
static_assert(_NTO_TIMEOUT_MUTEX == 1 << 13 && _NTO_TIMEOUT_CONDVAR == 1 << 14 &&
              _NTO_TIMEOUT_JOIN == 1 << 15 && _NTO_TIMEOUT_INTR == 1 << 16 &&
              _NTO_TIMEOUT_SEM == 1 << 17 && _NTO_TIMEOUT_IMMEDIATE == 1 << 25);

static_assert(doubles_from(1, _NTO_CHF_FIXED_PRIORITY, _NTO_CHF_UNBLOCK, _NTO_CHF_THREAD_DEATH,
                           _NTO_CHF_DISCONNECT, _NTO_CHF_NET_MSG, _NTO_CHF_SENDER_LEN,
                           _NTO_CHF_COID_DISCONNECT, _NTO_CHF_REPLY_LEN, _NTO_CHF_PULSE_POOL,
                           _NTO_CHF_ASYNC_NONBLOCK, _NTO_CHF_ASYNC, _NTO_CHF_GLOBAL,
                           _NTO_CHF_PRIVATE, _NTO_CHF_MSG_PAUSING, _NTO_CHF_INHERIT_RUNMASK,
                           _NTO_CHF_UNBLOCK_TIMER));
static_assert(doubles_from(1, _NTO_COF_CLOEXEC, _NTO_COF_DEAD));
static_assert(doubles_from(0x40, _NTO_COF_NOSHARE, _NTO_COF_NETCON, _NTO_COF_NONBLOCK,
                           _NTO_COF_ASYNC, _NTO_COF_GLOBAL, _NTO_COF_NOEVENT, _NTO_COF_INSECURE,
                           _NTO_COF_REG_EVENTS, _NTO_COF_UNREG_EVENTS));
static_assert(_NTO_COF_MASK == 0xffff);

static_assert(counts_from(-42, _PULSE_CODE_UNBLOCK_TIMER, _PULSE_CODE_UNBLOCK_RESTART,
                          _PULSE_CODE_NORESTART, _PULSE_CODE_RESTART, _PULSE_CODE_NET_DETACH,
                          _PULSE_CODE_NET_UNBLOCK, _PULSE_CODE_NET_ACK, _PULSE_CODE_COIDDEATH,
                          _PULSE_CODE_THREADDEATH, _PULSE_CODE_DISCONNECT, _PULSE_CODE_UNBLOCK));
static_assert(_PULSE_CODE_MINAVAIL == 0 && _PULSE_CODE_MAXAVAIL == 127 && _PULSE_TYPE == 0 &&
              _PULSE_SUBTYPE == 0);
static_assert(doubles_from(1, _NTO_MI_ENDIAN_BIG, _NTO_MI_ENDIAN_DIFF));
static_assert(doubles_from(256, _NTO_MI_UNBLOCK_REQ, _NTO_MI_NET_CRED_DIRTY, _NTO_MI_CONSTRAINED,
                           _NTO_MI_CHROOT, _NTO_MI_BITS_64, _NTO_MI_BITS_DIFF, _NTO_MI_SANDBOX));

static_assert(counts_from(1, _NTO_TCTL_IO_PRIV, _NTO_TCTL_THREADS_HOLD, _NTO_TCTL_THREADS_CONT,
                          _NTO_TCTL_RUNMASK, _NTO_TCTL_ALIGN_FAULT, _NTO_TCTL_RUNMASK_GET_AND_SET,
                          _NTO_TCTL_PERFCOUNT, _NTO_TCTL_ONE_THREAD_HOLD, _NTO_TCTL_ONE_THREAD_CONT,
                          _NTO_TCTL_RUNMASK_GET_AND_SET_INHERIT, _NTO_TCTL_NAME,
                          _NTO_TCTL_RCM_GET_AND_SET, _NTO_TCTL_SHR_MUTEX, _NTO_TCTL_IO,
                          _NTO_TCTL_NET_KIF_GET_AND_SET, _NTO_TCTL_LOW_LATENCY,
                          _NTO_TCTL_ADD_EXIT_EVENT, _NTO_TCTL_DEL_EXIT_EVENT, _NTO_TCTL_IO_LEVEL));
static_assert(counts_from(1, _NTO_IO_LEVEL_NONE, _NTO_IO_LEVEL_1, _NTO_IO_LEVEL_2));
static_assert(_NTO_IO_LEVEL_INHERIT == 0x40000000 && _NTO_THREAD_NAME_MAX == 100);

static_assert(doubles_from(1, _NTO_INTR_FLAGS_END, _NTO_INTR_FLAGS_NO_UNMASK,
                           _NTO_INTR_FLAGS_PROCESS, _NTO_INTR_FLAGS_TRK_MSK, _NTO_INTR_FLAGS_ARRAY,
                           _NTO_INTR_FLAGS_EXCLUSIVE, _NTO_INTR_FLAGS_FPU));
static_assert(_NTO_INTR_CLASS_SYNTHETIC == 0x7fff0000 && _NTO_HOOK_IDLE == 0x7fff0001 &&
              _NTO_HOOK_OVERDRIVE == 0x7fff0002);
static_assert(counts_from(1, _NTO_SCTL_SETPRIOCEILING, _NTO_SCTL_GETPRIOCEILING, _NTO_SCTL_SETEVENT,
                          _NTO_SCTL_MUTEX_WAKEUP, _NTO_SCTL_MUTEX_CONSISTENT, _NTO_SCTL_SEM_VALUE));
static_assert(doubles_from(1, _NTO_TI_ACTIVE, _NTO_TI_ABSOLUTE, _NTO_TI_EXPIRED, _NTO_TI_TOD_BASED,
                           _NTO_TI_TARGET_PROCESS, _NTO_TI_REPORT_TOLERANCE, _NTO_TI_PRECISE,
                           _NTO_TI_TOLERANT, _NTO_TI_WAKEUP, _NTO_TI_PROCESS_TOLERANT,
                           _NTO_TI_HIGH_RESOLUTION));
static_assert(static_cast<unsigned>(TIMER_ABSTIME) == 0x80000000u);

static_assert(counts_from(1, SCHED_FIFO, SCHED_RR, SCHED_OTHER, SCHED_SPORADIC, SCHED_ADJTOHEAD,
                          SCHED_ADJTOTAIL, SCHED_SETPRIO));
static_assert(CLOCK_REALTIME == 0 && CLOCK_SOFTTIME == 1 && CLOCK_MONOTONIC == 2 &&
              CLOCK_PROCESS_CPUTIME_ID == 3 && CLOCK_THREAD_CPUTIME_ID == 4);
static_assert(SIGEV_NONE == 0 && SIGEV_SIGNAL == 129 && SIGEV_THREAD == 135);

static_assert(EOK == 0);
static_assert(counts_from(1, EPERM, ENOENT, ESRCH, EINTR, EIO, ENXIO, E2BIG, ENOEXEC, EBADF, ECHILD,
                          EAGAIN, ENOMEM, EACCES, EFAULT, ENOTBLK, EBUSY, EEXIST, EXDEV, ENODEV,
                          ENOTDIR, EISDIR, EINVAL, ENFILE, EMFILE, ENOTTY, ETXTBSY, EFBIG, ENOSPC,
                          ESPIPE, EROFS, EMLINK, EPIPE, EDOM, ERANGE, ENOMSG, EIDRM));
static_assert(counts_from(45, EDEADLK, ENOLCK, ECANCELED, ENOTSUP, EDQUOT));
static_assert(EOWNERDEAD == 58 && EPROTO == 71 && EBADMSG == 77 && ENAMETOOLONG == 78 &&
              EOVERFLOW == 79 && EILSEQ == 88 && ENOSYS == 89 && ELOOP == 90 && ERESTART == 91);
static_assert(ENOTEMPTY == 93 && ENOTRECOVERABLE == 95 && EOPNOTSUPP == 103 && ESTALE == 122);
static_assert(EINPROGRESS == 236 && EALREADY == 237 && ENOTSOCK == 238 && EMSGSIZE == 240 &&
              EAFNOSUPPORT == 247 && EADDRINUSE == 248 && ENETUNREACH == 251);
static_assert(ECONNABORTED == 253 && ECONNRESET == 254 && ENOBUFS == 255 && EISCONN == 256 &&
              ENOTCONN == 257 && ETIMEDOUT == 260 && ECONNREFUSED == 261 && EHOSTDOWN == 264 &&
              EHOSTUNREACH == 265);
static_assert(ENOREMOTE == 300 && ENONDP == 301 && EBADFSYS == 302 && EMORE == 309 &&
              ECTRLTERM == 310 && ENOLIC == 311 && ESRVRFAULT == 312 && EENDIAN == 313 &&
              ESECTYPEINVAL == 314);

static_assert(counts_from(1, SIGHUP, SIGINT, SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGEMT, SIGFPE,
                          SIGKILL, SIGBUS, SIGSEGV, SIGSYS, SIGPIPE, SIGALRM, SIGTERM, SIGUSR1,
                          SIGUSR2, SIGCHLD, SIGPWR, SIGWINCH, SIGURG, SIGPOLL, SIGSTOP, SIGTSTP,
                          SIGCONT, SIGTTIN, SIGTTOU, SIGVTALRM, SIGPROF, SIGXCPU, SIGXFSZ));
static_assert(SIGDEADLK == 7 && SIGCLD == 18 && SIGIO == 22 && sizeof(sigset_t) == 8);

static_assert(O_RDONLY == 0 && O_WRONLY == 1 && O_RDWR == 2 && O_ACCMODE == 7 && O_EXEC == 3);
static_assert(doubles_from(010, O_APPEND, O_DSYNC, O_SYNC, O_RSYNC, O_NONBLOCK, O_CREAT, O_TRUNC,
                           O_EXCL, O_NOCTTY, O_NOFOLLOW, O_CLOEXEC));
static_assert(O_LARGEFILE == 0100000 && O_ASYNC == 0200000 && O_DIRECTORY == 04000000);
static_assert(S_IFIFO == 010000 && S_IFCHR == 020000 && S_IFDIR == 040000 && S_IFNAM == 050000 &&
              S_IFBLK == 060000 && S_IFREG == 0100000 && S_IFLNK == 0120000 && S_IFSOCK == 0140000);
static_assert(PROT_READ == 0x100 && PROT_WRITE == 0x200 && PROT_EXEC == 0x400 && MAP_SHARED == 1 &&
              MAP_PRIVATE == 2 && MAP_FIXED == 0x10 && MAP_STACK == 0x1000 && MAP_ANON == 0x80000);
static_assert(WNOHANG == 0x40 && PATH_MAX == 1024);
static_assert(counts_from(0, RLIMIT_CPU, RLIMIT_FSIZE, RLIMIT_DATA, RLIMIT_STACK, RLIMIT_CORE,
                          RLIMIT_NOFILE, RLIMIT_AS, RLIMIT_MEMLOCK, RLIMIT_NPROC));
static_assert(RLIMIT_VMEM == RLIMIT_AS && RLIMIT_RSS == RLIMIT_AS);

static_assert(std::is_same_v<timer_t, int> && std::is_same_v<mqd_t, int> &&
              std::is_same_v<clockid_t, int> && std::is_same_v<pid_t, int>);
template <typename T>
constexpr bool is_u32 = std::is_unsigned_v<T> && sizeof(T) == 4;
static_assert(is_u32<dev_t> && is_u32<mode_t> && is_u32<nlink_t>);
static_assert(std::is_unsigned_v<ino_t> && sizeof(ino_t) == 8 && std::is_signed_v<off_t> &&
              sizeof(off_t) == 8 && std::is_signed_v<time_t> && sizeof(time_t) == 8);
static_assert(sizeof(wchar_t) == 4 && sizeof(pthread_mutex_t) == 8 && sizeof(pthread_cond_t) == 8 &&
              sizeof(sem_t) == 8 && sizeof(sync_t) == 8);
static_assert(PTHREAD_MUTEX_DEFAULT == 0 && PTHREAD_MUTEX_ERRORCHECK == 1 &&
              PTHREAD_MUTEX_RECURSIVE == 2 && PTHREAD_MUTEX_NORMAL == 3 &&
              PTHREAD_MUTEX_ROBUST == 0x10 && PTHREAD_PROCESS_SHARED == 1);
static_assert(_IO_BASE == 0x100 && _IO_MAX == 0x1ff);
static_assert(sizeof(_pulse{}.type) == 2 && sizeof(_pulse{}.code) == 1 &&
              offsetof(_pulse, value) == 8 && offsetof(_pulse, scoid) == 16);

} // namespace

/// What is no constant for the compiler, and what must exist.
bool numbers_match()
{
    CHECK(SHM_ANON == reinterpret_cast<char*>(-1));
    mq_attr attributes{};
    attributes.mq_sendwait = 1;
    attributes.mq_recvwait = 2;
    CHECK(attributes.mq_sendwait + attributes.mq_recvwait == 3);
    dirent entry{};
    CHECK(sizeof entry.d_ino == 8 && sizeof entry.d_offset == 8 && sizeof entry.d_reclen == 2 &&
          sizeof entry.d_namelen == 2);
    return true;
}
