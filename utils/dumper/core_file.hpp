// SPDX-License-Identifier: Apache-2.0
// A process as the dumper sees it, and the two files it makes of it.
#pragma once

#include <stdint.h>
#include <string>
#include <sys/procfs.h>
#include <sys/types.h>
#include <vector>

namespace dumper {

struct Thread {
    procfs_status status{};
    procfs_greg registers{};
    procfs_fpreg floats{};
};

struct Mapping {
    procfs_mapinfo info{};
    std::string name;     // of the file, "stack", "anon" ...
    bool written() const; // its contents are the process' own: they go into the core file
};

struct Crash {
    pid_t pid = 0;
    int tid = 0, signo = 0; // 0: it runs (-p)
    procfs_info info{};
    std::string path;
    std::vector<std::string> arguments;
    std::vector<Thread> threads; // the crashed one first
    std::vector<Mapping> mappings;
    int as = -1;
};

/// ELF, ET_CORE with the notes gdb knows: threads with their registers, the auxiliary vector, the list of mapped files.
bool write_core(const Crash& crash, const std::string& path);
/// The same for people: registers and a backtrace by frame pointers of each thread, mappings.
bool write_report(const Crash& crash, const std::string& path);
/// Bytes of the process; what cannot be read is zero. False: nothing could.
bool peek(const Crash& crash, uint64_t address, void* to, size_t size);

} // namespace dumper
