/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /proc/<pid>/as and /proc/<pid>/ctl: devctls about a process (pidin, debuggers). Both files take the same devctls; reading and
 * writing `as` at an offset is reading and writing the process' memory (needs XPROCESS_MEM_READ / XPROCESS_DEBUG or the same user).
 * /proc/<pid>/cmdline holds the arguments, each with its NUL; /proc/<pid>/exefile the path of the program.
 */
#ifndef _SYS_PROCFS_H
#define _SYS_PROCFS_H
#include <stdint.h>

#define PROCFS_THREAD_NAME_MAX 100

#define _DEBUG_FLAG_STOPPED 0x00000001u
#define _DEBUG_FLAG_ISSYS 0x00000010u    /* a thread of procnto */
#define _DEBUG_FLAG_IDLE 0x00000020u     /* an idle thread */
#define _DEBUG_FLAG_ZOMBIE 0x00000040u   /* ours: the process waits for its parent */
#define _DEBUG_FLAG_ISTOP 0x00000080u    /* stopped by a debugger */
#define _DEBUG_FLAG_CURTID 0x00080000u   /* the thread registers and steps go to */
/* DCMD_PROC_SET_FLAG, _CLR_FLAG: what happens to the process when its debugger goes */
#define _DEBUG_FLAG_KLC 0x00100000u      /* killed; without it, it runs on */

/* why: the reason of the last stop; what: the signal or fault number */
#define _DEBUG_WHY_REQUESTED 0
#define _DEBUG_WHY_SIGNALLED 1
#define _DEBUG_WHY_FAULTED 2
#define _DEBUG_WHY_JOBCONTROL 3
#define _DEBUG_WHY_TERMINATED 4
#define _DEBUG_WHY_CHILD 5
#define _DEBUG_WHY_EXEC 6
#define _DEBUG_WHY_THREAD 7
#define _DEBUG_WHAT_BREAKPOINT 0x1000    /* ours, with FAULTED: a breakpoint of the debugger's */
#define _DEBUG_WHAT_TRACE 0x1001         /* the step is done */
#define _DEBUG_WHAT_WATCHPOINT 0x1002    /* data that is watched was used; the instruction is done */

typedef struct _debug_process_info {
    int32_t pid, parent;
    uint32_t flags, umask;
    int32_t child, sibling;           /* pids, 0 = none */
    int32_t pgrp, sid;
    uint64_t base_address, initial_stack;
    int32_t uid, gid, euid, egid, suid, sgid;
    uint64_t sig_ignore, sig_queue, sig_pending;
    uint32_t num_chancons, num_fdcons, num_threads, num_timers;
    uint64_t start_time;              /* ns since 1970 */
    uint64_t utime, stime, cutime, cstime; /* ns */
    uint8_t priority, spare8[3];
    uint32_t extsched;
    uint64_t memory;                  /* ours: bytes of RAM of its own */
    uint64_t reserved[4];
} debug_process_t;
typedef debug_process_t procfs_info;

typedef struct _debug_thread_info {
    int32_t pid, tid;
    uint32_t flags;
    uint16_t why, what;
    uint64_t ip, sp, stkbase, tls;
    uint64_t stksize;
    uint32_t tid_flags;
    uint8_t priority;                 /* the one it runs at */
    uint8_t real_priority;            /* its own */
    uint8_t policy, state;            /* SCHED_*, STATE_* */
    int16_t syscall;                  /* KER_* it is in, -1 = none */
    uint16_t last_cpu;
    uint32_t timeout;
    int32_t last_chid;
    union {
        struct { int32_t tid; } join;
        struct { int32_t id, pid; uint64_t sync; uint32_t count; } sync; /* MUTEX, CONDVAR, SEM: address; MUTEX: its owner's tid and
                                                                    * pid (0 = none any more), and how often it was locked */
        struct { uint32_t nd; int32_t pid, coid, chid, scoid; uint32_t flags; } connect; /* SEND, REPLY */
        struct { int32_t chid; } channel;                                       /* RECEIVE */
        struct { int32_t pid; uint32_t flags; uint64_t vaddr; } waitpage;
        struct { uint64_t size; } stack;
        uint64_t filler[4];
    } blocked;
    uint64_t start_time;              /* ns since 1970 */
    uint64_t sutime;                  /* ns of CPU time, user + system */
    char name[PROCFS_THREAD_NAME_MAX]; /* as given with pthread_setname_np(), or empty */
    uint32_t runmask;
    uint64_t reserved[2];
} debug_thread_t;
typedef debug_thread_t procfs_status;

typedef struct _procfs_map_info {
    uint64_t vaddr, size;
    uint32_t flags;                   /* MAP_* | PROT_* */
    uint32_t dev;
    int64_t offset;
    uint64_t ino;
    uint64_t resident;                /* ours: bytes present */
} procfs_mapinfo;

typedef struct _procfs_debug_info {
    uint64_t vaddr;
    char path[256];
} procfs_debuginfo;

typedef struct _procfs_sys_info {
    uint32_t ncpu; uint32_t pagesize;
    uint64_t memsize, freemem;
    uint64_t boottime;                /* ns since 1970 */
} procfs_sysinfo;

/* DCMD_PROC_RUN */
#define _DEBUG_RUN_CLRSIG 0x01u          /* forget the signal or fault it stopped for */
#define _DEBUG_RUN_CLRFLT 0x02u
#define _DEBUG_RUN_VADDR 0x20u           /* go on at ip */
#define _DEBUG_RUN_STEP 0x40u            /* one instruction of the current thread, the others stay stopped */
#define _DEBUG_RUN_STEP_ALL 0x80u        /* the others run meanwhile */
#define _DEBUG_RUN_CURTID 0x100u         /* tid becomes the current thread first */
typedef struct _debug_run {
    uint32_t flags;
    int32_t tid;
    uint64_t ip;
} procfs_run;

/* DCMD_PROC_BREAK: size >= 0 sets, -1 removes; addr 0 with size -1 removes all. EXEC writes into the program; with HW, and for data (RD read, RW
 * read or write, RWM write; HW may stand with them), the processor watches: four addresses at most (ENOMEM), sizes 1, 2, 4, 8 and multiples of
 * them (EINVAL), set while no thread of the process runs (EBUSY). RD stops at writes, too. */
#define _DEBUG_BREAK_EXEC 0x1u
#define _DEBUG_BREAK_RD 0x2u
#define _DEBUG_BREAK_RW 0x4u
#define _DEBUG_BREAK_RWM 0x8u
#define _DEBUG_BREAK_HW 0x10u
#define _DEBUG_BREAK_MAX 64
typedef struct _debug_break {
    uint32_t type, unused;
    uint64_t addr;
    int32_t size, zero;
} procfs_break;

/* DCMD_PROC_SIGNAL; tid 0 = the process */
typedef struct _procfs_signal {
    int32_t tid, signo, code, value;
} procfs_signal;

/* DCMD_PROC_THREADCTL: cmd is _NTO_TCTL_ONE_THREAD_HOLD or _NTO_TCTL_ONE_THREAD_CONT */
typedef struct _procfs_threadctl {
    int32_t cmd, tid;
    uint64_t data[4];
} procfs_threadctl;

/* DCMD_PROC_GETGREG, _SETGREG (x86_64), _GETFPREG, _SETFPREG (FXSAVE area): of the current thread */
typedef struct x86_64_cpu_registers {
    uint64_t rdi, rsi, rdx, r10, r8, r9, rax, rbx, rbp, rcx, r11, r12, r13, r14, r15;
    uint64_t rip;
    uint32_t cs, rsvd1;
    uint64_t rflags, rsp;
    uint32_t ss, rsvd2;
} X86_64_CPU_REGISTERS;
typedef union _debug_gregs {
    X86_64_CPU_REGISTERS x86_64;
    uint64_t filler[32];
} procfs_greg;
typedef struct _debug_fpregs {
    uint8_t fxsave[512];
} procfs_fpreg;

/* One ability of a process. Settings: _PROCFS_ABILITY_* */
#define _PROCFS_ABILITY_ALLOWED 0x01u
#define _PROCFS_ABILITY_CHANGED 0x02u   /* differs from the default or was set explicitly */
#define _PROCFS_ABILITY_LOCKED 0x04u
#define _PROCFS_ABILITY_INHERIT 0x08u
#define _PROCFS_ABILITY_RANGED 0x10u    /* for the values in ranges only */
#define _PROCFS_ABILITY_RANGES 8
typedef struct _procfs_ability_info {
    uint32_t id;                      /* PROCMGR_AID_* or custom */
    uint32_t setting[2];              /* while root, while not */
    uint32_t denied;                  /* how often this process was refused for it (stops at 65535) */
    uint32_t denied_ever;             /* the same of all processes since boot */
    int32_t last_pid, last_tid;       /* who was refused last */
    uint32_t nranges[2];              /* how many there are; the first ones follow */
    uint32_t zero;
    uint64_t last_value;
    struct { uint64_t lo, hi; } range[2][_PROCFS_ABILITY_RANGES];
    char name[128];
} procfs_ability;

/* Same bits as <devctl.h>: direction, size, class, number. */
#define _PROCFS_FROM(n, t) ((int)(0x40000000u | ((uint32_t)sizeof(t) << 16) | (0x06u << 8) | (n)))
#define _PROCFS_TO(n, t) ((int)(0x80000000u | ((uint32_t)sizeof(t) << 16) | (0x06u << 8) | (n)))
#define _PROCFS_BOTH(n, t) ((int)(0xc0000000u | ((uint32_t)sizeof(t) << 16) | (0x06u << 8) | (n)))
#define DCMD_PROC_SYSINFO _PROCFS_FROM(0u, procfs_sysinfo)
#define DCMD_PROC_INFO _PROCFS_FROM(1u, procfs_info)
/* data: array of as many procfs_mapinfo as fit; info (devctl's last argument) = how many there are */
#define DCMD_PROC_MAPINFO _PROCFS_FROM(2u, procfs_mapinfo)
#define DCMD_PROC_PAGEDATA _PROCFS_FROM(3u, procfs_mapinfo)
/* in: vaddr; out: path of the file mapped there (base address of it in vaddr) */
#define DCMD_PROC_MAPDEBUG _PROCFS_BOTH(4u, procfs_debuginfo)
/* out: path of the program and where it was loaded */
#define DCMD_PROC_MAPDEBUG_BASE _PROCFS_FROM(5u, procfs_debuginfo)
/* in: tid; out: the thread with the lowest tid >= that; ESRCH after the last one */
#define DCMD_PROC_TIDSTATUS _PROCFS_BOTH(9u, procfs_status)
#define DCMD_PROC_STATUS _PROCFS_FROM(8u, procfs_status)
/*
 * A debugger's commands, on a descriptor open for writing. The first of them makes the caller the process' debugger: others get
 * EBUSY until it is gone. ESRCH: the process (or thread) is not there. EBUSY: it runs, and must be stopped for this.
 */
#define DCMD_PROC_STOP _PROCFS_FROM(6u, procfs_status)      /* returns when no thread runs any more */
#define DCMD_PROC_WAITSTOP _PROCFS_FROM(7u, procfs_status)  /* until it stops by itself; ESRCH: it ended instead */
#define DCMD_PROC_GETGREG _PROCFS_FROM(10u, procfs_greg)    /* info: bytes used */
#define DCMD_PROC_SETGREG _PROCFS_TO(11u, procfs_greg)
#define DCMD_PROC_GETFPREG _PROCFS_FROM(12u, procfs_fpreg)
#define DCMD_PROC_SETFPREG _PROCFS_TO(13u, procfs_fpreg)
#define DCMD_PROC_RUN _PROCFS_TO(14u, procfs_run)
#define DCMD_PROC_BREAK _PROCFS_TO(15u, procfs_break)
#define DCMD_PROC_CURTHREAD _PROCFS_TO(16u, int32_t)
#define DCMD_PROC_SIGNAL _PROCFS_TO(17u, procfs_signal)
#define DCMD_PROC_SET_FLAG _PROCFS_TO(18u, uint32_t)
#define DCMD_PROC_CLR_FLAG _PROCFS_TO(19u, uint32_t)
#define DCMD_PROC_EVENT _PROCFS_TO(20u, uint64_t[4])       /* struct sigevent, delivered at every stop */
#define DCMD_PROC_GET_BREAKLIST _PROCFS_FROM(21u, procfs_break) /* as many as fit; info: how many there are */
#define DCMD_PROC_THREADCTL _PROCFS_BOTH(22u, procfs_threadctl)
/* data: array of as many procfs_channel as fit; info = how many there are */
typedef struct _procfs_channel {
    int32_t chid;
    uint32_t flags;                   /* _NTO_CHF_* */
    uint32_t connections;             /* client processes */
    uint32_t receivers;               /* threads that wait for a message */
    uint32_t sends, pulses, replies;  /* queued messages and pulses; clients that wait for an answer */
    uint32_t zero;
} procfs_channel;
#define DCMD_PROC_CHANNELS _PROCFS_FROM(23u, procfs_channel)
/* in: id; out: the ability with the lowest id >= that; ESRCH after the last one. Ours: pidin abilities. */
#define DCMD_PROC_ABILITY _PROCFS_BOTH(40u, procfs_ability)

#endif
