// SPDX-License-Identifier: Apache-2.0
// Fault blocks as include/abi/fault.h describes them.
#include "object/fault.hpp"

#include "arch/console.hpp"
#include "arch/machine.hpp"
#include "mm/user_copy.hpp"
#include "object/hooks.hpp"
#include "object/signal.hpp"
#include "sched/per_cpu.hpp"

#include <abi/fault.h>

namespace object {

namespace {

constexpr uint32_t code_bytes = 32, stack_lines = 32, words_a_line = 4;

void print_head(const char* who, const Thread* thread, const Fault& fault)
{
    kernel::print(ABI_FAULT_BEGIN " %s v1\n", who);
    kernel::print("pid=%d tid=%d name=%s signo=%d code=%d addr=%016lx cpu=%u what=%s\n",
                  thread ? thread->process.pid : 0, thread ? thread->tid : 0,
                  thread ? thread->process.name : "?", fault.signo, fault.code, fault.address,
                  sched::per_cpu().id, fault.what);
}

void print_user_code(Process& process, uint64_t pc)
{
    uint8_t byte;
    kernel::print("code");
    for (uint32_t i = 0; i < code_bytes && mm::get_user(process, byte, pc + i); ++i)
        kernel::print(" %02x", byte);
    kernel::print("\n");
}

void print_user_stack(Process& process, uint64_t sp)
{
    uint64_t words[words_a_line];
    for (uint32_t line = 0; line < stack_lines; ++line) {
        const uint64_t at = sp + line * sizeof words;
        if (!mm::get_user(process, words, at))
            break;
        kernel::print("stack %016lx %016lx %016lx %016lx %016lx\n", at, words[0], words[1],
                      words[2], words[3]);
    }
}

void print_fault(Thread& thread, const Fault& fault)
{
    arch::console_claim_com1();
    print_head("user", &thread, fault);
    arch::print_registers(*thread.frame);
    proc::print_mappings(thread.process);
    print_user_code(thread.process, arch::user_pc(*thread.frame));
    print_user_stack(thread.process, arch::user_sp(*thread.frame));
    kernel::print(ABI_FAULT_END "\n");
    arch::console_restore_com1();
}

} // namespace

void raise_fault(Thread& thread, const Fault& fault)
{
    if (proc::debug_fault(thread, fault.signo))
        return;
    const nto_sigaction& action = thread.process.actions[fault.signo - 1];
    const bool masked = thread.signal_mask & signal_bit(fault.signo);
    if (masked || action.handler <= 1) {
        print_fault(thread, fault);
        if (!proc::dump_core(thread, fault.signo))
            terminate(thread.process, fault.signo);
        return;
    }
    nto_siginfo info{};
    info.signo = fault.signo;
    info.code = fault.code;
    info.u.f.addr = fault.address;
    post_signal(thread.process, &thread, info);
}

void kernel_fault(const arch::UserFrame& frame, uint64_t address)
{
    const Thread* thread = sched::per_cpu().current;
    arch::console_claim_com1();
    print_head("kernel", thread, {11, 0, address, "kernel exception"});
    arch::print_registers(frame);
    arch::print_kernel_memory(frame);
    kernel::print(ABI_FAULT_END "\n");
    PANIC("kernel fault");
}

} // namespace object
