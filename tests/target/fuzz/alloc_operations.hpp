// SPDX-License-Identifier: Apache-2.0
// What alloc-fail does while allocations fail: one entry for each thing procnto needs memory for.
#pragma once

#include <cstdint>

struct Operation {
    const char* name;
    int (*run)(); // EOK or an errno value; cleans up after itself
};
extern const Operation operations[]; // ends with a null name
extern uint64_t stopped_failures;    // seen by operations that end the injection themselves

/// Servers and memory the operations use. False: could not, errno says why.
bool set_up_operations();
/// The n-th allocation of procnto from now on fails (0: none), and every `period`-th after it; how many failed since the last call.
uint64_t fail_allocation(uint64_t n, uint64_t period = 0);
