// SPDX-License-Identifier: Apache-2.0
// What getsockopt() answers: cut off where the caller's buffer ends, as BSD does.
#pragma once
#include <span>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

namespace netmgr {

inline int put(const void* from, size_t bytes, std::span<uint8_t> value, size_t& size)
{
    size = bytes < value.size() ? bytes : value.size();
    memcpy(value.data(), from, size);
    return 0;
}

inline int put_int(int v, std::span<uint8_t> value, size_t& size)
{
    return put(&v, sizeof(v), value, size);
}

} // namespace netmgr
