// SPDX-License-Identifier: Apache-2.0
// Reads an image file back, for dumpifs and tests. Nothing in the file is trusted.
#pragma once

#include "elf_file.hpp"

#include <abi/image.h>

#include <optional>
#include <string>
#include <vector>

namespace buildfile {

struct ReadEntry {
    uint32_t mode = 0;
    uint32_t uid = 0;
    uint32_t gid = 0;
    uint32_t ino = 0;
    uint32_t mtime = 0;
    uint64_t offset = 0; // from the image header
    uint64_t size = 0;
    std::string path;
    std::string text; // of a link
};

struct BootRecord {
    std::vector<std::string> argv;
    std::vector<std::string> env;
};

struct ReadImage {
    uint64_t region =
        0; // file offset of the startup header, or of the image header: table offsets count from it
    uint64_t fs_offset = 0; // of the image header from there, as the listing shows it
    std::optional<startup_header> startup;
    Bytes fs;                 // from image header to image trailer, unpacked
    uint64_t packed_size = 0; // 0: not compressed
    image_header header{};
    std::string mount;
    std::vector<BootRecord> boot;
    std::vector<ReadEntry> entries;
    uint32_t startup_cksum = 0;
    uint32_t image_cksum = 0;
    bool startup_sum_good = true;
    bool image_sum_good = true;
};

// Throws std::runtime_error with what is wrong.
ReadImage read_image(const Bytes& file);

// The content of a regular file of the image.
Bytes read_content(const ReadImage& image, const ReadEntry& entry);

// The whole file with the image unpacked, as if it had never been compressed.
Bytes uncompressed_file(const Bytes& file, const ReadImage& image);

// The startup script as text, one command a line; modifiers as "[ +session ]".
std::vector<std::string> describe_script(const Bytes& script);

} // namespace buildfile
