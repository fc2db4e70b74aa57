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
    std::vector<Attribute> attributes;
    std::vector<std::string> argv;
    std::vector<std::string> env;
};

struct BootSection {
    Position at;
    std::string processor;
    std::string bootfile;
    std::vector<BootExecutable> executables; // first: startup, last: procnto
};

// Reports what is wrong and returns what could be read.
BootSection parse_boot(const Statement& statement, const std::string& virtual_spec,
                       const Variables& variables, Diagnostics& diagnostics);

// struct image_bootrec records with the terminating one.
Bytes boot_records(const BootSection& boot);

} // namespace buildfile
