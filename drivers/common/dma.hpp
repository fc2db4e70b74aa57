// SPDX-License-Identifier: Apache-2.0
// Physically contiguous memory for descriptors.
#pragma once

#include <stdint.h>

namespace nic {

struct DmaMemory {
    void* vaddr = nullptr;
    uint64_t paddr = 0;
    uint32_t bytes = 0;
};
int dma_alloc(DmaMemory& memory, uint32_t bytes); // zeroed; 0 or errno
void dma_free(DmaMemory& memory);

} // namespace nic
