// SPDX-License-Identifier: Apache-2.0
// The abilities of a process together with what it was refused, and the names of custom abilities.
#pragma once

#include "object/hooks.hpp"
#include "proc/ability_set.hpp"

#include <cstdint>
#include <string_view>

namespace proc {

/// Part of ProcessInfo.
struct ProcessAbilities {
    AbilitySet set;
    uint32_t denials = 0;             // how often able() said no
    uint16_t denied[ability_count]{}; // the same by ability; stays at its highest value
};

/// Of all processes since boot, also dead ones.
struct AbilityDenials {
    uint32_t count = 0;
    int32_t pid = 0, tid = 0; // the last one
    uint64_t value = 0;
};
const AbilityDenials& denials_of(uint32_t id);

/// Has the process the ability for all of lo..hi? Not counted.
bool has_ability(const object::Process& process, uint32_t id, uint64_t lo, uint64_t hi);

/// Of a static or custom ability; empty = there is none with this id.
std::string_view ability_name(uint32_t id);
/// procmgr_ability_create(): the id, or a negative errno value.
int create_ability(std::string_view name, uint32_t flags);
/// procmgr_ability_lookup(): the id, with ABI_ABILITY_UNCREATED while nobody has created it (as who has ABLE_CREATE does by looking
/// it up; its domains are still to be set); or a negative errno value.
int look_up_ability(std::string_view name, bool may_create);

} // namespace proc
