// SPDX-License-Identifier: Apache-2.0
// Which FPU state this machine has, and what an area of it must look like.
#include "arch/x86_64/fpu.hpp"

#include "arch/x86_64/asm.hpp"

#include <cstring>

namespace arch {

namespace {

constexpr uint64_t x87 = 1, sse = 2, avx = 4;
constexpr uint64_t cr4_osxsave = 1 << 18;
constexpr uint32_t feature_xsave = 1u << 26, feature_avx = 1u << 28;
constexpr uint32_t mxcsr_valid = 0xffff;
constexpr size_t control_at = 0, mxcsr_at = 24, header_at = 512;

/// The first words of the XSAVE header; the rest of its 64 bytes is 0.
struct Header {
    uint64_t present, compact;
    uint64_t reserved[6];
};

} // namespace

uint64_t fpu_components;

void init_fpu()
{
    uint32_t leaf[4];
    cpuid(1, 0, leaf);
    if (!(leaf[2] & feature_xsave))
        return;
    const uint64_t wanted = x87 | sse | (leaf[2] & feature_avx ? avx : 0);
    write_cr4(read_cr4() | cr4_osxsave);
    asm volatile("xsetbv" : : "c"(0), "a"(static_cast<uint32_t>(wanted)), "d"(0));
    fpu_components = wanted; // all CPUs are alike
}

void clean_fpu(FpuState& state)
{
    const uint16_t control = 0x37f;
    const uint32_t mxcsr = 0x1f80;
    memset(&state, 0, sizeof state); // no component present: each is as after a reset
    memcpy(state.data + control_at, &control, sizeof control);
    memcpy(state.data + mxcsr_at, &mxcsr, sizeof mxcsr);
}

void check_fpu(FpuState& state)
{
    uint32_t mxcsr;
    Header header;
    memcpy(&mxcsr, state.data + mxcsr_at, sizeof mxcsr);
    mxcsr &= mxcsr_valid;
    memcpy(state.data + mxcsr_at, &mxcsr, sizeof mxcsr);
    memcpy(&header, state.data + header_at, sizeof header);
    header = {(header.present | x87 | sse) & fpu_components, 0, {}};
    memcpy(state.data + header_at, &header, sizeof header);
}

} // namespace arch
