// SPDX-License-Identifier: Apache-2.0
// Splitting a region in two.
#include "mm/region.hpp"

namespace mm {

uint32_t region_count;

void Region::split(uint64_t at, Region& tail)
{
    tail.start = at;
    tail.end = end;
    tail.offset = kind == RegionKind::anonymous ? 0 : offset + (at - start);
    tail.prot = prot;
    tail.flags = flags;
    tail.kind = kind;
    tail.promised = promised;
    tail.locked = locked;
    tail.object = object;
    if (object != nullptr) {
        object->retain();
    }
    end = at;
}

} // namespace mm
