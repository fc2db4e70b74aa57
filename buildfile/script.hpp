// SPDX-License-Identifier: Apache-2.0
// Compiles startup script lines into struct script_cmd records (include/abi/image.h).
#pragma once

#include "elf_file.hpp"
#include "model.hpp"

#include <vector>

namespace buildfile {

// The records of all lines, without the terminating one, so that several scripts can be joined.
// Lenient: words of variables nobody has set are not judged.
Bytes compile_script(const std::vector<CommandLine>& lines, Diagnostics& diagnostics,
                     bool lenient = false);

// The record of size 0 that ends a script.
void end_script(Bytes& script);

} // namespace buildfile
