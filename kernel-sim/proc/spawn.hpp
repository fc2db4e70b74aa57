// SPDX-License-Identifier: Apache-2.0
// Making a process: what the spawner asked for, and the loader thread that turns it into a running program.
#pragma once

#include "object/process.hpp"
#include "proc/path_text.hpp"

#include <abi/proc_msg.h>
#include <cstdint>

namespace arch {
struct UserContext;
}

namespace proc {

/// Owned by the loader thread once launch() succeeded.
struct SpawnJob {
    proc_spawn request{}; // flags and numbers; its lengths are not used any more
    OwnedText path;
    OwnedText cwd;       // null: the parent's
    OwnedText arguments; // argc strings, each with its NUL (one more NUL at the end)
    OwnedText environment;
    uint32_t argc = 0, envc = 0;
    int32_t* fd_map = nullptr; // nfds entries
    uint32_t nfds = 0;

    int rcvid = 0;                     // who waits for the pid; 0 = the startup script
    object::Process* parent = nullptr; // until it has been told, or is gone
    int* result = nullptr; // startup script: EOK or why it could not start; its thread is woken
    struct ParentFd {
        int child_coid, scoid, coid; // of the parent's connection
    };
    ParentFd* inherited = nullptr; // fds to duplicate at their servers
    uint32_t inherited_count = 0;
    int parent_pid = 0;
    arch::UserContext* context = nullptr; // fork(): what the forking thread goes on with

    bool forks() const { return context != nullptr; }
    ~SpawnJob(); // spawn.cpp
};

/// Makes the child of `parent` and starts its loader thread; takes `job` (also on an error). EOK: `child` is its pid.
/// priority, policy and mask are the spawning thread's.
struct Inherited {
    uint8_t priority;
    uint8_t policy;
    uint64_t signal_mask;
};
int launch(object::Process& parent, SpawnJob* job, const Inherited& from, int& child);
/// Its first part: the child with what it inherits, without a thread. On an error `out` may be there, to be discarded.
int make_child(object::Process& parent, SpawnJob& job, object::Process*& out);
/// The inherited connections become open files of this process at their servers (loader.cpp). One that cannot is closed.
void duplicate_fds(object::Process& process, const SpawnJob& job);

/// The loader thread (loader.cpp): argument is the SpawnJob.
void loader_thread(void* job);

/// PROC_SPAWN_EXEC: a thread in the caller's process loads the new program; takes `job`. reply_later or an errno value.
int start_overlay(object::Process& process, SpawnJob* job);

/// Tells the spawner: pid, or -errno. Frees the job.
void report_spawn(object::Process& child, SpawnJob* job, int error);

} // namespace proc
