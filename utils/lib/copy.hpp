// SPDX-License-Identifier: Apache-2.0
// Copying and removing files and trees, for cp, mv and rm.
#pragma once
#include <string>

namespace util {

struct CopyOptions {
    bool recurse = false;     // -r
    bool preserve = false;    // -p: mode, owner, times
    bool force = false;       // -f: remove what cannot be opened
    bool verbose = false;     // -v
    bool interactive = false; // -i
};

// Both print their complaints; 0 or 1.
int copy(const std::string& from, const std::string& to, const CopyOptions& options);
int remove_tree(const std::string& path, bool quiet_when_missing);

// "dir/name" when `to` is a directory, else `to`.
std::string into(const std::string& from, const std::string& to);
std::string base_name(const std::string& path);

} // namespace util
