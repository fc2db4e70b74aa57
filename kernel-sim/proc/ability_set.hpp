// SPDX-License-Identifier: Apache-2.0
// What one process may do: per ability and domain a setting, and the values it is limited to.
#pragma once

#include "object/ability.hpp"

#include <cstdint>

struct proc_ability_entry;

namespace proc {

/// Which of a process' two settings counts: by its effective user id.
enum class Domain : uint8_t { root, nonroot };
inline constexpr uint32_t domain_count = 2;
inline constexpr uint32_t ability_count = ABI_ABILITY_COUNT;

/// What is known about an ability apart from any process.
struct AbilityKind {
    bool known = false;
    bool by_default[domain_count] = {};
    bool privileged() const { return !by_default[static_cast<uint32_t>(Domain::nonroot)]; }
};
/// Static abilities and the custom ones created so far; ids from ability_count on are unknown.
AbilityKind ability_kind(uint32_t id);

class AbilitySet {
public:
    AbilitySet() = default;
    AbilitySet(const AbilitySet&) = delete;
    AbilitySet& operator=(const AbilitySet&) = delete;
    ~AbilitySet() { clear(); }

    /// All of lo..hi?
    bool allows(uint32_t id, Domain domain, uint64_t lo, uint64_t hi) const;

    /// procmgr_ability(): the whole list or nothing. `may_gain`: has the one who asks ABLE_PRIV?
    /// EOK, EINVAL, EPERM, ENOMEM.
    int apply(const proc_ability_entry* entries, uint32_t count, bool may_gain);

    /// Becomes a copy (fork). False = no memory; then it is empty.
    bool copy(const AbilitySet& from) { return copy_where(from, 0); }
    /// Takes over what is marked INHERIT_YES, the rest is as by default (spawn, exec).
    bool inherit(const AbilitySet& from) { return copy_where(from, setting_inherit); }

    /// The same for oneself (exec).
    void keep_inherited();

    /// For listings. One of the setting bits below, or 0 = as by default.
    uint8_t setting(uint32_t id, Domain domain) const
    {
        return settings_[static_cast<uint32_t>(domain)][id];
    }
    /// The n-th range of an ability with setting_ranged; false = there are fewer.
    bool range(uint32_t id, Domain domain, uint32_t n, uint64_t& lo, uint64_t& hi) const;

    static constexpr uint8_t setting_changed = 1, setting_allow = 2, setting_locked = 4,
                             setting_inherit = 8, setting_ranged = 16;

private:
    static constexpr uint8_t setting_named = 32; // in the list under way

    /// Those of one ability and domain are disjoint and not adjacent: what is allowed lies in one of them.
    struct Range {
        Range* next;
        uint64_t lo, hi;
        uint16_t id;
        Domain domain;
    };
    /// One operation on one ability in one domain.
    struct Change {
        uint32_t word; // ABI_ABILITY_* bits
        uint16_t id;
        Domain domain;
        uint64_t lo, hi;
        bool first;    // of this ability in the list
        bool may_gain; // the one who asks has ABLE_PRIV
    };

    void clear();
    void swap(AbilitySet& other);
    bool copy_where(const AbilitySet& from, uint8_t needed);
    int apply_entry(const AbilitySet& before, Change change);
    int apply_rest(const AbilitySet& before, Change change);
    int apply_change(const Change& change);
    int allow(const Change& change);
    int deny(const Change& change);
    bool gains(const Change& change) const;
    bool allowed(uint32_t id, Domain domain) const;
    bool add_range(const Change& change, uint64_t lo, uint64_t hi);
    bool remove_range(const Change& change);
    void drop_ranges(uint32_t id, Domain domain);

    Range* ranges_ = nullptr;
    uint8_t settings_[domain_count][ability_count] = {};
};

} // namespace proc
