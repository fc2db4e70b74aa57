// SPDX-License-Identifier: Apache-2.0
// Changing the protection of mapped memory.
#include "base/bits.hpp"
#include "mm/address_space.hpp"
#include "mm/frames.hpp"
#include "mm/page_rights.hpp"

#include <abi/errno.h>

namespace mm {

// All of [addr, end) mapped, and allowed to become `prot`? `promise`: pages that must be set aside for it.
int AddressSpace::check_protect(uint64_t addr, uint64_t end, uint32_t prot, uint64_t& promise)
{
    promise = 0;
    for (uint64_t at = addr; at < end;) {
        const Region* region = find_region(at);
        if (region == nullptr) {
            return ENOMEM;
        }
        if (region->object != nullptr && region->object->image() && !copies_on_write(*region) &&
            (prot & MEM_PROT_WRITE) != 0) {
            return EACCES;
        }
        if (!region->promised && wants_promise(*region, prot)) {
            promise += missing_pages(at, base::min_of(end, region->end));
        }
        at = region->end;
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
    uint64_t promise = 0;
    if (const int error = check_protect(addr, end, prot, promise); error != EOK) {
        return error;
    }
    if (promise != 0 && !table_.prepare(addr, end)) {
        return ENOMEM;
    }
    if (!split_at(addr) || !split_at(end) ||
        (promise != 0 && free_count() < promise + kernel_reserve) || !promise_pages(promise)) {
        return ENOMEM;
    }
    for (auto at = regions_.lower_bound(addr); at != regions_.end() && at->start < end; ++at) {
        const uint32_t nocache = at->prot & MEM_PROT_NOCACHE;
        at->prot = (prot & access_mask) | nocache;
        at->promised = at->promised || wants_promise(*at, prot);
        protect_pages(*at);
    }
    table_.flush(addr, rounded / page_size);
    return EOK;
}

// Pages that are there already; a page still shared with its file stays read-only until it is copied.
void AddressSpace::protect_pages(const Region& region)
{
    for (uint64_t page = table_.next_mapped(region.start, region.end); page < region.end;
         page = table_.next_mapped(page + page_size, region.end)) {
        arch::PageEntry entry;
        (void)table_.query(page, entry);
        const uint32_t owned = entry.flags & arch::page_owned;
        const bool keep_read_only = copies_on_write(region) && owned == 0;
        table_.protect(
            page, page_flags(keep_read_only ? region.prot & ~MEM_PROT_WRITE : region.prot) | owned);
    }
}

} // namespace mm
