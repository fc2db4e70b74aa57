// SPDX-License-Identifier: Apache-2.0
// Reads the patch file and applies its lines in order.
#include "patch.hpp"

#include <fnmatch.h>
#include <fstream>
#include <stdexcept>
#include <sys/stat.h>

namespace buildfile {
namespace {

struct Patch {
    bool dirs = false;
    bool recursive = false;
    std::string path;
    std::string pattern;
    uint32_t uid = 0;
    uint32_t gid = 0;
    uint32_t perms = 0;
};

uint32_t number(const std::string& text, int base)
{
    size_t used = 0;
    unsigned long value = std::stoul(text, &used, base);
    if (used != text.size() || value > UINT32_MAX) {
        throw std::invalid_argument(text);
    }
    return static_cast<uint32_t>(value);
}

Patch parse_patch(const std::string& line)
{
    std::vector<std::string> fields;
    size_t from = 0;
    for (size_t end = 0; end != std::string::npos; from = end + 1) {
        end = line.find(':', from);
        fields.push_back(line.substr(from, end == std::string::npos ? end : end - from));
    }
    if (fields.size() != 6 || fields[0].empty() || (fields[0][0] != 'd' && fields[0][0] != 'f')) {
        throw std::invalid_argument(line);
    }
    Patch patch;
    patch.dirs = fields[0][0] == 'd';
    patch.recursive = fields[0].find('r') != std::string::npos;
    patch.path = clean_path(fields[1]);
    patch.pattern = fields[2];
    patch.uid = number(fields[3], 10);
    patch.gid = number(fields[4], 10);
    patch.perms = number(fields[5], 8);
    return patch;
}

bool matches(const Patch& patch, const Entry& entry)
{
    if (entry.type != (patch.dirs ? FileType::dir : FileType::file)) {
        return false;
    }
    size_t slash = entry.path.rfind('/');
    std::string parent = slash == std::string::npos ? "" : entry.path.substr(0, slash);
    std::string name = entry.path.substr(slash == std::string::npos ? 0 : slash + 1);
    bool below = patch.path.empty() || parent.rfind(patch.path + "/", 0) == 0;
    bool in_place = parent == patch.path || (patch.recursive && below);
    return in_place && fnmatch(patch.pattern.c_str(), name.c_str(), 0) == 0;
}

} // namespace

void apply_patches(const std::string& file, Tree& tree, Diagnostics& diagnostics)
{
    std::ifstream in(file);
    if (!in) {
        diagnostics.error({file, 0}, "cannot read the patch file");
        return;
    }
    std::string line;
    for (unsigned count = 1; std::getline(in, line); ++count) {
        if (line.empty() || line[0] == '#') {
            continue;
        }
        try {
            Patch patch = parse_patch(line);
            for (auto& [path, entry] : tree.entries()) {
                if (matches(patch, entry)) {
                    entry.uid = patch.uid;
                    entry.gid = patch.gid;
                    entry.mode = (entry.mode & S_IFMT) | (patch.perms & 07777);
                }
            }
        } catch (const std::exception&) {
            diagnostics.error({file, count}, "bad patch line", "type:path:pattern:uid:gid:perms");
        }
    }
}

} // namespace buildfile
