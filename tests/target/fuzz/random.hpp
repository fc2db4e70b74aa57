// SPDX-License-Identifier: Apache-2.0
// Seeded random numbers for the test programs that break things: the same seed gives the same run.
#pragma once

#include <cstddef>
#include <cstdint>

class Random {
public:
    explicit Random(uint64_t seed) : state_(seed) { next(); }

    /// SplitMix64 (Steele, Lea, Flood 2014).
    uint64_t next()
    {
        uint64_t z = state_ += 0x9e3779b97f4a7c15;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
    }
    /// A number in [0, limit).
    uint32_t below(uint32_t limit) { return static_cast<uint32_t>((next() >> 32) * limit >> 32); }
    bool one_in(uint32_t n) { return below(n) == 0; }
    template <class T, size_t N>
    const T& pick(const T (&choices)[N])
    {
        return choices[below(N)];
    }

private:
    uint64_t state_;
};
