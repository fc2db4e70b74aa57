// SPDX-License-Identifier: Apache-2.0
// procmgr_ability(): what a process may do, decided in one place.
#pragma once

#include "object/hooks.hpp"

#include <cstdint>

namespace object {
struct Process;
}

namespace proc {

/// PROCMGR_AID_* of <sys/procmgr.h>, in the same order.
enum class Aid : uint8_t {
    eol,
    spawn_setuid,
    spawn_setgid,
    setuid,
    setgid,
    getid,
    pathspace,
    reboot,
    cpumode,
    runstate,
    confset,
    rsrcdbmgr,
    session,
    umask,
    event,
    rlimit,
    mem_add,
    mem_phys,
    mem_peer,
    mem_global,
    mem_lock,
    mem_special,
    map_fixed,
    prot_exec,
    prot_write_and_exec,
    spawn,
    fork,
    pgrp,
    io,
    interrupt,
    interruptevent,
    keydata,
    priority,
    connection,
    schedule,
    signal,
    timer,
    clockset,
    clockperiod,
    trace,
    wait,
    public_channel,
    chroot,
    aps_root,
    sigev_thread,
    xthread_threadctl,
    xprocess_query,
    xprocess_able,
    xprocess_debug,
    xprocess_mem_read,
    able_create,
    able_priv,
    default_timer_tolerance,
    high_resolution_timer,
    power,
    qnet,
    srandom,
    child_newapp,
    mac_policy,
    settypeid,
    channel_connect,
    privreg,
    rconstraint,
    path_trust,
    rlimit_peer,
    runstate_burst,
    count
};

/// Settings of one process; first light has the defaults only: root may all, others what is not privileged.
struct AbilitySet {
    uint32_t denials = 0; // how often able() said no
};

/// May `process` do it (with this value, where the ability has ranges)? Counts a denial.
bool able(object::Process& process, Aid ability, uint64_t value = 0);

} // namespace proc
