// SPDX-License-Identifier: Apache-2.0
// Settings of abilities: allow, deny, ranges, locks, inheritance. No knowledge of processes: tested on the host.
#include "proc/ability_set.hpp"

#include <abi/errno.h>
#include <abi/proc_msg.h>
#include <new>

namespace proc {

namespace {

constexpr uint32_t domain_bits = ABI_ABILITY_ROOT | ABI_ABILITY_NONROOT;
constexpr uint32_t operation_bits = ABI_ABILITY_DENY | ABI_ABILITY_ALLOW | ABI_ABILITY_SUBRANGE |
                                    ABI_ABILITY_LOCK | ABI_ABILITY_INHERIT_YES |
                                    ABI_ABILITY_INHERIT_NO;
constexpr uint64_t all = ~uint64_t{0};

bool both(uint32_t word, uint32_t bits)
{
    return (word & bits) == bits;
}

/// A word that can be carried out: known bits, no contradiction, a domain for each operation.
bool sound(const proc_ability_entry& entry)
{
    const uint32_t word = entry.word;
    const uint32_t id = word & ABI_ABILITY_ID_MASK;
    const bool last = id == static_cast<uint32_t>(Ability::eol);
    if ((word & ~(ABI_ABILITY_ID_MASK | domain_bits | operation_bits)) != 0 ||
        both(word, ABI_ABILITY_ALLOW | ABI_ABILITY_DENY) ||
        both(word, ABI_ABILITY_INHERIT_YES | ABI_ABILITY_INHERIT_NO)) {
        return false;
    }
    if ((word & ABI_ABILITY_SUBRANGE) != 0 && (last || entry.lo > entry.hi)) {
        return false;
    }
    if (last) {
        return (word & operation_bits) == 0 || (word & domain_bits) != 0;
    }
    return (word & domain_bits) != 0 && ability_kind(id).known;
}

bool touches(uint32_t word, Domain domain)
{
    return (word & (domain == Domain::root ? ABI_ABILITY_ROOT : ABI_ABILITY_NONROOT)) != 0;
}

constexpr Domain domains[domain_count] = {Domain::root, Domain::nonroot};

} // namespace

void AbilitySet::clear()
{
    while (ranges_ != nullptr) {
        Range* next = ranges_->next;
        delete ranges_;
        ranges_ = next;
    }
    for (auto& domain : settings_) {
        for (uint8_t& one : domain) {
            one = 0;
        }
    }
}

void AbilitySet::swap(AbilitySet& other)
{
    Range* const ranges = ranges_;
    ranges_ = other.ranges_;
    other.ranges_ = ranges;
    for (uint32_t domain = 0; domain < domain_count; ++domain) {
        for (uint32_t id = 0; id < ability_count; ++id) {
            const uint8_t mine = settings_[domain][id];
            settings_[domain][id] = other.settings_[domain][id];
            other.settings_[domain][id] = mine;
        }
    }
}

bool AbilitySet::copy_where(const AbilitySet& from, uint8_t needed)
{
    clear();
    for (uint32_t domain = 0; domain < domain_count; ++domain) {
        for (uint32_t id = 0; id < ability_count; ++id) {
            const uint8_t one = from.settings_[domain][id];
            settings_[domain][id] = (one & needed) == needed ? one : uint8_t{0};
        }
    }
    for (const Range* range = from.ranges_; range != nullptr; range = range->next) {
        if (setting(range->id, range->domain) == 0) {
            continue;
        }
        auto* copy = new (std::nothrow) Range(*range);
        if (copy == nullptr) {
            clear();
            return false;
        }
        copy->next = ranges_;
        ranges_ = copy;
    }
    return true;
}

void AbilitySet::keep_inherited()
{
    for (const Domain domain : domains) {
        for (uint32_t id = 0; id < ability_count; ++id) {
            uint8_t& one = settings_[static_cast<uint32_t>(domain)][id];
            if ((one & setting_inherit) == 0) {
                if ((one & setting_ranged) != 0) {
                    drop_ranges(id, domain);
                }
                one = 0;
            }
        }
    }
}

bool AbilitySet::allowed(uint32_t id, Domain domain) const
{
    const uint8_t one = setting(id, domain);
    return (one & setting_changed) != 0
               ? (one & setting_allow) != 0
               : ability_kind(id).by_default[static_cast<uint32_t>(domain)];
}

bool AbilitySet::allows(uint32_t id, Domain domain, uint64_t lo, uint64_t hi) const
{
    if (id >= ability_count || !allowed(id, domain)) {
        return false;
    }
    if ((setting(id, domain) & setting_ranged) == 0) {
        return true;
    }
    for (const Range* range = ranges_; range != nullptr; range = range->next) {
        if (range->id == id && range->domain == domain && range->lo <= lo && hi <= range->hi) {
            return true;
        }
    }
    return false;
}

bool AbilitySet::range(uint32_t id, Domain domain, uint32_t n, uint64_t& lo, uint64_t& hi) const
{
    for (const Range* range = ranges_; range != nullptr; range = range->next) {
        if (range->id == id && range->domain == domain && n-- == 0) {
            lo = range->lo;
            hi = range->hi;
            return true;
        }
    }
    return false;
}

void AbilitySet::drop_ranges(uint32_t id, Domain domain)
{
    for (Range** at = &ranges_; *at != nullptr;) {
        Range* range = *at;
        if (range->id == id && range->domain == domain) {
            *at = range->next;
            delete range;
        } else {
            at = &range->next;
        }
    }
}

// Joins what overlaps or is adjacent.
bool AbilitySet::add_range(const Change& change, uint64_t lo, uint64_t hi)
{
    auto* fresh = new (std::nothrow) Range{nullptr, lo, hi, change.id, change.domain};
    if (fresh == nullptr) {
        return false;
    }
    for (Range** at = &ranges_; *at != nullptr;) {
        Range* range = *at;
        const bool apart = (range->hi != all && range->hi + 1 < fresh->lo) ||
                           (fresh->hi != all && fresh->hi + 1 < range->lo);
        if (range->id != change.id || range->domain != change.domain || apart) {
            at = &range->next;
            continue;
        }
        fresh->lo = range->lo < fresh->lo ? range->lo : fresh->lo;
        fresh->hi = range->hi > fresh->hi ? range->hi : fresh->hi;
        *at = range->next;
        delete range;
        at = &ranges_; // the grown range may touch one that was passed
    }
    fresh->next = ranges_;
    ranges_ = fresh;
    return true;
}

// Takes lo..hi out of the ranges, which may cut one in two.
bool AbilitySet::remove_range(const Change& change)
{
    for (Range** at = &ranges_; *at != nullptr;) {
        Range* range = *at;
        if (range->id != change.id || range->domain != change.domain || range->hi < change.lo ||
            change.hi < range->lo) {
            at = &range->next;
            continue;
        }
        const bool below = range->lo<change.lo, above = range->hi> change.hi;
        if (below && above) {
            auto* rest = new (std::nothrow)
                Range{range->next, change.hi + 1, range->hi, change.id, change.domain};
            if (rest == nullptr) {
                return false;
            }
            range->hi = change.lo - 1;
            range->next = rest;
            return true;
        }
        if (below) {
            range->hi = change.lo - 1;
            at = &range->next;
        } else if (above) {
            range->lo = change.hi + 1;
            at = &range->next;
        } else {
            *at = range->next;
            delete range;
        }
    }
    return true;
}

// Does the process get something it does not have, that not everybody has?
bool AbilitySet::gains(const Change& change) const
{
    if (!ability_kind(change.id).privileged()) {
        return false;
    }
    const bool ranged = (change.word & ABI_ABILITY_SUBRANGE) != 0;
    const bool more =
        (change.word & ABI_ABILITY_ALLOW) != 0 &&
        !allows(change.id, change.domain, ranged ? change.lo : 0, ranged ? change.hi : all);
    const bool passes_on =
        (change.word & ABI_ABILITY_INHERIT_YES) != 0 && (change.word & ABI_ABILITY_DENY) == 0 &&
        ((change.word & ABI_ABILITY_ALLOW) != 0 || allowed(change.id, change.domain));
    return more || passes_on;
}

int AbilitySet::allow(const Change& change)
{
    uint8_t& one = settings_[static_cast<uint32_t>(change.domain)][change.id];
    const bool had_all = allowed(change.id, change.domain) && (one & setting_ranged) == 0;
    const bool had_none = !allowed(change.id, change.domain);
    one = static_cast<uint8_t>(one | setting_changed | setting_allow);
    if ((change.word & ABI_ABILITY_SUBRANGE) == 0) {
        drop_ranges(change.id, change.domain);
        one = static_cast<uint8_t>(one & ~setting_ranged);
        return EOK;
    }
    if (had_all && !change.first) {
        return EOK; // the same list allowed everything before
    }
    if (had_all || had_none) {
        drop_ranges(change.id, change.domain); // "all" becomes these ranges
    }
    one = static_cast<uint8_t>(one | setting_ranged);
    return add_range(change, change.lo, change.hi) ? EOK : ENOMEM;
}

int AbilitySet::deny(const Change& change)
{
    uint8_t& one = settings_[static_cast<uint32_t>(change.domain)][change.id];
    const bool had_all = allowed(change.id, change.domain) && (one & setting_ranged) == 0;
    one = static_cast<uint8_t>(one | setting_changed);
    if ((change.word & ABI_ABILITY_SUBRANGE) == 0) {
        drop_ranges(change.id, change.domain);
        one = static_cast<uint8_t>(one & ~(setting_ranged | setting_allow));
        return EOK;
    }
    if (had_all) {
        one = static_cast<uint8_t>(one | setting_allow | setting_ranged);
        if (!add_range(change, 0, all)) {
            return ENOMEM;
        }
    }
    return remove_range(change) ? EOK : ENOMEM;
}

int AbilitySet::apply_change(const Change& change)
{
    if (!change.may_gain && gains(change)) {
        return EPERM;
    }
    uint8_t& one = settings_[static_cast<uint32_t>(change.domain)][change.id];
    if ((one & setting_changed) == 0) { // what follows starts from the default
        const bool granted = allowed(change.id, change.domain);
        one = static_cast<uint8_t>(setting_changed | (granted ? setting_allow : 0));
    }
    int error = EOK;
    if ((change.word & ABI_ABILITY_DENY) != 0) {
        error = deny(change);
    } else if ((change.word & (ABI_ABILITY_ALLOW | ABI_ABILITY_SUBRANGE)) != 0) {
        error = allow(change); // a range alone means these values
    }
    if ((change.word & ABI_ABILITY_LOCK) != 0) {
        one = static_cast<uint8_t>(one | setting_locked);
    }
    if ((change.word & ABI_ABILITY_INHERIT_YES) != 0) {
        one = static_cast<uint8_t>(one | setting_inherit);
    } else if ((change.word & ABI_ABILITY_INHERIT_NO) != 0) {
        one = static_cast<uint8_t>(one & ~setting_inherit);
    }
    return error;
}

int AbilitySet::apply_entry(const AbilitySet& before, Change change)
{
    for (const Domain domain : domains) {
        if (!touches(change.word, domain)) {
            continue;
        }
        if ((before.setting(change.id, domain) & setting_locked) != 0) {
            return EPERM;
        }
        uint8_t& mine = settings_[static_cast<uint32_t>(domain)][change.id];
        change.domain = domain;
        change.first = (mine & setting_named) == 0;
        if (const int error = apply_change(change); error != EOK) {
            return error;
        }
        mine = static_cast<uint8_t>(mine | setting_named);
    }
    return EOK;
}

// The operations in the EOL word: for every ability that is not locked and was not named, custom ones to come included.
int AbilitySet::apply_rest(const AbilitySet& before, Change change)
{
    if ((change.word & operation_bits) == 0) {
        return EOK;
    }
    for (const Domain domain : domains) {
        for (uint16_t id = 1; touches(change.word, domain) && id < ability_count; ++id) {
            if ((setting(id, domain) & setting_named) != 0 ||
                (before.setting(id, domain) & setting_locked) != 0) {
                continue;
            }
            change.domain = domain;
            change.id = id;
            change.first = true;
            if (const int error = apply_change(change); error != EOK) {
                return error;
            }
        }
    }
    return EOK;
}

int AbilitySet::apply(const proc_ability_entry* entries, uint32_t count, bool may_gain)
{
    constexpr auto eol = static_cast<uint32_t>(Ability::eol);
    for (uint32_t i = 0; i < count; ++i) {
        const bool last = (entries[i].word & ABI_ABILITY_ID_MASK) == eol;
        if (!sound(entries[i]) || last != (i + 1 == count)) {
            return EINVAL;
        }
    }
    // Too big for a kernel stack.
    auto* next = new (std::nothrow) AbilitySet;
    if (next == nullptr || !next->copy(*this)) {
        delete next;
        return ENOMEM;
    }
    int error = count == 0 ? EINVAL : EOK;
    for (uint32_t i = 0; i < count && error == EOK; ++i) {
        Change change{entries[i].word, static_cast<uint16_t>(entries[i].word & ABI_ABILITY_ID_MASK),
                      Domain::root,    entries[i].lo,
                      entries[i].hi,   true,
                      may_gain};
        error =
            change.id == eol ? next->apply_rest(*this, change) : next->apply_entry(*this, change);
    }
    if (error == EOK) {
        for (auto& domain : next->settings_) {
            for (uint8_t& one : domain) {
                one = static_cast<uint8_t>(one & ~setting_named);
            }
        }
        swap(*next);
    }
    delete next;
    return error;
}

} // namespace proc
