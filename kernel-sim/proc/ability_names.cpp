// SPDX-License-Identifier: Apache-2.0
// What abilities are called: the static table, and the custom names that servers create and clients look up.
#include "proc/ability.hpp"

#include <abi/errno.h>
#include <cstring>
#include <new>

namespace proc {

namespace {

struct StaticAbility {
    std::string_view name;
    bool privileged;
};

#define PROC_ABILITY(upper, lower, privileged) {#lower, privileged != 0},
constexpr StaticAbility static_abilities[] = {{"", true}, ABI_ABILITIES(PROC_ABILITY)};
#undef PROC_ABILITY

constexpr auto static_count = static_cast<uint32_t>(Ability::static_end);
static_assert(sizeof static_abilities / sizeof *static_abilities == static_count);
static_assert(static_count < ability_count);

constexpr uint32_t domain_bits = ABI_ABILITY_ROOT | ABI_ABILITY_NONROOT;
constexpr uint32_t max_uncreated =
    32; // names that only were looked up: by whoever may not create them

struct CustomAbility {
    std::string_view name;  // empty = free; its text is on the heap and stays: ids are for ever
    bool created = false;   // has a permanent id
    bool flags_set = false; // by its server; before that nobody has it by default
    uint32_t flags = 0;
};

constinit CustomAbility custom_abilities[ability_count - static_count];

std::string_view keep_text(std::string_view text)
{
    auto* copy = new (std::nothrow) char[text.size()];
    if (copy == nullptr) {
        return {};
    }
    std::memcpy(copy, text.data(), text.size());
    return std::string_view(copy, text.size());
}

CustomAbility* custom(uint32_t id)
{
    return id >= static_count && id < ability_count ? &custom_abilities[id - static_count]
                                                    : nullptr;
}

/// The entry of that name, made if there is none; or a negative errno value.
int find_or_add(std::string_view name)
{
    if (name.empty() || name.size() > ABI_ABILITY_NAME_MAX) {
        return name.empty() ? -EINVAL : -ENAMETOOLONG;
    }
    for (uint32_t id = static_count; id < ability_count; ++id) {
        CustomAbility& one = *custom(id);
        if (one.name.empty()) {
            one.name = keep_text(name);
            return one.name.empty() ? -ENOMEM : static_cast<int>(id);
        }
        if (one.name == name) {
            return static_cast<int>(id);
        }
    }
    return -ENOSPC;
}

bool known_name(std::string_view name)
{
    for (uint32_t id = static_count; id < ability_count && !custom(id)->name.empty(); ++id) {
        if (custom(id)->name == name) {
            return true;
        }
    }
    return false;
}

uint32_t uncreated_count()
{
    uint32_t count = 0;
    for (uint32_t id = static_count; id < ability_count; ++id) {
        count += !custom(id)->name.empty() && !custom(id)->created ? 1u : 0u;
    }
    return count;
}

} // namespace

AbilityKind ability_kind(uint32_t id)
{
    AbilityKind kind;
    if (id == 0 || id >= ability_count) {
        return kind;
    }
    constexpr auto root = static_cast<uint32_t>(Domain::root);
    constexpr auto nonroot = static_cast<uint32_t>(Domain::nonroot);
    if (id < static_count) {
        kind.known = true;
        kind.by_default[root] = true;
        kind.by_default[nonroot] = !static_abilities[id].privileged;
        return kind;
    }
    const CustomAbility& one = *custom(id);
    kind.known = one.created;
    kind.by_default[root] = one.created && (one.flags & ABI_ABILITY_ROOT) != 0;
    kind.by_default[nonroot] = one.created && (one.flags & ABI_ABILITY_NONROOT) != 0;
    return kind;
}

std::string_view ability_name(uint32_t id)
{
    if (id < static_count) {
        return static_abilities[id].name;
    }
    const CustomAbility* one = custom(id);
    return one != nullptr ? one->name : std::string_view();
}

int create_ability(std::string_view name, uint32_t flags)
{
    if ((flags & ~domain_bits) != 0) {
        return -EINVAL;
    }
    const int id = find_or_add(name);
    if (id < 0) {
        return id;
    }
    CustomAbility& one = *custom(static_cast<uint32_t>(id));
    if (one.flags_set && one.flags != flags) {
        return -EEXIST;
    }
    one.created = one.flags_set = true;
    one.flags = flags;
    return id;
}

int look_up_ability(std::string_view name, bool may_create)
{
    if (!may_create && !known_name(name) && uncreated_count() >= max_uncreated) {
        return -ENOSPC;
    }
    const int id = find_or_add(name);
    if (id < 0) {
        return id;
    }
    CustomAbility& one = *custom(static_cast<uint32_t>(id));
    one.created = one.created || may_create;
    if (one.created) {
        return id;
    }
    return static_cast<int>(static_cast<uint32_t>(id) | ABI_ABILITY_UNCREATED);
}

} // namespace proc
