// SPDX-License-Identifier: Apache-2.0
// Upcalls: a user frame entered from the middle of the kernel. The stack below the caller takes the traps and calls the
// handler makes; the task priority register keeps device interrupts waiting; the local timer counts its time.
#include "arch/upcall.hpp"

#include "arch/clock.hpp"
#include "arch/context.hpp"
#include "arch/interrupt.hpp"
#include "arch/x86_64/asm.hpp"
#include "arch/x86_64/cpu.hpp"
#include "arch/x86_64/fpu.hpp"
#include "ipc/interrupt.hpp"
#include "mm/address_space.hpp"
#include "mm/user_copy.hpp"
#include "sched/tick.hpp"

#include <abi/kercall.h>
#include <cstring>

extern "C" {
/// Saves where it was called at *save and goes to user mode; returns when arch_upcall_leave() is given that.
void arch_upcall_enter(uint64_t* save, const arch::UserFrame* frame, uint64_t* entry_stack);
[[noreturn]] void arch_upcall_leave(uint64_t saved);
}

namespace arch {

struct UpcallState {
    object::Process* owner;
    uint64_t kernel_sp;
    uint32_t slices;
    UpcallResult result;
};

namespace {

// Time is counted in timer interrupts taken at user level, not by the clock: a virtual CPU that its host stops is not running away.
constexpr uint64_t slice_ns = 1000000;
constexpr uint32_t most_slices = 50;
constexpr uint64_t only_own_vectors = 0xe; // task priority: 0xf0 and up get through

[[noreturn]] void leave(UpcallState& state, UpcallEnd end, uint64_t value)
{
    state.result = {end, value};
    arch_upcall_leave(state.kernel_sp);
}

void count_time(UpcallState& state)
{
    end_of_interrupt();
    if (++state.slices > most_slices)
        leave(state, UpcallEnd::ran_away, 0);
    arm_timer(clock_ns() + slice_ns);
}

bool page_in(UpcallState& state, const UserFrame& frame, uint64_t address)
{
    constexpr uint64_t write = 2, fetch = 16;
    mm::Access access = mm::Access::read;
    if (frame.error & fetch)
        access = mm::Access::exec;
    else if (frame.error & write)
        access = mm::Access::write;
    return address < mm::user_top && state.owner->space->handle_fault(address, access);
}

/// A kernel call of the handler's.
void handler_way(uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t)
{
    UserFrame& frame = reinterpret_cast<UserFrame*>(this_cpu().kernel_stack)[-1];
    UpcallState& state = *this_cpu().upcall;
    if (frame.rax == KER_INTERRUPT_RETURN)
        leave(state, UpcallEnd::returned, frame.rdi);
    const CallArguments call = call_arguments(frame);
    set_call_result(frame, ipc::handler_call(*state.owner, call.number, call.arg));
}

constinit const CallWays handler_ways(handler_way);

void set_task_priority(uint64_t value)
{
    asm volatile("mov %0, %%cr8" : : "r"(value) : "memory");
}

void fill_frame(UserFrame& frame, const Upcall& call)
{
    memset(&frame, 0, sizeof frame);
    frame.rdi = call.arg[0];
    frame.rsi = call.arg[1];
    frame.rip = call.entry;
    frame.cs = user_cs;
    frame.rflags = rflags_if | rflags_reserved1 | rflags_iopl;
    frame.rsp = call.stack_top - 8;
    frame.ss = user_ds;
}

void load_clean_fpu()
{
    FpuState clean;
    clean_fpu(clean);
    fetch_fpu(clean);
}

/// Everything of the CPU that belongs to the interrupted thread is as it was when this returns.
void enter(Cpu& cpu, UpcallState& state, const UserFrame& frame, uint64_t tls)
{
    const uint64_t root = cpu.loaded_root, stack = cpu.kernel_stack, fs = rdmsr(msr_fs_base);
    const uint64_t own_root = state.owner->space->page_table().root();
    if (own_root != root || cpu.stale)
        load_root(own_root);
    if (cpu.watch_id != 0)
        pause_watches();
    wrmsr(msr_fs_base, tls);
    set_task_priority(only_own_vectors);
    cpu.upcall = &state;
    cpu.ways = &handler_ways;
    arm_timer(clock_ns() + slice_ns);
    arch_upcall_enter(&state.kernel_sp, &frame, &cpu.tss.rsp[0]);
    cpu.upcall = nullptr;
    cpu.ways = &call_ways;
    set_task_priority(0);
    cpu.kernel_stack = cpu.tss.rsp[0] = stack;
    wrmsr(msr_fs_base, fs);
    if (cpu.watch_id != 0)
        load_watches(cpu, cpu.sched.current->process);
    if (own_root != root)
        load_root(root);
    cpu.sched.armed_ns = cpu.sched.armed_cycles = 0;
    sched::program_timer();
}

} // namespace

bool in_upcall()
{
    return this_cpu().upcall != nullptr;
}

UpcallResult run_upcall(const Upcall& call)
{
    UserFrame frame;
    FpuState saved{}; // handlers are compiled like everything else: they use SSE registers
    UpcallState state{&call.owner, 0, 0, {UpcallEnd::faulted, call.stack_top}};
    if (call.entry >= mm::user_top || call.stack_top >= mm::user_top ||
        !mm::put_user(call.owner, call.stack_top - 8, call.restorer))
        return state.result;
    fill_frame(frame, call);
    store_fpu(saved);
    load_clean_fpu();
    enter(this_cpu(), state, frame, call.tls);
    fetch_fpu(saved);
    return state.result;
}

void upcall_trap(UserFrame& frame)
{
    constexpr uint64_t exceptions = 32, nmi = 2, page_fault = 14;
    UpcallState& state = *this_cpu().upcall;
    const uint64_t vector = frame.vector;
    if (vector == vector_timer) {
        count_time(state);
    } else if (vector >= exceptions) {
        // Lines are held back by the task priority. One that slipped through is remembered; the others only want to be seen.
        if (vector >= vector_lines && vector < vector_lines + line_count)
            ipc::line_interrupt(static_cast<uint32_t>(vector - vector_lines));
        else if (vector >= vector_msi && vector < vector_msi + msi_count)
            ipc::line_interrupt(static_cast<uint32_t>(msi_first + vector - vector_msi));
        end_of_interrupt();
    } else if (vector == page_fault) {
        const uint64_t address = read_cr2();
        if (!page_in(state, frame, address))
            leave(state, UpcallEnd::faulted, address);
    } else if (vector != nmi) {
        leave(state, UpcallEnd::faulted, frame.rip);
    }
}

} // namespace arch
