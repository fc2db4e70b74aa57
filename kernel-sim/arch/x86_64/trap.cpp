// SPDX-License-Identifier: Apache-2.0
// Exceptions and interrupts: page faults to the address space, faults to signals, devices to the interrupt layer.
#include "arch/console.hpp"
#include "arch/context.hpp"
#include "arch/interrupt.hpp"
#include "arch/x86_64/asm.hpp"
#include "arch/x86_64/cpu.hpp"
#include "call/call.hpp"
#include "ipc/interrupt.hpp"
#include "mm/address_space.hpp"
#include "object/fault.hpp"
#include "sched/scheduler.hpp"
#include "sched/tick.hpp"

extern "C" {
extern char arch_user_access_begin[], arch_user_access_end[], arch_user_fault[];
extern const uint64_t arch_user_stores[][2]; // an instruction, and where it goes on after a fault
extern const uint64_t arch_user_stores_end[][2];
}

namespace arch {

namespace {

enum Exception : uint64_t {
    divide = 0,
    debug = 1,
    nmi = 2,
    breakpoint = 3,
    overflow = 4,
    bound = 5,
    invalid_opcode = 6,
    no_device = 7,
    double_fault = 8,
    invalid_tss = 10,
    no_segment = 11,
    stack_fault = 12,
    general_protection = 13,
    page_fault = 14,
    x87 = 16,
    alignment = 17,
    simd = 19,
};

// Signal numbers and codes as in QNX's <sys/siginfo.h>/<signal.h> (POSIX names).
constexpr int sigill = 4, sigtrap = 5, sigfpe = 8, sigbus = 10, sigsegv = 11;
constexpr int segv_maperr = 1, segv_accerr = 2, bus_adraln = 1, ill_illopc = 1, fpe_intdiv = 1,
              fpe_fltinv = 7;

/// Which exception that MXCSR does not mask: lowest first, in the order of its bits.
int simd_code()
{
    constexpr int codes[6] = {fpe_fltinv, fpe_fltinv, 3, 4, 5, 6}; // IE DE ZE OE UE PE: FPE_FLT*
    uint32_t mxcsr;
    asm volatile("stmxcsr %0" : "=m"(mxcsr));
    const uint32_t raised = mxcsr & ~(mxcsr >> 7) & 0x3f;
    return raised == 0 ? fpe_fltinv : codes[__builtin_ctz(raised)];
}

object::Fault describe(const UserFrame& frame)
{
    object::Fault fault{sigsegv, segv_accerr, frame.rip, "general protection"};
    switch (frame.vector) {
    case divide:
        return {sigfpe, fpe_intdiv, frame.rip, "divide error"};
    case debug:
    case breakpoint:
        return {sigtrap, 1, frame.rip, "breakpoint"};
    case invalid_opcode:
        return {sigill, ill_illopc, frame.rip, "invalid opcode"};
    case simd:
        return {sigfpe, simd_code(), frame.rip, "floating point exception"};
    case x87:
        return {sigfpe, fpe_fltinv, frame.rip, "floating point exception"};
    case alignment:
        return {sigbus, bus_adraln, frame.rip, "misaligned access"};
    case stack_fault:
        return {sigbus, bus_adraln, frame.rip, "stack fault"};
    default:
        return fault;
    }
}

void user_page_fault(UserFrame& frame)
{
    const uint64_t address = read_cr2();
    mm::Access access = mm::Access::read;
    if (frame.error & 16)
        access = mm::Access::exec;
    else if (frame.error & 2)
        access = mm::Access::write;
    object::Thread& thread = object::current();
    if (address < mm::user_top && thread.process.space &&
        thread.process.space->handle_fault(address, access))
        return;
    const char* what = access == mm::Access::exec    ? "page fault: execute"
                       : access == mm::Access::write ? "page fault: write"
                                                     : "page fault: read";
    const int code = (frame.error & 1) ? segv_accerr : segv_maperr;
    object::raise_fault(thread, {sigsegv, code, address, what});
}

void user_exception(UserFrame& frame)
{
    if (frame.vector == page_fault) {
        user_page_fault(frame);
        return;
    }
    object::Thread& thread = object::current();
    if (frame.vector == debug && is_watch_trap(this_cpu()) && !thread.process.watches) {
        load_watches(this_cpu(), thread.process); // its debugger went while it ran
        return;
    }
    object::raise_fault(thread, describe(frame));
}

/// True: the vector needs no lock and is done.
bool lockless(uint64_t vector)
{
    if (vector == vector_flush) {
        handle_flush_request();
        end_of_interrupt();
        return true;
    }
    if (vector == vector_stop) {
        for (;;)
            asm volatile("cli; hlt");
    }
    return vector == vector_spurious;
}

void interrupt(uint64_t vector)
{
    if (vector == vector_timer)
        sched::timer_interrupt();
    else if (vector >= vector_lines && vector < vector_lines + line_count)
        ipc::line_interrupt(static_cast<uint32_t>(vector - vector_lines));
    else if (vector >= vector_msi && vector < vector_msi + msi_count)
        ipc::line_interrupt(static_cast<uint32_t>(msi_first + vector - vector_msi));
    // vector_resched: need_resched is set already
    end_of_interrupt(); // after a level line was masked, so that it does not come again at once
}

/// The kernel touched user memory that is not there: arch_copy_user() and its like return false.
bool mend_user_access(UserFrame& frame)
{
    if (frame.vector != page_fault || read_cr2() >= mm::user_top)
        return false;
    if (frame.rip >= reinterpret_cast<uint64_t>(arch_user_access_begin) &&
        frame.rip < reinterpret_cast<uint64_t>(arch_user_access_end)) {
        frame.rip = reinterpret_cast<uint64_t>(arch_user_fault);
        return true;
    }
    for (const auto* store = arch_user_stores; store < arch_user_stores_end; ++store) {
        if ((*store)[0] == frame.rip) {
            frame.rip = (*store)[1];
            return true;
        }
    }
    return false;
}

} // namespace

extern "C" void arch_trap(UserFrame* frame)
{
    const uint64_t vector = frame->vector;
    const bool user = frame->from_user();
    if (vector < 32 && !user && mend_user_access(*frame))
        return;
    if (vector == debug && !user && is_watch_trap(this_cpu()))
        return; // the kernel's own access to what its user watches
    if (vector < 32 && !user)
        object::kernel_fault(*frame, vector == page_fault ? read_cr2() : 0);
    if (lockless(vector)) {
        if (user && !this_cpu().upcall) {
            sched::enter_kernel();
            sched::lock(); // the way back expects it
        }
        return;
    }
    if (this_cpu().upcall) {
        upcall_trap(*frame);
        return;
    }
    if (user)
        sched::enter_kernel();
    sched::lock();
    if (vector < 32) {
        if (vector == nmi)
            return;
        user_exception(*frame);
    } else {
        interrupt(vector);
    }
    if (!user)
        sched::unlock(); // idle loop or preemption point: it looks at need_resched itself
}

extern "C" void arch_prepare_return(UserFrame*)
{
    if (this_cpu().upcall)
        return; // on with the handler
    call::return_to_user(object::current());
}

} // namespace arch
