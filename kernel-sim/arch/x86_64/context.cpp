// SPDX-License-Identifier: Apache-2.0
// Kernel stacks, FPU state, and the switch from thread to thread.
#include "arch/context.hpp"

#include "arch/console.hpp"
#include "arch/debug.hpp"
#include "arch/x86_64/activate.hpp"
#include "arch/x86_64/asm.hpp"
#include "arch/x86_64/cpu.hpp"
#include "arch/x86_64/fpu.hpp"
#include "arch/x86_64/kernel_stack.hpp"
#include "mm/address_space.hpp"
#include "mm/frames.hpp"
#include "mm/heap.hpp"

#include <cstring>

extern "C" {
void arch_user_start();
}

namespace arch {

namespace {

constexpr uint64_t direct_map_low = mm::direct_map_base;

void fill_user_frame(UserFrame& frame, uint64_t entry, uint64_t sp, uint64_t arg, bool io)
{
    memset(&frame, 0, sizeof frame);
    frame.rdi = arg;
    frame.rip = entry;
    frame.cs = user_cs;
    frame.rflags = rflags_if | rflags_reserved1 | (io ? rflags_iopl : 0);
    frame.rsp = sp;
    frame.ss = user_ds;
}

UserFrame* frame_at_top(object::Thread& thread)
{
    return reinterpret_cast<UserFrame*>(thread.stack_top) - 1;
}

/// A stack as arch_switch_stacks leaves it: six saved registers, then where to return to.
void prepare_stack(object::Thread& thread, uint64_t* top, void (*start)())
{
    *--top = reinterpret_cast<uint64_t>(start);
    for (int i = 0; i < 6; ++i)
        *--top = 0;
    thread.kernel_sp = reinterpret_cast<uint64_t>(top);
}

} // namespace

bool create_context(object::Thread& thread)
{
    thread.stack_top = alloc_kernel_stack();
    thread.fpu = static_cast<FpuState*>(mm::heap_alloc(sizeof(FpuState)));
    if (!thread.stack_top || !thread.fpu) {
        destroy_context(thread);
        return false;
    }
    clean_fpu(*thread.fpu);
    return true;
}

void forget_fpu(const object::Thread& thread)
{
    for (uint32_t i = 0; i < max_cpus; ++i) {
        if (cpu_at(i).fpu_owner == &thread)
            cpu_at(i).fpu_owner = nullptr;
    }
}

void destroy_context(object::Thread& thread)
{
    forget_fpu(thread);
    mm::heap_free(thread.fpu);
    thread.fpu = nullptr;
    if (thread.stack_top)
        free_kernel_stack(thread.stack_top);
    thread.stack_top = 0;
}

void prepare_kernel_start(object::Thread& thread)
{
    auto* top = reinterpret_cast<uint64_t*>(thread.stack_top);
    *--top = 0; // keeps the stack aligned as after a call
    prepare_stack(thread, top - 1, arch_thread_start);
}

void prepare_user_start(object::Thread& thread, uint64_t entry, uint64_t sp, uint64_t arg)
{
    thread.frame = frame_at_top(thread);
    fill_user_frame(*thread.frame, entry, sp, arg, thread.io_privilege);
    prepare_stack(thread, reinterpret_cast<uint64_t*>(thread.frame), arch_user_start);
}

// Our own call frames may lie where the user frame goes, so it was built elsewhere and is copied last.
[[noreturn]] static void leave_to_user(object::Thread& thread, const UserFrame& frame)
{
    thread.frame = frame_at_top(thread);
    activate(this_cpu(), thread);
    auto* target = thread.frame;
    asm volatile("movq %0, %%rsp\n\t" // below the frame: nothing of this stack is needed any more
                 "cld\n\t"
                 "movl $22, %%ecx\n\t"
                 "rep movsq\n\t"
                 "jmp arch_return_to_user"
                 :
                 : "r"(target), "S"(&frame), "D"(target)
                 : "memory", "rcx");
    __builtin_unreachable();
}

void go_to_user(object::Thread& thread, uint64_t entry, uint64_t sp, uint64_t arg)
{
    static UserFrame frame; // guarded by the big lock
    fill_user_frame(frame, entry, sp, arg, thread.io_privilege);
    leave_to_user(thread, frame);
}

UserContext* copy_user_context(const object::Thread& thread)
{
    auto* context = static_cast<UserContext*>(mm::heap_alloc(sizeof(UserContext)));
    if (context) {
        context->frame = *thread.frame;
        context->fpu = *thread.fpu; // saved when the thread left its CPU
        context->fs_base = thread.fs_base;
    }
    return context;
}

void free_user_context(UserContext* context)
{
    mm::heap_free(context);
}

void go_to_user_context(object::Thread& thread, UserContext* context, int64_t result)
{
    static UserFrame frame; // guarded by the big lock
    frame = context->frame;
    set_call_result(frame, result);
    *thread.fpu = context->fpu;
    thread.fs_base = context->fs_base;
    free_user_context(context);
    this_cpu().fpu_owner = nullptr; // the registers hold somebody else's
    leave_to_user(thread, frame);
}

void switch_context(object::Thread& from, object::Thread& to)
{
    exchange_context(from, to);
    arch_switch_stacks(&from.kernel_sp, to.kernel_sp);
}

void set_tls(object::Thread& thread, uint64_t base)
{
    thread.fs_base = base;
    this_cpu().loaded_fs = base;
    wrmsr(msr_fs_base, base);
}

void set_io_privilege(object::Thread& thread, bool on)
{
    thread.io_privilege = on;
    if (!thread.frame)
        return;
    thread.frame->rflags &= ~rflags_iopl;
    if (on)
        thread.frame->rflags |= rflags_iopl;
    thread.frame->vector = 0; // IRET: SYSRET would do too, but one way is enough
}

void leave_address_space()
{
    if (this_cpu().loaded_root != kernel_root())
        load_root(kernel_root());
}

void restart_call(UserFrame& frame)
{
    frame.rax = frame.error; // the call's number
    frame.rip -= 2;          // the SYSCALL instruction
    frame.vector = 0;
}

void print_registers(const UserFrame& f)
{
    kernel::print("rip=%016lx rsp=%016lx rflags=%016lx cr2=%016lx err=%lx rax=%016lx rbx=%016lx "
                  "rcx=%016lx rdx=%016lx rsi=%016lx rdi=%016lx rbp=%016lx ",
                  f.rip, f.rsp, f.rflags, read_cr2(), f.error, f.rax, f.rbx, f.rcx, f.rdx, f.rsi,
                  f.rdi, f.rbp);
    kernel::print("r8=%016lx r9=%016lx r10=%016lx r11=%016lx r12=%016lx r13=%016lx r14=%016lx "
                  "r15=%016lx fsbase=%016lx vector=%lu\n",
                  f.r8, f.r9, f.r10, f.r11, f.r12, f.r13, f.r14, f.r15, rdmsr(msr_fs_base),
                  f.vector);
}

void print_kernel_memory(const UserFrame& f)
{
    extern char kernel_text[] asm("kernel_entry");
    extern char kernel_end[] asm("kernel_end");
    const auto low = reinterpret_cast<uint64_t>(kernel_text);
    kernel::print("code");
    for (uint64_t i = 0;
         i < 32 && f.rip >= low && f.rip + 32 < reinterpret_cast<uint64_t>(kernel_end); ++i)
        kernel::print(" %02x", reinterpret_cast<const uint8_t*>(f.rip)[i]);
    kernel::print("\n");
    const uint64_t stack = f.rsp & ~uint64_t{7};
    const uint64_t stack_end = (stack | (kernel_stack_size - 1)) + 1;
    if (stack < direct_map_low)
        return;
    for (uint64_t at = stack; at + 32 <= stack_end && at < stack + 512; at += 32) {
        const auto* word = reinterpret_cast<const uint64_t*>(at);
        kernel::print("stack %016lx %016lx %016lx %016lx %016lx\n", at, word[0], word[1], word[2],
                      word[3]);
    }
}

uint64_t user_pc(const UserFrame& frame)
{
    return frame.rip;
}

uint64_t user_sp(const UserFrame& frame)
{
    return frame.rsp;
}

} // namespace arch
