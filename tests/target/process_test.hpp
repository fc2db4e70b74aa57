// SPDX-License-Identifier: Apache-2.0
// Shared by the files of process-test.
#pragma once

#include "procmgr_test.hpp"

#include <sys/wait.h>
#include <unistd.h>

inline constexpr const char* process_test_path = "/proc/boot/process-test";

/// Runs `body` in a child of fork(): its exit status, or -1 when it ended otherwise.
template <typename Body>
int in_child(Body&& body)
{
    const pid_t pid = fork();
    if (pid == 0)
        _exit(body());
    const int status = finish(pid);
    return status != -1 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

bool fork_copies();
bool fork_shares();
bool fork_descriptors();
bool fork_of_threads();
bool fork_handlers();
bool fork_leaves_out();
bool fork_registers();
bool fork_users();
bool fork_errors();
bool fork_leaves_nothing();
bool wait_forms();
bool spawn_attributes();
bool limits();
bool configuration();
bool path_configuration();
bool hangup();
bool set_id_program();
bool ends_while_asking_itself();
bool signals_and_memory();
bool killed_while_unmapping();
bool debug_stop();
bool debug_breakpoints();
bool debug_events();
bool debug_rights();
bool debug_watches();
