// SPDX-License-Identifier: Apache-2.0
// Descriptor memory: one mapping, one physical range.
#include "common/dma.hpp"

#include <errno.h>
#include <sys/mman.h>

namespace nic {

int dma_alloc(DmaMemory& memory, uint32_t bytes)
{
    void* p =
        mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PHYS | MAP_ANON | MAP_PRIVATE, NOFD, 0);
    if (p == MAP_FAILED)
        return errno;
    off64_t paddr = 0;
    if (mem_offset64(p, NOFD, bytes, &paddr, nullptr) != 0) {
        int err = errno;
        munmap(p, bytes);
        return err;
    }
    memory = {p, static_cast<uint64_t>(paddr), bytes};
    return 0;
}

void dma_free(DmaMemory& memory)
{
    if (memory.vaddr != nullptr)
        munmap(memory.vaddr, memory.bytes);
    memory = {};
}

} // namespace nic
