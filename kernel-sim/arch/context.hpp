// SPDX-License-Identifier: Apache-2.0
// Machine context of threads, free of register names: start, switch, user frames, signal frames.
#pragma once

#include "arch/x86_64/frame.hpp"
#include "object/thread.hpp"

#include <abi/kercall.h>
#include <cstdint>

namespace arch {

/// The user repeats the call when it goes on (a wait that a signal handler interrupted without ending it).
void restart_call(UserFrame& frame);

/// Kernel stack and FPU state; false = no memory.
bool create_context(object::Thread& thread);
void destroy_context(object::Thread& thread);
/// Pages of stacks that no thread has just now.
uint64_t spare_stack_pages();
/// First run goes to kernel_thread_main() / to user mode.
void prepare_kernel_start(object::Thread& thread);
void prepare_user_start(object::Thread& thread, uint64_t entry, uint64_t sp, uint64_t arg);
[[noreturn]] void go_to_user(object::Thread& thread, uint64_t entry, uint64_t sp, uint64_t arg);
/// A blocked user thread's registers, floating point and TLS, for fork(); nullptr = no memory. go_to_user_context takes it: the
/// calling kernel thread continues there, its call returning `result`.
UserContext* copy_user_context(const object::Thread& thread);
void free_user_context(UserContext* context);
[[noreturn]] void go_to_user_context(object::Thread& thread, UserContext* context, int64_t result);
void switch_context(object::Thread& from, object::Thread& to);

// A thread that blocks may leave its kernel stack for good instead of keeping it: nothing of the call is on it then.
// prepare_resume() and the like: arch/x86_64/activate.hpp.
void set_tls(object::Thread& thread, uint64_t base);
void set_io_privilege(object::Thread& thread, bool on);
/// The calling CPU leaves any user address space.
void leave_address_space();

/// Enters the handler; false = the stack cannot be written.
bool push_signal_frame(object::Thread& thread, const nto_sigaction& action, const nto_siginfo& info,
                       uint64_t mask);
/// SIGNAL_RETURN; false = no valid frame at the stack pointer.
bool pop_signal_frame(object::Thread& thread, uint64_t& mask);

uint64_t user_pc(const UserFrame& frame);
uint64_t user_sp(const UserFrame& frame);
void print_registers(const UserFrame& frame);     // the rip= line of the fault block
void print_kernel_memory(const UserFrame& frame); // code and stack lines of a kernel fault

void send_reschedule(uint32_t cpu);

} // namespace arch
