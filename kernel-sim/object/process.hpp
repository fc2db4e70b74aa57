// SPDX-License-Identifier: Apache-2.0
// A process as the microkernel sees it: an address space, its threads, and the ids they share. Big kernel lock held.
#pragma once

#include "object/id_table.hpp"
#include "object/signal_queue.hpp"

#include <abi/kercall.h>
#include <abi/limits.h>
#include <boost/intrusive/list.hpp>
#include <cstdint>

namespace arch {
struct Watch;
}
namespace mm {
class AddressSpace;
}
namespace proc {
struct ProcessInfo;
}
namespace ipc {
class Channel;
class Connection;
class ServerConnection;
class InterruptHandler;
struct RegisteredEvent;
struct ThreadEvents;
} // namespace ipc
namespace sched {
class Timer;
}

namespace object {

struct Thread;

inline constexpr int side_channel = 0x40000000; // first coid of the side-channel space; SYSMGR_COID
inline constexpr uint32_t max_fds = 1000;
inline constexpr uint32_t max_threads = ABI_THREADS_MAX;

using AutoHook =
    boost::intrusive::list_member_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

struct Process {
    explicit Process(int id) : pid(id) {}

    AutoHook list_hook; // in the list of all processes
    const int pid;
    Process* parent = nullptr; // kept by proc/
    int pgrp = 0, sid = 0;
    nto_cred cred{};
    uint32_t umask = 022;
    uint32_t fd_limit = max_fds; // no new fd at or above this (RLIMIT_NOFILE)
    char name[128]{};            // path of the executable, for pidin and fault blocks

    uint32_t watch_id = 0;                // names this set of `watches`; 0 = none
    const arch::Watch* watches = nullptr; // its debugger's (arch/watch.hpp)
    mm::AddressSpace* space = nullptr; // proc/ makes and destroys it; nullptr = kernel only (pid 1)
    proc::ProcessInfo* info = nullptr; // proc/'s own

    IdTable<Thread> threads;                           // tid 1...
    IdTable<ipc::Channel> channels;                    // chid 1...
    IdTable<ipc::Connection> fds;                      // coid 0...
    IdTable<ipc::Connection> side;                     // coid side_channel + index
    IdTable<ipc::ServerConnection> server_connections; // scoid: index 1... | 0x10000
    IdTable<sched::Timer> timers;
    IdTable<ipc::InterruptHandler> interrupts;
    IdTable<ipc::RegisteredEvent> events;
    ipc::ThreadEvents* thread_events = nullptr; // made when the helper thread first waits

    nto_sigaction actions[64]{};     // [signo - 1]
    SignalQueue pending;             // process-wide
    uint32_t live_threads = 0;       // not yet DEAD
    int exit_status = 0;             // wait() status word, set by terminate()
    bool exiting = false;            // terminate() was called
    bool released = false;           // channels, connections ... are gone
    alignas(2) bool stopped = false; // SIGSTOP and the like
    bool debug_stopped =
        false; // by its debugger: threads with debug_go excepted, none enters user mode
    bool keep =
        false; // exec: outlives its last thread; hook process_overlaid() instead of terminated
    ipc::Channel* disconnect_channel = nullptr; // has _NTO_CHF_COID_DISCONNECT
    uint64_t user_ns = 0, system_ns = 0;        // of threads that are gone
    sched::Timer* alarms[3]{};                  // TimerAlarm(): SIGALRM, SIGVTALRM, SIGPROF
    uint32_t cpu_timers = 0;         // armed timers, of whomever, that measure its CPU time
    uint32_t cpu_clock_users = 0;    // timers of other processes on its CPU-time clocks
    uint64_t timer_tolerance_ns = 0; // default of its timers; 0 = a tick
};

/// nullptr = no memory or no pid. cred, space, info and the rest are the caller's to fill; no thread yet.
Process* create_process(const char* name);
/// Frees the object and its pid: after process_terminated(), when nobody waits for it any more (or it never had a thread).
void destroy_process(Process* process);
Process* find_process(int pid);
Process& kernel_process(); // pid 1
/// The process with the lowest pid index above `after`'s (nullptr = first), for iteration; nullptr at the end.
Process* next_process(const Process* after);
uint32_t process_count();
void set_name(Process& process, const char* name);

/// Ends the process: every thread is killed wherever it runs or waits (also on other CPUs), the last one to go gives back
/// connections, channels, timers and interrupts, and then calls proc::process_terminated(). Returns at once; a
/// caller that is one of the threads goes at its next return to user mode (or by exit_thread()).
void terminate(Process& process, int wait_status);
/// Kills all threads but `except` (exec): with except == nullptr set process.keep first.
void kill_threads(Process& process, Thread* except);
/// Detaches every connection with CLOEXEC set (exec).
void close_on_exec(Process& process);

} // namespace object
