// SPDX-License-Identifier: Apache-2.0
// The memory map the loader hands over (PVH, multiboot) or the machine's clock chip holds, and the pages startup takes
// for procnto.
#include "startup/startup.hpp"

namespace startup {

Memory memory;

namespace {

// Xen's PVH start info, version 1 (xen/include/public/arch-x86/hvm/start_info.h describes it).
struct StartInfo {
    uint32_t magic, version, flags, nr_modules;
    uint64_t modlist, cmdline, rsdp, memmap;
    uint32_t memmap_entries, reserved;
};
struct MemmapEntry {
    uint64_t addr, size;
    uint32_t type, reserved;
};
constexpr uint32_t start_magic = 0x336ec578;
constexpr uint64_t page = 4096;

// Multiboot information (Multiboot 0.6.96, section 3.3), as far as it is needed.
struct MultibootInfo {
    uint32_t flags, mem_lower, mem_upper, boot_device, cmdline, mods_count, mods_addr, syms[4];
    uint32_t mmap_length, mmap_addr;
};
struct [[gnu::packed]] MultibootRange {
    uint32_t size; // of what follows
    uint64_t addr, length;
    uint32_t type;
};
constexpr uint32_t multiboot_magic = 0x2badb002;
constexpr uint32_t multiboot_has_map = 1 << 6;

void add_range(uint64_t start, uint64_t size, uint32_t type)
{
    if (size != 0 && memory.count < max_ranges)
        memory.ranges[memory.count++] = {start, start + size, type};
}

bool read_pvh(uint64_t address)
{
    const auto* info = reinterpret_cast<const StartInfo*>(address);
    if (info->magic != start_magic || info->version < 1)
        return false;
    memory.rsdp = info->rsdp;
    const auto* map = reinterpret_cast<const MemmapEntry*>(info->memmap);
    for (uint32_t i = 0; i < info->memmap_entries; ++i)
        add_range(map[i].addr, map[i].size, map[i].type);
    return true;
}

bool read_multiboot(uint64_t address)
{
    const auto* info = reinterpret_cast<const MultibootInfo*>(address);
    if (!(info->flags & multiboot_has_map))
        return false;
    uint64_t at = info->mmap_addr;
    const uint64_t end = at + info->mmap_length;
    while (at + sizeof(MultibootRange) <= end) {
        const auto* range = reinterpret_cast<const MultibootRange*>(at);
        add_range(range->addr, range->length, range->type);
        at += range->size + sizeof range->size;
    }
    return memory.count != 0;
}

uint32_t clock_register(uint8_t index)
{
    outb(0x70, index);
    return inb(0x71);
}

// A raw image whose loader tells nothing: QEMU and PC firmware keep the memory's size in the clock chip, in 64 KiB above
// 16 MiB (0x34, 0x35) and above 4 GiB (0x5b..0x5d).
void read_clock_chip()
{
    constexpr uint64_t unit = 64 << 10, low = 16 << 20;
    add_range(0, 0x9f000, 1);
    add_range(0xe0000, 0x20000, 2);
    const uint64_t middle = clock_register(0x34) | clock_register(0x35) << 8;
    const uint64_t high =
        clock_register(0x5b) | clock_register(0x5c) << 8 | clock_register(0x5d) << 16;
    add_range(1 << 20, low - (1 << 20) + middle * unit, 1);
    add_range(uint64_t{1} << 32, high * unit, 1);
}

uint64_t search_rsdp(uint64_t from, uint64_t end)
{
    for (uint64_t at = from & ~uint64_t{15}; at + 20 <= end; at += 16) {
        const auto* bytes = reinterpret_cast<const uint8_t*>(at);
        if (memcmp(bytes, "RSD PTR ", 8) != 0)
            continue;
        uint8_t sum = 0;
        for (int i = 0; i < 20; ++i)
            sum = static_cast<uint8_t>(sum + bytes[i]);
        if (sum == 0)
            return at;
    }
    return 0;
}

// The BIOS puts the root pointer into the first KiB of its extended data area or into its ROM (ACPI 6.4, section 5.2.5.1).
void find_rsdp()
{
    uint16_t segment;
    const void* volatile where = reinterpret_cast<const void*>(0x40e);
    memcpy(&segment, where, sizeof segment);
    const uint64_t area = uint64_t{segment} << 4;
    if (area >= 0x80000 && area < 0xa0000)
        memory.rsdp = search_rsdp(area, area + 1024);
    if (memory.rsdp == 0)
        memory.rsdp = search_rsdp(0xe0000, 0x100000);
}

} // namespace

void read_memory_map(uint64_t address, uint64_t magic)
{
    // What the pointer leads to decides first: qboot enters by PVH's rules and leaves multiboot's magic in the register.
    if (address == 0 || !read_pvh(address)) {
        if (magic != multiboot_magic)
            read_clock_chip();
        else if (!read_multiboot(address))
            fail("the loader gives no memory map");
    }
    if (memory.rsdp == 0)
        find_rsdp();
}

void open_allocator(uint64_t from)
{
    from = (from + page - 1) & ~(page - 1);
    for (uint32_t i = 0; i < memory.count; ++i) {
        const MemoryRange& range = memory.ranges[i];
        if (range.type == 1 && range.start <= from && from < range.end) {
            memory.bump_start = memory.bump = from;
            memory.bump_limit = range.end < (uint64_t{1} << 32) ? range.end : uint64_t{1} << 32;
            return;
        }
    }
    fail("no RAM behind the image");
}

uint64_t allocate_pages(uint64_t count)
{
    const uint64_t start = memory.bump;
    if ((memory.bump_limit - start) / page < count)
        fail("not enough RAM for the kernel");
    memory.bump += count * page;
    memset(reinterpret_cast<void*>(start), 0, count * page);
    return start;
}

} // namespace startup
