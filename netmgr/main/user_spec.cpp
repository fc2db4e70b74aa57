// SPDX-License-Identifier: Apache-2.0
// Numbers as they are, names by /etc/passwd and /etc/group.
#include "main/user_spec.hpp"

#include <ctype.h>
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#include "main/command_line.hpp"

namespace netmgr {

namespace {

bool is_number(const char* text, int base, unsigned long maximum, unsigned long& out)
{
    char* end = nullptr;
    errno = 0;
    out = strtoul(text, &end, base);
    return isdigit(static_cast<unsigned char>(*text)) != 0 && *end == '\0' && errno == 0 &&
           out <= maximum;
}

constexpr unsigned long max_id = 0x7fffffff;

// A number too large is not taken for a name.
bool find_user(const char* text, uint32_t& uid)
{
    unsigned long n;
    if (is_number(text, 10, max_id, n)) {
        uid = static_cast<uint32_t>(n);
        return true;
    }
    const passwd* entry =
        isdigit(static_cast<unsigned char>(*text)) == 0 ? getpwnam(text) : nullptr;
    if (entry != nullptr)
        uid = static_cast<uint32_t>(entry->pw_uid);
    return entry != nullptr;
}

bool find_group(const char* text, uint32_t& gid)
{
    unsigned long n;
    if (is_number(text, 10, max_id, n)) {
        gid = static_cast<uint32_t>(n);
        return true;
    }
    const group* entry = isdigit(static_cast<unsigned char>(*text)) == 0 ? getgrnam(text) : nullptr;
    if (entry != nullptr)
        gid = static_cast<uint32_t>(entry->gr_gid);
    return entry != nullptr;
}

// The group of a user who is given without one; a number nobody has keeps the default's group.
void primary_group(const char* user, uint32_t uid, uint32_t& gid)
{
    const passwd* entry = isdigit(static_cast<unsigned char>(*user)) != 0
                              ? getpwuid(static_cast<uid_t>(uid))
                              : getpwnam(user);
    if (entry != nullptr)
        gid = static_cast<uint32_t>(entry->pw_gid);
}

bool parse_extra_groups(char* list, DropUser& out)
{
    out.group_count = 0;
    while (list != nullptr) {
        char* name = strsep(&list, ",");
        if (out.group_count == DropUser::max_groups)
            return complain("-U: more than %u groups", DropUser::max_groups);
        if (!find_group(name, out.groups[out.group_count]))
            return complain("-U: unknown group \"%s\"", name);
        out.group_count++;
    }
    return true;
}

} // namespace

bool parse_drop_user(char* text, DropUser& out)
{
    char* groups = text;
    char* group = strsep(&groups, ",");
    char* user = strsep(&group, ":");
    if (!find_user(user, out.uid))
        return complain("-U: unknown user \"%s\"", user);
    if (out.uid == 0)
        return complain("-U %s: this is root", user);
    if (group != nullptr && isdigit(static_cast<unsigned char>(*user)) == 0)
        return complain("-U %s:%s: a user's name has its group from /etc/passwd; want "
                        "uid[:gid[,gid...]] or user[,gid...]",
                        user, group);
    if (group != nullptr && !find_group(group, out.gid))
        return complain("-U: unknown group \"%s\"", group);
    if (group == nullptr)
        primary_group(user, out.uid, out.gid);
    return parse_extra_groups(groups, out);
}

bool parse_node_rule(char* text, NodeRules& out)
{
    char* mode = text;
    char* type = strsep(&mode, ",");
    char* group = mode != nullptr ? strsep(&mode, ",") : nullptr;
    char* user = group != nullptr ? strsep(&group, ":") : nullptr;
    if (mode == nullptr || group == nullptr)
        return complain("-u %s: want type,uid:gid,mode", type);
    NodeRule rule;
    unsigned long bits;
    if (!find_user(user, rule.uid))
        return complain("-u: unknown user \"%s\"", user);
    if (!find_group(group, rule.gid))
        return complain("-u: unknown group \"%s\"", group);
    if (!is_number(mode, 8, 0777, bits))
        return complain("-u: mode %s: want an octal number from 0 to 0777", mode);
    rule.mode = static_cast<mode_t>(bits);
    if (!out.set(type, rule))
        return complain("-u: unknown type \"%s\", want one of: %s", type, NodeRules::names());
    return true;
}

} // namespace netmgr
