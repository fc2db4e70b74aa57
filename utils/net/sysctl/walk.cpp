// SPDX-License-Identifier: Apache-2.0
// The tree of variables as the stack reports it: CTL_QUERY lists a node's children.
#include <stdio.h>
#include <string.h>

#include "lib/util.hpp"
#include "sysctl.hpp"

namespace {

constexpr size_t max_children = 256;

// The node's children; -1 with errno. The caller frees *out.
long children_of(const Variable& node, sysctlnode_info** out)
{
    int mib[CTL_MAXNAME + 1];
    memcpy(mib, node.mib, node.depth * sizeof mib[0]);
    mib[node.depth] = CTL_QUERY;
    size_t bytes = max_children * sizeof(sysctlnode_info);
    auto* list = static_cast<sysctlnode_info*>(malloc(bytes));
    if (list == nullptr || sysctl(mib, node.depth + 1, list, &bytes, nullptr, 0) == -1) {
        free(list);
        return -1;
    }
    *out = list;
    return static_cast<long>(bytes / sizeof(sysctlnode_info));
}

Variable child(const Variable& node, const sysctlnode_info& info)
{
    Variable made = node;
    made.mib[made.depth++] = info.number;
    made.info = info;
    made.info.name[SYSCTL_NAMELEN - 1] = '\0';
    size_t used = strlen(made.name);
    snprintf(made.name + used, sizeof made.name - used, used == 0 ? "%s" : ".%s", made.info.name);
    return made;
}

} // namespace

Variable root_variable()
{
    Variable root = {};
    root.info.type = CTLTYPE_NODE;
    return root;
}

bool find_variable(const char* name, Variable* out)
{
    Variable at = root_variable();
    char copy[max_name];
    if (strlen(name) >= sizeof copy)
        return errno = ENAMETOOLONG, false;
    strcpy(copy, name);
    char* rest = nullptr;
    for (char* part = strtok_r(copy, ".", &rest); part != nullptr;
         part = strtok_r(nullptr, ".", &rest)) {
        if (at.info.type != CTLTYPE_NODE || at.depth == CTL_MAXNAME)
            return errno = ENOENT, false;
        sysctlnode_info* list = nullptr;
        long count = children_of(at, &list);
        if (count < 0)
            return false;
        long i = 0;
        while (i < count && strncmp(list[i].name, part, SYSCTL_NAMELEN) != 0)
            ++i;
        if (i < count)
            at = child(at, list[i]);
        free(list);
        if (i == count)
            return errno = ENOENT, false;
    }
    *out = at;
    return true;
}

bool walk(const Variable& from, Visit visit, bool with_nodes)
{
    if (from.info.type != CTLTYPE_NODE)
        return visit(from);
    bool good = !with_nodes || from.depth == 0 || visit(from);
    if (from.depth == CTL_MAXNAME)
        return good;
    sysctlnode_info* list = nullptr;
    long count = children_of(from, &list);
    if (count < 0)
        return false;
    for (long i = 0; i < count; ++i)
        good &= walk(child(from, list[i]), visit, with_nodes);
    free(list);
    return good;
}
