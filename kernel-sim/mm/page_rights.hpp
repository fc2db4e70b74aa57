// SPDX-License-Identifier: Apache-2.0
// What a region's protection means for its pages.
#pragma once

#include "mm/address_space.hpp"

#include <abi/proc_msg.h>

namespace mm {

inline constexpr uint32_t access_mask = MEM_PROT_READ | MEM_PROT_WRITE | MEM_PROT_EXEC;

/// PROT_NONE keeps its pages in the table without the user bit: the kernel's copies check the region as well.
inline uint32_t page_flags(uint32_t prot)
{
    uint32_t flags = arch::page_read;
    flags |= (prot & access_mask) != 0 ? arch::page_user : 0u;
    flags |= (prot & MEM_PROT_WRITE) != 0 ? arch::page_write : 0u;
    flags |= (prot & MEM_PROT_EXEC) != 0 ? arch::page_exec : 0u;
    flags |= (prot & MEM_PROT_NOCACHE) != 0 ? arch::page_nocache : 0u;
    return flags;
}

/// Write access implies read access: the hardware knows no other way.
inline bool allows(uint32_t prot, Access access)
{
    if (access == Access::read) {
        return (prot & access_mask) != 0;
    }
    return (prot & static_cast<uint32_t>(access)) != 0;
}

inline bool writable_and_executable(uint32_t prot)
{
    return (prot & MEM_PROT_WRITE) != 0 && (prot & MEM_PROT_EXEC) != 0;
}

inline bool in_user_range(uint64_t start, uint64_t length)
{
    return start >= user_low && length <= user_top && start <= user_top - length;
}

inline bool is_contiguous(const Region& region)
{
    return (region.flags & MEM_MAP_PHYS) != 0 && (region.flags & MEM_MAP_ANON) != 0;
}

inline bool copies_on_write(const Region& region)
{
    return region.kind == RegionKind::object && (region.flags & MEM_MAP_SHARED) == 0 &&
           !is_contiguous(region);
}

/// Does a region with these rights have pages of its own that must be there when they are touched? MAP_LAZY memory and stacks
/// take what there is then.
inline bool wants_promise(const Region& region, uint32_t prot)
{
    if ((region.flags & (MEM_MAP_LAZY | MEM_MAP_STACK)) != 0) {
        return false;
    }
    return (region.kind == RegionKind::anonymous && (prot & access_mask) != 0) ||
           (copies_on_write(region) && (prot & MEM_PROT_WRITE) != 0);
}

} // namespace mm
