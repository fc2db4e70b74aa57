// SPDX-License-Identifier: Apache-2.0
// The stress test's messages: every byte is known from the head, so that both sides can check all of it.
#pragma once

#include "fuzz/random.hpp"

#include <cstddef>
#include <cstdint>
#include <sys/neutrino.h>

namespace stress {

enum class Action : uint32_t { reply, write_then_reply, error, hold, count };

struct Head {
    static constexpr uint32_t right = 0x57e55ed1;
    uint32_t magic;
    Action action;
    uint64_t seed;     // of the bytes that follow
    uint32_t size;     // how many
    uint32_t expected; // bytes of the reply
};
inline constexpr size_t max_payload = 48 * 1024;

/// The bytes of a message or (seed + 1) its reply.
inline uint8_t byte_at(uint64_t seed, size_t at)
{
    return static_cast<uint8_t>(seed + at * 31 + (at >> 8));
}
inline void fill(uint8_t* to, uint64_t seed, size_t from, size_t size)
{
    for (size_t i = 0; i < size; ++i)
        to[i] = byte_at(seed, from + i);
}
inline bool check(const uint8_t* data, uint64_t seed, size_t from, size_t size)
{
    for (size_t i = 0; i < size; ++i)
        if (data[i] != byte_at(seed, from + i))
            return false;
    return true;
}
inline long status_of(const Head& head)
{
    return static_cast<long>((head.seed ^ head.size) & 0x3fffffff);
}

/// Cuts a buffer into some parts of any length, behind the parts that are there.
inline unsigned cut(iov_t* parts, unsigned count, uint8_t* data, size_t size, Random& random)
{
    const unsigned end = count + 1 + random.below(3);
    while (count + 1 < end && size > 1) {
        const size_t part = random.below(static_cast<uint32_t>(size));
        SETIOV(parts + count++, data, part);
        data += part;
        size -= part;
    }
    SETIOV(parts + count++, data, size);
    return count;
}

} // namespace stress
