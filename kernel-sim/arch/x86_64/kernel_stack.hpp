// SPDX-License-Identifier: Apache-2.0
// Stacks of threads in the kernel: 16 KiB each, with a hole below.
#pragma once

#include <cstdint>

namespace arch {

inline constexpr uint64_t kernel_stack_size = 16384;

/// Its top; 0 = no memory.
uint64_t alloc_kernel_stack();
/// Nobody runs on it any more.
void free_kernel_stack(uint64_t top);

} // namespace arch
