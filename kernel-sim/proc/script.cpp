// SPDX-License-Identifier: Apache-2.0
// Decoder of the parsed startup script.
#include "proc/script.hpp"

#include <cstring>

namespace proc {

bool ScriptCommand::string(uint32_t index, std::string_view& text) const
{
    size_t at = 0;
    for (uint32_t i = 0; at < strings_size; ++i) {
        const auto* nul = static_cast<const char*>(std::memchr(strings + at, 0, strings_size - at));
        if (nul == nullptr) {
            return false;
        }
        const auto length = static_cast<size_t>(nul - (strings + at));
        if (i == index) {
            text = std::string_view(strings + at, length);
            return true;
        }
        at += length + 1;
    }
    return false;
}

bool ScriptReader::next(ScriptCommand& command)
{
    constexpr size_t header_size = offsetof(script_cmd, strings);
    if (size_ - at_ < header_size) {
        return false;
    }
    script_cmd record;
    std::memcpy(&record, data_ + at_, header_size);
    if (record.size < header_size || record.size > size_ - at_) {
        return false; // 0 ends the script
    }
    command.type = record.type;
    command.flags = record.flags;
    command.cpu = record.cpu;
    command.policy = record.policy;
    command.priority = record.priority;
    command.argc = record.argc;
    command.envc = record.envc;
    command.value_ms = record.value_ms;
    command.strings = reinterpret_cast<const char*>(data_ + at_ + header_size);
    command.strings_size = record.size - header_size;
    at_ += (record.size + 3u) & ~size_t{3};
    if (at_ > size_) {
        at_ = size_;
    }
    return true;
}

} // namespace proc
