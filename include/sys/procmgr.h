/* SPDX-License-Identifier: Apache-2.0 */
/* Services of the process manager. */
#pragma once
#include <abi/ability.h>
#include <signal.h>
#include <stdint.h>
#include <sys/platform.h>

#define PROCMGR_DAEMON_NOCHDIR 0x01u
#define PROCMGR_DAEMON_NOCLOSE 0x02u
#define PROCMGR_DAEMON_NODEVNULL 0x04u
#define PROCMGR_DAEMON_KEEPUMASK 0x08u

#define PROCMGR_EVENT_PROCESS_DEATH 0x01u
#define PROCMGR_EVENT_DAEMON_DEATH 0x02u /* of a process in session 1, see procmgr_daemon() */
#define PROCMGR_EVENT_PATHSPACE 0x04u
#define PROCMGR_EVENT_PROCESS_CREATE 0x08u
#define PROCMGR_EVENT_CONFSTR 0x10u
#define PROCMGR_EVENT_CONTIG_ALLOC_FAIL 0x20u
#define PROCMGR_EVENT_SYNC 0x40u
#define PROCMGR_EVENT_SYSCONF 0x80u
#define PROCMGR_EVENT_TOD 0x100u

enum {
    PROCMGR_SESSION_TCSETSID = 1, PROCMGR_SESSION_SETSID, PROCMGR_SESSION_SETPGRP, PROCMGR_SESSION_SIGNAL_PID,
    PROCMGR_SESSION_SIGNAL_PGRP, PROCMGR_SESSION_SIGNAL_LEADER
};

/* One word of a procmgr_ability() list: ability | PROCMGR_AOP_* | PROCMGR_ADN_* */
#define PROCMGR_ADN_ROOT ABI_ABILITY_ROOT       /* while the effective user id is 0 */
#define PROCMGR_ADN_NONROOT ABI_ABILITY_NONROOT /* while it is another */
#define PROCMGR_AOP_DENY ABI_ABILITY_DENY
#define PROCMGR_AOP_ALLOW ABI_ABILITY_ALLOW
#define PROCMGR_AOP_SUBRANGE ABI_ABILITY_SUBRANGE /* two uint64_t follow: the lowest and the highest value */
#define PROCMGR_AOP_LOCK ABI_ABILITY_LOCK
#define PROCMGR_AOP_INHERIT_YES ABI_ABILITY_INHERIT_YES
#define PROCMGR_AOP_INHERIT_NO ABI_ABILITY_INHERIT_NO
#define PROCMGR_AID_UNCREATED ABI_ABILITY_UNCREATED
#define PROCMGR_AID_MASK ABI_ABILITY_ID_MASK
#define PROCMGR_ABILITY_NAME_MAX 127
/* PROCMGR_AID_EOL ends a list; then one PROCMGR_AID_* each of <abi/ability.h>. */
#define __PROCMGR_AID(upper, lower, privileged) PROCMGR_AID_##upper,
enum { PROCMGR_AID_EOL, ABI_ABILITIES(__PROCMGR_AID) PROCMGR_AID_STATIC_END };
#undef __PROCMGR_AID
__NTO_BEGIN_DECLS
/*
 * Changes what process pid (0 = the caller) may do. Words up to one with PROCMGR_AID_EOL; domain and operation bits in that one
 * apply to every unlocked ability the list does not name. All of the list takes effect, or none. EOK or an errno value:
 * EINVAL (unknown ability, no domain, ALLOW with DENY, an empty range), EPERM (locked; another process without XPROCESS_ABLE; a
 * privileged ability to be had again or inherited without ABLE_PRIV), ESRCH, E2BIG, ENOMEM. (lib_ref procmgr_ability)
 */
int procmgr_ability(pid_t pid, unsigned ability, ...);
/* Id (> 0) of the ability of that name, or a negative errno value: -EPERM (ABLE_CREATE), -EEXIST (other flags), -ENAMETOOLONG,
 * -ENOSPC. flags: the domains that have it by default. (lib_ref procmgr_ability_create) */
int procmgr_ability_create(const char *name, unsigned flags);
/* Id of the ability, created when the caller may (ABLE_CREATE), else a temporary one with PROCMGR_AID_UNCREATED. */
int procmgr_ability_lookup(const char *name);
int procmgr_daemon(int status, unsigned flags);
int procmgr_detach(int status);
/* Be told of system-wide events; one request a process (a second call replaces it, flags 0 or event NULL ends it). 0 or -1.
 * With SIGEV_FLAG_UPDATEABLE the value is the pid (deaths), a hash of the path or 0 (PATHSPACE), the constant (CONFSTR, SYSCONF).
 * (lib_ref procmgr_event_notify, procmgr_event_notify_add) */
int procmgr_event_notify(unsigned flags, const struct sigevent *event);
/* The same beside others: a handle for _delete(), or -1. */
int procmgr_event_notify_add(unsigned flags, const struct sigevent *event);
/* Default tolerance (ns; 0 = one tick, less than a tick needs PROCMGR_AID_HIGH_RESOLUTION_TIMER) of a process' timers and timeouts;
 * pid 0 = the caller; either pointer may be NULL. EPERM, ESRCH. (procmgr_timer_tolerance, QNX 7.1) */
int procmgr_timer_tolerance(pid_t pid, const uint64_t *new_ns, uint64_t *old_ns);
int procmgr_event_notify_delete(int id);
/* Tells everybody. All but PATHSPACE, SYNC and TOD need PROCMGR_AID_EVENT. (lib_ref procmgr_event_trigger) */
int procmgr_event_trigger(const unsigned flags);
int procmgr_event_trigger_updateable(const unsigned flags, const int value);
/* A child that is to be the parent of the caller's other children when the caller dies; 0 = none. EINVAL: not a child. */
pid_t procmgr_guardian(pid_t pid);
/* For terminal drivers; see the manual page for what sid and id are by event. EINVAL, EPERM, ENOREMOTE, ESRCH. */
int procmgr_session(uint32_t nd, pid_t sid, int id, unsigned event);
int procmgr_symlink(const char *target, const char *link);
__NTO_END_DECLS
