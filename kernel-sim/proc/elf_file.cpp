// SPDX-License-Identifier: Apache-2.0
// Checks ELF64 headers and collects the segments to load.
#include "proc/elf_file.hpp"

#include "base/bits.hpp"

#include <abi/errno.h>
#include <abi/proc_msg.h>
#include <cstring>

namespace proc {

namespace {

struct Ehdr {
    uint8_t ident[16];
    uint16_t type, machine;
    uint32_t version;
    uint64_t entry, phoff, shoff;
    uint32_t flags;
    uint16_t ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};
static_assert(sizeof(Ehdr) == 64);

struct Phdr {
    uint32_t type, flags;
    uint64_t offset, vaddr, paddr, filesz, memsz, align;
};
static_assert(sizeof(Phdr) == 56);

constexpr uint16_t et_exec = 2, et_dyn = 3, em_x86_64 = 62;
constexpr uint32_t pt_load = 1, pt_interp = 3, pt_phdr = 6, pt_gnu_stack = 0x6474e551;
constexpr uint32_t pf_x = 1, pf_w = 2, pf_r = 4;
constexpr uint64_t page = 4096;
constexpr uint64_t vaddr_limit = uint64_t{1} << 46;
constexpr uint64_t max_interpreter = 256;

bool sound_header(const Ehdr& header)
{
    static constexpr uint8_t magic[7] = {0x7f, 'E', 'L', 'F', 2 /* 64 bit */, 1 /* little endian */,
                                         1};
    return std::memcmp(header.ident, magic, sizeof magic) == 0 &&
           (header.type == et_exec || header.type == et_dyn) && header.machine == em_x86_64 &&
           header.phentsize == sizeof(Phdr) && header.phnum != 0;
}

bool add_segment(const Phdr& header, uint64_t file_size, ElfPlan& plan)
{
    if (header.memsz == 0) {
        return true;
    }
    const bool in_file = header.filesz <= header.memsz && header.offset <= file_size &&
                         header.filesz <= file_size - header.offset;
    const bool in_space = header.vaddr < vaddr_limit && header.memsz < vaddr_limit;
    const bool aligned = header.vaddr % page == header.offset % page;
    const bool both = (header.flags & pf_w) != 0 && (header.flags & pf_x) != 0;
    if (!in_file || !in_space || !aligned || both || plan.segment_count == ElfPlan::max_segments) {
        return false;
    }
    const uint64_t start = base::align_down(header.vaddr, page);
    if (plan.segment_count == 0) {
        plan.low = start;
    } else if (start < plan.high) { // ascending, and no page with two owners
        return false;
    }
    plan.high = base::align_up(header.vaddr + header.memsz, page);
    ElfSegment& segment = plan.segments[plan.segment_count++];
    segment = {header.vaddr, header.memsz, header.offset, header.filesz, 0};
    segment.prot |= (header.flags & pf_r) != 0 ? MEM_PROT_READ : 0u;
    segment.prot |= (header.flags & pf_w) != 0 ? MEM_PROT_WRITE : 0u;
    segment.prot |= (header.flags & pf_x) != 0 ? MEM_PROT_EXEC : 0u;
    return true;
}

} // namespace

int parse_elf(const uint8_t* head, size_t head_size, uint64_t file_size, ElfPlan& plan)
{
    Ehdr header;
    if (head_size < sizeof header) {
        return ENOEXEC;
    }
    std::memcpy(&header, head, sizeof header);
    const uint64_t table_size = uint64_t{header.phnum} * sizeof(Phdr);
    if (!sound_header(header) || header.phoff > head_size ||
        table_size > head_size - header.phoff) {
        return ENOEXEC;
    }
    plan = ElfPlan{};
    plan.position_independent = header.type == et_dyn;
    plan.entry = header.entry;
    plan.header_count = header.phnum;
    for (uint16_t i = 0; i < header.phnum; ++i) {
        Phdr segment;
        std::memcpy(&segment, head + header.phoff + i * sizeof(Phdr), sizeof segment);
        if (segment.type == pt_load && !add_segment(segment, file_size, plan)) {
            return ENOEXEC;
        }
        if (segment.type == pt_interp) {
            if (segment.filesz < 2 || segment.filesz > max_interpreter ||
                segment.offset > file_size || segment.filesz > file_size - segment.offset) {
                return ENOEXEC;
            }
            plan.interpreter_offset = segment.offset;
            plan.interpreter_length = segment.filesz;
        }
        if (segment.type == pt_gnu_stack) {
            plan.stack_size = segment.memsz;
        }
    }
    if (plan.segment_count == 0 || plan.entry < plan.low || plan.entry >= plan.high) {
        return ENOEXEC;
    }
    for (uint32_t i = 0; i < plan.segment_count; ++i) { // where the program finds its own headers
        const ElfSegment& segment = plan.segments[i];
        if (header.phoff >= segment.offset &&
            header.phoff + table_size <= segment.offset + segment.file_size) {
            plan.headers_vaddr = segment.vaddr + (header.phoff - segment.offset);
        }
    }
    return EOK;
}

} // namespace proc
