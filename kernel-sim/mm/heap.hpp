// SPDX-License-Identifier: Apache-2.0
// Kernel heap: size classes in page frames for small objects, contiguous frames for large ones. Failure is nullptr.
#pragma once

#include <cstddef>
#include <new>

namespace mm {

void* heap_alloc(size_t size); // not zeroed, 16-byte aligned
void heap_free(void* p);

} // namespace mm
