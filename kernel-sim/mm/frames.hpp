// SPDX-License-Identifier: Apache-2.0
// Physical memory: 4 KiB page frames, one by one or in contiguous runs, and the kernel's map of all RAM.
#pragma once

#include <cstdint>

namespace mm {

inline constexpr uint64_t frame_size = 4096;
inline constexpr uint64_t direct_map_base = 0xffff800000000000;

/// Pages that programs cannot have: with them the kernel can still serve, kill and clean up when memory is short.
inline constexpr uint64_t kernel_reserve = 64;

inline void* phys_to_virt(uint64_t paddr)
{
    return reinterpret_cast<void*>(direct_map_base + paddr);
}

inline uint64_t virt_to_phys(const void* in_direct_map)
{
    return reinterpret_cast<uint64_t>(in_direct_map) - direct_map_base;
}

/// One zeroed page; 0 = no memory.
uint64_t alloc_page();
/// One page with unknown contents; 0 = no memory.
uint64_t alloc_page_uninit();
void free_page(uint64_t paddr);

/// A run of pages, zeroed, at a multiple of `align` (bytes, a power of two), all below `below`; 0 = none.
uint64_t alloc_contiguous(uint64_t pages, uint64_t align = frame_size,
                          uint64_t below = ~uint64_t{0});
void free_contiguous(uint64_t paddr, uint64_t pages);
/// The same with every page in [start, end).
uint64_t alloc_within(uint64_t pages, uint64_t align, uint64_t start, uint64_t end);
/// Just these pages, zeroed; false = one of them is in use, or no RAM.
bool take_frames(uint64_t paddr, uint64_t pages);
/// What is free in [start, end): pages in all, and in the longest run.
struct FreeFrames {
    uint64_t pages, longest;
};
FreeFrames free_within(uint64_t start, uint64_t end);

/// Memory that mmap() gave but nobody has touched yet: pages set aside by number, not yet chosen. False = not enough; the
/// allocations above never take promised pages.
bool promise_pages(uint64_t pages);
void return_promise(uint64_t pages);
/// One of the promised pages (zeroed unless `dirty`); cannot fail while the promise stands.
uint64_t alloc_promised_page(bool dirty);

/// Who has the pages that are in use, beside programs and kernel stacks; each of the three keeps its own number.
struct PageUse {
    uint64_t heap, tables, shared; // shared: of SharedObjects
};
inline PageUse page_use;
uint64_t promised_count();
uint64_t free_count();  // pages neither used nor promised
uint64_t total_count(); // pages of RAM the allocator was given

/// The piece of RAM that was asked for last: mostly it is the same one again.
struct RamArea {
    uint64_t start, end;
};
extern RamArea last_ram;
bool find_ram(uint64_t paddr);

/// True when the address is RAM (in use or not), so that it is in the kernel's direct map.
inline bool is_ram(uint64_t paddr)
{
    return paddr - last_ram.start < last_ram.end - last_ram.start || find_ram(paddr);
}

} // namespace mm
