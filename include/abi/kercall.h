/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel-call border between user code and procnto: call numbers, register use, and every structure
 * that crosses it. C, freestanding; used by kernel-sim and libc (public headers repeat the layouts under
 * QNX's names and check them with static assertions).
 *
 *   syscall:  rax = number; rdi rsi rdx r10 r8 r9 = arguments; result in rax; rcx and r11 are lost.
 *   result:   >= 0 value, or -errno (abi/errno.h) in [-4095,-1]: the `_r` form of each QNX call.
 *
 * Every pointer is checked: one that does not lead to mapped user memory gives -EFAULT (or the error the
 * QNX page names) and changes nothing. Unknown number: -ENOSYS.
 */
#ifndef ABI_KERCALL_H
#define ABI_KERCALL_H
#include <stdint.h>

enum {
    /* arguments (in register order) -> result */
    KER_NOP = 0,              /* -> 0: for measuring */
    KER_DEBUG_WRITE,          /* const char *buf, size_t n -> bytes; to the debug console; at most 1024 */

    /* threads and scheduling */
    KER_THREAD_CREATE = 0x10, /* const struct nto_thread_create * -> tid */
    KER_THREAD_EXIT,          /* void *status, uint32_t *clear_word: ends the caller; if non-null, 0 is stored to
                                 *clear_word and its waiters (KER_FUTEX) woken, after the last user instruction */
    KER_THREAD_DETACH,        /* tid (0 = self) -> 0 */
    KER_THREAD_JOIN,          /* tid, void **status -> 0; STATE_JOIN */
    KER_THREAD_CANCEL,        /* tid -> 0: ENOTSUP (libc cancels with a signal) */
    KER_THREAD_CTL,           /* cmd (_NTO_TCTL_*), void *data -> per command */
    KER_THREAD_TLS,           /* uint64_t fs_base -> 0 */
    KER_THREAD_SELF,          /* -> tid */
    KER_THREAD_CLEARTID,      /* uint32_t *word (see THREAD_EXIT; used also when the thread is killed) -> tid */
    KER_SCHED_GET,            /* pid, tid, struct nto_sched_param * -> policy */
    KER_SCHED_SET,            /* pid, tid, policy, const struct nto_sched_param * -> 0 */
    KER_SCHED_INFO,           /* pid, policy, struct nto_sched_info * -> 0 */
    KER_SCHED_YIELD,          /* -> 0 */
    KER_THREAD_CTL_EXT,       /* pid, tid (0, 0 = self), cmd, data -> per command: ThreadCtl for another thread */
    KER_THREAD_EVENT,         /* struct nto_sigevent * -> 0: waits (STATE_SEM) for the next SIGEV_THREAD event of this process;
                                 libc's helper thread makes the thread. 0: only begins to keep them (before that: EAGAIN) */
    KER_SCHED_CPU,            /* -> number of the CPU the caller runs on, from 0 */

    /* channels and connections */
    KER_CHANNEL_CREATE = 0x30,/* flags, const struct nto_pool_config * (read with _NTO_CHF_PULSE_POOL only) -> chid */
    KER_CHANNEL_DESTROY,      /* chid -> 0 */
    KER_CONNECT_ATTACH,       /* nd, pid, chid, index, flags -> coid */
    KER_CONNECT_DETACH,       /* coid or scoid -> 0 */
    KER_CONNECT_FLAGS,        /* pid, coid, mask, bits -> old flags */
    KER_CONNECT_SERVER_INFO,  /* pid, coid, struct nto_server_info * -> first coid >= given one, or -EINVAL at the end */
    KER_CONNECT_CLIENT_INFO,  /* scoid (-1 = self), struct nto_client_info *, ngroups -> 0 */

    /* messages. `parts` >= 0: msg is an iov array of that many; < 0: msg is one buffer of -parts bytes */
    KER_MSG_SEND = 0x40,      /* coid, smsg, sparts, rmsg, rparts, flags (bit 0: nc form) -> reply status */
    KER_MSG_RECEIVE,          /* chid, rmsg, rparts, struct nto_msg_info * -> rcvid | 0 for a pulse */
    KER_MSG_RECEIVE_PULSE,    /* chid, rmsg, rparts, struct nto_msg_info * -> 0 */
    KER_MSG_REPLY,            /* rcvid, status, smsg, sparts -> 0 */
    KER_MSG_ERROR,            /* rcvid, errno -> 0 */
    KER_MSG_READ,             /* rcvid, rmsg, rparts, offset -> bytes */
    KER_MSG_WRITE,            /* rcvid, smsg, sparts, offset -> bytes */
    KER_MSG_INFO,             /* rcvid, struct nto_msg_info * -> 0 */
    KER_MSG_SEND_PULSE,       /* coid, priority, code, value -> 0 */
    KER_MSG_DELIVER_EVENT,    /* rcvid, const struct nto_sigevent * -> 0 */
    KER_MSG_REGISTER_EVENT,   /* struct nto_sigevent *, coid -> 0 */
    KER_MSG_UNREGISTER_EVENT, /* struct nto_sigevent * -> 0 */
    KER_MSG_CURRENT,          /* rcvid -> 0 */
    KER_MSG_KEYDATA,          /* rcvid, op, key, uint32_t *newkey, iov/buf, parts -> 0 */
    KER_MSG_PAUSE,            /* rcvid, cookie -> 0; a RESTART pulse with the cookie follows */
    KER_MSG_READIOV,          /* rcvid, struct nto_iov *, count, first part, flags (1 = reply side) -> parts stored */
    KER_MSG_VERIFY_EVENT,     /* rcvid, const struct nto_sigevent * -> 0 when MsgDeliverEvent would deliver it */

    /* synchronisation (struct nto_sync is the 8-byte sync_t) */
    KER_SYNC_TYPE_CREATE = 0x60, /* type (NTO_SYNC_*), sync *, const struct nto_sync_attr * -> 0 */
    KER_SYNC_DESTROY,         /* sync * -> 0 */
    KER_SYNC_CTL,             /* cmd, sync *, void * -> 0 */
    KER_SYNC_MUTEX_LOCK,      /* sync *, try -> 0 | -EDEADLK | -ETIMEDOUT | -EBUSY | -EOWNERDEAD (locked) | -ENOTRECOVERABLE |
                                 -EINVAL (own priority above the ceiling) | -EAGAIN */
    KER_SYNC_MUTEX_UNLOCK,    /* sync * -> 0 | -EPERM */
    KER_SYNC_COND_WAIT,       /* cond *, mutex * -> 0 (mutex held again) */
    KER_SYNC_COND_SIGNAL,     /* cond *, all -> 0 */
    KER_SYNC_SEM_POST,        /* sync * -> 0 */
    KER_SYNC_SEM_WAIT,        /* sync *, try -> 0 | -EAGAIN */
    KER_FUTEX_WAIT,           /* uint32_t *word, expected, const struct nto_timespec *abs (or 0), clock id, tid -> 0 | -EAGAIN |
                                 -EINTR | -ETIMEDOUT. STATE_CONDVAR; with a tid STATE_JOIN, for pthread_join(). For libc's inner locks only; keyed by physical address */
    KER_FUTEX_WAKE,           /* uint32_t *word, count -> number woken */
    KER_FUTEX_REQUEUE,        /* uint32_t *word, wake, requeue, uint32_t *word2 -> number woken + moved */
    KER_SYNC_MUTEX_EVENT,     /* sync *, const struct nto_sigevent * (0 = none) -> 0: sent when the owner's process dies */
    KER_SYNC_MUTEX_REVIVE,    /* sync * -> 0: a dead mutex becomes the caller's */

    /* signals */
    KER_SIGNAL_KILL = 0x80,   /* nd, pid (0 self, <0 process group, INT32_MIN everybody one may signal but oneself), tid (0 = process), signo (0 = test), code, value -> 0 */
    KER_SIGNAL_ACTION,        /* signo, const struct nto_sigaction *, struct nto_sigaction * -> 0 */
    KER_SIGNAL_PROCMASK,      /* how (0 block 1 unblock 2 set), const uint64_t *, uint64_t * -> 0. With NTO_PROCMASK_OF in
                                 how: of the thread named by the next arguments, pid (0 = own), tid (0 = self) */
    KER_SIGNAL_SUSPEND,       /* const uint64_t * -> -EINTR */
    KER_SIGNAL_WAITINFO,      /* const uint64_t *, struct nto_siginfo *, const uint64_t *mask while it waits (0 = unchanged) -> signo */
    KER_SIGNAL_RETURN,        /* (frame at rsp) does not return */
    KER_SIGNAL_PENDING,       /* uint64_t * -> 0 */
    KER_SIGNAL_ALTSTACK,      /* const struct nto_stack *, struct nto_stack * -> 0 */
    KER_SIGNAL_WAIT_PULSE,    /* chid, rmsg, rparts, struct nto_msg_info *, const uint64_t *mask -> 0: KER_MSG_RECEIVE_PULSE with
                                 another signal mask while it waits (ppoll) */

    /* time */
    KER_CLOCK_TIME = 0xa0,    /* clock id, const uint64_t *new_ns, uint64_t *old_ns -> 0 */
    KER_CLOCK_ADJUST,         /* clock id, const struct nto_clockadjust *, struct nto_clockadjust * -> 0 */
    KER_CLOCK_PERIOD,         /* clock id, const struct nto_clockperiod *, struct nto_clockperiod * -> 0 */
    KER_CLOCK_ID,             /* pid, tid -> clock id */
    KER_TIMER_CREATE,         /* clock id, const struct nto_sigevent * -> timer id */
    KER_TIMER_DESTROY,        /* id -> 0 */
    KER_TIMER_SETTIME,        /* id, flags (NTO_TIMER_*), const struct nto_itimer *, struct nto_itimer * -> 0 */
    KER_TIMER_INFO,           /* pid, id, flags (NTO_TIMER_*, _NTO_TI_REPORT_TOLERANCE), struct nto_timer_info * -> id */
    KER_TIMER_ALARM,          /* clock id, const struct nto_itimer *, struct nto_itimer * -> 0. Clock of real time: SIGALRM to the
                                 process; 5 (its CPU time, ITIMER_VIRTUAL): SIGVTALRM; CLOCK_PROCESS_CPUTIME_ID: SIGPROF */
    KER_TIMER_TIMEOUT,        /* clock id, flags (_NTO_TIMEOUT_*, NTO_TIMER_*), const struct nto_sigevent *, const uint64_t *ns,
                                 uint64_t *remaining -> previous flags. With _NTO_TIMEOUT_NANOSLEEP alone it sleeps. */
    KER_TIMER_TOLERANCE,      /* pid, const uint64_t *new_ns, uint64_t *old_ns -> 0: default tolerance of a process' timers */

    /* interrupts: 0-15 legacy lines, 16-23 further I/O APIC lines, 0x100+ message-signalled */
    KER_INTERRUPT_ATTACH = 0xc0, /* intr, handler, area, size, flags, const struct nto_upcall * -> id */
    KER_INTERRUPT_ATTACH_EVENT,  /* intr, const struct nto_sigevent *, flags -> id */
    KER_INTERRUPT_DETACH,     /* id -> 0 */
    KER_INTERRUPT_WAIT,       /* flags, const uint64_t * -> 0 */
    KER_INTERRUPT_MASK,       /* intr, id (or -1) -> mask count */
    KER_INTERRUPT_UNMASK,     /* intr, id (or -1) -> mask count */
    KER_INTERRUPT_RETURN,     /* const struct nto_sigevent * or 0: ends a handler; does not return */
    KER_INTERRUPT_INFO,       /* index, struct nto_interrupt_info * -> 0 | -EINVAL past the last attachment */

    KER_TRACE_EVENT = 0xe0,   /* mode, a, b, c, d, e -> per mode */
    KER_CALL_MAX = 0x100
};

struct nto_iov { uint64_t base; uint64_t len; };
struct nto_timespec { int64_t sec; int64_t nsec; };

union nto_sigval { int32_t i; uint64_t ptr; };

/* struct sigevent. notify: low bits SIGEV_*; bit 0x10000 = updateable; bit 0x20000 = registered handle (signo holds the index) */
struct nto_sigevent {
    int32_t notify;
    int32_t reserved;
    union {
        int32_t signo;        /* or coid (PULSE), registered handle */
        uint64_t addr;        /* THREAD: the function; MEMORY: the word */
    };
    union nto_sigval value;
    union {
        struct { int16_t code; int16_t priority; } c;   /* SIGNAL_CODE, PULSE (priority -1: inherit) */
        uint64_t attributes;  /* THREAD: pthread_attr_t * */
        int32_t memop;        /* MEMORY: NTO_SIGEV_MEM_* */
    } u;
};
enum {
    NTO_SIGEV_NONE = 0, NTO_SIGEV_SIGNAL = 129, NTO_SIGEV_SIGNAL_CODE = 130, NTO_SIGEV_SIGNAL_THREAD = 131,
    NTO_SIGEV_PULSE = 132, NTO_SIGEV_UNBLOCK = 133, NTO_SIGEV_INTR = 134, NTO_SIGEV_THREAD = 135,
    NTO_SIGEV_MEMORY = 136, NTO_SIGEV_SEM = 137, NTO_SIGEV_MASK = 0xffff,
    NTO_SIGEV_UPDATEABLE = 0x10000, NTO_SIGEV_HANDLE = 0x20000
};
enum { NTO_SIGEV_MEM_ASSIGN = 1, NTO_SIGEV_MEM_ADD, NTO_SIGEV_MEM_SUB, NTO_SIGEV_MEM_BITSET, NTO_SIGEV_MEM_BITCLR, NTO_SIGEV_MEM_BITTOGGLE };

struct nto_pool_config {      /* struct nto_channel_config of <sys/neutrino.h> */
    struct nto_sigevent event;/* with NTO_CHO_CUSTOM_EVENT: delivered when the pool has run dry; else the process gets SIGKILL */
    uint32_t num_pulses;      /* size of the pool, 1..16384 */
    uint32_t rearm_threshold; /* free pulses needed before the event may come again */
    uint32_t options;
    uint32_t reserved[3];
};
enum { NTO_CHO_CUSTOM_EVENT = 1 };

struct nto_pulse {            /* struct _pulse */
    uint16_t type, subtype;
    int8_t code;
    uint8_t zero[3];
    union nto_sigval value;
    int32_t scoid;
    int32_t reserved;
};

struct nto_msg_info {         /* struct _msg_info, 64-bit order */
    uint32_t nd, srcnd;
    int32_t pid, tid;
    int32_t chid, scoid, coid;
    int16_t priority;
    uint16_t reserved0;
    uint32_t flags;           /* _NTO_MI_* */
    uint32_t type_id;
    uint64_t msglen, srcmsglen, dstmsglen;
};

struct nto_server_info {      /* struct _server_info */
    uint32_t nd; int32_t pid, chid; int32_t scoid, coid; uint32_t flags;
};

struct nto_cred {             /* struct _cred_info */
    int32_t ruid, euid, suid, rgid, egid, sgid;
    uint32_t ngroups;
    int32_t grouplist[16];
};
struct nto_client_info {      /* struct _client_info */
    uint32_t nd; int32_t pid, sid; uint32_t flags; struct nto_cred cred;
};

struct nto_sched_param {      /* struct sched_param; from low_priority on: SPORADIC only */
    int32_t priority, curpriority; int32_t low_priority, max_repl; struct nto_timespec repl_period, init_budget;
};
struct nto_sched_info { int32_t priority_min, priority_max; uint64_t interval_ns; int32_t priority_priv, reserved; };

struct nto_thread_create {
    uint64_t entry;           /* first instruction: entered with rdi = arg, rsp = sp */
    uint64_t sp;              /* 16-byte aligned minus 8, as after a call */
    uint64_t arg;
    uint64_t tls;             /* fs base, 0 = none */
    uint64_t tid_word;        /* uint32_t *: tid stored here before the thread runs, or 0 */
    uint64_t clear_word;      /* as KER_THREAD_CLEARTID, or 0 */
    uint64_t stack_base, stack_size; /* for debuggers and pidin only */
    uint32_t flags;           /* 1 detached, 2 explicit policy and priority, 4 start suspended (STATE_STOPPED) */
    int32_t policy, priority; /* with flag 2 */
    int32_t reserved;
};

/* sync_t. A mutex' owner word: 0 free | tid | waiters bit 31. One whose count word has a bit of NTO_SYNC_MANAGED belongs to
 * the kernel: every lock and unlock is a call, and its owner word (process index << 10 | tid, or NTO_SYNC_DEAD when the owner
 * died) is for people to read. The count word: kind, ceiling, depth of recursion. */
struct nto_sync { uint32_t count; uint32_t owner; };
#define NTO_SYNC_WAITERS 0x80000000u
#define NTO_SYNC_DEAD 0x40000000u
#define NTO_SYNC_SHARED 0x80000000u         /* count word: used by several processes */
#define NTO_SYNC_ROBUST 0x40000000u         /* EOWNERDEAD for the next one when the owner dies */
#define NTO_SYNC_INCONSISTENT 0x20000000u   /* that happened; unlocked like this it becomes ... */
#define NTO_SYNC_NOTRECOVERABLE 0x10000000u /* ... ENOTRECOVERABLE for all */
#define NTO_SYNC_PROTECT 0x08000000u        /* priority ceiling protocol */
#define NTO_SYNC_NO_INHERIT 0x04000000u     /* PTHREAD_PRIO_NONE */
#define NTO_SYNC_TYPE_SHIFT 24              /* 2 bits: 0 DEFAULT 1 ERRORCHECK 2 RECURSIVE 3 NORMAL */
#define NTO_SYNC_CEILING_SHIFT 16           /* 8 bits */
#define NTO_SYNC_DEPTH 0x0000ffffu
#define NTO_SYNC_MANAGED (NTO_SYNC_SHARED | NTO_SYNC_ROBUST | NTO_SYNC_PROTECT)
struct nto_sync_attr { int32_t protocol; int32_t flags; int32_t prioceiling; int32_t clockid; int32_t reserved[4]; };
enum { NTO_SYNC_MUTEX = 0, NTO_SYNC_SEM = 1, NTO_SYNC_COND = 2 };

/* Signals. Action: kernel enters `handler` on the interrupted thread's stack with rdi = signo, rsi = nto_siginfo *,
 * rdx = context *, and `restorer` as return address; restorer does KER_SIGNAL_RETURN with rsp at the frame.
 * The context is musl's x86_64 ucontext_t. */
struct nto_sigaction { uint64_t handler; uint64_t flags; uint64_t restorer; uint64_t mask; }; /* bit n-1 = signal n */
enum { NTO_SA_NOCLDSTOP = 1, NTO_SA_SIGINFO = 2, NTO_SA_RESETHAND = 4, NTO_SA_NODEFER = 0x20, NTO_SA_ONSTACK = 0x40, NTO_SA_NOCLDWAIT = 0x80 };
struct nto_siginfo {          /* siginfo_t, 128 bytes; musl's field names map onto it in bits/ */
    int32_t signo, error, code, pad0;
    union {
        struct { int32_t pid; uint32_t uid; union nto_sigval value; } p; /* kill, queue; SIGCHLD: value.i = status */
        struct { uint64_t addr; int32_t fltno; } f;                                        /* faults */
        int32_t pad[28];
    } u;
};

#define NTO_PROCMASK_OF 0x100
struct nto_stack { uint64_t sp; int32_t flags, reserved; uint64_t size; };            /* stack_t */
enum { NTO_SS_ONSTACK = 1, NTO_SS_DISABLE = 2, NTO_STACK_MIN = 2048 };

/* An InterruptAttach() handler: entered with rdi = area, rsi = its id, on the stack given, in the attaching process at user level;
 * `restorer` is its return address and does KER_INTERRUPT_RETURN with what it returned. It may make the calls KER_INTERRUPT_MASK,
 * _UNMASK, _RETURN, KER_TRACE_EVENT and KER_NOP: others are ENOTSUP. */
struct nto_upcall { uint64_t stack_top, restorer; };
struct nto_interrupt_info {
    uint32_t intr, flags;     /* NTO_INTR_* */
    int32_t pid, tid, id;     /* tid 0: lifetime of the process */
    uint32_t masks;           /* of the whole source */
    uint32_t cpu;             /* where it arrives */
    int32_t notify;           /* SIGEV_* of an event; -1 = a handler */
    uint64_t handler, area;
    uint64_t count;           /* interrupts it got */
};

struct nto_itimer { uint64_t nsec, interval_nsec; };
#define NTO_TIMER_ABSTIME 0x80000000u
#define NTO_TIMER_TOLERANCE 0x40000000u      /* sets the tolerance (nsec) and nothing else */
#define NTO_TIMER_PRECISE 0x20000000u        /* the process' default tolerance does not count */
#define NTO_TIMER_SEARCH 0x10000000u         /* TimerInfo: the next timer when there is none of this id */
#define NTO_TIMER_RESET_OVERRUNS 0x20000000u /* TimerInfo */
struct nto_timer_info {       /* struct _timer_info */
    struct nto_itimer itime, otime;
    uint32_t flags; int32_t tid, notify; int32_t clockid; uint32_t overruns; int32_t reserved;
    struct nto_sigevent event;
};
struct nto_clockperiod { uint32_t nsec; int32_t fract; };
struct nto_clockadjust { uint64_t tick_count; int32_t tick_nsec_inc; int32_t reserved; };

/* Auxiliary vector entries of our own, beside the ELF ones (AT_PHDR, AT_BASE, AT_ENTRY, AT_PAGESZ, AT_RANDOM, AT_EXECFN) */
#define NTO_AT_SYSPAGE 0x1001 /* address of struct syspage_entry, read-only */
#define NTO_AT_PID 0x1002

#endif
