// SPDX-License-Identifier: Apache-2.0
// The FPU's registers and memory: XSAVE with what of x87, SSE and AVX there is (Intel SDM vol. 1 ch. 13), or FXSAVE.
#pragma once

#include "arch/x86_64/frame.hpp"

#include <cstdint>

namespace arch {

/// What XSAVE keeps, as in XCR0; 0 = this machine has FXSAVE only.
extern uint64_t fpu_components;

/// Of the calling CPU; the first one chooses.
void init_fpu();
/// As at the start of a program.
void clean_fpu(FpuState& state);
/// After somebody else wrote it: nothing in it faults when it is loaded.
void check_fpu(FpuState& state);

inline void store_fpu(FpuState& to)
{
    if (fpu_components != 0)
        asm volatile("xsave64 %0" : "+m"(to) : "a"(static_cast<uint32_t>(fpu_components)), "d"(0));
    else
        asm volatile("fxsave64 %0" : "+m"(to));
}

inline void fetch_fpu(const FpuState& from)
{
    if (fpu_components != 0)
        asm volatile("xrstor64 %0"
                     :
                     : "m"(from), "a"(static_cast<uint32_t>(fpu_components)), "d"(0));
    else
        asm volatile("fxrstor64 %0" : : "m"(from));
}

/// One after the other.
inline void exchange_fpu(FpuState& to, const FpuState& from)
{
    if (fpu_components != 0) {
        asm volatile("xsave64 %0\n\txrstor64 %1"
                     : "+m"(to)
                     : "m"(from), "a"(static_cast<uint32_t>(fpu_components)), "d"(0));
    } else {
        asm volatile("fxsave64 %0\n\tfxrstor64 %1" : "+m"(to) : "m"(from));
    }
}

} // namespace arch
