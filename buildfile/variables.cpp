// SPDX-License-Identifier: Apache-2.0
// Expansion of ${NAME}: inner references first (${${a}y}), then the value's own references.
#include "variables.hpp"

#include "diagnostics.hpp"

#include <cstdlib>

namespace buildfile {
namespace {

constexpr unsigned depth_limit = 32;
constexpr size_t length_limit =
    1 << 20; // of an expanded value: references can double at every step

bool starts_reference(std::string_view text, size_t at)
{
    return text[at] == '$' && at + 1 < text.size() && text[at + 1] == '{';
}

} // namespace

size_t reference_end(std::string_view text, size_t at)
{
    unsigned depth = 0;
    for (size_t i = at; i < text.size(); ++i) {
        if (starts_reference(text, i)) {
            ++depth;
            ++i;
        } else if (text[i] == '}' && --depth == 0) {
            return i;
        } else if (std::string_view("$[]/\\ \t\n\r").find(text[i]) != std::string_view::npos) {
            return std::string_view::npos;
        }
    }
    return std::string_view::npos;
}

void ExpandedLine::add(std::string_view piece, unsigned column, bool moves)
{
    for (char c : piece) {
        text += c;
        columns.push_back(column);
        column += moves;
    }
}

Variables Variables::from_environment()
{
    return Variables([](const std::string& name) -> std::optional<std::string> {
        const char* value = std::getenv(name.c_str());
        return value ? std::optional<std::string>(value) : std::nullopt;
    });
}

void Variables::set_processor(const std::string& name)
{
    std::string base = name.substr(0, name.find('-'));
    if (base.size() > 2 && (base.ends_with("le") || base.ends_with("be"))) {
        base.resize(base.size() - 2);
    }
    set("PROCESSOR", name);
    set("PROCESSOR_BASE", base);
    set("CPU_BASE", base);
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

bool Variables::knows(const std::string& name) const
{
    return own_.count(name) || (fallback_ && fallback_(name).has_value());
}

// The text a reference stands for: its name may hold references, and its value too.
std::string Variables::value_of(std::string_view text, size_t open, size_t close,
                                unsigned depth) const
{
    std::string name = expand(text.substr(open + 2, close - open - 2), depth + 1);
    if (keep_unknown_ && !knows(name)) {
        return std::string(text.substr(open, close + 1 - open));
    }
    return expand(get(name), depth + 1);
}

std::string Variables::expand(std::string_view text) const
{
    return expand(text, 0);
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
        size_t close = starts_reference(text, i) ? reference_end(text, i) : std::string_view::npos;
        if (close == std::string_view::npos) {
            out += text[i];
            continue;
        }
        out += value_of(text, i, close, depth);
        i = close;
        if (out.size() > length_limit) {
            throw LineError("a variable's value is too long", "look at the environment");
        }
    }
    return out;
}

ExpandedLine Variables::expand_line(std::string_view line) const
{
    ExpandedLine out;
    for (size_t i = 0; i < line.size(); ++i) {
        auto column = static_cast<unsigned>(i + 1);
        if (line[i] == '\\' && i + 1 < line.size()) {
            out.add(line.substr(i++, 2), column, true);
            continue;
        }
        size_t close = std::string_view::npos;
        if (starts_reference(line, i)) {
            close = reference_end(line, i);
            if (close == std::string_view::npos && out.unclosed == std::string::npos) {
                out.unclosed = out.text.size();
            }
        }
        if (close == std::string_view::npos) {
            out.add(line.substr(i, 1), column, true);
            continue;
        }
        try {
            out.add(value_of(line, i, close, 0), column, false);
        } catch (const LineError& problem) {
            throw LineError(problem.what(), problem.mend, column);
        }
        i = close;
    }
    out.end_column = static_cast<unsigned>(line.size() + 1);
    return out;
}

} // namespace buildfile
