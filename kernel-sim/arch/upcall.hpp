// SPDX-License-Identifier: Apache-2.0
// Running a piece of a process at user level from inside the kernel: the handlers of InterruptAttach().
#pragma once

#include "object/process.hpp"

#include <cstdint>

namespace arch {

struct Upcall {
    object::Process& owner; // whose address space it runs in
    uint64_t entry, stack_top, restorer, tls;
    uint64_t arg[2];
};

enum class UpcallEnd : uint8_t { returned, faulted, ran_away };

struct UpcallResult {
    UpcallEnd end;
    uint64_t value; // what KER_INTERRUPT_RETURN was given, or the address of the fault
};

/// The big lock is held all the time and the calling CPU takes no device interrupts meanwhile. It runs with I/O privilege, and for
/// some 50 ms at most. Callable wherever the kernel takes interrupts, and from kernel calls; not from inside an upcall.
UpcallResult run_upcall(const Upcall& call);
/// Does the calling CPU run one?
bool in_upcall();

} // namespace arch
