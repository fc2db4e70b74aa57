// SPDX-License-Identifier: Apache-2.0
// The machine's side of a switch of threads, in line: address space, FPU, TLS and kernel stack.
#pragma once

#include "arch/x86_64/asm.hpp"
#include "arch/x86_64/cpu.hpp"
#include "arch/x86_64/fpu.hpp"
#include "mm/address_space.hpp"
#include "object/thread.hpp"

extern "C" {
void arch_user_start();
void arch_resume_call();
// The caller's stack is left for good. With the user registers of a frame, after a look at what is to be done before ...
[[noreturn]] void arch_enter_user_frame(arch::UserFrame* frame);
/// ... or without, the big lock being dropped ...
[[noreturn]] void arch_restore_frame(arch::UserFrame* frame);
/// ... or where a thread left its stack.
[[noreturn]] void arch_enter_stack(uint64_t kernel_sp);
}

namespace arch {

/// Stack, address space, FPU and TLS of a thread that is about to run on this CPU. (A process that ends has no address space any more.)
inline void activate(Cpu& cpu, object::Thread& thread)
{
    cpu.kernel_stack = cpu.tss.rsp[0] = thread.stack_top;
    if (thread.process.space) {
        const uint64_t root = thread.process.space->page_table().root();
        if (root != cpu.loaded_root || cpu.stale)
            load_root(cpu, root);
    }
    if (thread.frame) {
        if (thread.process.watch_id != cpu.watch_id) [[unlikely]]
            load_watches(cpu, thread.process);
        if (cpu.fpu_owner != &thread || thread.last_cpu != static_cast<int>(cpu.id))
            fetch_fpu(*thread.fpu);
        cpu.fpu_owner = &thread;
        if (cpu.loaded_fs != thread.fs_base) {
            cpu.loaded_fs = thread.fs_base;
            wrmsr(msr_fs_base, thread.fs_base);
        }
    }
    thread.last_cpu = static_cast<int>(cpu.id);
}

// A thread that blocks may leave its kernel stack for good instead of keeping it: nothing of the call is on it then. Six saved
// registers (garbage) and a return address are what arch_enter_stack and arch_switch_stacks look for below its frame.
inline constexpr uint64_t left_stack_size = 7 * sizeof(uint64_t);

inline void leave_stack(object::Thread& thread, void (*resume)())
{
    auto* end = reinterpret_cast<uint64_t*>(thread.frame);
    end[-1] = reinterpret_cast<uint64_t>(resume);
    thread.kernel_sp = reinterpret_cast<uint64_t>(end) - left_stack_size;
}

/// When it runs again, arch_call_ended() finishes its call ...
inline void prepare_resume(object::Thread& thread)
{
    leave_stack(thread, arch_resume_call);
}

/// ... or its call is answered already, and it goes on in user mode.
inline void prepare_answered(object::Thread& thread)
{
    leave_stack(thread, arch_user_start);
}

/// Did prepare_answered() have the last word? (No other thread's stack begins there: each has a call of ours at its end.)
inline bool is_answered(const object::Thread& thread)
{
    const auto* end = reinterpret_cast<const uint64_t*>(thread.kernel_sp + left_stack_size);
    return end[-1] == reinterpret_cast<uint64_t>(arch_user_start);
}

/// The CPU is `to`'s in everything but the stack.
inline void exchange_context(object::Thread& from, object::Thread& to)
{
    Cpu& cpu = this_cpu();
    if (from.frame && from.fpu) {
        store_fpu(*from.fpu);
        cpu.fpu_owner = &from;
    }
    activate(cpu, to);
}

/// The same when both are in user mode but for a kernel call.
inline void exchange_user_context(object::Thread& from, object::Thread& to)
{
    Cpu& cpu = this_cpu();
    exchange_fpu(*from.fpu, *to.fpu);
    cpu.fpu_owner = &to;
    cpu.kernel_stack = cpu.tss.rsp[0] = to.stack_top;
    const object::Process& process = to.process;
    const uint64_t root = process.space->page_table().root();
    if (root != cpu.loaded_root)
        load_root(cpu, root);
    if (process.watch_id != cpu.watch_id) [[unlikely]]
        load_watches(cpu, process);
    if (cpu.loaded_fs != to.fs_base) {
        cpu.loaded_fs = to.fs_base;
        wrmsr(msr_fs_base, to.fs_base);
    }
    to.last_cpu = static_cast<int>(cpu.id);
}

} // namespace arch
