// SPDX-License-Identifier: Apache-2.0
// Registers of stopped threads, trap flag.
#include "arch/debug.hpp"
#include "arch/x86_64/fpu.hpp"

#include "arch/x86_64/frame.hpp"
#include "mm/address_space.hpp"

#include <cstring>

namespace arch {

namespace {

constexpr uint64_t rflags_tf = 0x100;

/// QNX's order.
struct GeneralRegisters {
    uint64_t rdi, rsi, rdx, r10, r8, r9, rax, rbx, rbp, rcx, r11, r12, r13, r14, r15;
    uint64_t rip;
    uint32_t cs, padding1;
    uint64_t rflags;
    uint64_t rsp;
    uint32_t ss, padding2;
};
static_assert(sizeof(GeneralRegisters) == general_size);

} // namespace

bool read_general(const object::Thread& thread, void* to)
{
    if (!thread.frame)
        return false;
    const UserFrame& f = *thread.frame;
    const GeneralRegisters out{f.rdi,
                               f.rsi,
                               f.rdx,
                               f.r10,
                               f.r8,
                               f.r9,
                               f.rax,
                               f.rbx,
                               f.rbp,
                               f.rcx,
                               f.r11,
                               f.r12,
                               f.r13,
                               f.r14,
                               f.r15,
                               f.rip,
                               static_cast<uint32_t>(f.cs),
                               0,
                               f.rflags,
                               f.rsp,
                               static_cast<uint32_t>(f.ss),
                               0};
    memcpy(to, &out, sizeof out);
    return true;
}

bool write_general(object::Thread& thread, const void* from)
{
    GeneralRegisters in;
    memcpy(&in, from, sizeof in);
    if (!thread.frame || in.rip >= mm::user_top || in.rsp >= mm::user_top)
        return false;
    UserFrame& f = *thread.frame;
    f.rdi = in.rdi;
    f.rsi = in.rsi;
    f.rdx = in.rdx;
    f.r10 = in.r10;
    f.r8 = in.r8;
    f.r9 = in.r9;
    f.rax = in.rax;
    f.rbx = in.rbx;
    f.rbp = in.rbp;
    f.rcx = in.rcx;
    f.r11 = in.r11;
    f.r12 = in.r12;
    f.r13 = in.r13;
    f.r14 = in.r14;
    f.r15 = in.r15;
    f.rip = in.rip;
    f.rsp = in.rsp;
    f.rflags = (f.rflags & ~rflags_user) | (in.rflags & rflags_user);
    f.vector = 0; // the long way back: rcx and r11 count, too
    return true;
}

bool read_float(const object::Thread& thread, void* to)
{
    if (!thread.frame)
        return false;
    memcpy(to, thread.fpu, float_size);
    return true;
}

bool write_float(object::Thread& thread, const void* from)
{
    if (!thread.frame)
        return false;
    memcpy(thread.fpu, from, float_size);
    check_fpu(*thread.fpu);
    forget_fpu(thread);
    return true;
}

uint64_t program_counter(const object::Thread& thread)
{
    return thread.frame ? thread.frame->rip : 0;
}

bool set_program_counter(object::Thread& thread, uint64_t address)
{
    if (!thread.frame || address >= mm::user_top)
        return false;
    thread.frame->rip = address;
    thread.frame->vector = 0;
    return true;
}

uint64_t stack_pointer(const object::Thread& thread)
{
    return thread.frame ? thread.frame->rsp : 0;
}

void back_to_breakpoint(object::Thread& thread)
{
    thread.frame->rip -= sizeof breakpoint_code;
}

void set_single_step(object::Thread& thread, bool on)
{
    if (!thread.frame)
        return;
    thread.frame->rflags &= ~rflags_tf;
    if (on)
        thread.frame->rflags |= rflags_tf;
    thread.frame->vector = 0; // IRET: the trap comes after exactly one instruction
}

bool single_steps(const object::Thread& thread)
{
    return thread.frame && (thread.frame->rflags & rflags_tf);
}

} // namespace arch
