// SPDX-License-Identifier: Apache-2.0
// Host tests of the kernel's pure structures: results, id tables, pending signals.
#include "base/bits.hpp"
#include "base/result.hpp"
#include "mm/heap.hpp"
#include "object/id_table.hpp"
#include "object/signal_queue.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <memory>
#include <set>
#include <vector>

// The host's heap stands in for the kernel's.
namespace mm {
void* heap_alloc(size_t size)
{
    return std::malloc(size);
}
void heap_free(void* p)
{
    std::free(p);
}
} // namespace mm

namespace {

using base::Err;
using base::Errno;
using base::Result;

Result<std::unique_ptr<int>> half(int n)
{
    if (n % 2)
        return Err(Errno::einval);
    return std::make_unique<int>(n / 2);
}

Result<int> quarter(int n)
{
    auto first = TRY(half(n));
    auto second = TRY(half(*first));
    return *second;
}

TEST(Result, CarriesValuesAndErrors)
{
    EXPECT_EQ(quarter(8).take(), 2);
    EXPECT_EQ(quarter(6).error(), Errno::einval);
    EXPECT_FALSE(quarter(3).ok());
    EXPECT_EQ(quarter(3).value_or(-1), -1);
    Result<void> fine;
    EXPECT_TRUE(fine.ok());
}

TEST(Bits, AlignsAndAdds)
{
    EXPECT_EQ(base::align_up(4097, 4096), 8192u);
    EXPECT_EQ(base::align_down(4097, 4096), 4096u);
    EXPECT_EQ(base::div_up(9, 4), 3u);
    uint64_t sum;
    EXPECT_FALSE(base::add_checked(~uint64_t{0}, 1, sum));
    EXPECT_TRUE(base::add_checked(1, 2, sum) && sum == 3);
}

TEST(IdTable, GivesTheLowestFreeId)
{
    object::IdTable<int> table;
    int a, b, c;
    EXPECT_EQ(table.insert(&a, 1, 10), 1);
    EXPECT_EQ(table.insert(&b, 1, 10), 2);
    EXPECT_EQ(table.insert(&c, 0, 10), 0);
    table.remove(1);
    EXPECT_EQ(table.get(1), nullptr);
    EXPECT_EQ(table.insert(&a, 0, 10), 1);
    EXPECT_EQ(table.insert(&a, 5, 10), 5);
    EXPECT_EQ(table.insert(&a, 3, 10), 3);
    EXPECT_EQ(table.used(), 5u);
}

TEST(IdTable, KeepsToItsLimit)
{
    object::IdTable<int> table;
    int object;
    for (int i = 0; i < 20; ++i)
        EXPECT_EQ(table.insert(&object, 0, 20), i);
    EXPECT_EQ(table.insert(&object, 0, 20), -1);
    EXPECT_FALSE(table.insert_at(&object, 7));
    table.remove(7);
    EXPECT_TRUE(table.insert_at(&object, 7));
    EXPECT_EQ(table.get(-1), nullptr);
    EXPECT_EQ(table.get(int64_t{1} << 40), nullptr);
}

/// Against a set that cannot be wrong.
TEST(IdTable, AgreesWithAModel)
{
    object::IdTable<int> table;
    std::set<int> model;
    int object;
    unsigned state = 12345;
    for (int step = 0; step < 5000; ++step) {
        state = state * 1103515245 + 12345;
        const unsigned r = state >> 16;
        if (r % 3) {
            const auto lowest = r % 7;
            int expected = static_cast<int>(lowest);
            while (model.count(expected))
                ++expected;
            ASSERT_EQ(table.insert(&object, lowest, 100000), expected);
            model.insert(expected);
        } else if (!model.empty()) {
            auto at = model.begin();
            std::advance(at, r % model.size());
            table.remove(*at);
            model.erase(at);
        }
        ASSERT_EQ(table.used(), model.size());
    }
}

nto_siginfo signal_info(int signo, int value)
{
    nto_siginfo info{};
    info.signo = signo;
    info.u.p.value.i = value;
    return info;
}

TEST(SignalQueue, LowestNumberFirstThenOrder)
{
    object::SignalQueue queue;
    EXPECT_TRUE(queue.add(signal_info(43, 1), true));
    EXPECT_TRUE(queue.add(signal_info(41, 2), true));
    EXPECT_TRUE(queue.add(signal_info(41, 3), true));
    nto_siginfo info;
    EXPECT_FALSE(queue.take(object::signal_bit(42), info));
    EXPECT_TRUE(queue.take(~uint64_t{0}, info) && info.signo == 41 && info.u.p.value.i == 2);
    EXPECT_TRUE(queue.set() & object::signal_bit(41));
    EXPECT_TRUE(queue.take(~uint64_t{0}, info) && info.signo == 41 && info.u.p.value.i == 3);
    EXPECT_FALSE(queue.set() & object::signal_bit(41));
    EXPECT_TRUE(queue.take(~uint64_t{0}, info) && info.signo == 43);
    EXPECT_EQ(queue.set(), 0u);
}

TEST(SignalQueue, PlainSignalsArePendingOnce)
{
    object::SignalQueue queue;
    EXPECT_TRUE(queue.add(signal_info(16, 1), false));
    EXPECT_TRUE(queue.add(signal_info(16, 2), false));
    nto_siginfo info;
    EXPECT_TRUE(queue.take(~uint64_t{0}, info) && info.u.p.value.i == 1);
    EXPECT_FALSE(queue.take(~uint64_t{0}, info));
    queue.add(signal_info(64, 0), true);
    queue.remove(object::signal_bit(64));
    EXPECT_EQ(queue.set(), 0u);
}

} // namespace
