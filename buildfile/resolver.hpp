// SPDX-License-Identifier: Apache-2.0
// Finds host files for the names in a buildfile: cd, -r roots, search path, ${QNX_TARGET}.
#pragma once

#include "attributes.hpp"
#include "variables.hpp"

#include <optional>
#include <string>
#include <vector>

namespace buildfile {

// Which roots are searched: 7.1 and later: -r roots, MKIFS_PATH, ${QNX_TARGET}; up to 7.0: MKIFS_PATH alone when it is
// set, else -r roots and ${QNX_TARGET}.
enum class SearchRules { sdp70, sdp71 };

class Resolver {
public:
    Resolver(const Variables& variables, std::vector<std::string> roots, SearchRules rules)
        : variables_(variables), roots_(std::move(roots)), rules_(rules)
    {
    }

    // The host path of `name`, or nullopt. Absolute: as is. With a slash: cwd (or cd=) first, then the
    // search path. Without: the search path only.
    std::optional<std::string> find(const std::string& name,
                                    const FileAttributes& attributes) const;

private:
    std::vector<std::string> search_path(const FileAttributes& attributes) const;
    void add_default_dirs(const std::string& root, std::vector<std::string>& out) const;

    const Variables& variables_;
    std::vector<std::string> roots_;
    SearchRules rules_;
};

} // namespace buildfile
