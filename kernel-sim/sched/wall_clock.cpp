// SPDX-License-Identifier: Apache-2.0
// The time of day. While an adjustment runs, the clock is a line of another slope; before and after it is boot time plus a constant.
#include "sched/wall_clock.hpp"

#include "arch/machine.hpp"
#include "object/process.hpp"
#include "sched/scheduler.hpp"
#include "sched/tick.hpp"
#include "sched/timeout.hpp"
#include "sched/timer.hpp"

namespace sched {

namespace {

struct Slew {
    uint64_t start_ns = 0; // since boot
    uint64_t ticks = 0;    // 0 = no adjustment
    uint64_t tick_ns = 0;
    int64_t gain_ns = 0; // a tick; smaller than a tick
};
Slew slew;
uint64_t offset_ns; // without what the slew has added so far
bool known;         // offset_ns was taken from the system page

volatile uint64_t& published()
{
    return _SYSPAGE_ENTRY(arch::syspage(), qtime)->nsec_tod_adjust;
}

uint64_t offset()
{
    if (!known) {
        offset_ns = published();
        known = true;
    }
    return offset_ns;
}

/// value * factor / divisor, the latter two below 2^31.
uint64_t scale(uint64_t value, uint64_t factor, uint64_t divisor)
{
    return value / divisor * factor + value % divisor * factor / divisor;
}

/// What a slew of `elapsed` ns has added.
uint64_t gain_after(uint64_t elapsed)
{
    if (slew.gain_ns >= 0)
        return scale(elapsed, static_cast<uint64_t>(slew.gain_ns), slew.tick_ns);
    return ~scale(elapsed, static_cast<uint64_t>(-slew.gain_ns), slew.tick_ns) + 1;
}

/// Folds a slew that is through into the offset.
void finish_slew(uint64_t now)
{
    if (slew.ticks == 0 || now - slew.start_ns < slew.ticks * slew.tick_ns)
        return;
    offset_ns += gain_after(slew.ticks * slew.tick_ns);
    slew.ticks = 0;
}

uint64_t wall_at(uint64_t now)
{
    finish_slew(now);
    return now + offset() + (slew.ticks != 0 ? gain_after(now - slew.start_ns) : 0);
}

/// Absolute deadlines on the time of day go with it.
void move_deadlines()
{
    for (auto* process = object::next_process(nullptr); process;
         process = object::next_process(process)) {
        realign_timers(*process);
        for (uint32_t tid = 1; tid < process->threads.size(); ++tid) {
            if (object::Thread* thread = process->threads.get(tid))
                realign_timeout(*thread);
        }
    }
}

} // namespace

uint64_t wall_ns()
{
    return wall_at(now_ns());
}

void set_wall_ns(uint64_t ns)
{
    slew.ticks = 0;
    known = true;
    offset_ns = ns - now_ns();
    publish_wall();
    move_deadlines();
}

void adjust_wall(const nto_clockadjust& adjust)
{
    const uint64_t now = now_ns();
    offset_ns = wall_at(now) - now; // what an earlier adjustment has done stays
    slew = {now, adjust.tick_nsec_inc != 0 ? adjust.tick_count : 0, tick_ns(),
            adjust.tick_nsec_inc};
    move_deadlines();
}

nto_clockadjust wall_adjustment()
{
    nto_clockadjust left{};
    const uint64_t now = now_ns();
    finish_slew(now);
    if (slew.ticks != 0) {
        left.tick_count = slew.ticks - (now - slew.start_ns) / slew.tick_ns;
        left.tick_nsec_inc = static_cast<int32_t>(slew.gain_ns);
    }
    return left;
}

uint64_t wall_to_boot(uint64_t wall)
{
    const uint64_t now = now_ns(), shown = wall_at(now);
    if (slew.ticks == 0 || wall <= shown)
        return wall > offset() ? wall - offset_ns : 0;
    const uint64_t end = slew.start_ns + slew.ticks * slew.tick_ns;
    const uint64_t offset_then = offset_ns + gain_after(slew.ticks * slew.tick_ns);
    if (wall >= end + offset_then)
        return wall - offset_then;
    const uint64_t rate = slew.tick_ns + static_cast<uint64_t>(slew.gain_ns); // shown a tick
    return now + scale(wall - shown, slew.tick_ns, rate) + 1;
}

void publish_wall()
{
    const uint64_t now = now_ns();
    published() = wall_at(now) - now;
}

} // namespace sched
