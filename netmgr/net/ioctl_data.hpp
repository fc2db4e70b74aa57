// SPDX-License-Identifier: Apache-2.0
// The client's data of the ioctl that the calling thread is in: what a driver's copyin() and copyout() may touch.
#pragma once
#include <span>
#include <stdint.h>

namespace netmgr {

class IoctlData {
public:
    explicit IoctlData(std::span<uint8_t> data) : outer_(current_) { current_ = data; }
    ~IoctlData() { current_ = outer_; }
    IoctlData(const IoctlData&) = delete;
    IoctlData& operator=(const IoctlData&) = delete;

    static bool holds(const void* at, size_t length);

private:
    inline static thread_local std::span<uint8_t> current_;
    std::span<uint8_t> outer_;
};

} // namespace netmgr
