// SPDX-License-Identifier: Apache-2.0
// Waiting and the ways a wait ends: woken, interrupted by a signal or kill, timed out.
#include "ipc/wait.hpp"
#include "object/signal.hpp"
#include "sched/idle.hpp"
#include "sched/per_cpu.hpp"
#include "sched/scheduler.hpp"
#include "sched/sync.hpp"
#include "sched/tick.hpp"
#include "sched/timeout.hpp"
#include "sched/trace.hpp"

namespace sched {

using base::Errno;
using object::Thread;
using object::ThreadState;

Errno block(ThreadState state, WaitQueue* queue, bool interruptible)
{
    Thread& thread = object::current();
    thread.wake_result = Errno::eok;
    thread.interruptible = interruptible;
    thread.state = state;
    thread.cpu = -1;
    trace(TraceKind::block, thread, static_cast<uint32_t>(state));
    if (queue) {
        if (state == ThreadState::reply)
            queue->append(thread);
        else
            queue->insert(thread);
    }
    // What came before the wait ends it at once; each goes the way it would go later.
    if (thread.killed || (interruptible && object::has_deliverable_signal(thread)))
        interrupt_wait(thread, Errno::eintr);
    else if (begin_timeout(thread, state))
        interrupt_wait(thread, Errno::etimedout);
    switch_away();
    return thread.wake_result;
}

void wake(Thread& thread, Errno result, Waker waker)
{
    thread.queue_hook.unlink();
    thread.wake_result = result;
    trace(TraceKind::wake, thread, static_cast<uint32_t>(result));
    make_ready(thread, waker);
}

void wake_all(WaitQueue& queue)
{
    while (Thread* thread = queue.first())
        wake(*thread);
}

void interrupt_wait(Thread& thread, Errno reason)
{
    switch (thread.state) {
    case ThreadState::dead:
    case ThreadState::running:
    case ThreadState::ready:
        return;
    case ThreadState::send:
        ipc::abandon_send(thread, reason);
        return;
    case ThreadState::reply:
        ipc::abandon_reply(thread, reason);
        return;
    case ThreadState::stopped:
        if (thread.killed)
            wake(thread, reason);
        return;
    default:
        if (thread.interruptible || thread.killed || reason == Errno::etimedout) {
            sync_wait_ended(thread);
            wake(thread, reason);
        }
        return;
    }
}

void requeue_waiting(Thread& thread)
{
    constexpr int longest_chain =
        16; // of servers that wait for each other: the kernel stack is small
    static int depth;
    switch (thread.state) {
    case ThreadState::send:
    case ThreadState::reply:
        if (depth == longest_chain)
            break;
        ++depth;
        if (thread.state == ThreadState::send)
            ipc::requeue_send(thread);
        else
            ipc::boost_its_servers(thread);
        --depth;
        break;
    case ThreadState::mutex:
    case ThreadState::condvar:
    case ThreadState::sem:
        requeue_sync(thread);
        break;
    default:
        break; // receivers: order of equals does not matter much; the next receive sorts it
    }
}

void sleep_ns(uint64_t ns)
{
    Thread& thread = object::current();
    set_deadline(thread, ThreadState::nanosleep, later(now_ns(), ns));
    (void)block(ThreadState::nanosleep, nullptr);
    clear_timeout(thread);
}

} // namespace sched
