// SPDX-License-Identifier: Apache-2.0
// What /proc tells about processes, for pidin, slay and the like.
#pragma once
#include <string>
#include <vector>

#include <sys/procfs.h>
#include <sys/types.h>

namespace proc {

struct Process {
    pid_t pid = 0;
    procfs_info info{};
    std::string path; // of the program, "" when unknown (a zombie)
    std::vector<procfs_status> threads;
};

std::vector<pid_t> pids();                                   // ascending
bool read(pid_t pid, Process& process, bool threads = true); // false: it is gone
std::vector<Process> all(bool threads = true);

int open_as(pid_t pid); // /proc/PID/as, or -1
std::vector<std::string> arguments(pid_t pid);
std::vector<procfs_mapinfo> mappings(int as_fd);
/// procnto has no mappings: adds where startup put it, and its heap (bytes).
void kernel_memory(uint64_t& code, uint64_t& data);

// The name in pidin's column: the path without its leading slash, or its last part when that is too long.
std::string display_name(const Process& process);
std::string base_name(const Process& process);
bool is_name_of(const Process& process, const char* name); // whole path or last part

using Select = std::vector<std::string>; // pids and names; empty = all
bool selected(const Select& which, const Process& process);

const char* state_name(unsigned state);
std::string blocked_on(const procfs_status& thread); // pidin's Blocked column
char policy_letter(unsigned policy);

} // namespace proc
