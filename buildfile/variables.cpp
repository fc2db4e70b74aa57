// SPDX-License-Identifier: Apache-2.0
// Expansion of ${NAME}: inner references first (${${a}y}), then the value's own references.
#include "variables.hpp"

#include "diagnostics.hpp"

#include <cstdlib>

namespace buildfile {
namespace {

constexpr unsigned depth_limit = 32;

// Index of the brace that closes the one at `open`, with nested ${...} skipped; npos when it is missing.
size_t closing_brace(std::string_view text, size_t open)
{
    unsigned depth = 0;
    for (size_t i = open; i < text.size(); ++i) {
        if (text[i] == '{' && text[i - 1] == '$') {
            ++depth;
        } else if (text[i] == '}' && --depth == 0) {
            return i;
        }
    }
    return std::string_view::npos;
}

} // namespace

Variables Variables::from_environment()
{
    return Variables([](const std::string& name) -> std::optional<std::string> {
        const char* value = std::getenv(name.c_str());
        return value ? std::optional<std::string>(value) : std::nullopt;
    });
}

std::string Variables::get(const std::string& name) const
{
    if (auto own = own_.find(name); own != own_.end()) {
        return own->second;
    }
    if (fallback_) {
        return fallback_(name).value_or("");
    }
    return "";
}

std::string Variables::expand(std::string_view text, unsigned depth) const
{
    if (depth > depth_limit) {
        throw LineError("variables refer to each other without end",
                        "look at the values in the environment");
    }
    std::string out;
    for (size_t i = 0; i < text.size(); ++i) {
        // A backslash takes the meaning of the next character away; the tokenizer removes it later.
        if (text[i] == '\\' && i + 1 < text.size()) {
            out += text[i++];
            out += text[i];
            continue;
        }
        if (text[i] != '$' || i + 1 >= text.size() || text[i + 1] != '{') {
            out += text[i];
            continue;
        }
        size_t close = closing_brace(text, i + 1);
        if (close == std::string_view::npos) {
            throw LineError("'${' without '}'", "write ${NAME}, or \\$ for a plain dollar");
        }
        std::string name = expand(text.substr(i + 2, close - i - 2), depth + 1);
        out += expand(get(name), depth + 1);
        i = close;
    }
    return out;
}

} // namespace buildfile
