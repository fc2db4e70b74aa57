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
#define PROCMGR_EVENT_DAEMON_DEATH 0x02u
#define PROCMGR_EVENT_PATHSPACE 0x04u
#define PROCMGR_EVENT_PROCESS_CREATE 0x08u

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
int procmgr_event_notify(unsigned flags, const struct sigevent *event);
int procmgr_event_notify_add(unsigned flags, const struct sigevent *event);
/* Default tolerance (ns; 0 = one tick, less than a tick needs PROCMGR_AID_HIGH_RESOLUTION_TIMER) of a process' timers and timeouts;
 * pid 0 = the caller; either pointer may be NULL. EPERM, ESRCH. (procmgr_timer_tolerance, QNX 7.1) */
int procmgr_timer_tolerance(pid_t pid, const uint64_t *new_ns, uint64_t *old_ns);
int procmgr_symlink(const char *target, const char *link);
__NTO_END_DECLS
