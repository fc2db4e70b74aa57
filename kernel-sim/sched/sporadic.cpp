// SPDX-License-Identifier: Apache-2.0
// The budget of a sporadic thread and its replenishments.
#include "sched/sporadic.hpp"

#include "base/bits.hpp"
#include "object/thread.hpp"
#include "sched/scheduler.hpp"
#include "sched/tick.hpp"

#include <cstddef>
#include <new>

namespace sched {

using base::Err;
using base::Errno;
using object::Thread;
using object::ThreadState;

struct Sporadic {
    explicit Sporadic(Thread& t) : thread(t) {}

    Thread& thread;
    KernelTimer timer; // to the first replenishment
    nto_sched_param param{};
    uint64_t period_ns = 0, init_budget_ns = 0;
    uint64_t budget_ns = 0; // left
    bool low = false;       // runs at its low priority
    bool active = false;    // uses its budget since activation_ns
    uint64_t activation_ns = 0;
    uint64_t used_ns = 0;       // since then
    uint64_t counted_to_ns = 0; // of the time it runs
    struct Replenishment {
        uint64_t at_ns, amount_ns;
    } pending[sporadic_repl_max]{}; // in the order of their times
    int count = 0;
};

namespace {

constexpr uint64_t second_ns = 1000000000;

bool valid_time(const nto_timespec& time)
{
    constexpr int64_t longest = 1000000; // seconds
    return time.sec >= 0 && time.sec <= longest && time.nsec >= 0 &&
           time.nsec < static_cast<int64_t>(second_ns);
}

uint64_t ns_of(const nto_timespec& time)
{
    return static_cast<uint64_t>(time.sec) * second_ns + static_cast<uint64_t>(time.nsec);
}

void set_level(Sporadic& s, bool low)
{
    s.low = low;
    s.thread.base_priority = static_cast<uint8_t>(low ? s.param.low_priority : s.param.priority);
    update_priority(s.thread);
}

void arm(Sporadic& s)
{
    constexpr uint64_t at_once = 1; // high resolution: budgets are often shorter than a tick
    stop_timer(s.timer);
    if (s.count > 0)
        start_timer(s.timer, s.pending[0].at_ns, at_once);
}

/// What it used comes back a period after it began.
void end_activation(Sporadic& s)
{
    s.active = false;
    if (s.used_ns == 0)
        return;
    s.pending[s.count++] = {later(s.activation_ns, s.period_ns), s.used_ns};
    s.used_ns = 0;
    arm(s);
}

bool is_waiting(const Thread& thread)
{
    return thread.state != ThreadState::running && thread.state != ThreadState::ready;
}

void replenish(KernelTimer& timer)
{
    auto& s =
        *reinterpret_cast<Sporadic*>(reinterpret_cast<char*>(&timer) - offsetof(Sporadic, timer));
    const uint64_t now = now_ns();
    if (s.thread.state == ThreadState::running)
        sporadic_used(s.thread, now);
    int taken = 0;
    while (taken < s.count && s.pending[taken].at_ns <= now) {
        s.budget_ns = base::min_of(s.budget_ns + s.pending[taken].amount_ns, s.init_budget_ns);
        ++taken;
    }
    for (int i = taken; i < s.count; ++i)
        s.pending[i - taken] = s.pending[i];
    s.count -= taken;
    arm(s);
    if (s.low && s.budget_ns > 0) {
        set_level(s, false);
        if (s.thread.state == ThreadState::running)
            sporadic_starts(s.thread, now);
    }
}

} // namespace

base::Result<void> make_sporadic(Thread& thread, const nto_sched_param& param)
{
    if (!valid_time(param.repl_period) || !valid_time(param.init_budget) ||
        ns_of(param.init_budget) == 0 || ns_of(param.repl_period) < ns_of(param.init_budget) ||
        param.max_repl < 1 || param.max_repl > sporadic_repl_max || param.low_priority < 1 ||
        param.low_priority > param.priority)
        return Err(Errno::einval);
    if (!thread.sporadic) {
        thread.sporadic = new (std::nothrow) Sporadic(thread);
        if (!thread.sporadic)
            return Err(Errno::enomem);
        thread.sporadic->timer.expired = replenish;
    }
    Sporadic& s = *thread.sporadic;
    s.param = param;
    s.period_ns = ns_of(param.repl_period);
    s.init_budget_ns = s.budget_ns = ns_of(param.init_budget);
    s.active = false;
    s.used_ns = 0;
    s.count = 0;
    arm(s);
    thread.policy = object::Policy::sporadic;
    thread.message_priority = -1;
    set_level(s, false);
    if (thread.state == ThreadState::running)
        sporadic_starts(thread, now_ns());
    return {};
}

void end_sporadic(Thread& thread)
{
    if (!thread.sporadic)
        return;
    stop_timer(thread.sporadic->timer);
    delete thread.sporadic;
    thread.sporadic = nullptr;
}

void sporadic_param(const Thread& thread, nto_sched_param& out)
{
    const int32_t effective = out.curpriority;
    out = thread.sporadic->param;
    out.curpriority = effective;
}

void set_sporadic_priority(Thread& thread, int priority)
{
    Sporadic& s = *thread.sporadic;
    s.param.priority = priority;
    s.param.low_priority = base::min_of(s.param.low_priority, priority);
    thread.message_priority = -1;
    set_level(s, s.low);
}

void sporadic_starts(Thread& thread, uint64_t now)
{
    Sporadic& s = *thread.sporadic;
    s.counted_to_ns = now;
    if (s.low || s.active)
        return;
    s.active = true;
    s.activation_ns = now;
}

void sporadic_used(Thread& thread, uint64_t now)
{
    Sporadic& s = *thread.sporadic;
    const uint64_t used = now - s.counted_to_ns;
    s.counted_to_ns = now;
    if (s.low)
        return;
    const uint64_t spent = base::min_of(used, s.budget_ns);
    s.budget_ns -= spent;
    s.used_ns += spent;
    const bool exhausted = s.budget_ns == 0;
    if (!exhausted && !is_waiting(thread))
        return;
    end_activation(s);
    if (exhausted ||
        s.count >= s.param.max_repl) // with no more replenishments it has to wait for one
        set_level(s, true);
}

uint64_t sporadic_end(const Thread& thread)
{
    const Sporadic& s = *thread.sporadic;
    return s.low ? ~uint64_t{0} : later(s.counted_to_ns, s.budget_ns);
}

} // namespace sched
