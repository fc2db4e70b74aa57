// SPDX-License-Identifier: Apache-2.0
// The frame a signal handler runs on: restorer address, siginfo, musl's x86_64 ucontext_t, FPU registers.
#include "arch/context.hpp"
#include "arch/x86_64/asm.hpp"
#include "arch/x86_64/cpu.hpp"
#include "arch/x86_64/fpu.hpp"
#include "mm/address_space.hpp"
#include "mm/user_copy.hpp"
#include "sched/timeout.hpp"

#include <cstddef>
#include <cstring>

namespace arch {

namespace {

// musl arch/x86_64/bits/signal.h: ucontext_t up to uc_sigmask, of which 8 bytes are used.
struct UserContext {
    uint64_t flags, link;
    uint64_t stack_sp;
    int32_t stack_flags, pad;
    uint64_t stack_size;
    uint64_t gregs
        [23]; // R8 R9 R10 R11 R12 R13 R14 R15 RDI RSI RBP RBX RDX RAX RCX RSP RIP EFL CSGSFS ERR TRAPNO OLDMASK CR2
    uint64_t fpregs;
    uint64_t reserved[8];
    uint64_t sigmask[16];
};
static_assert(offsetof(UserContext, sigmask) == 296);

/// A timeout armed for the next call goes through the handler unharmed: its calls are not that call.
struct SavedTimeout {
    uint32_t flags;
    uint32_t immediate;
    uint64_t deadline_ns, tolerance_ns, wall_ns;
    nto_sigevent event;
};

struct SignalFrame {
    uint64_t restorer;
    uint64_t pad;
    nto_siginfo info;
    UserContext context;
    uint64_t pad2;
    SavedTimeout timeout;
    alignas(16) uint8_t fpu[sizeof(FpuState)];
};
static_assert(sizeof(nto_siginfo) == 128);
constexpr uint64_t red_zone = 128;

enum Greg {
    r8,
    r9,
    r10,
    r11,
    r12,
    r13,
    r14,
    r15,
    rdi,
    rsi,
    rbp,
    rbx,
    rdx,
    rax,
    rcx,
    rsp,
    rip,
    efl,
    csgsfs,
    err,
    trapno,
    oldmask,
    cr2
};

void save_registers(uint64_t (&g)[23], const UserFrame& f)
{
    const uint64_t values[23] = {f.r8,  f.r9,     f.r10, f.r11,   f.r12,    f.r13, f.r14, f.r15,
                                 f.rdi, f.rsi,    f.rbp, f.rbx,   f.rdx,    f.rax, f.rcx, f.rsp,
                                 f.rip, f.rflags, f.cs,  f.error, f.vector, 0,     0};
    memcpy(g, values, sizeof values);
}

void restore_registers(UserFrame& f, const uint64_t (&g)[23], bool io)
{
    f.r8 = g[r8];
    f.r9 = g[r9];
    f.r10 = g[r10];
    f.r11 = g[r11];
    f.r12 = g[r12];
    f.r13 = g[r13];
    f.r14 = g[r14];
    f.r15 = g[r15];
    f.rdi = g[rdi];
    f.rsi = g[rsi];
    f.rbp = g[rbp];
    f.rbx = g[rbx];
    f.rdx = g[rdx];
    f.rax = g[rax];
    f.rcx = g[rcx];
    f.rsp = g[rsp];
    f.rip = g[rip];
    f.rflags = (g[efl] & rflags_user) | rflags_if | rflags_reserved1 | (io ? rflags_iopl : 0);
    f.cs = user_cs;
    f.ss = user_ds;
    f.vector = 0;
}

void save_timeout(SavedTimeout& to, const sched::TimeoutState& from)
{
    to = {from.flags, from.immediate ? 1u : 0u, from.deadline_ns, from.tolerance_ns, from.wall_ns,
          from.event};
}

/// What the user may have made of it is what TimerTimeout() would take as well.
void restore_timeout(sched::TimeoutState& to, const SavedTimeout& from)
{
    to.flags = from.flags;
    to.immediate = from.immediate != 0;
    to.deadline_ns = from.deadline_ns;
    to.tolerance_ns = from.tolerance_ns;
    to.wall_ns = from.wall_ns;
    to.event = from.event;
}

uint64_t stack_for(const object::Thread& thread, const nto_sigaction& action, uint64_t sp)
{
    const nto_stack& other = thread.alternate_stack;
    const bool there = sp - other.sp < other.size;
    if ((action.flags & NTO_SA_ONSTACK) && !(other.flags & NTO_SS_DISABLE) && !there)
        return other.sp + other.size;
    return sp - red_zone;
}

} // namespace

bool push_signal_frame(object::Thread& thread, const nto_sigaction& action, const nto_siginfo& info,
                       uint64_t mask)
{
    UserFrame& user = *thread.frame;
    if (action.handler >= mm::user_top) // IRET to it would fault in the kernel
        return false;
    uint64_t at = stack_for(thread, action, user.rsp) - sizeof(SignalFrame);
    at = (at & ~uint64_t{15}) - 8; // as after a call: rsp + 8 is a multiple of 16
    // The FPU area must be 16-byte aligned for the kernel's copy only; musl reads it through fpregs.
    static SignalFrame frame; // guarded by the big lock; too big for the stack's comfort
    memset(&frame, 0, offsetof(SignalFrame, fpu));
    store_fpu(*thread.fpu);
    memcpy(frame.fpu, thread.fpu, sizeof frame.fpu);
    frame.restorer = action.restorer;
    frame.info = info;
    save_registers(frame.context.gregs, user);
    frame.context.fpregs = at + offsetof(SignalFrame, fpu);
    frame.context.sigmask[0] = mask;
    frame.context.stack_sp = thread.alternate_stack.sp;
    frame.context.stack_flags = thread.alternate_stack.flags;
    frame.context.stack_size = thread.alternate_stack.size;
    save_timeout(frame.timeout, thread.timeout);
    if (!mm::put_user(thread.process, at, frame))
        return false;
    sched::clear_timeout(thread);
    user.rsp = at;
    user.rip = action.handler;
    user.rdi = static_cast<uint64_t>(info.signo);
    user.rsi = at + offsetof(SignalFrame, info);
    user.rdx = at + offsetof(SignalFrame, context);
    user.rflags &= ~uint64_t{0x400 | 0x100}; // DF, TF
    user.vector = 0;
    return true;
}

bool pop_signal_frame(object::Thread& thread, uint64_t& mask)
{
    UserFrame& user = *thread.frame;
    static SignalFrame frame;                                 // guarded by the big lock
    if (!mm::get_user(thread.process, frame, user.rsp - 8) || // the handler's RET took the restorer
        frame.context.gregs[rip] >= mm::user_top)
        return false;
    memcpy(thread.fpu, frame.fpu, sizeof frame.fpu);
    check_fpu(*thread.fpu);
    fetch_fpu(*thread.fpu);
    restore_registers(user, frame.context.gregs, thread.io_privilege);
    mask = frame.context.sigmask[0];
    sched::clear_timeout(thread);
    restore_timeout(thread.timeout, frame.timeout);
    return true;
}

} // namespace arch
