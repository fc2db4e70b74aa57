// SPDX-License-Identifier: Apache-2.0
// Device registers in memory: each access is exactly one load or store of the register's width.
#pragma once

#include <cstdint>

namespace base {

class MmioRegion {
public:
    constexpr MmioRegion() = default;
    explicit MmioRegion(volatile void* start) : start_(static_cast<volatile uint8_t*>(start)) {}

    uint32_t read32(uint32_t offset) const
    {
        return *reinterpret_cast<volatile uint32_t*>(start_ + offset);
    }
    void write32(uint32_t offset, uint32_t value) const
    {
        *reinterpret_cast<volatile uint32_t*>(start_ + offset) = value;
    }
    explicit operator bool() const { return start_ != nullptr; }

private:
    volatile uint8_t* start_ = nullptr;
};

} // namespace base
