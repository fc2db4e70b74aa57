// SPDX-License-Identifier: Apache-2.0
// Loads procnto's segments and builds the first kernel page table: direct map of RAM, the kernel, and memory below 4 GiB one to one.
#include "startup/startup.hpp"

#include <elf.h>

namespace startup {

namespace {

constexpr uint64_t page = 4096, big_page = 2 << 20;
constexpr uint64_t present = 1, writable = 2, large = 0x80, global = 0x100,
                   no_execute = uint64_t{1} << 63;
constexpr uint64_t address_mask = 0x000ffffffffff000;

uint64_t* table_at(uint64_t paddr)
{
    return reinterpret_cast<uint64_t*>(paddr & address_mask);
}

/// The entry for vaddr in the table `level` (1 = 4 KiB pages, 2 = 2 MiB pages), made when missing.
uint64_t* entry_for(uint64_t root, uint64_t vaddr, int level)
{
    uint64_t* table = table_at(root);
    for (int at = 4; at > level; --at) {
        uint64_t& entry = table[(vaddr >> (12 + 9 * (at - 1))) & 511];
        if (!(entry & present))
            entry = allocate_pages(1) | present | writable;
        table = table_at(entry);
    }
    return &table[(vaddr >> (12 + 9 * (level - 1))) & 511];
}

uint64_t map_ram(uint64_t root)
{
    uint64_t end = 0;
    for (uint32_t i = 0; i < memory.count; ++i) {
        const MemoryRange& range = memory.ranges[i];
        if (range.type != 1 && range.type != 3)
            continue;
        for (uint64_t at = range.start & ~(big_page - 1); at < range.end; at += big_page)
            *entry_for(root, direct_map_base + at, 2) =
                at | present | writable | large | global | no_execute;
        if (range.end > end)
            end = range.end;
    }
    return end;
}

void load_segment(uint64_t root, const Elf64_Phdr& segment)
{
    if (segment.p_vaddr < kernel_base || segment.p_offset + segment.p_filesz > image.kernel_size ||
        segment.p_filesz > segment.p_memsz)
        fail("procnto has a segment outside its place");
    const uint64_t offset = segment.p_vaddr & (page - 1);
    const uint64_t pages = (offset + segment.p_memsz + page - 1) / page;
    const uint64_t paddr = allocate_pages(pages);
    memcpy(reinterpret_cast<void*>(paddr + offset), image.kernel + segment.p_offset,
           segment.p_filesz);
    uint64_t flags = present | global;
    if (segment.p_flags & PF_W)
        flags |= writable;
    if (!(segment.p_flags & PF_X))
        flags |= no_execute;
    for (uint64_t i = 0; i < pages; ++i)
        *entry_for(root, segment.p_vaddr - offset + i * page, 1) = (paddr + i * page) | flags;
}

} // namespace

Loaded load_kernel()
{
    const auto* elf = reinterpret_cast<const Elf64_Ehdr*>(image.kernel);
    if (memcmp(elf->e_ident, ELFMAG, SELFMAG) != 0 || elf->e_machine != EM_X86_64)
        fail("procnto is not an x86_64 ELF file");
    const uint64_t root = allocate_pages(1);
    const uint64_t end = map_ram(root);
    const auto* segment = reinterpret_cast<const Elf64_Phdr*>(image.kernel + elf->e_phoff);
    for (int i = 0; i < elf->e_phnum; ++i) {
        if (segment[i].p_type == PT_LOAD && segment[i].p_memsz != 0)
            load_segment(root, segment[i]);
    }
    entry_for(root, kernel_base + (uint64_t{1} << 30),
              2); // tables for devices and stacks exist in every space
    for (uint64_t at = 0; at < uint64_t{1} << 32; at += big_page)
        *entry_for(root, at, 2) = at | present | writable | large;
    return {root, elf->e_entry, end};
}

} // namespace startup
