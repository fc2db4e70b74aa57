// SPDX-License-Identifier: Apache-2.0
// /proc/mount: the path-name space as a tree of directories.
#pragma once

#include <string_view>

namespace proc {

class Resource;

/// `path` below /proc/mount. EOK, ENOENT, ENOMEM.
int open_mount_tree(std::string_view path, Resource*& out);

} // namespace proc
