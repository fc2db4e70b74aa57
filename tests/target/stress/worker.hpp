// SPDX-License-Identifier: Apache-2.0
// One process of the stress test: what its threads have in common.
#pragma once

#include "stress/load.hpp"
#include "stress/message.hpp"

#include <pthread.h>

namespace stress {

struct Worker {
    Life* life;
    unsigned slot;
    uint64_t seed;
    int chid;
    const char* program;
    pthread_mutex_t lock; // guards `held`
    struct Held {
        int rcvid; // 0 = free
        Head head;
    } held[16];
};

/// One thread: a number of its own for its seed.
struct ThreadArgument {
    Worker* worker;
    unsigned number;
};

void* serve(void* argument);
void* send(void* argument);

/// True: the error may come from a full memory, and failures are being injected.
bool refused(int error);

} // namespace stress
