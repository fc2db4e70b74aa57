// SPDX-License-Identifier: Apache-2.0
// The stack a driver's entry function runs on: stacksize=, bigstack=, stackguard of -p tcpip.
//
//   | guard page or red zone |  size bytes  |      stackguard: an overrun faults where it happens;
//                             <-- grows      without: it is found when the entry function has returned
#pragma once
#include <stddef.h>

namespace netmgr {

class Stack;

struct LoadStack {
    size_t size = 8192;
    size_t big_size = 0; // 0: no bigstack
    bool guard = false;

    size_t used_size() const { return big_size != 0 ? big_size : size; }
};

// For all later loads. Logs when stackguard makes the stack larger. Adds variables of the sysctl tree. 0 or ENOMEM.
int set_load_stack(Stack& stack, const LoadStack& options);

// Calls fn(arg) on a stack made for it. 0: result is fn's; ENOMEM: no memory, or fn (which did run) overran the stack, then overrun
// is how many bytes it lacked.
int call_on_load_stack(int (*fn)(void*), void* arg, int& result, size_t& overrun);

} // namespace netmgr
