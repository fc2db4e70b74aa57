// SPDX-License-Identifier: Apache-2.0
// The patch file (-p): owner and permissions changed after everything was collected.
#pragma once

#include "tree.hpp"

#include <string>

namespace buildfile {

// Lines type:path:pattern:uid:gid:perms; type is d or f with an optional r for whole subtrees.
void apply_patches(const std::string& file, Tree& tree, Diagnostics& diagnostics);

} // namespace buildfile
