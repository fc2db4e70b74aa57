// SPDX-License-Identifier: Apache-2.0
// Shared by the files of the process manager test.
#pragma once

#include "tap.hpp"

#include <abi/proc_msg.h>
#include <initializer_list>
#include <spawn.h>
#include <sys/types.h>

inline constexpr const char* self_path = "/proc/boot/procmgr-test";

/// Starts this program in another role (argv[1] ...); its pid or -1.
pid_t start_role(std::initializer_list<const char*> arguments, const inheritance* inherit = nullptr,
                 int fd_count = 0, const int* fd_map = nullptr);
/// waitpid until it is over: the wait status, or -1.
int finish(pid_t pid);
bool objects_now(sys_objects& out);
/// The same once nothing changes any more: what dead processes had open is closed a moment after their end.
bool settled_objects(sys_objects& out);
/// Waits (at most a second) until processes, connections, regions, ocbs and names are those of `before`, and nearly all its pages.
bool same_objects(const sys_objects& before);

// Roles of children (argv as in main).
int role_rights(char** argv);
int role_fuzz(char** argv);
int role_touch(char** argv);
int role_hog(char** argv);
int role_server(char** argv);

// Tests.
bool wait_status();
bool ignored_child();
bool orphans();
bool spawn_errors();
bool descriptors();
bool exec_keeps_pid();
bool stopped_child();
bool groups();
bool death_notice();
bool rights();
bool anonymous_memory();
bool write_xor_execute();
bool contiguous_memory();
bool shared_memory();
bool image_mapping();
bool out_of_memory();
bool links();
bool names();
bool listings();
bool fuzz();
bool served_program();
bool no_leak();
bool opens_leave_nothing();
