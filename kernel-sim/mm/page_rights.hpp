// SPDX-License-Identifier: Apache-2.0
// What a region's protection means for its pages.
#pragma once

#include "mm/address_space.hpp"

#include <abi/proc_msg.h>

namespace mm {

inline constexpr uint32_t access_mask = MEM_PROT_READ | MEM_PROT_WRITE | MEM_PROT_EXEC;

/// Pages that programs cannot have: with them the kernel can still serve, kill and clean up when memory is short.
inline constexpr uint64_t kernel_reserve = 64;

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

inline bool is_contiguous(const Region& region)
{
    return (region.flags & MEM_MAP_PHYS) != 0 && (region.flags & MEM_MAP_ANON) != 0;
}

inline bool copies_on_write(const Region& region)
{
    return region.kind == RegionKind::object && (region.flags & MEM_MAP_SHARED) == 0;
}

} // namespace mm
