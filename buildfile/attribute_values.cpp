// SPDX-License-Identifier: Apache-2.0
// What the values of attributes look like; each reader says what it expected.
#include "attributes.hpp"

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <stdexcept>

namespace buildfile {
namespace {

uint32_t parse_number(const std::string& text, int base, const char* expected)
{
    size_t used = 0;
    unsigned long value = 0;
    try {
        value = std::stoul(text, &used, base);
    } catch (const std::exception&) {
        used = 0;
    }
    if (text.empty() || used != text.size() || value > UINT32_MAX || text[0] == '-') {
        throw std::runtime_error(std::string("expected ") + expected);
    }
    return static_cast<uint32_t>(value);
}

bool is_clause(const std::string& clause)
{
    size_t op = clause.find_first_of("+-=");
    return op != std::string::npos && clause.find_first_not_of("ugoa") == op &&
           clause.find_first_not_of("rwxsgt", op + 1) == std::string::npos;
}

// The mode bits of one permission letter for the classes in `who`.
uint32_t bits_of(char permission, bool user, bool group, bool other)
{
    auto for_each = [&](uint32_t bit) {
        return (user ? bit << 6 : 0) | (group ? bit << 3 : 0) | (other ? bit : 0);
    };
    switch (permission) {
    case 'r':
        return for_each(4);
    case 'w':
        return for_each(2);
    case 'x':
        return for_each(1);
    case 's':
        return (user ? 04000u : 0) | (group ? 02000u : 0);
    case 'g':
        return 02000;
    case 't':
        return 01000;
    default:
        return 0;
    }
}

uint32_t apply_clause(uint32_t mode, const std::string& clause)
{
    size_t op = clause.find_first_of("+-=");
    std::string who = op ? clause.substr(0, op) : "a";
    bool all = who.find('a') != std::string::npos;
    bool user = all || who.find('u') != std::string::npos;
    bool group = all || who.find('g') != std::string::npos;
    bool other = all || who.find('o') != std::string::npos;
    uint32_t bits = 0;
    for (char permission : clause.substr(op + 1)) {
        bits |= bits_of(permission, user, group, other);
    }
    if (clause[op] == '=') {
        mode &= ~((user ? 0700u : 0) | (group ? 070u : 0) | (other ? 07u : 0));
    }
    return clause[op] == '-' ? mode & ~bits : mode | bits;
}

} // namespace

bool is_open(const std::string& text)
{
    size_t first = text.find('@');
    size_t last = text.find_first_not_of(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789", first + 1);
    return text.find("${") != std::string::npos ||
           (first != std::string::npos && last != std::string::npos && last > first + 1 &&
            text[last] == '@');
}

std::vector<std::string> split(const std::string& text, char separator)
{
    std::vector<std::string> parts;
    size_t from = 0;
    while (from <= text.size()) {
        size_t end = std::min(text.find(separator, from), text.size());
        if (end > from) {
            parts.push_back(text.substr(from, end - from));
        }
        from = end + 1;
    }
    return parts;
}

uint64_t parse_size(const std::string& text)
{
    size_t used = 0;
    uint64_t value = 0;
    try {
        value = std::stoull(text, &used, 0);
    } catch (const std::exception&) {
        used = 0;
    }
    uint64_t unit = 1;
    if (used != 0 && used + 1 == text.size()) {
        const std::string suffixes = "kmg";
        size_t index = suffixes.find(static_cast<char>(std::tolower(text[used])));
        unit = index == std::string::npos ? 0 : uint64_t{1024} << (10 * index);
        used += unit != 0;
    }
    if (used == 0 || used != text.size() || text[0] == '-' || value > UINT64_MAX / unit) {
        throw std::runtime_error("expected a number with an optional k, m or g");
    }
    return value * unit;
}

std::optional<uint32_t> parse_id(const std::string& text)
{
    return text == "*" ? std::nullopt
                       : std::optional<uint32_t>(parse_number(text, 10, "a decimal number or *"));
}

std::optional<uint32_t> parse_mtime(const std::string& text)
{
    if (text == "*") {
        return std::nullopt;
    }
    std::tm time{};
    char end = 0;
    if (std::sscanf(text.c_str(), "%4d-%2d-%2d-%2d:%2d:%2d%c", &time.tm_year, &time.tm_mon,
                    &time.tm_mday, &time.tm_hour, &time.tm_min, &time.tm_sec, &end) != 6) {
        throw std::runtime_error("expected YYYY-MM-DD-HH:MM:SS or *");
    }
    time.tm_year -= 1900;
    time.tm_mon -= 1;
    return static_cast<uint32_t>(timegm(&time));
}

Permissions parse_perms(const std::string& text)
{
    Permissions perms;
    if (text == "*") {
        return perms;
    }
    const char* expected = "expected an octal mode, * or clauses like u+s,go=rx";
    if (!text.empty() && text.find_first_not_of("01234567") == std::string::npos) {
        perms.absolute = parse_number(text, 8, "an octal mode");
        if (*perms.absolute > 07777) {
            throw std::runtime_error(expected);
        }
        return perms;
    }
    for (const std::string& clause : split(text, ',')) {
        if (!is_clause(clause)) {
            throw std::runtime_error(expected);
        }
    }
    perms.clauses = text;
    return perms;
}

uint32_t Permissions::apply(uint32_t mode) const
{
    if (absolute) {
        return *absolute;
    }
    for (const std::string& clause : split(clauses, ',')) {
        mode = apply_clause(mode, clause);
    }
    return mode & 07777;
}

FileType parse_type(const std::string& text)
{
    const struct {
        const char* name;
        FileType type;
    } types[] = {{"file", FileType::file},
                 {"link", FileType::link},
                 {"dir", FileType::dir},
                 {"fifo", FileType::fifo},
                 {"hlink", FileType::hard_link}};
    for (const auto& entry : types) {
        if (text == entry.name) {
            return entry.type;
        }
    }
    throw std::runtime_error("expected file, link, dir, fifo or hlink");
}

ImageSpec parse_image(const std::string& text)
{
    ImageSpec spec;
    auto part = [&](char mark, const char* ends) -> std::optional<uint64_t> {
        size_t at = text.find(mark);
        if (at == std::string::npos) {
            return std::nullopt;
        }
        std::string value = text.substr(at + 1, text.find_first_of(ends, at + 1) - at - 1);
        return value.empty() ? std::nullopt : std::optional(parse_size(value));
    };
    std::string range = text.substr(0, text.find_first_of(",=%"));
    size_t dash = range.find('-');
    if (dash != 0 && !range.empty()) {
        spec.start = parse_size(range.substr(0, dash));
    }
    if (dash != std::string::npos && dash + 1 < range.size()) {
        spec.end = parse_size(range.substr(dash + 1));
    }
    spec.max_size = part(',', "=%");
    spec.total_size = part('=', "%");
    spec.align = part('%', "");
    if (spec.start && spec.end && *spec.end < *spec.start) {
        throw std::runtime_error("the range ends before it starts");
    }
    return spec;
}

AutoSo parse_autoso(const std::string& text)
{
    if (text == "n" || text == "none") {
        return AutoSo::none;
    }
    if (text == "l" || text == "list") {
        return AutoSo::list;
    }
    if (text == "a" || text == "add") {
        return AutoSo::add;
    }
    throw std::runtime_error("expected none, list or add");
}

Compression parse_compress(const std::string& text)
{
    uint32_t number = parse_number(text, 10, "1 (zlib), 2 (LZO) or 3 (UCL)");
    if (number > 3) {
        throw std::runtime_error("expected 1 (zlib), 2 (LZO) or 3 (UCL)");
    }
    return static_cast<Compression>(number);
}

PhysAlign parse_phys_align(const std::string& text)
{
    size_t comma = text.find(',');
    PhysAlign align{parse_size(text.substr(0, comma)), comma != std::string::npos};
    if (align.group && text.substr(comma + 1) != "group") {
        throw std::runtime_error("expected size or size,group");
    }
    if (align.size & (align.size - 1)) {
        throw std::runtime_error("expected a power of two");
    }
    return align;
}

std::vector<uint64_t> parse_page_sizes(const std::string& text)
{
    std::vector<uint64_t> sizes;
    for (const std::string& size : split(text, ',')) {
        sizes.push_back(parse_size(size));
        if (sizes.back() == 0 || (sizes.back() & (sizes.back() - 1))) {
            throw std::runtime_error("expected powers of two, separated by commas");
        }
    }
    std::sort(sizes.begin(), sizes.end());
    return sizes;
}

// (machines;types;phdrs)template
void check_linker(const std::string& text)
{
    size_t open = text.find_first_not_of(" \t");
    size_t close = text.find(')');
    bool selector = open != std::string::npos && text[open] == '(' && close != std::string::npos;
    if (!selector ||
        std::count(text.begin(), text.begin() + static_cast<ptrdiff_t>(close), ';') != 2) {
        throw std::runtime_error("expected (machines;types;program headers)command");
    }
}

void check_digest(const std::string& name, const std::string& text)
{
    if (name == "cksum") {
        (void)parse_number(text, 0, "a decimal or 0x number, as the cksum utility prints it");
        return;
    }
    size_t length = name == "sha256" ? 64 : 128;
    if (text.size() != length ||
        text.find_first_not_of("0123456789abcdefABCDEF") != std::string::npos) {
        throw std::runtime_error("expected " + std::to_string(length) + " hexadecimal digits");
    }
}

} // namespace buildfile
