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

bool writable_and_executable(uint32_t prot)
{
    return (prot & MEM_PROT_WRITE) != 0 && (prot & MEM_PROT_EXEC) != 0;
}

bool in_user_range(uint64_t start, uint64_t length)
{
    return start >= user_low && length <= user_top && start <= user_top - length;
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

// The highest free place below mmap_top; 0 = none.
uint64_t AddressSpace::find_gap(uint64_t length, uint64_t align) const
{
    uint64_t ceiling = mmap_top;
    for (auto at = regions_.end();;) {
        const bool last = at == regions_.begin();
        const uint64_t floor = last ? user_low : base::min_of((--at)->end, mmap_top);
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

void AddressSpace::release_pages(uint64_t start, uint64_t end)
{
    // Flush before the pages can be given to somebody else: a batch of frames at a time.
    constexpr uint32_t batch = 64;
    uint64_t frames[batch];
    uint32_t held = 0;
    uint64_t first = start;
    const auto give_back = [&](uint64_t upto) {
        table_.flush(first, (upto - first) / page_size);
        first = upto;
        for (uint32_t i = 0; i < held; ++i) {
            free_page(frames[i]);
        }
        pages_ -= held;
        held = 0;
    };
    bool any = false;
    for (uint64_t page = start; page < end; page += page_size) {
        arch::PageEntry old;
        if (!table_.unmap(page, old)) {
            continue;
        }
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
}

void AddressSpace::drop(Region& region)
{
    release_pages(region.start, region.end);
    regions_.erase(regions_.iterator_to(region));
    if (region.object != nullptr) {
        region.object->release();
    }
    delete &region;
    --region_count;
}

// Pages that must be there from the start: device memory and contiguous RAM.
int AddressSpace::fill(Region& region, const MapRequest& request)
{
    uint64_t paddr = request.offset;
    uint32_t flags = page_flags(region.prot);
    const bool contiguous = (request.flags & MEM_MAP_ANON) != 0;
    if (contiguous) {
        const uint64_t below =
            (request.flags & MEM_MAP_BELOW16M) != 0 ? uint64_t{1} << 24 : uint64_t{1} << 32;
        paddr = alloc_contiguous(region.length() / page_size,
                                 base::max_of(request.align, page_size), below);
        if (paddr == 0 && (request.flags & MEM_MAP_BELOW16M) == 0) {
            paddr = alloc_contiguous(region.length() / page_size,
                                     base::max_of(request.align, page_size));
        }
        if (paddr == 0) {
            return ENOMEM;
        }
        flags |= arch::page_owned;
    }
    for (uint64_t at = 0; at < region.length(); at += page_size) {
        if (table_.map(region.start + at, paddr + at, flags)) {
            pages_ += contiguous ? 1 : 0;
            continue;
        }
        // No memory for a table: the pages not mapped yet go back here, the others with the region.
        for (uint64_t rest = at; contiguous && rest < region.length(); rest += page_size) {
            free_page(paddr + rest);
        }
        return ENOMEM;
    }
    return EOK;
}

int AddressSpace::map(const MapRequest& request, uint64_t& addr_out)
{
    const uint64_t length = base::align_up(request.length, page_size);
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
    // Pages come on demand, but what can never come is refused now.
    const bool promised = anonymous && (request.prot & access_mask) != 0 &&
                          (request.flags & (MEM_MAP_LAZY | MEM_MAP_STACK)) == 0;
    if (promised &&
        length / page_size + 2 * kernel_reserve > free_count()) { // tables need some, too
        return ENOMEM;
    }
    uint64_t start = request.addr;
    const bool fixed = (request.flags & MEM_MAP_FIXED) != 0;
    if (fixed) {
        if (start % page_size != 0 || !in_user_range(start, length)) {
            return EINVAL;
        }
    } else {
        start = base::align_up(start, align);
        if (start < request.addr || !in_user_range(start, length) ||
            !range_free(start, start + length)) {
            start = find_gap(length, align);
        }
        if (start == 0) {
            return ENOMEM;
        }
    }
    auto* region = new (std::nothrow) Region;
    if (region == nullptr) {
        return ENOMEM;
    }
    if (fixed && !(split_at(start) && split_at(start + length))) {
        delete region;
        return ENOMEM;
    }
    if (fixed) {
        (void)unmap(start, length); // both ends are split already: cannot fail
    }
    region->start = start;
    region->end = start + length;
    region->prot = request.prot & prot_mask;
    region->flags = request.flags;
    if (physical) {
        region->kind = RegionKind::physical;
        region->offset = anonymous ? 0 : request.offset;
    } else if (!anonymous) {
        region->kind = RegionKind::object;
        region->offset = request.offset;
        region->object = request.object;
        region->object->retain();
    }
    ++region_count;
    regions_.insert(*region);
    if (physical) {
        if (const int error = fill(*region, request); error != EOK) {
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
    if (addr % page_size != 0 || length == 0 || rounded < length || !in_user_range(addr, rounded)) {
        return EINVAL;
    }
    const uint64_t end = addr + rounded;
    if (!split_at(addr) || !split_at(end)) {
        return ENOMEM;
    }
    for (auto at = regions_.lower_bound(addr); at != regions_.end() && at->start < end;) {
        Region& region = *at++;
        drop(region);
    }
    return EOK;
}

int AddressSpace::protect(uint64_t addr, uint64_t length, uint32_t prot)
{
    const uint64_t rounded = base::align_up(length, page_size);
    if (addr % page_size != 0 || length == 0 || rounded < length || !in_user_range(addr, rounded)) {
        return EINVAL;
    }
    if (writable_and_executable(prot)) {
        return EACCES;
    }
    const uint64_t end = addr + rounded;
    for (uint64_t at = addr; at < end;) { // all of it must be mapped
        const Region* region = find_region(at);
        if (region == nullptr) {
            return ENOMEM;
        }
        if (region->object != nullptr && region->object->image() && !copies_on_write(*region) &&
            (prot & MEM_PROT_WRITE) != 0) {
            return EACCES;
        }
        at = region->end;
    }
    if (!split_at(addr) || !split_at(end)) {
        return ENOMEM;
    }
    for (auto at = regions_.lower_bound(addr); at != regions_.end() && at->start < end; ++at) {
        const uint32_t nocache = at->prot & MEM_PROT_NOCACHE;
        at->prot = (prot & access_mask) | nocache;
        for (uint64_t page = at->start; page < at->end; page += page_size) {
            arch::PageEntry entry;
            if (!table_.query(page, entry)) {
                continue;
            }
            const uint32_t owned = entry.flags & arch::page_owned;
            const bool keep_read_only = copies_on_write(*at) && owned == 0;
            table_.protect(
                page, page_flags(keep_read_only ? at->prot & ~MEM_PROT_WRITE : at->prot) | owned);
        }
    }
    table_.flush(addr, rounded / page_size);
    return EOK;
}

} // namespace mm
