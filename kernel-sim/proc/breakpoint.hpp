// SPDX-License-Identifier: Apache-2.0
// A debugged process' breakpoints: instructions that are written over, and what the processor watches.
#pragma once

#include "arch/debug.hpp"
#include "arch/watch.hpp"
#include "include/sys/procfs.h" // by its place: the host has a <sys/procfs.h> of its own

#include <cstdint>

namespace mm {
class AddressSpace;
}
namespace object {
struct Process;
struct Thread;
} // namespace object

namespace proc {

class Breakpoints {
public:
    /// DCMD_PROC_BREAK. EINVAL, ENOTSUP, EFAULT, ESRCH (there is none to remove), ENOMEM (too many), EBUSY (a watch, and a thread runs).
    int change(object::Process& process, const procfs_break& wanted);
    void remove_all(object::Process& process);
    /// As many as there are, at most _DEBUG_BREAK_MAX + arch::watch_count.
    uint32_t list(procfs_break* to) const;
    /// The memory they were in is gone.
    void forget(object::Process& process);
    /// A copy of the process' memory gets back what was written over.
    void lift(mm::AddressSpace& copy) const;
    /// The thread met a trap: _DEBUG_WHAT_*, its program counter put right, when it is one of these; else 0.
    uint16_t met(object::Thread& thread);

private:
    struct Point {
        uint64_t addr;
        uint8_t code[sizeof arch::breakpoint_code];
    };

    Point* find(uint64_t addr);
    void remove(object::Process& process, Point& point);
    int insert(object::Process& process, uint64_t addr);
    int insert_watch(object::Process& process, const procfs_break& wanted);
    bool remove_watch(object::Process& process, uint64_t addr);
    void tell(object::Process& process);

    Point points_[_DEBUG_BREAK_MAX];
    uint32_t count_ = 0;
    arch::Watch watches_[arch::watch_count]{};
};

} // namespace proc
