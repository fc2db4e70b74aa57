// SPDX-License-Identifier: Apache-2.0
// What the kernel heap notes about a page frame it has taken.
#pragma once

#include <cstdint>

namespace mm {

struct FrameInfo {
    uint8_t kind; // 0 = not the heap's; else size class + 1; 0xff = first page of a large block
    uint8_t pad;
    uint16_t in_use;    // objects of a slab page
    uint32_t pages;     // of a large block
    uint16_t free_head; // offset of the first free object / 16, 0xffff = none
    uint16_t pad2;
    uint32_t next; // next page of the class with free objects (frame number), 0 = end
};
static_assert(sizeof(FrameInfo) == 16);

FrameInfo& frame_info(uint64_t paddr);

} // namespace mm
