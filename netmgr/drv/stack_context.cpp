// SPDX-License-Identifier: Apache-2.0
// Entering, draining and leaving the stack context, and the one kernel timer behind all callouts.
#include "drv/stack_context.hpp"

#include <errno.h>
#include <sys/neutrino.h>

namespace netmgr {

int StackContext::start(Stack& stack, int timer_coid, int timer_priority, int timer_code)
{
    stack_ = &stack;
    sigevent event;
    SIGEV_PULSE_INIT(&event, timer_coid, static_cast<short>(timer_priority),
                     static_cast<short>(timer_code), 0);
    int id = TimerCreate(CLOCK_MONOTONIC, &event);
    if (id == -1)
        return errno;
    timer_ = id;
    return 0;
}

bool StackContext::has_work() const
{
    return stack_->has_work() || __atomic_load_n(&wake_due_, __ATOMIC_ACQUIRE) ||
           (client_ != nullptr && client_->has_deferred_work());
}

void StackContext::arm_timer(uint64_t deadline_ns)
{
    if (deadline_ns == armed_ns_)
        return;
    _itimer setting = {};
    if (deadline_ns != no_deadline)
        setting.nsec = deadline_ns != 0 ? deadline_ns : 1;
    TimerSettime(timer_, TIMER_ABSTIME, &setting, nullptr);
    armed_ns_ = deadline_ns;
}

void StackContext::drain()
{
    do {
        if (__atomic_exchange_n(&wake_due_, false, __ATOMIC_ACQ_REL))
            armed_ns_ = no_deadline; // one-shot: it may have to be set again
        stack_->run();
        if (client_ != nullptr && client_->has_deferred_work())
            client_->run_deferred_work();
    } while (has_work());
    arm_timer(stack_->callouts().next_deadline());
}

void StackContext::leave()
{
    for (;;) {
        drain();
        inside_ = false;
        pthread_mutex_unlock(&mutex_);
        __atomic_thread_fence(__ATOMIC_SEQ_CST);
        if (!has_work() || !try_enter())
            return;
    }
}

void StackContext::poke()
{
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    if (!has_work() || (hand_over_ != nullptr && hand_over_()))
        return;
    if (try_enter())
        leave();
}

void StackContext::wake()
{
    __atomic_store_n(&wake_due_, true, __ATOMIC_RELEASE);
    poke();
}

} // namespace netmgr
