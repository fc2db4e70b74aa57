// SPDX-License-Identifier: Apache-2.0
// Settings of abilities on the host: lists, ranges, locks, inheritance, names.
#include "proc/ability.hpp"

#include <abi/errno.h>
#include <abi/proc_msg.h>
#include <gtest/gtest.h>
#include <memory>
#include <vector>

namespace {

using proc::Ability;
using proc::AbilitySet;
using proc::Domain;

constexpr uint32_t root = ABI_ABILITY_ROOT, nonroot = ABI_ABILITY_NONROOT, deny = ABI_ABILITY_DENY,
                   allow = ABI_ABILITY_ALLOW, ranged = ABI_ABILITY_SUBRANGE,
                   lock = ABI_ABILITY_LOCK, inherit = ABI_ABILITY_INHERIT_YES;
constexpr auto signal_id = static_cast<uint32_t>(Ability::signal);
constexpr auto fork_id = static_cast<uint32_t>(Ability::fork);

proc_ability_entry word(uint32_t bits, uint64_t lo = 0, uint64_t hi = ~uint64_t{0})
{
    return {bits, 0, lo, hi};
}

// With the EOL word `end`.
int apply(AbilitySet& set, std::vector<proc_ability_entry> list, uint32_t end = 0,
          bool may_gain = true)
{
    list.push_back(word(end));
    return set.apply(list.data(), static_cast<uint32_t>(list.size()), may_gain);
}

bool has(const AbilitySet& set, uint32_t id, Domain domain, uint64_t value = 0)
{
    return set.allows(id, domain, value, value);
}

TEST(Ability, DefaultsAreRootAllOthersTheUnprivileged)
{
    AbilitySet set;
    EXPECT_TRUE(has(set, signal_id, Domain::root));
    EXPECT_FALSE(has(set, signal_id, Domain::nonroot));
    EXPECT_TRUE(has(set, fork_id, Domain::nonroot));
    EXPECT_FALSE(has(set, proc::ability_count, Domain::root));
    EXPECT_FALSE(has(set, proc::ability_count - 1, Domain::root)); // not created
}

TEST(Ability, DomainsAreSeparate)
{
    AbilitySet set;
    EXPECT_EQ(apply(set, {word(deny | root | signal_id), word(allow | nonroot | signal_id)}), EOK);
    EXPECT_FALSE(has(set, signal_id, Domain::root));
    EXPECT_TRUE(has(set, signal_id, Domain::nonroot));
}

TEST(Ability, RangesAddUp)
{
    AbilitySet set;
    EXPECT_EQ(apply(set, {word(allow | nonroot | ranged | signal_id, 10, 20),
                          word(allow | nonroot | ranged | signal_id, 21, 30)}),
              EOK);
    EXPECT_EQ(apply(set, {word(allow | nonroot | ranged | signal_id, 50, 50)}), EOK);
    EXPECT_FALSE(has(set, signal_id, Domain::nonroot, 9));
    EXPECT_TRUE(set.allows(signal_id, Domain::nonroot, 10, 30));
    EXPECT_FALSE(set.allows(signal_id, Domain::nonroot, 10, 31));
    EXPECT_FALSE(has(set, signal_id, Domain::nonroot, 31));
    EXPECT_TRUE(has(set, signal_id, Domain::nonroot, 50));
    EXPECT_EQ(apply(set, {word(allow | nonroot | ranged | signal_id, 31, 49)}), EOK);
    EXPECT_TRUE(set.allows(signal_id, Domain::nonroot, 10, 50));
}

TEST(Ability, RangesRestrictWhatWasWhole)
{
    AbilitySet set;
    EXPECT_EQ(apply(set, {word(allow | root | ranged | signal_id, 0, 0),
                          word(allow | root | ranged | signal_id, ~uint64_t{0}, ~uint64_t{0})}),
              EOK);
    EXPECT_TRUE(has(set, signal_id, Domain::root, 0));
    EXPECT_FALSE(has(set, signal_id, Domain::root, 1));
    EXPECT_TRUE(has(set, signal_id, Domain::root, ~uint64_t{0}));
    EXPECT_EQ(apply(set, {word(allow | root | signal_id)}), EOK);
    EXPECT_TRUE(has(set, signal_id, Domain::root, 1));
}

TEST(Ability, RangesAreTakenOut)
{
    AbilitySet set;
    EXPECT_EQ(apply(set, {word(deny | root | ranged | signal_id, 5, 6)}), EOK);
    EXPECT_TRUE(has(set, signal_id, Domain::root, 4));
    EXPECT_FALSE(has(set, signal_id, Domain::root, 5));
    EXPECT_FALSE(set.allows(signal_id, Domain::root, 4, 7));
    EXPECT_TRUE(set.allows(signal_id, Domain::root, 7, ~uint64_t{0}));
    EXPECT_EQ(apply(set, {word(deny | root | ranged | signal_id, 0, ~uint64_t{0})}), EOK);
    EXPECT_FALSE(has(set, signal_id, Domain::root, 7));
}

TEST(Ability, LockedIsFinal)
{
    AbilitySet set;
    EXPECT_EQ(apply(set, {word(deny | root | lock | signal_id)}), EOK);
    EXPECT_EQ(apply(set, {word(allow | root | signal_id)}), EPERM);
    EXPECT_EQ(apply(set, {word(allow | nonroot | signal_id)}),
              EOK);                               // the other domain is not locked
    EXPECT_EQ(apply(set, {}, allow | root), EOK); // EOL passes locked ones by
    EXPECT_FALSE(has(set, signal_id, Domain::root));
}

TEST(Ability, LockedRangesOfOneListAddUp)
{
    AbilitySet set;
    EXPECT_EQ(apply(set, {word(allow | root | lock | ranged | signal_id, 1, 1),
                          word(allow | root | lock | ranged | signal_id, 3, 3)}),
              EOK);
    EXPECT_TRUE(has(set, signal_id, Domain::root, 1));
    EXPECT_TRUE(has(set, signal_id, Domain::root, 3));
    EXPECT_FALSE(has(set, signal_id, Domain::root, 2));
    EXPECT_EQ(apply(set, {word(allow | root | ranged | signal_id, 2, 2)}), EPERM);
}

TEST(Ability, EndOfListCoversWhatIsNotNamed)
{
    AbilitySet set;
    EXPECT_EQ(apply(set, {word(allow | nonroot | signal_id)}, deny | lock | root | nonroot), EOK);
    EXPECT_TRUE(has(set, signal_id, Domain::nonroot));
    EXPECT_FALSE(has(set, signal_id, Domain::root)); // was named for the other domain only
    EXPECT_FALSE(has(set, fork_id, Domain::nonroot));
    EXPECT_EQ(apply(set, {word(allow | nonroot | fork_id)}), EPERM);
}

TEST(Ability, AFailedListChangesNothing)
{
    AbilitySet set;
    EXPECT_EQ(apply(set, {word(deny | root | lock | fork_id)}), EOK);
    EXPECT_EQ(apply(set, {word(deny | root | signal_id), word(allow | root | fork_id)}), EPERM);
    EXPECT_TRUE(has(set, signal_id, Domain::root));
}

TEST(Ability, BrokenListsAreRefused)
{
    AbilitySet set;
    EXPECT_EQ(set.apply(nullptr, 0, true), EINVAL);
    const proc_ability_entry no_end = word(deny | root | signal_id);
    EXPECT_EQ(set.apply(&no_end, 1, true), EINVAL);
    EXPECT_EQ(apply(set, {word(0)}), EINVAL); // ends in the middle
    EXPECT_EQ(apply(set, {word(deny | signal_id)}), EINVAL);
    EXPECT_EQ(apply(set, {word(deny | allow | root | signal_id)}), EINVAL);
    EXPECT_EQ(apply(set, {word(deny | root | 0xfff0)}), EINVAL);
    EXPECT_EQ(apply(set, {word(deny | root | 0x80000000 | signal_id)}), EINVAL);
    EXPECT_EQ(apply(set, {word(allow | root | ranged | signal_id, 2, 1)}), EINVAL);
    EXPECT_EQ(apply(set, {}, deny), EINVAL); // operation without a domain
}

TEST(Ability, GainingNeedsThePrivilege)
{
    AbilitySet set;
    EXPECT_EQ(apply(set, {word(allow | nonroot | signal_id)}, 0, false), EPERM);
    EXPECT_EQ(apply(set, {word(allow | nonroot | fork_id)}, 0, false), EOK);
    EXPECT_EQ(apply(set, {word(deny | nonroot | fork_id)}, 0, false), EOK);
    EXPECT_EQ(apply(set, {word(allow | nonroot | fork_id)}, 0, false), EOK); // not privileged
    EXPECT_EQ(apply(set, {word(allow | nonroot | ranged | signal_id, 1, 9)}), EOK);
    EXPECT_EQ(apply(set, {word(allow | nonroot | ranged | signal_id, 2, 3)}, 0, false), EOK);
    EXPECT_EQ(apply(set, {word(allow | nonroot | ranged | signal_id, 2, 10)}, 0, false), EPERM);
    EXPECT_EQ(apply(set, {word(inherit | nonroot | signal_id)}, 0, false), EPERM);
    EXPECT_EQ(apply(set, {word(deny | inherit | nonroot | signal_id)}, 0, false), EOK);
}

TEST(Ability, OnlyWhatIsMarkedIsInherited)
{
    AbilitySet parent, child, twin;
    EXPECT_EQ(apply(parent, {word(allow | nonroot | inherit | ranged | signal_id, 3, 4),
                             word(deny | root | fork_id)}),
              EOK);
    ASSERT_TRUE(child.inherit(parent));
    EXPECT_TRUE(has(child, signal_id, Domain::nonroot, 3));
    EXPECT_FALSE(has(child, signal_id, Domain::nonroot, 5));
    EXPECT_TRUE(has(child, fork_id, Domain::root)); // the default again
    ASSERT_TRUE(twin.copy(parent));
    EXPECT_FALSE(has(twin, fork_id, Domain::root));
    EXPECT_TRUE(has(twin, signal_id, Domain::nonroot, 4));
}

TEST(Ability, NamesOfCustomOnes)
{
    const int lookup = proc::look_up_ability("test/one", false);
    ASSERT_GT(lookup, 0);
    EXPECT_NE(static_cast<uint32_t>(lookup) & ABI_ABILITY_UNCREATED, 0u);
    const int id = proc::create_ability("test/one", ABI_ABILITY_ROOT);
    EXPECT_EQ(static_cast<uint32_t>(lookup) & ABI_ABILITY_ID_MASK, static_cast<uint32_t>(id));
    EXPECT_EQ(proc::look_up_ability("test/one", false), id);
    EXPECT_EQ(proc::create_ability("test/one", ABI_ABILITY_ROOT), id);
    EXPECT_EQ(proc::create_ability("test/one", ABI_ABILITY_NONROOT), -EEXIST);
    EXPECT_EQ(proc::create_ability("", 0), -EINVAL);
    EXPECT_EQ(proc::create_ability(std::string(128, 'x'), 0), -78); // ENAMETOOLONG of the guest
    EXPECT_EQ(proc::ability_name(static_cast<uint32_t>(id)), "test/one");
    EXPECT_EQ(proc::ability_name(signal_id), "signal");
    AbilitySet set;
    EXPECT_TRUE(has(set, static_cast<uint32_t>(id), Domain::root));
    EXPECT_FALSE(has(set, static_cast<uint32_t>(id), Domain::nonroot));
    const int early = proc::look_up_ability("test/two", true); // may create: no default domain yet
    ASSERT_GT(early, 0);
    EXPECT_FALSE(has(set, static_cast<uint32_t>(early), Domain::root));
    EXPECT_EQ(proc::create_ability("test/two", ABI_ABILITY_NONROOT), early);
    EXPECT_TRUE(has(set, static_cast<uint32_t>(early), Domain::nonroot));
}

TEST(Ability, NamesDoNotRunOutForWhoMayNotCreate)
{
    int error = 0;
    for (int i = 0; i < 200 && error == 0; ++i) {
        const int id = proc::look_up_ability("many/" + std::to_string(i), false);
        error = id < 0 ? id : 0;
    }
    EXPECT_EQ(error, -ENOSPC);
    EXPECT_GT(proc::create_ability("still/there", 0), 0);
}

} // namespace
