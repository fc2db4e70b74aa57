// SPDX-License-Identifier: Apache-2.0
// Who runs: ready queue, blocking and waking, the big kernel lock, preemption.
#pragma once

#include "object/thread.hpp"
#include "sched/big_lock.hpp"

#include <boost/intrusive/list.hpp>
#include <cstdint>

namespace sched {

/// Threads waiting for one thing, highest priority first, FIFO inside a priority.
class WaitQueue {
public:
    bool empty() const { return list_.empty(); }
    object::Thread* first() { return list_.empty() ? nullptr : &list_.front(); }
    void insert(object::Thread& thread);                             // by priority
    void append(object::Thread& thread) { list_.push_back(thread); } // whatever its priority
    /// remove() of one that is known to be here.
    void take(object::Thread& thread) { list_.erase(list_.iterator_to(thread)); }
    void remove(object::Thread& thread) { thread.queue_hook.unlink(); }

    using List =
        boost::intrusive::list<object::Thread,
                               boost::intrusive::member_hook<object::Thread, object::AutoHook,
                                                             &object::Thread::queue_hook>,
                               boost::intrusive::constant_time_size<false>>;
    List& list() { return list_; }
    const List& list() const { return list_; }

private:
    List list_;
};

/// The calling thread waits in `state` (on `queue`, if any) until wake(), a signal or kill (EINTR), or its armed timeout (ETIMEDOUT).
/// Returns the errno it was woken with; eok = wake().
base::Errno block(object::ThreadState state, WaitQueue* queue, bool interruptible = true);
/// What the waker does next: an idle CPU is not woken for a thread that the waker's own CPU can take at once or in a moment.
enum class Waker : uint8_t { goes_on, may_block, blocks };
/// Ends a wait: the thread leaves its queue, becomes READY, and its block() returns `result`.
void wake(object::Thread& thread, base::Errno result = base::Errno::eok,
          Waker waker = Waker::goes_on);
/// For kernel threads that wait for each other: all of the queue.
void wake_all(WaitQueue& queue);
/// A signal, timeout or kill ends the thread's wait in the way its state wants (UNBLOCK protocol when REPLY-blocked).
void interrupt_wait(object::Thread& thread, base::Errno reason);

/// Makes a RUNNING thread enter the kernel soon, to notice a signal, stop or kill.
void poke(object::Thread& thread);
void make_ready(object::Thread& thread, Waker waker = Waker::goes_on);
/// Recomputes the effective priority and moves the thread in its queue.
void update_priority(object::Thread& thread);
/// Changes where the thread may run; one that is READY or RUNNING where it may not goes to a CPU it is allowed on.
void set_runmask(object::Thread& thread, uint32_t mask);
/// Gives the CPU away for good: the current thread's state says it does not run.
void switch_away();
void yield();
/// For long loops in kernel threads (loading a file): lets interrupts in and higher threads run. The big lock is
/// dropped meanwhile: anything but the caller's own objects may have changed.
void preempt_point();
/// Kernel thread sleeps.
void sleep_ns(uint64_t ns);

uint64_t now_ns();  // since boot, monotonic
uint64_t wall_ns(); // since 1970
void set_wall_ns(uint64_t ns);

void start_cpu(); // becomes the CPU's idle loop; does not return

} // namespace sched
