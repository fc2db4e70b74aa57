// SPDX-License-Identifier: Apache-2.0
// Regions over a page table: mapping, unmapping, protection.
#include "mm/address_space.hpp"

#include "base/bits.hpp"
#include "mm/frames.hpp"
#include "mm/page_rights.hpp"

#include <abi/errno.h>
#include <abi/proc_msg.h>
#include <new>

namespace mm {

namespace {
constexpr uint32_t prot_mask = MEM_PROT_READ | MEM_PROT_WRITE | MEM_PROT_EXEC | MEM_PROT_NOCACHE;
constexpr uint64_t max_paddr = uint64_t{1} << 46; // as far as the direct map could reach

// MAP_NOX64K: old DMA engines count 16 bits. What is no longer than that lies in one 64 KiB block, the rest begins one.
uint64_t physical_align(const MapRequest& request)
{
    constexpr uint64_t block = 64 * 1024;
    uint64_t align = page_size;
    while ((request.flags & MEM_MAP_NOX64K) != 0 && align < block && align < request.length) {
        align *= 2;
    }
    return base::max_of(align, request.align);
}

} // namespace

AddressSpace* AddressSpace::create()
{
    auto* space = new (std::nothrow) AddressSpace;
    if (space != nullptr && !space->table_.init()) {
        delete space;
        return nullptr;
    }
    return space;
}

void AddressSpace::destroy()
{
    while (!regions_.empty()) {
        drop(*regions_.begin());
    }
    table_.destroy();
    delete this;
}

Region* AddressSpace::find_region(uint64_t vaddr)
{
    auto after = regions_.upper_bound(vaddr);
    if (after == regions_.begin()) {
        return nullptr;
    }
    --after;
    return after->contains(vaddr) ? &*after : nullptr;
}

const Region* AddressSpace::find(uint64_t vaddr) const
{
    return const_cast<AddressSpace*>(this)->find_region(vaddr);
}

bool AddressSpace::range_free(uint64_t start, uint64_t end) const
{
    auto after = regions_.lower_bound(start);
    if (after != regions_.end() && after->start < end) {
        return false;
    }
    return after == regions_.begin() || (--after)->end <= start;
}

// The highest free place below `ceiling`; 0 = none.
uint64_t AddressSpace::find_gap(uint64_t length, uint64_t align, uint64_t ceiling) const
{
    const uint64_t top = ceiling;
    for (auto at = regions_.end();;) {
        const bool last = at == regions_.begin();
        const uint64_t floor = last ? user_low : base::min_of((--at)->end, top);
        if (ceiling >= floor && ceiling - floor >= length) {
            const uint64_t start = base::align_down(ceiling - length, align);
            if (start >= floor) {
                return start;
            }
        }
        if (last) {
            return 0;
        }
        ceiling = base::min_of(ceiling, at->start);
    }
}

// After this, no region lies across vaddr. A split alone changes nothing a process can see.
bool AddressSpace::split_at(uint64_t vaddr)
{
    Region* region = find_region(vaddr);
    if (region == nullptr || region->start == vaddr) {
        return true;
    }
    auto* tail = new (std::nothrow) Region;
    if (tail == nullptr) {
        return false;
    }
    ++region_count;
    region->split(vaddr, *tail);
    regions_.insert(*tail);
    return true;
}

// Pages of [start, end) that are owned go back; how many.
uint64_t AddressSpace::release_pages(uint64_t start, uint64_t end)
{
    // Flush before the pages can be given to somebody else: a batch of frames at a time.
    constexpr uint32_t batch = 64;
    uint64_t frames[batch];
    uint32_t held = 0;
    uint64_t first = start, released = 0;
    const auto give_back = [&](uint64_t upto) {
        table_.flush(first, (upto - first) / page_size);
        first = upto;
        for (uint32_t i = 0; i < held; ++i) {
            free_page(frames[i]);
        }
        released += held;
        held = 0;
    };
    bool any = false;
    for (uint64_t page = table_.next_mapped(start, end); page < end;
         page = table_.next_mapped(page + page_size, end)) {
        arch::PageEntry old;
        (void)table_.unmap(page, old);
        any = true;
        if ((old.flags & arch::page_owned) != 0) {
            frames[held++] = old.paddr;
            if (held == batch) {
                give_back(page + page_size);
            }
        }
    }
    if (any) {
        give_back(end);
    }
    pages_ -= released;
    return released;
}

// The tables of [start, end), as far as no other region could need them.
void AddressSpace::release_tables(uint64_t start, uint64_t end)
{
    constexpr uint64_t span = arch::PageTable::table_span;
    uint64_t low = base::align_down(start, span), high = base::align_up(end, span);
    low += range_free(low, start) ? 0 : span;
    high -= range_free(end, high) ? 0 : span;
    if (low < high) {
        table_.release_tables(low, high);
    }
}

// The region itself goes; its pages are gone already.
void AddressSpace::forget(Region& region)
{
    if (is_contiguous(region)) {
        pages_ -= region.length() / page_size;
    }
    regions_.erase(regions_.iterator_to(region));
    release_tables(region.start, region.end);
    if (region.object != nullptr) {
        region.object->release();
    }
    delete &region;
    --region_count;
}

void AddressSpace::drop(Region& region)
{
    const uint64_t released = release_pages(region.start, region.end);
    if (region.promised) {
        return_promise(region.length() / page_size - released);
    }
    forget(region);
}

bool AddressSpace::give_back_some()
{
    if (regions_.empty()) {
        return false;
    }
    (void)give_back_part(*regions_.begin());
    return true;
}

// Takes pages from the start of the region until a bound is reached; true: all of it, and the region is gone.
bool AddressSpace::give_back_part(Region& region)
{
    constexpr uint64_t bound = 256; // pages
    uint64_t upto = table_.next_mapped(region.start, region.end);
    for (uint64_t count = 0; count < bound && upto < region.end; ++count) {
        upto = table_.next_mapped(upto + page_size, region.end);
    }
    if (upto >= region.end || is_contiguous(region)) {
        drop(region);
        return true;
    }
    const uint64_t released = release_pages(region.start, upto);
    if (region.promised) {
        return_promise((upto - region.start) / page_size - released);
    }
    region.offset += region.kind == RegionKind::anonymous ? 0 : upto - region.start;
    const uint64_t start = region.start;
    region.start = upto; // still below the next region: the order stays
    release_tables(start, upto);
    return false;
}

// Pages that must be there from the start: device memory and contiguous RAM.
int AddressSpace::map_all(Region& region, uint64_t paddr)
{
    for (uint64_t at = 0; at < region.length(); at += page_size) {
        if (!table_.map(region.start + at, paddr + at, page_flags(region.prot))) {
            return ENOMEM;
        }
    }
    return EOK;
}

// How many pages of its own the range could still come to need.
uint64_t AddressSpace::missing_pages(uint64_t start, uint64_t end) const
{
    uint64_t missing = (end - start) / page_size;
    for (uint64_t page = table_.next_mapped(start, end); page < end;
         page = table_.next_mapped(page + page_size, end)) {
        arch::PageEntry entry;
        missing -= table_.query(page, entry) && (entry.flags & arch::page_owned) != 0 ? 1 : 0;
    }
    return missing;
}

int AddressSpace::check(const MapRequest& request, uint64_t length) const
{
    const uint64_t align = base::max_of(request.align, page_size);
    if (request.length == 0 || length < request.length || length > user_top ||
        (align & (align - 1)) != 0 || request.offset % page_size != 0) {
        return EINVAL;
    }
    if (writable_and_executable(request.prot)) {
        return EACCES;
    }
    const bool physical = (request.flags & MEM_MAP_PHYS) != 0;
    const bool anonymous = (request.flags & MEM_MAP_ANON) != 0;
    if (physical && !anonymous &&
        (request.offset >= max_paddr || length > max_paddr - request.offset)) {
        return ENXIO;
    }
    if (!physical && !anonymous && request.object == nullptr) {
        return EINVAL;
    }
    if ((request.flags & MEM_MAP_FIXED) != 0 &&
        (request.addr % page_size != 0 || !in_user_range(request.addr, length))) {
        return EINVAL;
    }
    return EOK;
}

// Where the mapping goes.
int AddressSpace::place(const MapRequest& request, uint64_t length, uint64_t& start) const
{
    const uint64_t align = base::max_of(request.align, page_size);
    start = request.addr;
    if ((request.flags & MEM_MAP_FIXED) != 0) {
        return EOK;
    }
    if ((request.flags & MEM_MAP_BELOW) != 0 && request.addr != 0) {
        start = find_gap(length, align, base::min_of(request.addr, top_));
        return start == 0 ? ENOMEM : EOK;
    }
    start = base::align_up(start, align);
    if (start < request.addr || !in_user_range(start, length) ||
        !range_free(start, start + length)) {
        start = find_gap(length, align, top_);
    }
    return start == 0 ? ENOMEM : EOK;
}

// What is behind the region: pages set aside, an object made for it, or memory that is there at once.
int AddressSpace::provide(Region& region, const MapRequest& request)
{
    const uint64_t pages = region.length() / page_size;
    if ((request.flags & MEM_MAP_ANON) == 0) {
        region.kind = request.object != nullptr ? RegionKind::object : RegionKind::physical;
        region.offset = request.offset;
        region.object = request.object;
        if (region.object != nullptr) {
            region.object->retain();
        }
    } else if ((request.flags & (MEM_MAP_PHYS | MEM_MAP_SHARED)) != 0) {
        region.kind = RegionKind::object;
        region.object = SharedObject::create();
        const bool lazy = (request.flags & MEM_MAP_LAZY) != 0;
        const int error =
            region.object == nullptr ? ENOMEM
            : (request.flags & MEM_MAP_PHYS) != 0
                ? region.object->set_contiguous(region.length(), physical_align(request),
                                                (request.flags & MEM_MAP_BELOW16M) != 0)
                : region.object->resize(region.length(), lazy);
        if (error != EOK) {
            return error;
        }
    }
    if (wants_promise(region, region.prot)) {
        // The tables are made now, too: a page that is set aside must not fail for want of a table.
        if (free_count() < pages + kernel_reserve || !table_.prepare(region.start, region.end) ||
            free_count() < pages + kernel_reserve || !promise_pages(pages)) {
            return ENOMEM;
        }
        region.promised = true;
    }
    return EOK;
}

int AddressSpace::map(const MapRequest& request, uint64_t& addr_out)
{
    const uint64_t length = base::align_up(request.length, page_size);
    uint64_t start = 0;
    if (const int error = check(request, length); error != EOK) {
        return error;
    }
    if (const int error = place(request, length, start); error != EOK) {
        return error;
    }
    auto* region = new (std::nothrow) Region;
    if (region == nullptr) {
        return ENOMEM;
    }
    region->start = start;
    region->end = start + length;
    region->prot = request.prot & prot_mask;
    region->flags = request.flags;
    region->locked = lock_future_;
    int error = provide(*region, request);
    if (error == EOK && (request.flags & MEM_MAP_FIXED) != 0 &&
        !(split_at(start) && split_at(start + length))) {
        error = ENOMEM;
    }
    if (error != EOK) {
        if (region->promised) {
            return_promise(length / page_size);
        }
        if (region->object != nullptr) {
            region->object->release();
        }
        delete region;
        return error;
    }
    if ((request.flags & MEM_MAP_FIXED) != 0) {
        (void)unmap(start, length); // both ends are split already: cannot fail
    }
    ++region_count;
    regions_.insert(*region);
    pages_ += is_contiguous(*region) ? length / page_size : 0;
    if (region->kind == RegionKind::physical || is_contiguous(*region)) {
        error =
            map_all(*region, region->object != nullptr ? region->object->page(0) : region->offset);
        if (error != EOK) {
            drop(*region);
            return error;
        }
    }
    addr_out = start;
    return EOK;
}

int AddressSpace::unmap(uint64_t addr, uint64_t length)
{
    const uint64_t rounded = base::align_up(length, page_size);
    if (length == 0 || rounded < length || !in_user_range(addr, rounded)) {
        return EINVAL;
    }
    const uint64_t end = addr + rounded;
    int error = EOK;
    while (error == EOK && addr < end) {
        error = unmap_step(addr, end);
    }
    return error;
}

int AddressSpace::unmap_step(uint64_t& addr, uint64_t end)
{
    if (addr % page_size != 0 || end <= addr || !in_user_range(addr, end - addr)) {
        return EINVAL;
    }
    if (!split_at(addr) || !split_at(end)) {
        return ENOMEM;
    }
    auto first = regions_.lower_bound(addr);
    if (first == regions_.end() || first->start >= end) {
        addr = end;
        return EOK;
    }
    addr = first->end;
    if (!give_back_part(*first)) {
        addr = first->start;
    }
    return EOK;
}

} // namespace mm
