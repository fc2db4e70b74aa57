// SPDX-License-Identifier: Apache-2.0
// The files, links and directories an image will hold, by path.
#pragma once

#include "attributes.hpp"
#include "elf_file.hpp"

#include <map>
#include <optional>
#include <string>

namespace buildfile {

struct Entry {
    FileType type = FileType::file;
    std::string path;  // no leading '/'; "" is the root
    uint32_t mode = 0; // with the S_IF bits
    uint32_t uid = 0;
    uint32_t gid = 0;
    uint32_t mtime = 0;
    Bytes data;         // file
    std::string text;   // link
    std::string origin; // host path, or what else the content comes from
    Position at;
    std::string same_as;   // a file whose content and inode this name shares
    uint64_t align = 1;    // of the content in memory
    unsigned group = 0;    // files of one phys_align group lie together
    bool added = false;    // by autoso=
    bool implicit = false; // a parent directory nobody named
    std::optional<uint32_t>
        parents_mode; // of parents nobody named, when this is the first below them
    uint32_t ino = 0;
    uint64_t offset = 0; // from the image header, set by the layout
    uint64_t size = 0;   // of the content, set by the layout
};

class Tree {
public:
    explicit Tree(Diagnostics& diagnostics) : diagnostics_(diagnostics) {}

    // Takes the entry; false (with a message) when the path is taken by something else. The same origin
    // twice, or +dupignore, keeps the first one.
    bool add(Entry entry, bool dupignore);
    bool contains(const std::string& path) const { return entries_.count(path) != 0; }
    Entry* find(const std::string& path);

    // Adds the root and missing parents, with the given permissions where no entry below has some of its own, and numbers all.
    void complete(uint32_t dir_mode, uint32_t mtime);

    std::map<std::string, Entry>& entries() { return entries_; }
    const std::map<std::string, Entry>& entries() const { return entries_; }

private:
    void join_hard_links();

    Diagnostics& diagnostics_;
    std::map<std::string, Entry> entries_;
    std::map<std::string, std::optional<uint32_t>> parents_; // as the first entry below wants them
};

inline constexpr uint32_t root_ino = 1;
inline constexpr uint32_t startup_ino = 2; // startup has a number but no directory entry

// Lexically cleaned: no leading or doubled '/', no "." parts; throws on ".." and on overlong names.
std::string clean_path(const std::string& path);

} // namespace buildfile
