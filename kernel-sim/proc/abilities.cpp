// SPDX-License-Identifier: Apache-2.0
// The ability check: defaults by effective user id.
#include "proc/abilities.hpp"

#include "proc/process_info.hpp"

namespace proc {

namespace {

// What everybody may do by default; all else is root's.
bool unprivileged(Aid ability)
{
    switch (ability) {
    case Aid::fork:
    case Aid::getid:
    case Aid::map_fixed:
    case Aid::mem_lock:
    case Aid::prot_exec:
    case Aid::sigev_thread:
    case Aid::spawn:
    case Aid::xthread_threadctl:
        return true;
    default:
        return false;
    }
}

constexpr int max_unprivileged_priority = 63;

} // namespace

bool able(object::Process& process, Aid ability, uint64_t value)
{
    if (process.pid == 1 || process.cred.euid == 0 || unprivileged(ability)) {
        return true;
    }
    if (ability == Aid::priority && value <= max_unprivileged_priority) {
        return true;
    }
    if (process.info != nullptr) {
        ++process.info->abilities.denials;
    }
    return false;
}

bool able(object::Process& process, Ability ability, uint64_t value)
{
    switch (ability) {
    case Ability::io:
        return able(process, Aid::io, value);
    case Ability::interrupt:
        return able(process, Aid::interrupt, value);
    case Ability::interrupt_event:
        return able(process, Aid::interruptevent, value) || able(process, Aid::interrupt, value);
    case Ability::priority:
        return able(process, Aid::priority, value);
    case Ability::public_channel:
        return able(process, Aid::public_channel, value);
    case Ability::signal:
        return able(process, Aid::signal, value);
    case Ability::clock_set:
        return able(process, Aid::clockset, value);
    case Ability::clock_period:
        return able(process, Aid::clockperiod, value);
    case Ability::schedule:
        return able(process, Aid::schedule, value);
    case Ability::connection:
        return able(process, Aid::connection, value);
    case Ability::trace:
        return able(process, Aid::trace, value);
    case Ability::timer:
        return able(process, Aid::timer, value);
    case Ability::xthread_threadctl:
        return able(process, Aid::xthread_threadctl, value);
    case Ability::xprocess_query:
        return able(process, Aid::xprocess_query, value);
    }
    return false;
}

} // namespace proc
