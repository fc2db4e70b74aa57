// SPDX-License-Identifier: Apache-2.0
// The memory map QEMU's PVH loader hands over, and the pages startup takes for procnto.
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

} // namespace

void read_memory_map(uint64_t address)
{
    const auto* info = reinterpret_cast<const StartInfo*>(address);
    if (info->magic != start_magic || info->version < 1)
        fail("no PVH start info with a memory map");
    memory.rsdp = info->rsdp;
    const auto* map = reinterpret_cast<const MemmapEntry*>(info->memmap);
    for (uint32_t i = 0; i < info->memmap_entries && memory.count < max_ranges; ++i) {
        if (map[i].size != 0)
            memory.ranges[memory.count++] = {map[i].addr, map[i].addr + map[i].size, map[i].type};
    }
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
