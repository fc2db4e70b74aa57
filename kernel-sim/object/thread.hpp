// SPDX-License-Identifier: Apache-2.0
// A thread: kernel stack, scheduling state, and what it is blocked on. Big kernel lock held for everything here.
#pragma once

#include "ipc/message_state.hpp"
#include "object/process.hpp"
#include "object/signal_queue.hpp"
#include "sched/per_cpu.hpp"
#include "sched/timeout_state.hpp"

#include <cstddef>
#include <cstdint>

namespace arch {
struct UserFrame;
struct FpuState;
struct UserContext;
} // namespace arch

namespace ipc {
struct ExitEvent;
}

namespace sched {
struct HeldMutex;
struct Sporadic;
} // namespace sched

namespace object {

enum class ThreadState : uint8_t {
    dead = 0,
    running = 1,
    ready = 2,
    stopped = 3,
    send = 4,
    receive = 5,
    reply = 6,
    wait_page = 9,
    sigsuspend = 10,
    sigwaitinfo = 11,
    nanosleep = 12,
    mutex = 13,
    condvar = 14,
    join = 15,
    intr = 16,
    sem = 17,
};

enum class Policy : uint8_t { fifo = 1, rr = 2, other = 3, sporadic = 4 };

struct Thread {
    Thread(Process& p) : process(p), msg(p) {}

    Process& process;
    int tid = 0;
    ThreadState state = ThreadState::stopped;
    char name[100]{};    // _NTO_THREAD_NAME_MAX
    AutoHook queue_hook; // ready queue, or the wait queue it is blocked on

    // scheduling
    uint8_t priority = 10;         // effective: what the queues go by
    uint8_t base_priority = 10;    // SchedSet
    int16_t message_priority = -1; // taken from the last message or pulse received; -1 none
    uint8_t boost = 0;             // highest waiter of mutexes it holds
    Policy policy = Policy::rr;
    sched::Sporadic* sporadic = nullptr; // with that policy
    bool head = false; // next make_ready goes to the head of its priority (was preempted)
    uint32_t runmask = ~uint32_t{0};     // where it may run now: its own, or its client's
    uint32_t ready_mask = ~uint32_t{0};  // READY: which CPUs may take it; fewer while it is moved
    uint32_t own_runmask = ~uint32_t{0}; // as set
    uint32_t message_runmask = 0; // of the client it serves (_NTO_CHF_INHERIT_RUNMASK); 0 = none
    uint32_t inherit_mask = ~uint32_t{0}; // run mask of the threads it creates
    int cpu = -1;                         // running there
    int last_cpu = 0;
    // in arch::cycles()
    uint64_t started_cycles = 0; // when it was last put on a CPU
    uint64_t cpu_cycles = 0;     // total, without what it has used since
    uint64_t system_cycles = 0;  // of it in the kernel

    // machine
    uint64_t kernel_sp = 0; // saved while not running
    uint64_t stack_top = 0; // of the kernel stack
    arch::UserFrame* frame =
        nullptr; // user registers, at the top of the kernel stack; nullptr: kernel thread
    arch::FpuState* fpu = nullptr;
    uint64_t fs_base = 0;
    bool io_privilege = false;
    void (*kernel_entry)(void*) = nullptr;
    void* kernel_arg = nullptr;

    // blocking
    base::Errno wake_result = base::Errno::eok;
    uint64_t wait_key = 0;  // address of the sync object, tid joined ...: shown by pidin
    uint64_t wait_phys = 0; // key of a sync or futex wait
    uint8_t wait_kind = 0;
    sched::HeldMutex* held_mutexes = nullptr; // managed ones
    // What keeps it from user mode: kept_by() reads these in one go.
    alignas(4) bool killed =
        false;                 // ends at the next return to user mode; blocking calls return EINTR
    bool held = false;         // STOPPED until continued (created suspended, THREADS_HOLD)
    bool restore_mask = false; // sigsuspend: saved_mask comes back
    bool always_false = false;
    bool debug_go = false;          // steps while its process is stopped by a debugger
    bool interruptible = true;      // a signal may end the wait
    bool interrupt_pending = false; // InterruptWait's flag
    bool keeps_cancel = false;      // signal_cancel stays pending: MsgSendnc() and its like
    sched::TimeoutState timeout;

    ipc::MessageState msg;

    // signals
    uint64_t signal_mask = 0;
    nto_stack alternate_stack{0, NTO_SS_DISABLE, 0, 0}; // SA_ONSTACK handlers run there
    uint64_t wait_mask = 0;                             // sigwaitinfo set
    uint64_t saved_mask = 0;                            // sigsuspend: to restore
    SignalQueue pending;
    nto_siginfo wait_info{};

    // life
    ipc::ExitEvent* exit_events = nullptr;
    uint64_t clear_word = 0; // user uint32_t * zeroed and woken at the end
    uint64_t exit_value = 0;
    uint64_t stack_base = 0, stack_size = 0; // user stack, for pidin
    Thread* joiner = nullptr;
    bool detached = false;
    bool kernel = false; // never enters user mode
};

/// Not 0: there is something to do before it may be in user mode. (debug_stopped need not keep it.) Nearly always 0, so without branches.
inline uint64_t kept_by(const Thread& thread)
{
    static_assert(offsetof(Thread, always_false) == offsetof(Thread, killed) + 3 &&
                  offsetof(Process, debug_stopped) == offsetof(Process, stopped) + 1);
    const Process& process = thread.process;
    return reinterpret_cast<const uint32_t&>(thread.killed) |
           reinterpret_cast<const uint16_t&>(process.stopped) | thread.pending.set() |
           process.pending.set();
}

/// A kernel thread of `process`, READY at once. nullptr = no memory. When `entry` returns the thread ends.
/// A process with an address space: the thread may go to user mode with enter_user().
/// Its tid is the lowest free one, not below `lowest_tid`.
Thread* create_kernel_thread(Process& process, void (*entry)(void*), void* arg, int priority,
                             const char* name, int lowest_tid = 1);
/// The calling kernel thread goes on in user mode, with `arg` as first argument. Signals are delivered from now on.
[[noreturn]] void enter_user(uint64_t entry, uint64_t sp, uint64_t arg);
/// The same for a copy of a user thread (fork): its call returns `result`. Takes the context.
[[noreturn]] void continue_as(arch::UserContext* context, int64_t result);
/// fork: `thread` gets what belongs to the thread it is a copy of, beside its registers.
void inherit_from(Thread& thread, const Thread& original);
/// Gives the calling thread, the only one of its process, tid 1 (exec).
void become_first_thread();
/// Ends the calling thread.
[[noreturn]] void exit_thread(uint64_t value = 0);

inline Thread& current()
{
    return *sched::per_cpu().current;
}
Thread* find_thread(Process& process, int tid); // 0 = any live one
uint32_t thread_count();

void set_priority(Thread& thread, Policy policy, int priority);

} // namespace object
