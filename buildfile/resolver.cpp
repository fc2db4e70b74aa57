// SPDX-License-Identifier: Apache-2.0
// Host file lookup in the documented order.
#include "resolver.hpp"

#include <filesystem>

namespace buildfile {
namespace fs = std::filesystem;

void Resolver::add_default_dirs(const std::string& root, std::vector<std::string>& out) const
{
    std::string processor = variables_.get("PROCESSOR");
    for (const char* dir :
         {"sbin", "usr/sbin", "boot/sys", "bin", "usr/bin", "lib", "lib/dll", "usr/lib"}) {
        out.push_back(root + "/" + processor + "/" + dir);
    }
}

std::vector<std::string> Resolver::search_path(const FileAttributes& attributes) const
{
    std::vector<std::string> own = split(variables_.expand(variables_.get("MKIFS_PATH")), ':');
    std::vector<std::string> path;
    bool roots = rules_ == SearchRules::sdp71 || own.empty();
    if (roots) {
        for (const std::string& root : roots_) {
            add_default_dirs(root, path);
        }
    }
    const std::vector<std::string>& given = attributes.search_set ? attributes.search : own;
    path.insert(path.end(), given.begin(), given.end());
    std::string target = variables_.get("QNX_TARGET");
    if (roots && !target.empty() && !attributes.search_set) {
        add_default_dirs(target, path);
    }
    return path;
}

std::optional<std::string> Resolver::find(const std::string& name,
                                          const FileAttributes& attributes) const
{
    auto exists = [](const std::string& path) {
        std::error_code ignored;
        return fs::symlink_status(path, ignored).type() != fs::file_type::not_found && !ignored;
    };
    if (name.empty()) {
        return std::nullopt;
    }
    if (name[0] == '/') {
        return exists(name) ? std::optional(name) : std::nullopt;
    }
    if (name.find('/') != std::string::npos) {
        std::string here = attributes.cd.empty() ? name : attributes.cd + "/" + name;
        if (exists(here)) {
            return here;
        }
    }
    for (const std::string& dir : search_path(attributes)) {
        if (exists(dir + "/" + name)) {
            return dir + "/" + name;
        }
    }
    return std::nullopt;
}

} // namespace buildfile
