// SPDX-License-Identifier: Apache-2.0
// The attributes in force for a file: global ones (alone on a line) overlaid by those on the file's own line.
#pragma once

#include "model.hpp"

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace buildfile {

enum class FileType { file, link, dir };

// perms=: an absolute mode, or chmod-like clauses applied to the host's mode.
struct Permissions {
    std::optional<uint32_t> absolute;
    std::string clauses;

    uint32_t apply(uint32_t mode) const;
};

// image=start-end,maxsize=total%align, each part optional.
struct ImageSpec {
    std::optional<uint64_t> start;
    std::optional<uint64_t> end;
    std::optional<uint64_t> max_size;
};

struct FileAttributes {
    bool autolink = true;
    bool dupignore = false;
    bool followlink = true;
    bool keeplinked = false;
    bool optional = true;
    bool page_align = false;
    bool raw = false;
    bool script = false;
    FileType type = FileType::file;
    Permissions perms;
    Permissions dperms;
    std::optional<uint32_t> uid;
    std::optional<uint32_t> gid;
    std::optional<uint32_t> mtime;
    std::optional<std::string> prefix; // none: the default of the image kind
    std::vector<std::string> search;
    bool search_set = false;
    std::string cd;
    std::string mount = "/";
    std::optional<std::string> virtual_spec;
    ImageSpec image;

    // Applies one attribute; a wrong one is reported and changes nothing.
    void apply(const Attribute& attribute, Diagnostics& diagnostics);

private:
    bool apply_flag(const RawAttribute& given);
    bool apply_value(const std::string& name, const std::string& value); // throws what is wrong

    std::set<std::string> set_; // for the '?' prefix
};

// Numbers with k, m or g suffix; throws std::runtime_error.
uint64_t parse_size(const std::string& text);
std::vector<std::string> split(const std::string& text, char separator);

} // namespace buildfile
