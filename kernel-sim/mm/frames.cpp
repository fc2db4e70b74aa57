// SPDX-License-Identifier: Apache-2.0
// Page frame allocator: one bit a frame, next-fit for single pages, first-fit for runs.
#include "mm/frames.hpp"

#include "arch/console.hpp"
#include "base/bits.hpp"
#include "mm/alloc_failure.hpp"
#include "mm/frame_info.hpp"

#include <cstring>
#include <sys/syspage.h>

namespace mm {

namespace {

constexpr uint64_t low_memory =
    0x100000; // left to the CPU start code and whatever the firmware keeps there

uint64_t* used_bits; // 1 = used or no RAM
FrameInfo* infos;
uint64_t frames;                           // frame numbers are below this
uint64_t total, available, promised, hint; // promised pages are part of the available ones
struct Range {
    uint64_t start, end;
} ram[32];
uint32_t ram_count;

bool is_used(uint64_t frame)
{
    return used_bits[frame / 64] & base::bit(frame % 64);
}

void set_used(uint64_t start, uint64_t end)
{
    for (uint64_t frame = start; frame < end && frame < frames; ++frame) {
        if (!is_used(frame))
            --available;
        used_bits[frame / 64] |= base::bit(frame % 64);
    }
}

void set_free(uint64_t start, uint64_t end)
{
    for (uint64_t frame = start; frame < end && frame < frames; ++frame) {
        ASSERT(is_used(frame));
        used_bits[frame / 64] &= ~base::bit(frame % 64);
        ++available;
    }
}

uint64_t take_single()
{
    const uint64_t words = base::div_up(frames, 64);
    for (uint64_t i = 0; i < words; ++i) {
        const uint64_t word = (hint + i) % words;
        if (used_bits[word] == ~uint64_t{0})
            continue;
        const auto bit = static_cast<unsigned>(__builtin_ctzll(~used_bits[word]));
        used_bits[word] |= base::bit(bit);
        --available;
        hint = word;
        return (word * 64 + bit) * frame_size;
    }
    return 0;
}

/// First run of `count` free frames at a multiple of `align` in [first, limit); 0 = none.
uint64_t find_run(uint64_t count, uint64_t align, uint64_t first, uint64_t limit)
{
    for (uint64_t start = base::align_up(first, align); start + count <= limit;) {
        uint64_t length = 0;
        while (length < count && !is_used(start + length))
            ++length;
        if (length == count)
            return start;
        start = base::align_up(start + length + 1, align);
    }
    return 0;
}

template <class F>
void for_each_area(const syspage_entry& page, uint32_t owner, F&& f)
{
    const auto* entry = _SYSPAGE_ENTRY(&page, asinfo);
    for (uint32_t i = 0; i < page.asinfo.total_size / sizeof *entry; ++i) {
        if (entry[i].owner == owner)
            f(entry[i]);
    }
}

void place_metadata(const syspage_entry& page)
{
    const uint64_t bitmap_bytes = base::align_up(base::div_up(frames, 64) * 8, frame_size);
    const uint64_t info_bytes = base::align_up(frames * sizeof(FrameInfo), frame_size);
    uint64_t start = 0;
    for_each_area(page, AS_STARTUP, [&](const asinfo_entry& area) {
        start = base::max_of(
            start, base::align_up(area.end, frame_size)); // the kernel's, behind the image
    });
    used_bits = static_cast<uint64_t*>(phys_to_virt(start));
    infos = static_cast<FrameInfo*>(phys_to_virt(start + bitmap_bytes));
    bool fits = false;
    for (uint32_t i = 0; i < ram_count; ++i)
        fits = fits || (start >= ram[i].start && start + bitmap_bytes + info_bytes <= ram[i].end);
    if (!fits)
        PANIC("no room for the frame table");
    memset(used_bits, 0xff, bitmap_bytes);
    memset(infos, 0, info_bytes);
    for (uint32_t i = 0; i < ram_count; ++i)
        set_free(base::div_up(base::max_of(ram[i].start, low_memory), frame_size),
                 ram[i].end / frame_size);
    set_used(start / frame_size, (start + bitmap_bytes + info_bytes) / frame_size);
}

} // namespace

void init_frames(const syspage_entry& page)
{
    for_each_area(page, AS_RAM, [](const asinfo_entry& area) {
        if (ram_count < sizeof ram / sizeof *ram)
            ram[ram_count++] = {area.start, area.end};
        frames = base::max_of(frames, area.end / frame_size);
    });
    place_metadata(page);
    const auto reserve = [](const asinfo_entry& area) {
        set_used(area.start / frame_size, base::div_up(area.end, frame_size));
    };
    for_each_area(page, AS_RESERVED, reserve);
    for_each_area(page, AS_IMAGE, reserve);
    for_each_area(page, AS_STARTUP, [&](const asinfo_entry& area) {
        if (area.start != low_memory) // startup's own code has done its work
            reserve(area);
    });
    total = available;
}

uint64_t alloc_page_uninit()
{
    return available > promised && !allocation_fails() ? take_single() : 0;
}

uint64_t alloc_page()
{
    const uint64_t page = alloc_page_uninit();
    if (page != 0)
        memset(phys_to_virt(page), 0, frame_size);
    return page;
}

bool promise_pages(uint64_t pages)
{
    if (pages > available - promised || (pages != 0 && allocation_fails()))
        return false;
    promised += pages;
    return true;
}

void return_promise(uint64_t pages)
{
    ASSERT(pages <= promised);
    promised -= pages;
}

uint64_t alloc_promised_page(bool dirty)
{
    ASSERT(promised > 0);
    --promised;
    const uint64_t page = take_single();
    ASSERT(page != 0);
    if (!dirty)
        memset(phys_to_virt(page), 0, frame_size);
    return page;
}

void free_page(uint64_t paddr)
{
    free_contiguous(paddr, 1);
}

uint64_t alloc_contiguous(uint64_t pages, uint64_t align, uint64_t below)
{
    return alloc_within(pages, align, frame_size, below);
}

uint64_t alloc_within(uint64_t pages, uint64_t align, uint64_t from, uint64_t end)
{
    if (pages == 0 || pages > available - promised || allocation_fails())
        return 0;
    const uint64_t step = base::max_of(align / frame_size, uint64_t{1});
    const uint64_t first = base::max_of(base::div_up(from, frame_size), uint64_t{1});
    const uint64_t start = find_run(pages, step, first, base::min_of(frames, end / frame_size));
    if (start == 0)
        return 0;
    set_used(start, start + pages);
    memset(phys_to_virt(start * frame_size), 0, pages * frame_size);
    return start * frame_size;
}

bool take_frames(uint64_t paddr, uint64_t pages)
{
    const uint64_t start = paddr / frame_size;
    if (start >= frames || pages > frames - start || pages > available - promised ||
        allocation_fails())
        return false;
    for (uint64_t i = 0; i < pages; ++i) {
        if (is_used(start + i))
            return false;
    }
    set_used(start, start + pages);
    memset(phys_to_virt(paddr), 0, pages * frame_size);
    return true;
}

FreeFrames free_within(uint64_t start, uint64_t end)
{
    FreeFrames found{0, 0};
    uint64_t run = 0;
    end = base::min_of(end / frame_size, frames);
    for (uint64_t frame = base::div_up(start, frame_size); frame < end; ++frame) {
        run = is_used(frame) ? 0 : run + 1;
        found.pages += run != 0 ? 1 : 0;
        found.longest = base::max_of(found.longest, run);
    }
    return found;
}

void free_contiguous(uint64_t paddr, uint64_t pages)
{
    ASSERT(paddr != 0 && base::is_aligned(paddr, frame_size));
    set_free(paddr / frame_size, paddr / frame_size + pages);
}

uint64_t promised_count()
{
    return promised;
}

uint64_t free_count()
{
    return available - promised;
}

uint64_t total_count()
{
    return total;
}

RamArea last_ram;

bool find_ram(uint64_t paddr)
{
    for (uint32_t i = 0; i < ram_count; ++i) {
        if (paddr >= ram[i].start && paddr < ram[i].end) {
            last_ram = {ram[i].start, ram[i].end};
            return true;
        }
    }
    return false;
}

FrameInfo& frame_info(uint64_t paddr)
{
    return infos[paddr / frame_size];
}

} // namespace mm
