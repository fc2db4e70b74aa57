// SPDX-License-Identifier: Apache-2.0
// Big-endian integers as they lie in a packet: any alignment, converted where they are read.
#pragma once
#include <stdint.h>
#include <string.h>

namespace netmgr {

class Be16 {
public:
    Be16() = default;
    constexpr Be16(uint16_t value)
        : bytes_{static_cast<uint8_t>(value >> 8), static_cast<uint8_t>(value)}
    {
    }
    constexpr operator uint16_t() const
    {
        return static_cast<uint16_t>(bytes_[0] << 8 | bytes_[1]);
    }
    // The two bytes as a number of this machine, for checksums and BSD structures that keep network order.
    uint16_t raw() const
    {
        uint16_t v;
        memcpy(&v, bytes_, sizeof(v));
        return v;
    }
    static Be16 from_raw(uint16_t raw)
    {
        Be16 v;
        memcpy(v.bytes_, &raw, sizeof(raw));
        return v;
    }

private:
    uint8_t bytes_[2];
};

class Be32 {
public:
    Be32() = default;
    constexpr Be32(uint32_t value)
        : bytes_{static_cast<uint8_t>(value >> 24), static_cast<uint8_t>(value >> 16),
                 static_cast<uint8_t>(value >> 8), static_cast<uint8_t>(value)}
    {
    }
    constexpr operator uint32_t() const
    {
        return static_cast<uint32_t>(bytes_[0]) << 24 | static_cast<uint32_t>(bytes_[1]) << 16 |
               static_cast<uint32_t>(bytes_[2]) << 8 | bytes_[3];
    }
    uint32_t raw() const
    {
        uint32_t v;
        memcpy(&v, bytes_, sizeof(v));
        return v;
    }
    static Be32 from_raw(uint32_t raw)
    {
        Be32 v;
        memcpy(v.bytes_, &raw, sizeof(raw));
        return v;
    }

private:
    uint8_t bytes_[4];
};

static_assert(sizeof(Be16) == 2 && alignof(Be16) == 1 && sizeof(Be32) == 4 && alignof(Be32) == 1);

} // namespace netmgr
