// SPDX-License-Identifier: Apache-2.0
// Debugging through /proc/<pid>/as: stop, run, step, breakpoints, registers.
#pragma once

#include "proc/request.hpp"

#include <sys/iomsg.h>

namespace mm {
class AddressSpace;
}
namespace object {
struct Thread;
}

namespace proc {

/// The DCMD_PROC_* of a debugger; ENOTTY: another command.
int debug_devctl(Request& request, object::Process& process, const _io_devctl& message);
/// The process ends: who waits for its next stop gets ESRCH, and what it debugged itself runs on (or is killed, _DEBUG_FLAG_KLC).
void end_debugging(object::Process& process);
/// The dumper is gone: crashed processes that wait for it end (crash_dump.cpp).
void end_dumper(const object::Process& process);
/// A debugger in DCMD_PROC_WAITSTOP wants to leave; true: it was one, and has its answer.
bool unblock_debugger(int rcvid);
/// fork: the copy of `parent`'s memory runs without a debugger.
void lift_breakpoints(const object::Process& parent, mm::AddressSpace& copy);
/// exec: they went with the old memory.
void forget_breakpoints(object::Process& process);

/// The thread registers and steps go to; its flags and the reason of its last stop for the status.
int current_thread(const object::Process& process);
uint32_t debug_flags(const object::Thread& thread, uint16_t& why, uint16_t& what);

} // namespace proc
