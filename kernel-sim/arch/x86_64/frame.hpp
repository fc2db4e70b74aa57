// SPDX-License-Identifier: Apache-2.0
// The registers entry.S saves at the top of the kernel stack, for system calls and interrupts alike.
#pragma once

#include <cstdint>

namespace arch {

inline constexpr uint64_t syscall_vector =
    256; // frame.vector of a system call; error then holds the call number
inline constexpr uint16_t kernel_cs = 0x08, kernel_ds = 0x10, user_ds = 0x1b, user_cs = 0x23,
                          tss_selector = 0x28;

struct UserFrame {
    uint64_t r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi;
    uint64_t vector, error;
    uint64_t rip, cs, rflags, rsp, ss;

    bool from_user() const { return (cs & 3) != 0; }
};
static_assert(sizeof(UserFrame) == 22 * 8);

/// A kernel call as the user made it.
struct CallArguments {
    uint64_t number;
    uint64_t arg[6];
};

inline CallArguments call_arguments(const UserFrame& frame)
{
    return {frame.rax, {frame.rdi, frame.rsi, frame.rdx, frame.r10, frame.r8, frame.r9}};
}

inline void set_call_result(UserFrame& frame, int64_t result)
{
    frame.rax = static_cast<uint64_t>(result);
}

inline constexpr uint64_t rflags_if = 0x200, rflags_iopl = 0x3000, rflags_reserved1 = 2;
inline constexpr uint64_t rflags_user =
    0x40cd5 | 0x200000; // CF PF AF ZF SF DF OF, TF is refused; AC, ID

/// An XSAVE area in its standard form: 512 bytes as FXSAVE has them, a header of 64, the upper halves of YMM0-15.
struct alignas(64) FpuState {
    uint8_t data[832];
};

struct UserContext {
    UserFrame frame;
    FpuState fpu;
    uint64_t fs_base;
};

} // namespace arch
