// SPDX-License-Identifier: Apache-2.0
// What an ELF program's headers ask the loader to do, checked so that the loader can trust it.
#pragma once

#include <cstddef>
#include <cstdint>

namespace proc {

struct ElfSegment {
    uint64_t vaddr, memory_size; // as in the file, before the load bias
    uint64_t offset, file_size;
    uint32_t prot; // MEM_PROT_*
};

struct ElfPlan {
    static constexpr uint32_t max_segments = 12;
    ElfSegment segments[max_segments];
    uint32_t segment_count = 0;
    bool position_independent = false;
    uint64_t entry = 0;
    uint64_t headers_vaddr = 0; // AT_PHDR before the bias; 0 = not loaded
    uint16_t header_count = 0;
    uint64_t interpreter_offset = 0,
             interpreter_length = 0; // of the PT_INTERP string with its NUL; 0 = static
    uint64_t low = 0, high = 0;      // page-aligned span of all segments
    uint64_t stack_size = 0;         // PT_GNU_STACK's p_memsz, 0 = default
};

/// `head` is the start of the file (a page is enough for every program we build), `file_size` its length.
/// EOK, or ENOEXEC for anything that is not a sound x86_64 program.
int parse_elf(const uint8_t* head, size_t head_size, uint64_t file_size, ElfPlan& plan);

} // namespace proc
