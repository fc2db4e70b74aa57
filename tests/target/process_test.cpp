// SPDX-License-Identifier: Apache-2.0
// Processes beyond spawn: fork, sessions and terminals, users, limits.
#include "process_test.hpp"

#include <abi/usage.h>

QNX_USAGE("%C - test of fork and of process attributes\n"
          "%C\n");

namespace {

const TapTest tests[] = {
    {"FORK-0001 the child is a copy with a pid of its own", fork_copies},
    {"FORK-0002 shared mappings are shared, private ones copied", fork_shares},
    {"FORK-0003 descriptors are duplicated, channels and side channels are not", fork_descriptors},
    {"FORK-0004 one thread of several goes on, with its mutexes", fork_of_threads},
    {"FORK-0005 pthread_atfork() handlers run in order", fork_handlers},
    {"FORK-0006 timers and pending signals stay with the parent", fork_leaves_out},
    {"FORK-0007 floating-point registers go along", fork_registers},
    {"FORK-0008 vfork, daemon, wordexp, popen, system", fork_users},
    {"FORK-0009 no memory: ENOMEM and nothing left", fork_errors},
    {"FORK-0010 nothing is left of 100 children", fork_leaves_nothing},
};

} // namespace

int main()
{
    return run_tests(tests);
}
