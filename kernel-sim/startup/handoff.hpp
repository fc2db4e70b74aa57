// SPDX-License-Identifier: Apache-2.0
// What startup tells procnto beside the public system page: its system_private section.
#pragma once

#include <cstdint>

namespace startup {

struct Handoff {
    uint64_t
        boot_root; // page table with memory below 4 GiB mapped one to one as well: for starting CPUs
    uint64_t syspage_paddr;
    uint64_t direct_map_end; // the direct map covers RAM in [0, end)
    uint64_t bootrec_paddr;  // procnto's image_bootrec; 0 = none
    uint64_t lapic_hz;
    uint64_t tsc_start; // TSC when boot_time was read
};

inline constexpr uint64_t direct_map_base = 0xffff800000000000;
inline constexpr uint64_t kernel_base = 0xffffffff80000000;

} // namespace startup
