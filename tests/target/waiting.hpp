// SPDX-License-Identifier: Apache-2.0
// How a test program waits for other threads and processes: for what they have come to, never for a guessed time.
#pragma once

#include <devctl.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/neutrino.h>
#include <sys/procfs.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

/// Until the condition holds; false when it does not within twenty seconds.
template <class F>
bool comes_true(F&& condition)
{
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    const time_t limit = now.tv_sec + 20;
    while (!condition()) {
        clock_gettime(CLOCK_MONOTONIC, &now);
        if (now.tv_sec > limit)
            return false;
        usleep(500); // others run meanwhile, whatever their priority
    }
    return true;
}

/// How many threads of a process are in one of two states (STATE_*); only thread tid is looked at when that is not 0.
inline int threads_in(pid_t pid, int state, int or_state = -1, int tid = 0)
{
    char name[32];
    snprintf(name, sizeof name, "/proc/%d/as", pid);
    const int as = open(name, O_RDONLY);
    procfs_status status{};
    int count = 0;
    // Each call answers for the thread that is asked for, or the next that there is.
    for (status.tid = tid ? tid : 1;
         devctl(as, DCMD_PROC_TIDSTATUS, &status, sizeof status, nullptr) == 0; ++status.tid) {
        if (tid && status.tid != tid)
            break;
        count += status.state == state || status.state == or_state;
    }
    close(as);
    return count;
}

/// Until thread tid of the process is in that state.
inline bool comes_to_state(pid_t pid, int tid, int state, int or_state = -1)
{
    return comes_true([=] { return threads_in(pid, state, or_state, tid) == 1; });
}
