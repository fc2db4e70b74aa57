// SPDX-License-Identifier: Apache-2.0
// What the process manager knows about a process beyond the kernel's own record.
#pragma once

#include "object/process.hpp"
#include "proc/ability.hpp"
#include "proc/path_text.hpp"

#include <boost/intrusive/list.hpp>
#include <cstdint>

namespace mm {
class SharedObject;
}

namespace proc {

struct Debugger;
struct SpawnJob;

/// RLIMIT_* in QNX's order.
enum class LimitKind : uint8_t { cpu, fsize, data, stack, core, nofile, as, memlock, nproc };

struct Limit {
    uint64_t soft, hard;
};

enum class Life : uint8_t {
    loading, // its program is not in memory yet; the spawning thread waits
    alive,
    zombie,
};

struct ProcessInfo
    : boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
    explicit ProcessInfo(object::Process& p) : process(p) {}

    object::Process& process;
    Life life = Life::loading;
    boost::intrusive::list<ProcessInfo, boost::intrusive::constant_time_size<false>> children;

    OwnedText cwd;       // null = "/"; as the process sees it
    OwnedText root;      // chroot(): what stands before each of its paths; null = nothing
    OwnedText arguments; // argv strings, each with its NUL
    OwnedText executable;
    uint64_t load_base = 0, initial_stack = 0;
    uint64_t start_wall_ns = 0;
    uint64_t child_user_ns = 0, child_system_ns = 0; // of children that were waited for

    static constexpr uint32_t limit_count = 9;
    Limit limits[limit_count];
    bool cpu_warned = false; // RLIMIT_CPU: SIGXCPU was sent
    int foreground = 0; // of a session leader: the group that has the terminal, 0 = no terminal
    ProcessAbilities abilities;

    bool no_zombie = false;    // PROC_SPAWN_NOZOMBIE, or nobody will wait
    bool silent = false;       // never ran: no SIGCHLD, no zombie, no event
    bool detached = false;     // procmgr_daemon(): its first parent need not wait any more
    bool stop_pending = false; // stopped or continued and not yet reported to waitpid()
    bool continue_pending = false;
    bool has_run = false; // exec'ed: setpgid() by the parent is refused
    int stop_signal = 0;
    int guardian = 0; // child that gets the others at this one's end

    uint64_t soft_limit(LimitKind kind) const { return limits[static_cast<uint32_t>(kind)].soft; }

    Debugger* debugger = nullptr;     // debugger.cpp
    int dump_signo = 0, dump_tid = 0; // crashed, waits for the dumper (crash_dump.cpp)
    SpawnJob* job = nullptr;          // while loading, or while an overlay (exec) is under way
};

inline ProcessInfo& info_of(object::Process& process)
{
    return *process.info;
}

/// Makes `process.info`, inheriting from `parent` (may be nullptr); false = no memory.
bool create_info(object::Process& process, object::Process* parent);
/// Frees info and process; the address space is gone already.
void discard_process(object::Process& process);
/// Sets parent and moves between the children lists.
void adopt(object::Process& parent, object::Process& child);

} // namespace proc
