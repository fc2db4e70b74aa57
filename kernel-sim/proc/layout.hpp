// SPDX-License-Identifier: Apache-2.0
// Where program, stack and mappings of a new address space begin.
#pragma once

#include <cstdint>

namespace proc {

struct Layout {
    uint64_t program;   // position-independent programs
    uint64_t mmap_top;  // libraries and mmap() without an address grow down from here
    uint64_t stack_top; // page aligned
};

/// At fixed places, or at random ones (procnto -mr).
Layout choose_layout();
/// procnto's own options, from the boot section's command line: -mr, -m~r. What is not known is said on the console.
void take_options();

} // namespace proc
