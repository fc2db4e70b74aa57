/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The static abilities, once: X(NAME, name, privileged). <sys/procmgr.h> makes PROCMGR_AID_NAME of them, procnto its table, the
 * tools their names. Privileged ones are off by default for processes that are not root. Meanings: the manuals' "Abilities" page.
 */
#ifndef ABI_ABILITY_H
#define ABI_ABILITY_H

#define ABI_ABILITIES(X)                                                                                                       \
    X(SPAWN_SETUID, spawn_setuid, 1)                                                                                           \
    X(SPAWN_SETGID, spawn_setgid, 1)                                                                                           \
    X(SETUID, setuid, 1)                                                                                                       \
    X(SETGID, setgid, 1)                                                                                                       \
    X(GETID, getid, 0)                                                                                                         \
    X(PATHSPACE, pathspace, 1)                                                                                                 \
    X(REBOOT, reboot, 1)                                                                                                       \
    X(CPUMODE, cpumode, 1)                                                                                                     \
    X(RUNSTATE, runstate, 1)                                                                                                   \
    X(CONFSET, confset, 1)                                                                                                     \
    X(RSRCDBMGR, rsrcdbmgr, 1)                                                                                                 \
    X(SESSION, session, 1)                                                                                                     \
    X(UMASK, umask, 1)                                                                                                         \
    X(EVENT, event, 1)                                                                                                         \
    X(RLIMIT, rlimit, 1)                                                                                                       \
    X(MEM_ADD, mem_add, 1)                                                                                                     \
    X(MEM_PHYS, mem_phys, 1)                                                                                                   \
    X(MEM_PEER, mem_peer, 1)                                                                                                   \
    X(MEM_GLOBAL, mem_global, 1)                                                                                               \
    X(MEM_LOCK, mem_lock, 0)                                                                                                   \
    X(MEM_SPECIAL, mem_special, 1)                                                                                             \
    X(MAP_FIXED, map_fixed, 0)                                                                                                 \
    X(PROT_EXEC, prot_exec, 0)                                                                                                 \
    X(PROT_WRITE_AND_EXEC, prot_write_and_exec, 1)                                                                             \
    X(SPAWN, spawn, 0)                                                                                                         \
    X(FORK, fork, 0)                                                                                                           \
    X(PGRP, pgrp, 1)                                                                                                           \
    X(IO, io, 1)                                                                                                               \
    X(INTERRUPT, interrupt, 1)                                                                                                 \
    X(INTERRUPTEVENT, interruptevent, 1)                                                                                       \
    X(KEYDATA, keydata, 1)                                                                                                     \
    X(PRIORITY, priority, 1)                                                                                                   \
    X(CONNECTION, connection, 1)                                                                                               \
    X(SCHEDULE, schedule, 1)                                                                                                   \
    X(SIGNAL, signal, 1)                                                                                                       \
    X(TIMER, timer, 1)                                                                                                         \
    X(CLOCKSET, clockset, 1)                                                                                                   \
    X(CLOCKPERIOD, clockperiod, 1)                                                                                             \
    X(TRACE, trace, 1)                                                                                                         \
    X(WAIT, wait, 1)                                                                                                           \
    X(PUBLIC_CHANNEL, public_channel, 1)                                                                                       \
    X(CHROOT, chroot, 1)                                                                                                       \
    X(APS_ROOT, aps_root, 1)                                                                                                   \
    X(SIGEV_THREAD, sigev_thread, 0)                                                                                           \
    X(XTHREAD_THREADCTL, xthread_threadctl, 0)                                                                                 \
    X(XPROCESS_QUERY, xprocess_query, 1)                                                                                       \
    X(XPROCESS_ABLE, xprocess_able, 1)                                                                                         \
    X(XPROCESS_DEBUG, xprocess_debug, 1)                                                                                       \
    X(XPROCESS_MEM_READ, xprocess_mem_read, 1)                                                                                 \
    X(ABLE_CREATE, able_create, 1)                                                                                             \
    X(ABLE_PRIV, able_priv, 1)                                                                                                 \
    X(DEFAULT_TIMER_TOLERANCE, default_timer_tolerance, 1)                                                                     \
    X(HIGH_RESOLUTION_TIMER, high_resolution_timer, 1)                                                                         \
    X(POWER, power, 1)                                                                                                         \
    X(QNET, qnet, 1)                                                                                                           \
    X(SRANDOM, srandom, 1)                                                                                                     \
    X(CHILD_NEWAPP, child_newapp, 1)                                                                                           \
    X(MAC_POLICY, mac_policy, 1)                                                                                               \
    X(SETTYPEID, settypeid, 1)                                                                                                 \
    X(CHANNEL_CONNECT, channel_connect, 1)                                                                                     \
    X(PRIVREG, privreg, 1)                                                                                                     \
    X(RCONSTRAINT, rconstraint, 1)                                                                                             \
    X(PATH_TRUST, path_trust, 1)                                                                                               \
    X(RLIMIT_PEER, rlimit_peer, 1)                                                                                             \
    X(RUNSTATE_BURST, runstate_burst, 1)                                                                                       \
    X(V86, v86, 1)                                                                                                             \
    X(SWAP, swap, 1)                                                                                                           \
    X(SANDBOX, sandbox, 1)                                                                                                     \
    X(QVM, qvm, 1)                                                                                                             \
    X(SHMEM_CREATE, shmem_create, 0)

/* One word of a procmgr_ability() list. */
#define ABI_ABILITY_ID_MASK 0x0000ffffu
#define ABI_ABILITY_ROOT 0x00010000u
#define ABI_ABILITY_NONROOT 0x00020000u
#define ABI_ABILITY_DENY 0x00040000u
#define ABI_ABILITY_ALLOW 0x00080000u
#define ABI_ABILITY_SUBRANGE 0x00100000u
#define ABI_ABILITY_LOCK 0x00200000u
#define ABI_ABILITY_INHERIT_YES 0x00400000u
#define ABI_ABILITY_INHERIT_NO 0x00800000u
#define ABI_ABILITY_UNCREATED 0x01000000u /* a looked-up name that nobody has created yet */

#define ABI_ABILITY_COUNT 192u    /* static and custom ids are below */
#define ABI_ABILITY_NAME_MAX 127u /* characters of a custom ability's name */

#endif
