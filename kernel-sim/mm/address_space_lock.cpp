// SPDX-License-Identifier: Apache-2.0
// mlock() and its relatives. Nothing is ever paged out here: a lock brings pages in, so that touching them cannot fail any more.
#include "base/bits.hpp"
#include "mm/address_space.hpp"
#include "mm/page_rights.hpp"

#include <abi/errno.h>

namespace mm {

int AddressSpace::set_locked(uint64_t addr, uint64_t length, bool locked)
{
    const uint64_t end = base::align_up(addr + length, page_size);
    addr = base::align_down(addr, page_size);
    if (length == 0 || end <= addr || !in_user_range(addr, end - addr)) {
        return EINVAL;
    }
    for (uint64_t at = addr; at < end;) {
        const Region* region = find_region(at);
        if (region == nullptr) {
            return ENOMEM;
        }
        at = region->end;
    }
    if (!split_at(addr) || !split_at(end)) {
        return ENOMEM;
    }
    for (auto at = regions_.lower_bound(addr); at != regions_.end() && at->start < end; ++at) {
        at->locked = locked;
    }
    return EOK;
}

int AddressSpace::lock_step(uint64_t& addr, uint64_t end)
{
    constexpr unsigned pages_a_step = 64;
    for (unsigned count = 0; count < pages_a_step && addr < end; ++count) {
        const Region* region = find_region(addr);
        if (region == nullptr) { // unmapped meanwhile: on to the next one
            const auto next = regions_.lower_bound(addr);
            addr = next == regions_.end() ? end : base::min_of(next->start, end);
            continue;
        }
        if ((region->prot & access_mask) == 0 || !region->locked) {
            addr = base::min_of(region->end, end);
            continue;
        }
        const bool beyond = region->kind == RegionKind::object &&
                            region->offset + (addr - region->start) >= region->object->size();
        const Access access = (region->prot & MEM_PROT_WRITE) != 0  ? Access::write
                              : (region->prot & MEM_PROT_READ) != 0 ? Access::read
                                                                    : Access::exec;
        if (!beyond && translate(addr, access) == 0) {
            return EAGAIN;
        }
        addr += page_size;
    }
    return EOK;
}

void AddressSpace::lock_current()
{
    for (Region& region : regions_) {
        region.locked = true;
    }
}

void AddressSpace::unlock_all()
{
    lock_future_ = false;
    for (Region& region : regions_) {
        region.locked = false;
    }
}

uint64_t AddressSpace::locked_bytes() const
{
    uint64_t sum = 0;
    for (const Region& region : regions_) {
        sum += region.locked ? region.length() : 0;
    }
    return sum;
}

} // namespace mm
