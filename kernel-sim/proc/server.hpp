// SPDX-License-Identifier: Apache-2.0
// The process manager's message loop: worker threads of pid 1 on channel 1, and the handlers they call.
#pragma once

#include "proc/path_tree.hpp"
#include "proc/request.hpp"

namespace proc {

/// Creates channel 1 and the worker threads. Panics when it cannot: without them there is no system.
void start_server();

PathTree& path_tree();

// Handlers by message type; each checks its message completely before it changes anything.
int handle_spawn(Request& request);
int handle_fork(Request& request);
int handle_dump(Request& request); // crash_dump.cpp
int handle_exit(Request& request);
int handle_wait(Request& request);
int handle_ids(Request& request);
int handle_daemon(Request& request);
int handle_event_notify(Request& request);
int handle_process_simple(Request& request); // UMASK, RLIMIT, TIMES, CHDIR, GETCWD
int handle_session(Request& request);        // GUARDIAN, SESSION
int handle_ability(Request& request);
int handle_memory(Request& request);
int handle_path(Request& request);
int handle_system(Request& request); // REBOOT, CONFSTR, SYS_*

/// The thread whose message the calling worker serves; 0 = none (or not a worker).
int served_tid();

/// A client thread wants to leave (signal, timeout, kill): whoever keeps its rcvid lets it go with EINTR.
void unblock(int rcvid);

} // namespace proc
