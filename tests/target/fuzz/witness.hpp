// SPDX-License-Identifier: Apache-2.0
// Two processes that do something regular and notice when anybody disturbs them: a server of another user, and its client.
#pragma once

#include <cstdint>
#include <sys/types.h>

/// What the server reports; lies in the reply.
struct WitnessReport {
    uint64_t exchanges; // messages that came in order, with the right contents
    uint64_t errors;
    char what[128]; // the first error
};

class Witnesses {
public:
    /// Starts both from this program's own file (`self`). False: could not.
    bool start(const char* self);
    /// Both processes' last words; they are gone afterwards. False: no answer, or a bad exit status.
    bool finish(WitnessReport& report);

private:
    pid_t server_ = -1, client_ = -1;
    int coid_ = -1;
};

/// main() of a process started by start(): argv[1] is "witness-server" or "witness-client". -1: it is not one.
int witness_main(int argc, char** argv);
