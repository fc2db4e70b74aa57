// SPDX-License-Identifier: Apache-2.0
// Copying an address space for fork(), a bounded piece at a time.
#include "base/bits.hpp"
#include "mm/address_space.hpp"
#include "mm/frames.hpp"
#include "mm/page_rights.hpp"

#include <abi/errno.h>
#include <new>

namespace mm {

namespace {

constexpr uint64_t pages_a_step = 32;

// A private contiguous region cannot be copied page by page and stay contiguous: the child's copy is ordinary memory.
bool becomes_anonymous(const Region& region)
{
    return is_contiguous(region) && (region.flags & MEM_MAP_SHARED) == 0;
}

bool continues(const Region& twin, const Region& region, uint64_t start)
{
    return twin.end == start && twin.end > region.start && twin.prot == region.prot &&
           (becomes_anonymous(region) ||
            (twin.object == region.object && twin.kind == region.kind &&
             twin.flags == region.flags && twin.promised == region.promised));
}

} // namespace

// Our region for [start, end) of `region`: the one the last step began, longer now, or a new one. nullptr = no memory.
Region* AddressSpace::twin_for(const Region& region, uint64_t start, uint64_t end)
{
    const bool promised = region.promised || becomes_anonymous(region);
    const uint64_t pages = (end - start) / page_size;
    if (promised && (free_count() < pages + kernel_reserve || !table_.prepare(start, end) ||
                     free_count() < pages + kernel_reserve || !promise_pages(pages))) {
        return nullptr;
    }
    if (Region* last = regions_.empty() ? nullptr : &*--regions_.end();
        last != nullptr && continues(*last, region, start)) {
        last->end = end;
        return last;
    }
    auto* twin = new (std::nothrow) Region;
    if (twin == nullptr) {
        return_promise(promised ? pages : 0);
        return nullptr;
    }
    twin->start = start;
    twin->end = end;
    twin->prot = region.prot;
    twin->flags = region.flags;
    twin->promised = promised;
    if (becomes_anonymous(region)) {
        twin->flags &= ~MEM_MAP_PHYS;
    } else {
        twin->kind = region.kind;
        twin->offset =
            region.kind == RegionKind::anonymous ? 0 : region.offset + (start - region.start);
        twin->object = region.object;
    }
    if (twin->object != nullptr) {
        twin->object->retain();
    }
    ++region_count;
    regions_.insert(*twin);
    return twin;
}

bool AddressSpace::clone_page(Region& twin, const Region& region, uint64_t page,
                              const arch::PageEntry& entry)
{
    if ((entry.flags & arch::page_owned) != 0 || becomes_anonymous(region)) {
        return copy_page(twin, page, entry.paddr);
    }
    return table_.map(page, entry.paddr, entry.flags); // its object or device stays the owner
}

int AddressSpace::clone_step(AddressSpace& source, uint64_t& cursor)
{
    auto next = source.regions_.upper_bound(cursor);
    if (next != source.regions_.begin()) {
        auto before = next;
        if ((--before)->contains(cursor)) {
            next = before;
        }
    }
    if (next == source.regions_.end()) {
        cursor = user_top;
        return EOK;
    }
    const Region& region = *next;
    const uint64_t start = base::max_of(cursor, region.start);
    uint64_t upto = source.table_.next_mapped(start, region.end);
    for (uint64_t count = 0; count < pages_a_step && upto < region.end; ++count) {
        upto = source.table_.next_mapped(upto + page_size, region.end);
    }
    Region* twin = twin_for(region, start, upto);
    if (twin == nullptr) {
        return ENOMEM;
    }
    if (is_contiguous(*twin)) {
        pages_ += (upto - start) / page_size;
    }
    for (uint64_t page = source.table_.next_mapped(start, upto); page < upto;
         page = source.table_.next_mapped(page + page_size, upto)) {
        arch::PageEntry entry;
        (void)source.table_.query(page, entry);
        if (!clone_page(*twin, region, page, entry)) {
            return ENOMEM;
        }
    }
    cursor = upto;
    return EOK;
}

} // namespace mm
