// SPDX-License-Identifier: Apache-2.0
// Giving up root on command (sysctl qnx.kern.droproot): abilities first, then groups, group and user.
#pragma once
#include <stdint.h>

namespace netmgr {

class Stack;

// -U: who io-pkt is afterwards.
struct DropUser {
    static constexpr unsigned max_groups = 16;
    uint32_t uid = 99;
    uint32_t gid = 99;
    uint32_t groups[max_groups] = {120};
    unsigned group_count = 1;
};

// Adds the variable to the tree. 0 or ENOMEM.
int attach_drop_sysctl(Stack& stack, const DropUser& user);

} // namespace netmgr
