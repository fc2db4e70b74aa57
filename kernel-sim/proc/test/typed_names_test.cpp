// SPDX-License-Identifier: Apache-2.0
// Names of typed memory and the arithmetic of physical ranges.
#include "proc/typed_memory.hpp"

#include <abi/errno.h>
#include <gtest/gtest.h>
#include <string>

namespace {

using proc::MemoryName;
using proc::PhysicalRanges;

const MemoryName table[] = {
    {"/memory", 0, 0x10000},
    {"/memory/low", 0, 0x4000},
    {"/memory/low/ram", 0x1000, 0x2000},
    {"/memory/low/ram", 0x3000, 0x4000},
    {"/memory/ram", 0x8000, 0x9000},
    {"/memory/rom", 0x4000, 0x5000},
};

// The ranges as text, or the error.
std::string find(std::string_view name)
{
    PhysicalRanges ranges;
    const int error = proc::find_typed_memory(table, std::size(table), name, ranges);
    std::string text = error == EOK ? "" : "error " + std::to_string(error);
    for (const PhysicalRanges::Range& range : ranges) {
        char part[40];
        snprintf(part, sizeof part, "%lx-%lx ", range.start, range.end);
        text += error == EOK ? part : "";
    }
    return text;
}

TEST(TypedNames, whole_paths_and_tails)
{
    EXPECT_EQ(find("/memory/ram"), "8000-9000 ");
    EXPECT_EQ(find("ram"), "1000-2000 3000-4000 8000-9000 ");
    EXPECT_EQ(find("low/ram"), "1000-2000 3000-4000 ");
    const std::string none = "error " + std::to_string(ENOENT);
    EXPECT_EQ(find("/ram"), none);
    EXPECT_EQ(find("am"), none);
    EXPECT_EQ(find(""), none);
    EXPECT_EQ(find("ram&"), none);
}

TEST(TypedNames, unions_and_intersections_from_left_to_right)
{
    EXPECT_EQ(find("low&ram"), "1000-2000 3000-4000 ");
    EXPECT_EQ(find("ram|rom"), "1000-2000 3000-5000 8000-9000 ");
    EXPECT_EQ(find("rom|ram&low"), "1000-2000 3000-4000 ");
    EXPECT_EQ(find("rom&ram"), "");
}

TEST(PhysicalRanges, adding_joins_what_touches)
{
    PhysicalRanges ranges;
    for (uint64_t i = 0; i < PhysicalRanges::capacity; ++i) {
        EXPECT_TRUE(ranges.add(i * 0x10, i * 0x10 + 8));
    }
    EXPECT_FALSE(ranges.add(0x1000, 0x1001));
    EXPECT_TRUE(ranges.add(8, 0x10)); // between two: one less
    EXPECT_TRUE(ranges.add(0x1000, 0x1001));
    EXPECT_TRUE(ranges.contains(0, 0x18));
    EXPECT_FALSE(ranges.contains(0x10, 9));
    EXPECT_FALSE(ranges.contains(0x10, ~uint64_t{0}));
    EXPECT_TRUE(ranges.add(0, 0x2000));
    EXPECT_EQ(ranges.size(), 0x2000u);
    EXPECT_EQ(ranges.end() - ranges.begin(), 1);
}

} // namespace
