// SPDX-License-Identifier: Apache-2.0
// Shared by the files of the ability test.
#pragma once

#include <abi/proc_msg.h>
#include <errno.h>
#include <stdint.h>
#include <sys/neutrino.h>

/// One ability and something it guards: done without it must give EPERM, with it EOK.
struct GuardedCall {
    unsigned ability;
    const char* name;
    int (*call)(); // EOK or an errno value
};
extern const GuardedCall guarded_calls[];
extern const unsigned guarded_call_count;
extern const GuardedCall guarded_objects[];
extern const unsigned guarded_object_count;

inline constexpr const char* ability_test_path = "/proc/boot/ability-test";
inline constexpr int plain_user = 1000;

/// A process of another user that sleeps, started by main() for every row: its pid.
int other_process();

inline int result_of(bool good)
{
    return good ? EOK : errno;
}

/// A message to the process manager: EOK or its errno value.
inline int message(uint16_t type, int64_t a, int64_t b = 0, int64_t c = 0, int64_t d = 0)
{
    proc_simple request{};
    request.type = type;
    request.a = a;
    request.b = b;
    request.c = c;
    request.d = d;
    return static_cast<int>(-MsgSend_r(SYSMGR_COID, &request, sizeof request, nullptr, 0));
}
