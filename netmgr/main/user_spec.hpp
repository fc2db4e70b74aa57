// SPDX-License-Identifier: Apache-2.0
// The values of -U and -u: users and groups by number or by name.
#pragma once
#include "drv/drop_root.hpp"
#include "resmgr/node_rules.hpp"

namespace netmgr {

// "uid[:gid[,gid...]]" or "user[,gid...]"; a user's primary group is /etc/passwd's. False after a message.
bool parse_drop_user(char* text, DropUser& out);
// "type,uid:gid,mode". False after a message.
bool parse_node_rule(char* text, NodeRules& out);

} // namespace netmgr
