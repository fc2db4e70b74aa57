// SPDX-License-Identifier: Apache-2.0
// The stack context counts hardclock ticks; the watchdog thread looks whether they go on.
#include "drv/watchdog.hpp"

#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/callout.h>
#include <sys/syslog.h>
#include <unistd.h>

#include "drv/autoconf.hpp"
#include "drv/log.hpp"
#include "drv/runtime.hpp"

namespace netmgr {

namespace {

constexpr unsigned tick_ms = 50;  // of hardclock
constexpr unsigned look_ms = 100; // of the watchdog
constexpr unsigned looks_per_second = 1000 / look_ms;

struct Watch {
    uint64_t ticks = 0;         // hardclock_ticks
    uint64_t quiesced = 0;      // counts quiesce_all(), odd while one is in force
    unsigned stack_looks = 0;   // -w in looks; 0: not watched
    unsigned quiesce_looks = 0; // -q
    callout tick;
};
Watch watch;

void hardclock(void*)
{
    __atomic_add_fetch(&watch.ticks, 1, __ATOMIC_RELAXED);
    callout_msec(&watch.tick, tick_ms, hardclock, nullptr);
}

// How often in a row a value was the same.
class Stall {
public:
    unsigned look(uint64_t value)
    {
        same_ = value == last_ ? same_ + 1 : 0;
        last_ = value;
        return same_;
    }

private:
    uint64_t last_ = ~uint64_t{0};
    unsigned same_ = 0;
};

void* watchdog_main(void*)
{
    pthread_setname_np(pthread_self(), "io-pkt watchdog");
    pthread_setschedprio(pthread_self(), runtime.options().watchdog_priority);
    Stall clock;
    Stall stop;
    for (;;) {
        usleep(look_ms * 1000);
        const uint64_t quiesced = __atomic_load_n(&watch.quiesced, __ATOMIC_ACQUIRE);
        const unsigned stopped = stop.look(quiesced);
        if (watch.quiesce_looks != 0 && (quiesced & 1) != 0 && stopped >= watch.quiesce_looks)
            panic("quiesce_all() was not undone in %u s", watch.quiesce_looks / looks_per_second);
        const unsigned still = clock.look(__atomic_load_n(&watch.ticks, __ATOMIC_RELAXED));
        if (watch.stack_looks != 0 && still >= watch.stack_looks)
            panic("the stack did nothing for %u s (hardclock_ticks %llu)",
                  watch.stack_looks / looks_per_second,
                  static_cast<unsigned long long>(watch.ticks));
    }
}

} // namespace

int start_watchdog(Stack& stack, const RuntimeOptions& options)
{
    SysctlTree& tree = stack.sysctl();
    tree.add_quad(tree.find("qnx.kern"), ctl_auto, "hardclock_ticks",
                  "Ticks the stack counted for its watchdog (-w)", &watch.ticks);
    watch.stack_looks = options.stack_limit * looks_per_second;
    watch.quiesce_looks = options.quiesce_limit * looks_per_second;
    if (watch.stack_looks == 0 && watch.quiesce_looks == 0)
        return 0;
    callout_init(&watch.tick);
    if (watch.stack_looks != 0)
        hardclock(nullptr);
    pthread_t thread;
    return pthread_create(&thread, nullptr, watchdog_main, nullptr);
}

void watch_quiesce(bool stopped)
{
    const uint64_t now = __atomic_load_n(&watch.quiesced, __ATOMIC_RELAXED);
    if (((now & 1) != 0) != stopped)
        __atomic_store_n(&watch.quiesced, now + 1, __ATOMIC_RELEASE);
}

void panic(const char* format, ...)
{
    char text[200] = "panic: ";
    va_list args;
    va_start(args, format);
    vsnprintf(text + 7, sizeof text - 7, format, args);
    va_end(args);
    log_text(LOG_CRIT, text);
    run_shutdown_hooks();
    abort();
}

} // namespace netmgr
