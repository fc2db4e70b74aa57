// SPDX-License-Identifier: Apache-2.0
// Parses ability specifications and sends them to the process manager.
#include "ability_spec.hpp"

#include <cstdlib>
#include <strings.h>
#include <sys/neutrino.h>
#include <sys/procmgr.h>

namespace ability {

namespace {

struct Word {
    const char* name;
    uint32_t bits;
};

constexpr Word words[] = {
    {"allow", PROCMGR_AOP_ALLOW},         {"deny", PROCMGR_AOP_DENY},
    {"lock", PROCMGR_AOP_LOCK},           {"root", PROCMGR_ADN_ROOT},
    {"nonroot", PROCMGR_ADN_NONROOT},     {"all", PROCMGR_ADN_ROOT | PROCMGR_ADN_NONROOT},
    {"inherit", PROCMGR_AOP_INHERIT_YES}, {"noinherit", PROCMGR_AOP_INHERIT_NO},
};

#define ABILITY_WORD(upper, lower, privileged) {#lower, PROCMGR_AID_##upper},
constexpr Word abilities[] = {ABI_ABILITIES(ABILITY_WORD)};
#undef ABILITY_WORD

template <size_t N>
const Word* find(const Word (&table)[N], const std::string& name)
{
    for (const Word& one : table) {
        if (strcasecmp(one.name, name.c_str()) == 0) {
            return &one;
        }
    }
    return nullptr;
}

std::vector<std::string> split(const std::string& text, char at)
{
    std::vector<std::string> parts;
    size_t start = 0;
    for (size_t comma; (comma = text.find(at, start)) != std::string::npos; start = comma + 1) {
        parts.push_back(text.substr(start, comma - start));
    }
    parts.push_back(text.substr(start));
    return parts;
}

// 4-27, 4- or 4
bool parse_range(const std::string& text, proc_ability_entry& range)
{
    char* end = nullptr;
    range.lo = std::strtoull(text.c_str(), &end, 0);
    if (end == text.c_str() || text[0] == '-') {
        return false;
    }
    range.hi = range.lo;
    if (*end == '-') {
        const char* rest = end + 1;
        range.hi = *rest ? std::strtoull(rest, &end, 0) : ~uint64_t{0};
        end += *rest ? 0 : 1;
    }
    return *end == '\0' && range.lo <= range.hi;
}

struct Specification {
    uint32_t bits = 0;
    uint32_t id = PROCMGR_AID_EOL;
    std::vector<proc_ability_entry> ranges;

    std::string add_ability(const std::string& name, bool custom)
    {
        if (id != PROCMGR_AID_EOL) {
            return "more than one ability: " + name;
        }
        if (const Word* known = custom ? nullptr : find(abilities, name)) {
            id = known->bits;
            return "";
        }
        const int found = custom ? procmgr_ability_lookup(name.c_str()) : -EINVAL;
        if (found < 0) {
            return "unknown ability " + name;
        }
        id = static_cast<uint32_t>(found);
        return "";
    }

    std::string add(const std::string& word)
    {
        if (const Word* operation = find(words, word)) {
            bits |= operation->bits;
            return "";
        }
        if (word.compare(0, 5, "able=") == 0) {
            return add_ability(word.substr(5), true);
        }
        proc_ability_entry range{};
        if (parse_range(word, range)) {
            ranges.push_back(range);
            return id == PROCMGR_AID_EOL ? "a range without an ability" : "";
        }
        const size_t colon = word.find(':');
        std::string wrong = add_ability(word.substr(0, colon), false);
        if (wrong.empty() && colon != std::string::npos) {
            wrong = add(word.substr(colon + 1));
        }
        return wrong;
    }
};

} // namespace

std::string parse(const std::string& text, Entries& entries, uint32_t& rest)
{
    Specification spec;
    for (const std::string& word : split(text, ',')) {
        const std::string wrong = spec.add(word);
        if (!wrong.empty()) {
            return wrong;
        }
    }
    constexpr uint32_t domains = PROCMGR_ADN_ROOT | PROCMGR_ADN_NONROOT;
    if ((spec.bits & domains) == 0) {
        spec.bits |= domains;
    }
    if (spec.id == PROCMGR_AID_EOL) {
        rest |= spec.bits;
        return "";
    }
    if (spec.ranges.empty()) {
        entries.push_back({spec.bits | spec.id, 0, 0, ~uint64_t{0}});
    }
    for (proc_ability_entry& range : spec.ranges) {
        range.word = spec.bits | spec.id | PROCMGR_AOP_SUBRANGE;
        entries.push_back(range);
    }
    return "";
}

int apply(pid_t pid, Entries entries, uint32_t rest)
{
    entries.push_back({rest | PROCMGR_AID_EOL, 0, 0, ~uint64_t{0}});
    struct proc_ability request {};
    request.type = PROC_ABILITY;
    request.pid = pid;
    request.count = static_cast<uint32_t>(entries.size());
    iov_t parts[2];
    SETIOV(&parts[0], &request, sizeof request);
    SETIOV(&parts[1], entries.data(), entries.size() * sizeof entries[0]);
    return static_cast<int>(-MsgSendvs_r(SYSMGR_COID, parts, 2, nullptr, 0));
}

} // namespace ability
