// SPDX-License-Identifier: Apache-2.0
// Host tests of base/range_locks.hpp: locks against a model that keeps a word for each byte, and the queue of those who wait.
#include "base/range_locks.hpp"

#include <gtest/gtest.h>

#include <array>
#include <random>
#include <vector>

namespace {

using base::LockKind;
using base::LockRange;
using base::LockWaiters;
using base::RangeLocks;

LockRange range(uint64_t first, uint64_t last, uint64_t owner, LockKind kind)
{
    LockRange r;
    r.first = first;
    r.last = last;
    r.owner = owner;
    r.kind = kind;
    return r;
}

LockRange exclusive(uint64_t first, uint64_t last, uint64_t owner)
{
    return range(first, last, owner, LockKind::exclusive);
}

LockRange nothing(uint64_t first, uint64_t last, uint64_t owner)
{
    return range(first, last, owner, LockKind::none);
}

bool held(const RangeLocks& locks, uint64_t byte, uint64_t owner, LockKind against)
{
    uint32_t steps = 10000;
    return locks.held_by(owner, range(byte, byte, ~uint64_t{0}, against), steps);
}

constexpr size_t bytes = 40;
constexpr uint64_t owners = 3;
using Model = std::array<std::array<LockKind, bytes>, owners>;

void expect_same(const RangeLocks& locks, const Model& model)
{
    for (uint64_t owner = 0; owner < owners; ++owner)
        for (size_t b = 0; b < bytes; ++b) {
            const LockKind kind = model[owner][b];
            ASSERT_EQ(held(locks, b, owner, LockKind::exclusive), kind != LockKind::none);
            ASSERT_EQ(held(locks, b, owner, LockKind::shared), kind == LockKind::exclusive);
        }
}

bool model_conflict(const Model& model, const LockRange& wanted)
{
    for (uint64_t owner = 0; owner < owners; ++owner)
        for (size_t b = wanted.first; b <= wanted.last && owner != wanted.owner; ++b)
            if (model[owner][b] == LockKind::exclusive ||
                (model[owner][b] == LockKind::shared && wanted.kind == LockKind::exclusive))
                return true;
    return false;
}

TEST(RangeLocks, AgreeWithAWordForEachByte)
{
    std::mt19937 random(1);
    for (int round = 0; round < 60; ++round) {
        RangeLocks locks;
        Model model = {};
        for (int step = 0; step < 60; ++step) {
            const uint64_t a = random() % bytes, b = random() % bytes;
            const auto wanted = range(std::min(a, b), std::max(a, b), random() % owners,
                                      static_cast<LockKind>(random() % 3));
            const bool conflict = wanted.kind != LockKind::none && model_conflict(model, wanted);
            if (wanted.kind != LockKind::none) {
                ASSERT_EQ(locks.conflict(wanted) != nullptr, conflict);
            }
            if (conflict)
                continue;
            ASSERT_TRUE(locks.set(wanted));
            for (uint64_t at = wanted.first; at <= wanted.last; ++at)
                model[wanted.owner][at] = wanted.kind;
            expect_same(locks, model);
        }
        const uint64_t gone = random() % owners;
        const bool any = model[gone] != Model{}[gone];
        EXPECT_EQ(locks.drop(gone), any);
        model[gone] = {};
        expect_same(locks, model);
    }
}

TEST(RangeLocks, NeighboursOfOneKindAreOneLock)
{
    RangeLocks locks;
    ASSERT_TRUE(locks.set(exclusive(10, 19, 1)));
    ASSERT_TRUE(locks.set(exclusive(30, 39, 1)));
    ASSERT_TRUE(locks.set(exclusive(20, 29, 1)));
    const LockRange* in_the_way = locks.conflict(exclusive(25, 25, 2));
    ASSERT_NE(in_the_way, nullptr);
    EXPECT_EQ(in_the_way->first, 10u);
    EXPECT_EQ(in_the_way->last, 39u);
}

TEST(RangeLocks, TheWholeFileIsARange)
{
    RangeLocks locks;
    ASSERT_TRUE(locks.set(exclusive(0, ~uint64_t{0}, 1)));
    ASSERT_TRUE(locks.set(nothing(5, ~uint64_t{0}, 1)));
    EXPECT_NE(locks.conflict(exclusive(4, 4, 2)), nullptr);
    EXPECT_EQ(locks.conflict(exclusive(5, 5, 2)), nullptr);
    ASSERT_TRUE(locks.set(exclusive(~uint64_t{0}, ~uint64_t{0}, 2)));
    ASSERT_TRUE(locks.set(nothing(0, ~uint64_t{0}, 1)));
    ASSERT_TRUE(locks.drop(2));
    EXPECT_TRUE(locks.empty());
}

TEST(RangeLocks, NobodyMakesMoreThanTheMost)
{
    RangeLocks locks;
    for (uint64_t i = 0; i < RangeLocks::most; ++i)
        ASSERT_TRUE(locks.set(exclusive(i * 2, i * 2, 1)));
    EXPECT_FALSE(locks.set(exclusive(1u << 20, 1u << 20, 1)));
    EXPECT_TRUE(locks.set(nothing(0, 0, 1)));
    EXPECT_TRUE(locks.set(exclusive(1u << 20, 1u << 20, 1)));
}

TEST(RangeLocks, UnlockingBitsOfALockMakesNoMoreThanTheMost)
{
    RangeLocks locks;
    ASSERT_TRUE(locks.set(exclusive(0, 1u << 20, 1)));
    uint64_t holes = 0;
    while (holes < 10 * RangeLocks::most && locks.set(nothing(holes * 2 + 1, holes * 2 + 1, 1)))
        ++holes;
    EXPECT_EQ(holes, RangeLocks::most - 1);
    EXPECT_TRUE(held(locks, holes * 2 + 1, 1, LockKind::shared)); // a refusal changes nothing
    EXPECT_TRUE(locks.set(nothing(0, ~uint64_t{0}, 1)));
    EXPECT_TRUE(locks.empty());
}

TEST(LockWaiters, GrantsInOrderWhatCanBeSet)
{
    RangeLocks locks;
    LockWaiters waiters;
    ASSERT_TRUE(locks.set(exclusive(0, 9, 1)));
    ASSERT_TRUE(waiters.add(exclusive(0, 4, 2), locks, 20, 2));
    ASSERT_TRUE(waiters.add(exclusive(0, 9, 3), locks, 30, 3));
    ASSERT_TRUE(waiters.add(exclusive(5, 9, 4), locks, 40, 4));
    std::vector<int> answered;
    const auto answer = [&](int rcvid, bool set) {
        EXPECT_TRUE(set);
        answered.push_back(rcvid);
        return true;
    };
    waiters.grant(locks, answer);
    EXPECT_TRUE(answered.empty());
    locks.drop(1);
    waiters.grant(locks, answer);
    EXPECT_EQ(answered, (std::vector<int>{20, 40}));
    locks.drop(2), locks.drop(4);
    waiters.grant(locks, answer);
    EXPECT_EQ(answered.back(), 30);
    EXPECT_FALSE(waiters.any(locks));
}

TEST(LockWaiters, AClientThatIsGonePassesItsTurnOn)
{
    RangeLocks locks;
    LockWaiters waiters;
    ASSERT_TRUE(waiters.add(exclusive(0, 9, 2), locks, 20, 2));
    ASSERT_TRUE(waiters.add(exclusive(0, 9, 3), locks, 30, 3));
    std::vector<int> answered;
    waiters.grant(locks, [&](int rcvid, bool) {
        answered.push_back(rcvid);
        return rcvid != 20;
    });
    EXPECT_EQ(answered, (std::vector<int>{20, 30}));
    EXPECT_TRUE(held(locks, 5, 3, LockKind::shared));
    EXPECT_FALSE(held(locks, 5, 2, LockKind::shared));
}

TEST(LockWaiters, ACircleThroughManyIsFound)
{
    constexpr uint64_t many = 40;
    RangeLocks files[2]; // it goes through two files
    LockWaiters waiters;
    for (uint64_t i = 0; i < many; ++i)
        ASSERT_TRUE(files[i % 2].set(exclusive(i, i, i)));
    for (uint64_t i = 0; i + 1 < many; ++i) { // each waits for the next one's
        const LockRange wanted = exclusive(i + 1, i + 1, i);
        EXPECT_FALSE(waiters.deadlock(wanted, files[(i + 1) % 2]));
        ASSERT_TRUE(waiters.add(wanted, files[(i + 1) % 2], static_cast<int>(i + 1), i));
    }
    const LockRange closing = exclusive(0, 0, many - 1);
    EXPECT_TRUE(waiters.deadlock(closing, files[0]));
    EXPECT_FALSE(
        waiters.deadlock(exclusive(0, 0, many), files[0])); // who holds nothing closes no circle
    std::vector<int> gone;
    waiters.close(many / 2, [&](int rcvid) { gone.push_back(rcvid); });
    EXPECT_EQ(gone, std::vector<int>{static_cast<int>(many / 2 + 1)});
    EXPECT_FALSE(waiters.deadlock(closing, files[0])); // the chain is broken
    EXPECT_TRUE(waiters.remove(1));
    EXPECT_FALSE(waiters.remove(1));
    for (uint64_t i = 0; i < many; ++i)
        waiters.close(i, [](int) {});
}

} // namespace
