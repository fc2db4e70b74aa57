// SPDX-License-Identifier: Apache-2.0
// The image's compression: zlib streams and runs of LZO blocks (formats in include/abi/image.h).
#pragma once

#include "attributes.hpp"
#include "elf_file.hpp"

namespace buildfile {

// UCL is written as zlib: the number an image carries says what is really there.
Compression written_as(Compression wanted);

// Both throw std::runtime_error. Unpacking makes exactly `size` bytes.
Bytes compress(Compression kind, const Bytes& data);
Bytes decompress(Compression kind, const uint8_t* data, size_t length, size_t size);

} // namespace buildfile
