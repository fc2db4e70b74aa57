// SPDX-License-Identifier: Apache-2.0
// Checksums of file contents, as text.
#pragma once

#include "elf_file.hpp"

#include <string>

namespace buildfile {

enum class Digest { md5, sha256, sha512 };

std::string digest(Digest kind, const Bytes& data); // lower-case hexadecimal
uint32_t posix_cksum(const Bytes& data);            // as the cksum utility computes it
std::string lower_case(std::string text);

} // namespace buildfile
