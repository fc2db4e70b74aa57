/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages to the process manager (pid 1, chid 1, always reachable on SYSMGR_COID = 0x40000000). libc makes them, kernel-sim/proc
 * serves them. Status of the reply: >= 0 as noted, errors by MsgError. Strings are NUL-terminated UTF-8, lengths include the NUL.
 * Every field is checked: a short message or a length past its end is EINVAL.
 */
#ifndef ABI_PROC_MSG_H
#define ABI_PROC_MSG_H
#include <stdint.h>
#include <abi/kercall.h>

enum {
    PROC_SPAWN = 0x10,     /* struct proc_spawn -> pid */
    PROC_EXIT,             /* struct proc_exit: never replied */
    PROC_WAIT,             /* struct proc_wait -> pid (0: WNOHANG and none), reply struct proc_wait_reply */
    PROC_GETSETID,         /* struct proc_id -> value, by op */
    PROC_FORK,             /* struct proc_simple -> pid of the child; the child's thread returns from the same send with 0 */
    PROC_DAEMON,           /* struct proc_daemon: detach from parent (procmgr_daemon): parent's wait sees status */
    PROC_EVENT_NOTIFY,     /* struct proc_event_notify; subtype 0 replace (-> 0), 1 add (-> id), 2 delete (flags = id), 3 trigger */
    PROC_UMASK,            /* struct proc_simple: a = new mask, b = pid (0 self) -> old mask */
    PROC_RLIMIT,           /* struct proc_simple: a = resource, b = 1 set, c,d = soft, hard; reply uint64_t[2] */
    PROC_TIMES,            /* struct proc_simple: a = pid; reply uint64_t[4] user, sys, child user, child sys in ns */
    PROC_ABILITY,          /* struct proc_ability + entries -> 0 */
    PROC_ABILITY_CREATE,   /* struct proc_simple + name: a = length, b = flags, c = 1 create, 0 look up -> id */
    PROC_REBOOT,           /* struct proc_simple: a = 0 shutdown (power off), 1 reset, 2 halt */
    PROC_CHDIR,            /* struct proc_simple: a = length, path follows (already absolute and checked by libc) -> 0 */
    PROC_GETCWD,           /* struct proc_simple; reply path */
    PROC_CONFSTR,          /* struct proc_simple: a = name (_CS_*), b = 1 set, c = length + string; reply string */
    PROC_ABILITY_CHECK,    /* struct proc_ability with scoid for pid (-1 = self) -> number of entries the client is able to;
                            * reply uint32_t[count]: id of the ability, 0 where the client is not able */
    PROC_GUARDIAN,         /* struct proc_simple: a = child that gets the caller's other children when it dies (0 nobody) -> 0 */
    PROC_CHROOT,           /* struct proc_simple: a = length with NUL; path behind it (CHROOT) -> 0. Below the root so far */
    PROC_SESSION,          /* struct proc_simple: a = sid or pid, b = id, c = event (PROCMGR_SESSION_*) -> 0 */

    PROC_DUMP = 0x3c,      /* struct proc_dump, by op: the dumper's registration and work (XPROCESS_DEBUG); reply struct proc_dump */

    MEM_MAP = 0x40,        /* struct mem_map -> 0, reply struct mem_map_reply */
    MEM_UNMAP,             /* struct mem_range -> 0 */
    MEM_PROTECT,           /* struct mem_range -> 0 */
    MEM_OFFSET,            /* struct mem_range; reply struct mem_offset_reply: physical address and contiguous length */
    MEM_INFO,              /* reply struct mem_info: system-wide counters */
    MEM_SHM_CTL,           /* struct mem_shm_ctl -> 0 */
    MEM_ADVISE,            /* 0 */
    MEM_BIND,              /* struct mem_bind + name: fd (opened on /dev/tymem or /dev/shmem) becomes a typed memory object, or what a handle stands for -> 0 */
    MEM_HANDLE,            /* struct mem_handle: subtype 0 creates (reply the same struct), 1 deletes -> 0 */
    MEM_TYPED_INFO,        /* struct mem_bind (fd): reply uint64_t bytes that can be allocated from the typed memory object */
    MEM_LOCK,              /* struct mem_range; subtype: MEM_LOCK_* -> 0 */

    PATH_ATTACH = 0x60,    /* struct path_attach + path -> 0, reply uint32_t link id */
    PATH_DETACH,           /* struct proc_simple: a = link id -> 0 */
    PATH_SYMLINK,          /* struct path_symlink + target + link path -> 0 (procmgr_symlink, pathmgr_symlink) */
    PATH_UNLINK,           /* struct proc_simple: a = length, path of a procnto symlink */

    SYS_MSI_ALLOC = 0x80,  /* struct proc_simple: a = count -> first intr (0x100+); reply struct sys_msi */
    SYS_MSI_FREE,          /* struct proc_simple: a = first intr, b = count */
    SYS_OBJECTS,           /* reply struct sys_objects: live kernel objects and free pages, for leak tests */
    SYS_FAIL_ALLOC,        /* tests, effective uid 0 only (EPERM). struct proc_simple: a = which allocation of procnto from now on fails (0 = none),
                              b = after it each b-th one (0 = no more) -> 0; reply uint64_t[2]: allocations, failures since the last call */
};

struct proc_simple { uint16_t type, subtype; uint32_t zero; int64_t a, b, c, d; };

/* spawn. After the struct: int32_t fd_map[nfds] (child's fd i = parent's fd_map[i], -1 = closed; nfds 0 = all without FD_CLOEXEC),
 * then path, the child's working directory (cwd_len bytes, absolute), argv strings, envp strings, each with NUL, back to back. */
#define PROC_SPAWN_SETGROUP 0x01u     /* pgroup: 0 = new group led by the child */
#define PROC_SPAWN_SETSIGMASK 0x02u
#define PROC_SPAWN_SETSIGDEF 0x04u
#define PROC_SPAWN_SETSIGIGN 0x08u
#define PROC_SPAWN_EXPLICIT_SCHED 0x10u
#define PROC_SPAWN_NOZOMBIE 0x20u
#define PROC_SPAWN_HOLD 0x40u         /* main thread starts STOPPED */
#define PROC_SPAWN_SETSID 0x80u
#define PROC_SPAWN_RUNMASK 0x100u
#define PROC_SPAWN_EXEC 0x200u        /* overlay: the caller's pid lives on in the new image */
#define PROC_SPAWN_SETCRED 0x400u     /* uid, gid (needs root) */
struct proc_spawn {
    uint16_t type, subtype;
    uint32_t flags;
    int32_t pgroup;
    int32_t policy, priority;
    uint32_t runmask;
    uint64_t sigmask, sigdefault, sigignore;
    int32_t uid, gid;
    uint32_t nfds, argc, envc;
    uint32_t path_len;
    uint32_t strings_len;             /* bytes of argv + envp strings */
    uint32_t cwd_len;                 /* with its NUL; 0 = the parent's working directory */
};
#define PROC_SPAWN_MAX (256u * 1024u) /* whole message */

/* Crashes. A process that ends by a signal of the kind that dumps core is stopped instead when there is a dumper (RLIMIT_CORE not 0),
 * and the dumper gets its event with the pid as value. It looks at the process and says DONE: the process ends then. */
enum { PROC_DUMP_REGISTER, /* event: EBUSY when there is a dumper */
       PROC_DUMP_QUERY,    /* pid -> tid, signo of the crash; ESRCH: no crash */
       PROC_DUMP_DONE      /* pid, written = 1: the parent sees WCOREDUMP */ };
struct proc_dump { uint16_t type, subtype /* op */; int32_t pid, tid, signo, written, zero; struct nto_sigevent event; };

struct proc_exit { uint16_t type, subtype; int32_t status; };   /* the wait() status word */
/* options: WUNTRACED/WSTOPPED 2, WEXITED 4, WCONTINUED 8, WNOHANG 0x40, WNOWAIT 0x1000000 */
struct proc_wait { uint16_t type, subtype; int32_t which; int32_t pid; uint32_t options; }; /* which: 0 P_ALL 1 P_PID 2 P_PGID */
struct proc_wait_reply { int32_t pid; int32_t status; uint32_t uid; uint32_t zero; uint64_t utime_ns, stime_ns; };

enum { PROC_ID_GET,      /* pid (0 self): reply struct proc_ids */
       PROC_ID_SETUID, PROC_ID_SETGID, PROC_ID_SETEUID, PROC_ID_SETEGID, PROC_ID_SETREUID, PROC_ID_SETREGID,
       PROC_ID_SETGROUPS, /* a = n, int32_t[n] follow */
       PROC_ID_SETPGID,  /* pid, a = pgid */ PROC_ID_SETSID, PROC_ID_GETPGID, PROC_ID_GETSID,
       PROC_ID_FOREGROUND /* a = group that has the session's terminal now, b = 1: only ask whether it may; EPERM: not of the session */ };
struct proc_id { uint16_t type, subtype /* op */; int32_t pid; int32_t a, b; };
struct proc_ids { int32_t pid, ppid, pgrp, sid; struct nto_cred cred; uint32_t umask; };

struct proc_daemon { uint16_t type, subtype; int32_t status; uint32_t flags; uint32_t zero; };
/* flags: PROC_EVENT_*; event delivered with MsgDeliverEvent rules; when updateable its value is: pid, hash of the path (0 unknown),
 * number of the configuration string, or what was given to trigger (in event.value) */
#define PROC_EVENT_PROCESS_DEATH 0x001u
#define PROC_EVENT_DAEMON_DEATH 0x002u /* of a process in session 1 */
#define PROC_EVENT_PATHSPACE 0x004u
#define PROC_EVENT_PROCESS_CREATE 0x008u
#define PROC_EVENT_CONFSTR 0x010u
#define PROC_EVENT_CONTIG_ALLOC_FAIL 0x020u
#define PROC_EVENT_SYNC 0x040u
#define PROC_EVENT_SYSCONF 0x080u
#define PROC_EVENT_TOD 0x100u          /* the time of day was set */
#define PROC_EVENT_ALL 0x1ffu
struct proc_event_notify { uint16_t type, subtype; uint32_t flags; struct nto_sigevent event; };

struct proc_ability { uint16_t type, subtype; int32_t pid; uint32_t count; uint32_t zero; /* entries follow */ };
struct proc_ability_entry { uint32_t word; uint32_t zero; uint64_t lo, hi; };

/* memory: prot and flags are QNX's mmap() numbers (PROT_READ 0x100 ..., MAP_SHARED 1 ...) */
#define MEM_PROT_READ 0x100u
#define MEM_PROT_WRITE 0x200u
#define MEM_PROT_EXEC 0x400u
#define MEM_PROT_NOCACHE 0x800u
#define MEM_MAP_SHARED 0x1u
#define MEM_MAP_PRIVATE 0x2u
#define MEM_MAP_FIXED 0x10u
#define MEM_MAP_BELOW16M 0x800u
#define MEM_MAP_STACK 0x1000u
#define MEM_MAP_LAZY 0x80u
#define MEM_MAP_PHYS 0x10000u      /* with ANON: contiguous RAM; without: offset is a physical address */
#define MEM_MAP_NOINIT 0x4000u
#define MEM_MAP_NOX64K 0x20000u
#define MEM_MAP_BELOW 0x40000u     /* at or below addr */
#define MEM_MAP_ANON 0x80000u
struct mem_map {
    uint16_t type, subtype; uint32_t prot;
    uint32_t flags; int32_t fd;     /* -1 = NOFD; else a connection of the caller to procnto (image file, /dev/shmem): others ENODEV, libc reads */
    uint64_t addr, len; int64_t offset; uint64_t align;
};
struct mem_map_reply { uint64_t addr, len; };
struct mem_range { uint16_t type, subtype; uint32_t prot; uint64_t addr, len; };
struct mem_offset_reply { uint64_t paddr, contig_len; };
struct mem_shm_ctl { uint16_t type, subtype; int32_t fd; uint32_t flags; uint32_t zero; uint64_t paddr, len; };
/* MEM_BIND. access: 1 read, 2 write. tflag: POSIX_TYPED_MEM_*. The name follows, with its NUL, for typed memory (handle 0). */
struct mem_bind { uint16_t type, subtype; int32_t fd; uint32_t access, tflag; uint32_t handle, name_len; };
/* A handle is good for one MEM_BIND by process pid. access: what that one may ask for. */
struct mem_handle { uint16_t type, subtype; int32_t fd, pid; uint32_t access, handle; };
enum { MEM_LOCK_RANGE, MEM_UNLOCK_RANGE, MEM_LOCK_ALL /* prot: 1 current, 2 future */, MEM_UNLOCK_ALL };
struct mem_info { uint64_t total, free, kernel, page_size; };

/* path space. Path is absolute (libc makes it so), without trailing slash except for "/". */
#define PATH_FLAG_BEFORE 0x0001u
#define PATH_FLAG_AFTER 0x0002u
#define PATH_FLAG_OPAQUE 0x0004u
#define PATH_FLAG_FTYPEONLY 0x0008u
#define PATH_FLAG_FTYPEALL 0x0010u
#define PATH_FLAG_SELF 0x0020u
#define PATH_FLAG_DIR 0x0100u
#define PATH_FLAG_EXCLUSIVE 0x0200u
struct path_attach {
    uint16_t type, subtype; uint32_t flags;
    uint32_t file_type; int32_t chid; uint32_t handle; uint32_t path_len; /* 0 = no path (FTYPE_MOUNT with FTYPEONLY) */
};
struct path_symlink { uint16_t type, subtype; uint32_t flags; uint32_t target_len, link_len; };

struct sys_msi { uint64_t address; uint32_t data; uint32_t count; };
struct sys_objects {
    uint64_t pages_total, pages_free;
    uint32_t processes, threads, channels, connections, pulses, timers, interrupts, regions, sync_waiters, ocbs, names, zero;
    uint64_t pages_promised, pages_heap, pages_tables, pages_shared, pages_private; /* of those not free */
    uint64_t pages_reserve, pages_waiting; /* kept for the next threads' stacks in the kernel; DMA memory of the dead, soon free (and counted as free) */
};

#endif
