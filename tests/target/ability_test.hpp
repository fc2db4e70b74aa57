// SPDX-License-Identifier: Apache-2.0
// Shared by the files of the ability test.
#pragma once

#include <stdint.h>

/// One ability and something it guards: done without it must give EPERM, with it EOK.
struct GuardedCall {
    unsigned ability;
    const char* name;
    int (*call)(); // EOK or an errno value
};
extern const GuardedCall guarded_calls[];
extern const unsigned guarded_call_count;

inline constexpr const char* ability_test_path = "/proc/boot/ability-test";
inline constexpr int plain_user = 1000;

/// A process of another user that sleeps, started by main() for every row: its pid.
int other_process();
