// SPDX-License-Identifier: Apache-2.0
// Places everything in the image file and writes its bytes (the order is in include/abi/image.h).
#pragma once

#include "collector.hpp"

#include <string>
#include <vector>

namespace buildfile {

inline constexpr uint64_t page_size = 4096;
inline constexpr uint64_t default_image_base = 4u << 20;

// One line of the -v table; offset counts from the start of the image region, -1 when there is none.
struct LayoutRow {
    int64_t offset;
    uint64_t size;
    std::string name;
};

struct ImageFile {
    Bytes bytes;
    std::vector<LayoutRow> rows;
    uint64_t compressed_from = 0,
             compressed_to = 0; // sizes of the image file system; 0: not compressed
};

// The image file system alone: header, directory, files, trailer. Sets the entries' offsets.
Bytes layout_imagefs(Image& image, std::vector<LayoutRow>& rows);

// The whole image; with a boot section it is what its boot kind makes of it (docs/ways/boot.md).
// Throws std::runtime_error with what does not fit.
ImageFile layout_image(Image& image);

// Makes the 32-bit words of `size` bytes at `from` sum to 0 by setting the last word.
void set_checksum(Bytes& bytes, size_t from, size_t size);
uint32_t sum_words(const uint8_t* bytes, size_t size);

} // namespace buildfile
