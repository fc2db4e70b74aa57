// SPDX-License-Identifier: Apache-2.0
// The startup program: its segments, and the place in it that learns where the image is.
#pragma once

#include "elf_file.hpp"

#include <abi/image.h>

#include <vector>

namespace buildfile {

// Startup's segments, independent of its ELF class.
struct StartupFile {
    std::vector<Elf64_Phdr> loads; // p_offset counts from the start of `flat`
    std::vector<Elf64_Phdr> notes;
    uint64_t entry = 0;
    Bytes flat;

    // Stores the physical address of the startup header behind STARTUP_IMAGE_MARK.
    void set_image_address(uint64_t address);
    // Throws when the range and a segment overlap in memory.
    void check_overlap(uint64_t base, uint64_t size) const;
    // For whoever puts the segments in their places (startup_header.info).
    void describe_segments(startup_header& header) const;
};

// Throws std::runtime_error with what is wrong.
StartupFile read_startup(const Bytes& file);

} // namespace buildfile
