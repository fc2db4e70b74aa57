// SPDX-License-Identifier: Apache-2.0
// What a debugger does to a user thread that is not running: registers, single steps, breakpoints.
#pragma once

#include "object/thread.hpp"

#include <cstdint>

namespace arch {

/// The bytes of a software breakpoint, and how far behind its start the thread stops.
inline constexpr uint8_t breakpoint_code[] = {0xcc};

/// Sizes of the register sets as <sys/procfs.h> has them (X86_64_CPU_REGISTERS, FXSAVE area).
inline constexpr uint32_t general_size = 20 * 8, float_size = 512;

/// False: the thread is not in user mode's reach (a kernel thread). `to` has room for the whole set.
bool read_general(const object::Thread& thread, void* to);
/// False also when a value is refused (addresses that are not the user's). Flags that are not the user's stay as they are.
bool write_general(object::Thread& thread, const void* from);
bool read_float(const object::Thread& thread, void* to);
bool write_float(object::Thread& thread, const void* from);

uint64_t program_counter(const object::Thread& thread);
bool set_program_counter(object::Thread& thread, uint64_t address);
uint64_t stack_pointer(const object::Thread& thread);
/// The thread hit a breakpoint: its program counter goes back onto it.
void back_to_breakpoint(object::Thread& thread);
/// One instruction, then a SIGTRAP fault.
void set_single_step(object::Thread& thread, bool on);
/// The registers a CPU may still hold are older than thread.fpu.
void forget_fpu(const object::Thread& thread);
bool single_steps(const object::Thread& thread);

} // namespace arch
