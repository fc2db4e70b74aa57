// SPDX-License-Identifier: Apache-2.0
// What happens when a thread faults: the signal, the fault block, and the kernel's own faults.
#pragma once

#include "arch/context.hpp"
#include "object/thread.hpp"

#include <cstdint>

namespace object {

struct Fault {
    int signo, code;
    uint64_t address;
    const char* what;
};

/// The thread's handler, or (masked, ignored or default) the end of its process with a fault block.
void raise_fault(Thread& thread, const Fault& fault);
[[noreturn]] void kernel_fault(const arch::UserFrame& frame, uint64_t address);

} // namespace object
