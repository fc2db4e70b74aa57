// SPDX-License-Identifier: Apache-2.0
// -u's rules and the permission check of an open.
#include "resmgr/node_rules.hpp"

#include <errno.h>
#include <string.h>
#include <sys/iomsg.h>

namespace netmgr {

namespace {

constexpr const char* kind_names[node_kind_count] = {"socket", "bpf", "tun", "tap"};

} // namespace

bool NodeRules::set(const char* type, const NodeRule& rule)
{
    const bool all = strcmp(type, "all") == 0;
    bool found = all;
    for (unsigned i = 0; i < node_kind_count; i++) {
        if (!all && strcmp(type, kind_names[i]) != 0)
            continue;
        rules_[i] = rule;
        found = true;
    }
    return found;
}

const char* NodeRules::names()
{
    return "all, socket, bpf, tun, tap";
}

int check_open(const NodeRule& rule, int scoid, uint32_t ioflag)
{
    const Cred cred = cred_of(scoid);
    if (cred.uid == 0)
        return 0;
    const unsigned shift = cred.uid == rule.uid ? 6 : ClientGroups(scoid).has(rule.gid) ? 3 : 0;
    const unsigned allowed = rule.mode >> shift;
    const bool refused = ((ioflag & _IO_FLAG_RD) != 0 && (allowed & 4) == 0) ||
                         ((ioflag & _IO_FLAG_WR) != 0 && (allowed & 2) == 0);
    return refused ? EACCES : 0;
}

} // namespace netmgr
