// SPDX-License-Identifier: Apache-2.0
// Sequence numbers: 32 bits, compared modulo 2^32 (RFC 9293 3.4).
#pragma once
#include <stdint.h>

namespace netmgr {

struct SeqNum {
    uint32_t value = 0;

    constexpr SeqNum() = default;
    constexpr explicit SeqNum(uint32_t v) : value(v) {}
    constexpr SeqNum operator+(uint32_t n) const { return SeqNum(value + n); }
    constexpr SeqNum operator-(uint32_t n) const { return SeqNum(value - n); }
    constexpr uint32_t operator-(SeqNum other) const { return value - other.value; } // distance
    constexpr SeqNum& operator+=(uint32_t n)
    {
        value += n;
        return *this;
    }
    constexpr bool operator==(const SeqNum&) const = default;
    constexpr bool operator<(SeqNum o) const { return static_cast<int32_t>(value - o.value) < 0; }
    constexpr bool operator>(SeqNum o) const { return o < *this; }
    constexpr bool operator<=(SeqNum o) const { return !(o < *this); }
    constexpr bool operator>=(SeqNum o) const { return !(*this < o); }
};

constexpr SeqNum seq_max(SeqNum a, SeqNum b)
{
    return a > b ? a : b;
}
constexpr SeqNum seq_min(SeqNum a, SeqNum b)
{
    return a < b ? a : b;
}

// Timestamps (RFC 7323 5.2) compare the same way.
constexpr bool ts_before(uint32_t a, uint32_t b)
{
    return static_cast<int32_t>(a - b) < 0;
}

} // namespace netmgr
