// SPDX-License-Identifier: Apache-2.0
// The one check behind every guarded call; denials are counted by process and ability, and traced.
#include "proc/ability.hpp"

#include "object/thread.hpp"
#include "proc/process_info.hpp"
#include "proc/server.hpp"
#include "sched/trace.hpp"

namespace proc {

namespace {

AbilityDenials denials[ability_count];

/// The thread that is refused: the caller itself, or the client whose message this worker serves.
object::Thread& refused_thread(object::Process& process)
{
    object::Thread& self = object::current();
    if (&self.process == &process) {
        return self;
    }
    object::Thread* client = object::find_thread(process, served_tid());
    return client != nullptr ? *client : self;
}

void note_denial(object::Process& process, uint32_t id, uint64_t value)
{
    ProcessAbilities& mine = process.info->abilities;
    ++mine.denials;
    if (mine.denied[id] != UINT16_MAX) {
        ++mine.denied[id];
    }
    const object::Thread& thread = refused_thread(process);
    denials[id] = {denials[id].count + 1, process.pid, thread.tid, value};
    sched::trace(sched::TraceKind::denied, thread, id, value);
}

} // namespace

const AbilityDenials& denials_of(uint32_t id)
{
    return denials[id];
}

bool has_ability(const object::Process& process, uint32_t id, uint64_t lo, uint64_t hi)
{
    if (process.pid == 1) {
        return true;
    }
    const Domain domain = process.cred.euid == 0 ? Domain::root : Domain::nonroot;
    return process.info != nullptr && process.info->abilities.set.allows(id, domain, lo, hi);
}

bool has_ability(const object::Process& process, Ability ability, uint64_t value)
{
    return has_ability(process, static_cast<uint32_t>(ability), value, value);
}

bool able(object::Process& process, Ability ability, uint64_t lo, uint64_t hi)
{
    const auto id = static_cast<uint32_t>(ability);
    if (has_ability(process, id, lo, hi)) {
        return true;
    }
    if (process.info != nullptr) {
        note_denial(process, id, lo);
    }
    return false;
}

} // namespace proc
