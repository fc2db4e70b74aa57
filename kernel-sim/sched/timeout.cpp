// SPDX-License-Identifier: Apache-2.0
// Timeouts of blocking calls.
#include "sched/timeout.hpp"

#include "ipc/message.hpp"
#include "sched/scheduler.hpp"
#include "sched/wall_clock.hpp"

#include <cstddef>

namespace sched {

using object::Thread;
using object::ThreadState;

namespace {

constexpr uint32_t send_and_reply =
    timeout_bit(ThreadState::send) | timeout_bit(ThreadState::reply);

Thread& thread_of(KernelTimer& timer)
{
    auto* state = reinterpret_cast<TimeoutState*>(reinterpret_cast<char*>(&timer) -
                                                  offsetof(TimeoutState, timer));
    return *reinterpret_cast<Thread*>(reinterpret_cast<char*>(state) - offsetof(Thread, timeout));
}

void expired(KernelTimer& timer)
{
    Thread& thread = thread_of(timer);
    const int kind = thread.timeout.event.notify & NTO_SIGEV_MASK;
    if (kind != NTO_SIGEV_UNBLOCK && kind != NTO_SIGEV_NONE) {
        (void)ipc::post_event(thread.process, &thread, thread.timeout.event);
        return;
    }
    if (thread.timeout.flags & timeout_bit(thread.state))
        interrupt_wait(thread, base::Errno::etimedout);
}

} // namespace

bool begin_timeout(Thread& thread, ThreadState state)
{
    TimeoutState& timeout = thread.timeout;
    uint32_t bits = timeout_bit(state);
    if (state == ThreadState::send)
        bits |= timeout_bit(ThreadState::reply); // one time covers both
    if (!(timeout.flags & bits))
        return false;
    if (timeout.immediate)
        return timeout.flags & timeout_bit(state);
    timeout.timer.expired = expired;
    if (!timeout.timer.is_linked())
        start_timer(timeout.timer, timeout.deadline_ns, timeout.tolerance_ns);
    return false;
}

bool timeout_in_reply(const Thread& thread)
{
    return thread.timeout.immediate &&
           (thread.timeout.flags & send_and_reply & timeout_bit(ThreadState::reply));
}

void clear_timeout(Thread& thread)
{
    thread.timeout.flags = 0;
    thread.timeout.wall_ns = 0;
    stop_timer(thread.timeout.timer);
}

void realign_timeout(Thread& thread)
{
    TimeoutState& timeout = thread.timeout;
    if (timeout.wall_ns == 0)
        return;
    timeout.deadline_ns = wall_to_boot(timeout.wall_ns);
    if (timeout.timer.is_linked())
        start_timer(timeout.timer, timeout.deadline_ns, timeout.tolerance_ns);
}

void set_deadline(Thread& thread, ThreadState state, uint64_t deadline_ns, uint64_t wall_ns)
{
    stop_timer(thread.timeout.timer);
    thread.timeout.flags = timeout_bit(state);
    thread.timeout.immediate = false;
    thread.timeout.deadline_ns = deadline_ns;
    thread.timeout.wall_ns = wall_ns;
    thread.timeout.tolerance_ns = 0;
    thread.timeout.event = {};
    thread.timeout.event.notify = NTO_SIGEV_UNBLOCK;
}

} // namespace sched
