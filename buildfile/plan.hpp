// SPDX-License-Identifier: Apache-2.0
// What a buildfile asks for, before any host file is looked at: one item a file, with the attributes in force for it.
#pragma once

#include "attributes.hpp"
#include "boot.hpp"
#include "variables.hpp"

#include <optional>
#include <string>
#include <vector>

namespace buildfile {

enum class ItemKind { host, inline_file, link, hard_link, dir, fifo, script, boot };

struct Item {
    ItemKind kind = ItemKind::host;
    Position at;      // of the file specification
    FileSpec spec;    // as written
    std::string path; // in the image, without leading '/'
    FileAttributes attributes;
    std::vector<CommandLine> commands; // boot and script bodies
    std::optional<BootSection> boot;
    Bytes compiled; // script records
};

struct Plan {
    std::vector<Item> items;
    FileAttributes
        last; // in force at the end: image=, mount=, and what implied directories and libraries get
    bool bootable = false;
};

// Applies attribute scoping and sorts files by kind; what is wrong is reported. In lenient mode (--check) host files
// and values behind unset variables are not judged.
Plan make_plan(const std::vector<Statement>& statements, const Variables& variables,
               Diagnostics& diagnostics, bool lenient = false);

// The target path for `target` with the prefix= in force.
std::string target_path(const std::string& target, const FileAttributes& attributes, bool bootable);
std::string basename_of(std::string path);

// The plan as JSON, for tools and tests.
std::string to_json(const Plan& plan);

} // namespace buildfile
