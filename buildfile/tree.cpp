// SPDX-License-Identifier: Apache-2.0
// Keeps the entries of an image sorted by path, so that parents come before their children.
#include "tree.hpp"

#include "elf_file.hpp"

#include <stdexcept>
#include <sys/stat.h>

namespace buildfile {
namespace {

constexpr size_t path_limit = 1024;
constexpr size_t name_limit = 255;

} // namespace

std::string clean_path(const std::string& path)
{
    std::string out;
    for (const std::string& part : split(path, '/')) {
        if (part == ".") {
            continue;
        }
        if (part == ".." || part.size() > name_limit) {
            throw std::runtime_error(part == ".." ? "'..' in a target path" : "a name is too long");
        }
        out += (out.empty() ? "" : "/") + part;
    }
    if (out.size() >= path_limit) {
        throw std::runtime_error("the target path is too long");
    }
    return out;
}

Entry* Tree::find(const std::string& path)
{
    auto found = entries_.find(path);
    return found == entries_.end() ? nullptr : &found->second;
}

bool Tree::add(Entry entry, bool dupignore)
{
    for (size_t slash = entry.path.find('/'); slash != std::string::npos;
         slash = entry.path.find('/', slash + 1)) {
        parents_.emplace(entry.path.substr(0, slash), entry.parents_mode);
    }
    Entry* old = find(entry.path);
    if (!old) {
        entries_.emplace(entry.path, std::move(entry));
        return true;
    }
    if (entry.type == FileType::dir && old->type == FileType::dir) {
        if (!entry.implicit) {
            *old = std::move(entry);
        }
        return true;
    }
    bool same = old->type == entry.type && old->origin == entry.origin && old->text == entry.text &&
                old->same_as == entry.same_as;
    // ldqnx-64.so.2 and libc.so are one library under two names, and its SONAME brings them together.
    const bool same_library = old->type == FileType::file && entry.type == FileType::file &&
                              is_elf64(entry.data) && old->data == entry.data;
    if (same || same_library || dupignore) {
        return true;
    }
    diagnostics_.error(entry.at, "Entry '" + entry.path + "' redefined",
                       "first given at " + line_of(old->at) + "; remove one or set [+dupignore]");
    return false;
}

void Tree::complete(uint32_t dir_mode, uint32_t mtime)
{
    parents_.emplace("", std::nullopt);
    for (const auto& [path, mode] : parents_) {
        if (Entry* there = find(path)) {
            if (there->type == FileType::file) {
                diagnostics_.error(there->at, "'" + path + "' is a file and a directory",
                                   "rename one of them");
            }
            continue;
        }
        Entry dir;
        dir.type = FileType::dir;
        dir.path = path;
        dir.mode = S_IFDIR | mode.value_or(dir_mode);
        dir.mtime = mtime;
        dir.implicit = true;
        entries_.emplace(path, std::move(dir));
    }
    uint32_t next = startup_ino + 1;
    for (auto& [path, entry] : entries_) {
        entry.ino = path.empty() ? root_ino : next++;
    }
    join_hard_links();
}

// Names that share a file get its inode, owner and mode; the layout gives them its place.
void Tree::join_hard_links()
{
    for (auto& [path, entry] : entries_) {
        if (entry.same_as.empty()) {
            continue;
        }
        const Entry* file = find(entry.same_as);
        for (unsigned steps = 0; file && !file->same_as.empty() && steps < 16; ++steps) {
            entry.same_as = file->same_as; // a link to a link
            file = find(entry.same_as);
        }
        if (!file || file->type != FileType::file || !file->same_as.empty()) {
            diagnostics_.error(entry.at, "'" + entry.same_as + "' is not a file of the image",
                               "a hard link names a file that is in the image itself");
            continue;
        }
        entry.ino = file->ino;
        entry.mode = file->mode;
        entry.uid = file->uid;
        entry.gid = file->gid;
        entry.mtime = file->mtime;
    }
}

} // namespace buildfile
