// SPDX-License-Identifier: Apache-2.0
// Small arithmetic on powers of two, and overflow-safe sums.
#pragma once

#include <cstddef>
#include <cstdint>

namespace base {

constexpr uint64_t align_up(uint64_t value, uint64_t power)
{
    return (value + power - 1) & ~(power - 1);
}

constexpr uint64_t align_down(uint64_t value, uint64_t power)
{
    return value & ~(power - 1);
}

constexpr bool is_aligned(uint64_t value, uint64_t power)
{
    return (value & (power - 1)) == 0;
}

constexpr uint64_t div_up(uint64_t value, uint64_t by)
{
    return (value + by - 1) / by;
}

/// a + b, or false when the sum does not fit.
constexpr bool add_checked(uint64_t a, uint64_t b, uint64_t& sum)
{
    return !__builtin_add_overflow(a, b, &sum);
}

constexpr uint64_t bit(unsigned n)
{
    return uint64_t{1} << n;
}

template <class T>
constexpr const T& min_of(const T& a, const T& b)
{
    return b < a ? b : a;
}

template <class T>
constexpr const T& max_of(const T& a, const T& b)
{
    return a < b ? b : a;
}

} // namespace base
