// SPDX-License-Identifier: Apache-2.0
// Names, values and scoping of mkifs attributes. Names of other mkxfs file systems are accepted with a warning.
#include "attributes.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>
#include <stdexcept>

namespace buildfile {
namespace {

// Known to mkifs but without an effect on the images this tool writes.
constexpr std::array accepted_quietly = {
    "code",   "data",      "big_pages", "phys_align", "pagesizes", "filter",
    "linker", "bigendian", "compress",  "include",    "autoso",    "keepsection",
    "drop",   "module",    "ram",       "chain",      "physical"};
// mkqnx6fsimg, mkfatfsimg and mkqfs share the grammar.
constexpr std::array other_tools = {
    "blksize",     "num_blocks", "num_groups",   "num_inodes",  "num_sectors",
    "sector_size", "reserve",    "usage",        "uuid",        "vol_name",
    "boot_cls",    "boot_quiet", "dflt_boot",    "fsys_lfncks", "acl",
    "dom",         "newdom",     "namedom",      "max_sectors", "alimit",
    "name_enc",    "block_size", "spare_blocks", "min_size",    "max_size"};

template <typename List>
bool contains(const List& list, const std::string& name)
{
    return std::find(list.begin(), list.end(), name) != list.end();
}

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

bool is_clause(const std::string& clause)
{
    size_t op = clause.find_first_of("+-=");
    return op != std::string::npos && clause.find_first_not_of("ugoa") == op &&
           clause.find_first_not_of("rwxsgt", op + 1) == std::string::npos;
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

FileType parse_type(const std::string& value)
{
    if (value == "link") {
        return FileType::link;
    }
    if (value == "dir") {
        return FileType::dir;
    }
    if (value == "file") {
        return FileType::file;
    }
    throw std::runtime_error("expected file, link or dir");
}

ImageSpec parse_image(const std::string& value)
{
    ImageSpec spec;
    std::string range = value.substr(0, value.find_first_of(",=%"));
    size_t comma = value.find(',');
    if (comma != std::string::npos) {
        spec.max_size =
            parse_size(value.substr(comma + 1, value.find_first_of("=%", comma) - comma - 1));
    }
    size_t dash = range.find('-');
    if (dash != 0 && !range.empty()) {
        spec.start = parse_size(range.substr(0, dash));
    }
    if (dash != std::string::npos) {
        spec.end = parse_size(range.substr(dash + 1));
    }
    return spec;
}

} // namespace

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
    if (used == 0 || used != text.size() || text[0] == '-') {
        throw std::runtime_error("expected a number with an optional k, m or g");
    }
    return value * unit;
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

bool FileAttributes::apply_flag(const RawAttribute& given)
{
    const struct {
        const char* name;
        bool& flag;
    } flags[] = {{"autolink", autolink},
                 {"dupignore", dupignore},
                 {"followlink", followlink},
                 {"keeplinked", keeplinked},
                 {"optional", optional},
                 {"page_align", page_align},
                 {"raw", raw},
                 {"script", script}};
    for (const auto& entry : flags) {
        if (given.name == entry.name) {
            entry.flag = given.sign == '+';
            return true;
        }
    }
    return false;
}

bool FileAttributes::apply_value(const std::string& name, const std::string& value)
{
    if (name == "uid") {
        uid = parse_id(value);
    } else if (name == "gid") {
        gid = parse_id(value);
    } else if (name == "perms") {
        perms = parse_perms(value);
    } else if (name == "dperms") {
        dperms = parse_perms(value);
    } else if (name == "mtime") {
        mtime = parse_mtime(value);
    } else if (name == "type") {
        type = parse_type(value);
    } else if (name == "prefix") {
        prefix = value;
    } else if (name == "search") {
        search = split(value, ':');
        search_set = true;
    } else if (name == "cd") {
        cd = value;
    } else if (name == "mount") {
        mount = value.empty() ? "/" : value;
    } else if (name == "virtual") {
        virtual_spec = value;
    } else if (name == "image") {
        image = parse_image(value);
    } else {
        return false;
    }
    return true;
}

void FileAttributes::apply(const Attribute& attribute, Diagnostics& diagnostics)
{
    const RawAttribute& raw = attribute.raw;
    if (raw.if_unset && set_.count(raw.name)) {
        return;
    }
    bool known = false;
    try {
        known = raw.value ? apply_value(raw.name, *raw.value) : apply_flag(raw);
    } catch (const std::runtime_error& problem) {
        diagnostics.error(attribute.at,
                          "bad value for attribute '" + raw.name + "': '" + *raw.value + "'",
                          problem.what());
        return;
    }
    set_.insert(raw.name);
    if (known || contains(accepted_quietly, raw.name)) {
        return;
    }
    if (contains(other_tools, raw.name)) {
        diagnostics.warning(attribute.at, "attribute '" + raw.name + "' has no meaning for mkifs");
        return;
    }
    diagnostics.error(attribute.at, "unknown attribute '" + raw.name + "'",
                      "check the spelling; flags take + or -, others name=value");
}

} // namespace buildfile
