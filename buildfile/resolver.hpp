// SPDX-License-Identifier: Apache-2.0
// Finds host files for the names in a buildfile: cd, -r roots, search path, ${QNX_TARGET}.
#pragma once

#include "attributes.hpp"
#include "variables.hpp"

#include <optional>
#include <string>
#include <vector>

namespace buildfile {

class Resolver {
public:
    Resolver(const Variables& variables, std::vector<std::string> roots)
        : variables_(variables), roots_(std::move(roots))
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
};

} // namespace buildfile
