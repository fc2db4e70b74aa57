// SPDX-License-Identifier: Apache-2.0
// Decoder of the parsed startup script that mkifs stores in the image.
#pragma once

#include <abi/image.h>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace proc {

/// One command; the strings lie in the image.
struct ScriptCommand {
    uint8_t type = 0, flags = 0, cpu = 0, policy = 0, priority = 0;
    uint16_t argc = 0, envc = 0;
    uint32_t value_ms = 0;
    const char* strings = nullptr; // back to back, each with its NUL
    size_t strings_size = 0;

    /// String number `index`, false past the last.
    bool string(uint32_t index, std::string_view& text) const;
};

class ScriptReader {
public:
    ScriptReader(const uint8_t* data, size_t size) : data_(data), size_(size) {}
    /// False at the end, or where the script is damaged.
    bool next(ScriptCommand& command);

private:
    const uint8_t* data_;
    size_t size_;
    size_t at_ = 0;
};

} // namespace proc
