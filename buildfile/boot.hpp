// SPDX-License-Identifier: Apache-2.0
// The boot section: which executables start the machine, with their arguments and environment.
#pragma once

#include "attributes.hpp"
#include "elf_file.hpp"
#include "variables.hpp"

#include <string>
#include <vector>

namespace buildfile {

struct BootExecutable {
    Position at;
    std::vector<Attribute> attributes; // of its own lines
    std::vector<std::string> argv;
    std::vector<std::string> env;
    FileAttributes in_force;
};

struct BootSection {
    Position at;
    std::string processor;
    std::string bootfile;
    std::string filter_arguments;            // what follows the boot file's name in virtual=
    std::vector<BootExecutable> executables; // first: startup, last: procnto
};

// Reports what is wrong and returns what could be read.
BootSection parse_boot(const Position& at, const std::string& virtual_spec,
                       const std::vector<CommandLine>& lines, bool has_body,
                       Diagnostics& diagnostics, bool lenient);

// A NAME.boot file: attributes in brackets, the word "boot" with the end of its line, then the prefix code.
struct BootFile {
    Bytes prefix;
    std::optional<uint64_t> default_image;
};
BootFile parse_boot_file(const Bytes& file); // throws std::runtime_error

// struct image_bootrec records with the terminating one.
Bytes boot_records(const BootSection& boot);

} // namespace buildfile
