// SPDX-License-Identifier: Apache-2.0
// DCMD_PROC_ABILITY: the abilities of a process and what it was refused, for pidin.
#include "proc/ability.hpp"
#include "proc/io_messages.hpp"
#include "proc/process_info.hpp"
#include "proc/process_view.hpp"

#include "include/sys/procfs.h" // by its place: the host has a <sys/procfs.h> of its own

namespace proc {

namespace {

uint32_t shown_setting(const AbilitySet& set, uint32_t id, Domain domain)
{
    const uint8_t one = set.setting(id, domain);
    const bool changed = (one & AbilitySet::setting_changed) != 0;
    const bool allowed = changed ? (one & AbilitySet::setting_allow) != 0
                                 : ability_kind(id).by_default[static_cast<uint32_t>(domain)];
    return (allowed ? _PROCFS_ABILITY_ALLOWED : 0) | (changed ? _PROCFS_ABILITY_CHANGED : 0) |
           ((one & AbilitySet::setting_locked) != 0 ? _PROCFS_ABILITY_LOCKED : 0) |
           ((one & AbilitySet::setting_inherit) != 0 ? _PROCFS_ABILITY_INHERIT : 0) |
           ((one & AbilitySet::setting_ranged) != 0 ? _PROCFS_ABILITY_RANGED : 0);
}

void show_domain(const AbilitySet& set, Domain domain, procfs_ability& out)
{
    const auto index = static_cast<uint32_t>(domain);
    out.setting[index] = shown_setting(set, out.id, domain);
    uint64_t lo = 0, hi = 0;
    while (set.range(out.id, domain, out.nranges[index], lo, hi)) {
        if (out.nranges[index] < _PROCFS_ABILITY_RANGES) {
            out.range[index][out.nranges[index]] = {lo, hi};
        }
        ++out.nranges[index];
    }
}

} // namespace

int ability_info(Request& request, object::Process& process, const _io_devctl& message)
{
    uint32_t id = 0;
    if (request.message<_io_devctl>(sizeof id) == nullptr) {
        return EINVAL;
    }
    std::memcpy(&id, request.in + sizeof(_io_devctl), sizeof id);
    id = id == 0 ? 1 : id;
    while (id < ability_count && ability_name(id).empty()) {
        ++id;
    }
    if (id >= ability_count) {
        return ESRCH;
    }
    const ProcessAbilities& mine = process.info->abilities;
    const AbilityDenials& ever = denials_of(id);
    procfs_ability out{};
    out.id = id;
    out.denied = mine.denied[id];
    out.denied_ever = ever.count;
    out.last_pid = ever.pid;
    out.last_tid = ever.tid;
    out.last_value = ever.value;
    show_domain(mine.set, Domain::root, out);
    show_domain(mine.set, Domain::nonroot, out);
    const std::string_view name = take_front(ability_name(id), sizeof out.name - 1);
    std::memcpy(out.name, name.data(), name.size());
    return answer_devctl(request, message, &out, sizeof out);
}

} // namespace proc
