// SPDX-License-Identifier: Apache-2.0
// CPU-time clocks. A timer on one is looked at whenever a thread that its clock counts has run for what is left.
#include "sched/cpu_clock.hpp"

#include "arch/clock.hpp"
#include "arch/machine.hpp"
#include "base/bits.hpp"
#include "sched/per_cpu.hpp"
#include "sched/scheduler.hpp"
#include "sched/tick.hpp"
#include "sched/timer.hpp"

namespace sched {

using base::Err;
using base::Errno;
using object::Process;
using object::Thread;

namespace {

// An id made by ClockId(): bit 30, 19 bits of the pid, tid. Two of 4096 processes that differ in the upper pid bits only would
// have to exist 128 process lives apart.
constexpr int made_bit = 0x40000000, pid_bits = 0x7ffff, tid_bits = 0x3ff;
constexpr int tid_shift = 10;

using List =
    boost::intrusive::list<Timer,
                           boost::intrusive::member_hook<Timer, object::AutoHook, &Timer::cpu_hook>,
                           boost::intrusive::constant_time_size<false>>;
List armed;

/// How many CPUs run the process now: its clock is that many times as fast.
uint64_t running_threads(const Process& process)
{
    uint64_t count = 0;
    for (uint32_t i = 0; i < arch::cpu_count(); ++i) {
        const Thread* thread = per_cpu(i).current;
        count += thread && &thread->process == &process;
    }
    return base::max_of(count, uint64_t{1});
}

} // namespace

CpuTime cpu_time(const Thread& thread)
{
    if (&thread == per_cpu(static_cast<uint32_t>(thread.last_cpu)).idle)
        return {0, 0};
    const bool runs = thread.state == object::ThreadState::running;
    const bool here = runs && &thread == per_cpu().current;
    const uint64_t now = arch::cycles();
    const uint64_t total = thread.cpu_cycles + (runs ? now - thread.started_cycles : 0);
    const uint64_t system =
        base::min_of(total, thread.system_cycles + (here ? now - per_cpu().kernel_since : 0));
    const uint64_t system_ns = arch::cycles_to_ns(system);
    return {arch::cycles_to_ns(total) - system_ns, system_ns};
}

CpuTime cpu_time(const Process& process)
{
    CpuTime sum{process.user_ns, process.system_ns};
    for (uint32_t tid = 1; tid < process.threads.size(); ++tid) {
        const Thread* thread = process.threads.get(tid);
        if (!thread || thread->state == object::ThreadState::dead)
            continue;
        const CpuTime time = cpu_time(*thread);
        sum.user_ns += time.user_ns;
        sum.system_ns += time.system_ns;
    }
    return sum;
}

base::Result<CpuClock> find_cpu_clock(Thread& self, int clock_id)
{
    if (clock_id == clock_process || clock_id == clock_virtual)
        return CpuClock{&self.process, 0, clock_id == clock_virtual};
    if (clock_id == clock_thread)
        return CpuClock{&self.process, self.tid};
    if (clock_id < 0 || !(clock_id & made_bit))
        return Err(Errno::einval);
    const int tid = clock_id & tid_bits;
    for (Process* p = object::next_process(nullptr); p; p = object::next_process(p)) {
        if ((p->pid & pid_bits) != ((clock_id >> tid_shift) & pid_bits))
            continue;
        if (p->released || (tid != 0 && !object::find_thread(*p, tid)))
            break;
        return CpuClock{p, tid};
    }
    return Err(Errno::einval);
}

int cpu_clock_id(const Process& process, int tid)
{
    return made_bit | (process.pid & pid_bits) << tid_shift | tid;
}

uint64_t read_cpu_clock(const CpuClock& clock)
{
    const Thread* thread = clock.tid != 0 ? clock.process->threads.get(clock.tid) : nullptr;
    if (clock.tid != 0 && !thread)
        return 0;
    const CpuTime time = thread ? cpu_time(*thread) : cpu_time(*clock.process);
    return time.user_ns + (clock.user_only ? 0 : time.system_ns);
}

void start_cpu_timer(Timer& timer, uint64_t deadline_ns)
{
    stop_cpu_timer(timer);
    if (!timer.cpu.process)
        return; // what it measured is gone
    timer.next_ns = deadline_ns;
    armed.push_back(timer);
    ++timer.cpu.process->cpu_timers;
    program_timer();
}

void stop_cpu_timer(Timer& timer)
{
    if (!timer.cpu_hook.is_linked())
        return;
    timer.cpu_hook.unlink();
    --timer.cpu.process->cpu_timers;
}

uint64_t next_cpu_timer(const Thread& running)
{
    uint64_t left = ~uint64_t{0};
    for (const Timer& timer : armed) {
        if (timer.cpu.process != &running.process ||
            (timer.cpu.tid != 0 && timer.cpu.tid != running.tid))
            continue;
        const uint64_t time = read_cpu_clock(timer.cpu);
        const uint64_t more = timer.next_ns > time ? timer.next_ns - time : 0;
        left =
            base::min_of(left, timer.cpu.tid != 0 ? more : more / running_threads(running.process));
    }
    if (left == ~uint64_t{0})
        return left;
    return later(now_ns(), base::max_of(left, tick_ns()));
}

void expire_cpu_timers(Process& process)
{
    for (auto at = armed.begin(); at != armed.end();) {
        Timer& timer = *at++;
        if (timer.cpu.process == &process && read_cpu_clock(timer.cpu) >= timer.next_ns) {
            stop_cpu_timer(timer);
            timer_fired(timer);
        }
    }
}

void forget_cpu_clock(Process& process)
{
    for (Process* p = object::next_process(nullptr); p && process.cpu_clock_users > 0;
         p = object::next_process(p)) {
        for (uint32_t i = 0; i < p->timers.size(); ++i) {
            Timer* timer = p->timers.get(i);
            if (!timer || timer->cpu.process != &process)
                continue;
            stop_cpu_timer(*timer);
            timer->cpu.process = nullptr;
            --process.cpu_clock_users;
        }
    }
}

} // namespace sched
