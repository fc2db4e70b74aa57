// SPDX-License-Identifier: Apache-2.0
// Memory that devices may still write to: a dead driver's contiguous pages wait a moment before anybody else gets them.
#pragma once

#include <cstdint>

namespace mm {
class AddressSpace;
}

namespace proc {

/// Takes the contiguous (DMA) pages out of the space of a process that is gone. They are freed after a time in which the PCI
/// server, told of the death by its connection, has switched the device's bus mastering off.
void quarantine_dma(mm::AddressSpace& space);
/// Pages that wait now; they count as free.
uint64_t quarantined_pages();

} // namespace proc
