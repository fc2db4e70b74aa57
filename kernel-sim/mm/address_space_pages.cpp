// SPDX-License-Identifier: Apache-2.0
// The pages of an address space: brought in on demand, translated, copied through, lent to devices.
#include "base/bits.hpp"
#include "mm/address_space.hpp"
#include "mm/alloc_failure.hpp"
#include "mm/frames.hpp"
#include "mm/page_rights.hpp"

#include <abi/errno.h>
#include <cstring>

namespace mm {

// Puts a page of our own at `page`, filled from the physical page `source` (0: zeros).
bool AddressSpace::copy_page(Region& region, uint64_t page, uint64_t source)
{
    if (source != 0 && !is_ram(source)) {
        return false;
    }
    uint64_t fresh = 0;
    if (region.promised) {
        if (!table_.prepare(page, page + page_size)) {
            return false;
        }
        fresh = alloc_promised_page(source != 0);
    } else if (free_count() >= kernel_reserve) {
        fresh = source == 0 ? alloc_page() : alloc_page_uninit();
    }
    if (fresh == 0) {
        return false;
    }
    if (source != 0) {
        std::memcpy(phys_to_virt(fresh), phys_to_virt(source), page_size);
    }
    if (!table_.map(page, fresh, page_flags(region.prot) | arch::page_owned)) {
        free_page(fresh);
        return false;
    }
    ++pages_;
    return true;
}

bool AddressSpace::handle_fault(uint64_t vaddr, Access access)
{
    const AllocationsSucceed no_injection; // nobody could be told but by a fatal signal
    Region* region = find_region(vaddr);
    if (region == nullptr || !allows(region->prot, access)) {
        return false;
    }
    const uint64_t page = base::align_down(vaddr, page_size);
    arch::PageEntry entry;
    const bool present = table_.query(page, entry);
    if (present && (access != Access::write || (entry.flags & arch::page_write) != 0)) {
        table_.flush(page, 1); // another CPU was first, or this one remembers an older entry
        return true;
    }
    switch (region->kind) {
    case RegionKind::anonymous:
        return !present && copy_page(*region, page, 0);
    case RegionKind::physical:
        return false; // mapped completely from the start
    case RegionKind::object:
        break;
    }
    const uint64_t source =
        region->object->page((region->offset + (page - region->start)) / page_size);
    if (source == 0) {
        return false; // beyond the end of the object
    }
    if (copies_on_write(*region)) {
        if (access == Access::write) {
            const bool done = copy_page(*region, page, source);
            if (done && present) {
                table_.flush(page, 1);
            }
            return done;
        }
        return table_.map(page, source, page_flags(region->prot & ~MEM_PROT_WRITE));
    }
    return table_.map(page, source, page_flags(region->prot));
}

uint64_t AddressSpace::translate(uint64_t vaddr, Access access)
{
    if (vaddr < user_low || vaddr >= user_top) {
        return 0;
    }
    const uint32_t wanted = arch::page_user | (access == Access::write ? arch::page_write : 0u) |
                            (access == Access::exec ? arch::page_exec : 0u);
    const uint64_t page = base::align_down(vaddr, page_size);
    arch::PageEntry entry;
    if (!table_.query(page, entry) || (entry.flags & wanted) != wanted) {
        if (!handle_fault(vaddr, access) || !table_.query(page, entry) ||
            (entry.flags & wanted) != wanted) {
            return 0;
        }
    }
    return entry.paddr + (vaddr - page);
}

int AddressSpace::offset_of(uint64_t addr, uint64_t length, uint64_t& paddr, uint64_t& contiguous)
{
    const Region* region = find_region(addr);
    if (region == nullptr) {
        return EINVAL;
    }
    const Access access = (region->prot & MEM_PROT_WRITE) != 0 ? Access::write : Access::read;
    paddr = translate(addr, access);
    if (paddr == 0) {
        return EACCES;
    }
    contiguous = page_size - addr % page_size;
    while (contiguous < length) {
        region = find_region(addr + contiguous);
        arch::PageEntry entry;
        if (region == nullptr || !table_.query(addr + contiguous, entry) ||
            entry.paddr != paddr + contiguous) {
            break;
        }
        contiguous += page_size;
    }
    contiguous = base::min_of(contiguous, length);
    return EOK;
}

namespace {

// move(kernel's address, bytes) for each piece of a range that lies in one page; physical(address) is where that is, 0: not there.
template <class Physical, class Move>
bool each_piece(uint64_t at, uint64_t length, Physical&& physical, Move&& move)
{
    while (length > 0) {
        const uint64_t paddr = physical(at);
        if (paddr == 0 || !is_ram(paddr)) // device registers are not in the kernel's map
            return false;
        const uint64_t part = base::min_of(length, page_size - at % page_size);
        move(phys_to_virt(paddr), part);
        at += part;
        length -= part;
    }
    return true;
}

} // namespace

bool AddressSpace::copy_in(void* to, uint64_t from, uint64_t length)
{
    auto* out = static_cast<char*>(to);
    return each_piece(
        from, length, [this](uint64_t at) { return translate(at, Access::read); },
        [&](const void* page, uint64_t part) {
            std::memcpy(out, page, part);
            out += part;
        });
}

bool AddressSpace::copy_out(uint64_t to, const void* from, uint64_t length)
{
    const auto* in = static_cast<const char*>(from);
    return each_piece(
        to, length, [this](uint64_t at) { return translate(at, Access::write); },
        [&](void* page, uint64_t part) {
            std::memcpy(page, in, part);
            in += part;
        });
}

bool AddressSpace::write_forced(uint64_t to, const void* from, uint64_t length)
{
    const auto* in = static_cast<const char*>(from);
    return each_piece(
        to, length, [this](uint64_t at) { return translate_forced(at); },
        [&](void* page, uint64_t part) {
            std::memcpy(page, in, part);
            in += part;
        });
}

uint64_t AddressSpace::translate_forced(uint64_t vaddr)
{
    Region* region = find_region(vaddr);
    const uint64_t page = base::align_down(vaddr, page_size);
    const uint64_t paddr = translate(vaddr, Access::read);
    arch::PageEntry entry;
    if (region == nullptr || paddr == 0 || !is_ram(paddr) || !table_.query(page, entry))
        return 0;
    if ((entry.flags & arch::page_owned) != 0)
        return paddr;
    if (!copies_on_write(*region)) // shared memory: only what the program may write, too
        return translate(vaddr, Access::write);
    if (!copy_page(*region, page, base::align_down(paddr, page_size)))
        return 0;
    table_.flush(page, 1);
    return translate(vaddr, Access::read);
}

} // namespace mm
