// SPDX-License-Identifier: Apache-2.0
// Ability specifications as `on -A` takes them: allow,nonroot,setuid:500-599,inherit.
#pragma once
#include <string>
#include <vector>

#include <abi/proc_msg.h>
#include <sys/types.h>

namespace ability {

using Entries = std::vector<proc_ability_entry>;

/// Adds the entries of one specification; those without an ability's name go to the word that ends the list. An empty
/// string, or what is wrong with it.
std::string parse(const std::string& text, Entries& entries, uint32_t& rest);

/// Applies a list and the operations for all others. EOK or an errno value.
int apply(pid_t pid, Entries entries, uint32_t rest);

} // namespace ability
