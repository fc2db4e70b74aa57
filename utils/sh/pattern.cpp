// SPDX-License-Identifier: Apache-2.0
// Shell patterns: * ? [...] with backslash for quoted characters, and path name expansion.
#include <algorithm>
#include <cstring>
#include <dirent.h>
#include <sys/stat.h>

#include "shell.hpp"

namespace sh {

namespace {

// One bracket expression at p (after '['); sets p behind its ']'. Returns -1 when it is not one.
int match_bracket(const char*& p, char c)
{
    const char* s = p;
    const bool negate = *s == '!' || *s == '^';
    s += negate;
    bool hit = false, first = true;
    for (; *s && (first || *s != ']'); first = false) {
        if (*s == '\\' && s[1]) {
            ++s;
        }
        const char low = *s++;
        char high = low;
        if (*s == '-' && s[1] && s[1] != ']') {
            ++s;
            if (*s == '\\' && s[1]) {
                ++s;
            }
            high = *s++;
        }
        hit = hit || (low <= c && c <= high);
    }
    if (*s != ']') {
        return -1;
    }
    p = s + 1;
    return hit != negate;
}

} // namespace

bool match(const char* p, const char* t)
{
    const char* star = nullptr;
    const char* retry = nullptr;
    for (;;) {
        if (*p == '*') {
            star = ++p;
            retry = t;
            continue;
        }
        bool ok;
        const char* next = p;
        if (*t == '\0') {
            return *p == '\0';
        }
        if (*p == '?') {
            ok = true;
            ++next;
        } else if (*p == '[') {
            ++next;
            const int r = match_bracket(next, *t);
            ok = r == 1;
            if (r < 0) {
                next = p + 1;
                ok = *t == '[';
            }
        } else {
            next += *p == '\\' && p[1];
            ok = *p != '\0' && *next == *t;
            next += *p != '\0';
        }
        if (ok) {
            p = next;
            ++t;
        } else if (star) {
            p = star;
            t = ++retry;
        } else {
            return false;
        }
    }
}

bool has_wildcards(const std::string& pattern)
{
    for (size_t i = 0; i < pattern.size(); ++i) {
        if (pattern[i] == '\\') {
            ++i;
        } else if (std::strchr("*?[", pattern[i])) {
            return true;
        }
    }
    return false;
}

std::string remove_escapes(const std::string& pattern)
{
    std::string out;
    for (size_t i = 0; i < pattern.size(); ++i) {
        if (pattern[i] == '\\' && i + 1 < pattern.size()) {
            ++i;
        }
        out += pattern[i];
    }
    return out;
}

namespace {

void glob_from(const std::string& base, const std::string& rest, std::vector<std::string>& found)
{
    const size_t slash = rest.find('/');
    const std::string part = rest.substr(0, slash);
    const std::string after = slash == std::string::npos ? "" : rest.substr(slash);
    const std::string more =
        after.empty() ? "" : after.substr(std::min(after.find_first_not_of('/'), after.size()));
    const std::string gap = after.substr(0, after.size() - more.size());
    auto go_on = [&](const std::string& name) {
        struct stat st;
        if (!after.empty()) {
            if (more.empty() ? stat((base + name).c_str(), &st) == 0 && S_ISDIR(st.st_mode)
                             : true) {
                glob_from(base + name + gap, more, found);
            }
        } else if (lstat((base + name).c_str(), &st) == 0) {
            found.push_back(base + name);
        }
    };
    if (part.empty() && after.empty()) {
        found.push_back(base);
        return;
    }
    if (!has_wildcards(part)) {
        go_on(remove_escapes(part));
        return;
    }
    DIR* dir = opendir(base.empty() ? "." : base.c_str());
    if (!dir) {
        return;
    }
    while (const dirent* entry = readdir(dir)) {
        const bool hidden = entry->d_name[0] == '.' && part[0] != '.';
        if (!hidden && match(part.c_str(), entry->d_name)) {
            go_on(entry->d_name);
        }
    }
    closedir(dir);
}

} // namespace

std::vector<std::string> glob(const std::string& pattern)
{
    std::vector<std::string> found;
    const size_t start = std::min(pattern.find_first_not_of('/'), pattern.size());
    glob_from(pattern.substr(0, start), pattern.substr(start), found);
    std::sort(found.begin(), found.end());
    return found;
}

} // namespace sh
