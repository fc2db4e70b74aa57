// SPDX-License-Identifier: Apache-2.0
// Interrupts: handlers at user level and their limits, events, masks, sharing, the idle hook, the CPU they arrive on.
#include "tap.hpp"
#include "waiting.hpp"

#include <abi/usage.h>
#include <kercall.h>

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/neutrino.h>
#include <sys/siginfo.h>
#include <sys/syspage.h>
#include <sys/wait.h>
#include <unistd.h>

QNX_USAGE("%C - interrupt test\n"
          "%C\n");

namespace {

constexpr uint64_t ms = 1000000;
constexpr int timer_line = 0, free_line = 13;

/// InterruptWait() with a limit that only a fault reaches.
bool wait_for_interrupt()
{
    uint64_t limit = 10000 * ms;
    TimerTimeout(CLOCK_MONOTONIC, _NTO_TIMEOUT_INTR, nullptr, &limit, nullptr);
    return InterruptWait(0, nullptr) == 0;
}

bool find_attachment(int id, nto_interrupt_info& info)
{
    for (long i = 0; __kercall2(KER_INTERRUPT_INFO, i, reinterpret_cast<long>(&info)) == 0; ++i) {
        if (info.pid == getpid() && info.id == id)
            return true;
    }
    return false;
}

struct Area {
    volatile unsigned calls, others_calls;
    volatile int forbidden, id;
    volatile double sum;
    struct sigevent event;
    intrspin_t lock;
    volatile unsigned guarded[2];
};
Area area;

const struct sigevent* every_third(void* given, int id)
{
    auto* a = static_cast<Area*>(given);
    a->id = id;
    a->calls = a->calls + 1;
    a->sum = a->sum * 0.5 + 1.0; // SSE registers: the interrupted thread must not notice
    a->forbidden = static_cast<int>(__kercall0(KER_THREAD_SELF));
    return a->calls % 3 == 0 ? &a->event : nullptr;
}

bool handlers()
{
    SIGEV_INTR_INIT(&area.event);
    CHECK(InterruptAttach(timer_line, every_third, &area, sizeof area, 0) == -1 && errno == EPERM);
    CHECK(ThreadCtl(_NTO_TCTL_IO, nullptr) != -1);
    CHECK(InterruptAttach(9999, every_third, &area, sizeof area, 0) == -1 && errno == EINVAL);
    CHECK(InterruptAttach(timer_line, every_third, &area, sizeof area, 0x1000) == -1 &&
          errno == EINVAL);
    const int id =
        InterruptAttach(timer_line, every_third, &area, sizeof area, _NTO_INTR_FLAGS_TRK_MSK);
    CHECK(id >= 0);
    CHECK(wait_for_interrupt() && wait_for_interrupt());
    CHECK(area.calls >= 6 && area.id == id && area.forbidden == -ENOTSUP);
    nto_interrupt_info info;
    CHECK(find_attachment(id, info) && info.notify == -1 && info.count >= 6 &&
          info.intr == timer_line);
    double sum = 0;
    const unsigned before = area.calls;
    for (int i = 1; i <= 1000 || area.calls < before + 3; ++i)
        sum += i <= 1000 ? 0.5 * i : 0;
    CHECK(sum == 250250.0);
    CHECK(InterruptDetach(id) == 0);
    const unsigned after = area.calls;
    usleep(10000); // ten ticks that must not call it
    CHECK(area.calls == after && !find_attachment(id, info));
    return true;
}

const struct sigevent* masks_itself(void* given, int id)
{
    auto* a = static_cast<Area*>(given);
    a->calls = a->calls + 1;
    InterruptMask(timer_line, id);
    return &a->event;
}

const struct sigevent* counts(void* given, int)
{
    auto* a = static_cast<Area*>(given);
    a->others_calls = a->others_calls + 1;
    return nullptr;
}

bool masks_and_sharing()
{
    // An event of the test before may be remembered.
    TimerTimeout(CLOCK_MONOTONIC, _NTO_TIMEOUT_INTR, nullptr, nullptr, nullptr);
    InterruptWait(0, nullptr);
    area.calls = area.others_calls = 0;
    CHECK(InterruptMask(timer_line, -1) == 1); // no tick until both are there
    const int first =
        InterruptAttach(timer_line, masks_itself, &area, sizeof area, _NTO_INTR_FLAGS_TRK_MSK);
    const int shared = InterruptAttach(timer_line, counts, &area, sizeof area,
                                       _NTO_INTR_FLAGS_END | _NTO_INTR_FLAGS_TRK_MSK);
    CHECK(first >= 0 && shared >= 0 && first != shared);
    CHECK(InterruptAttach(timer_line, counts, &area, sizeof area, _NTO_INTR_FLAGS_EXCLUSIVE) ==
              -1 &&
          errno == EBUSY);
    CHECK(InterruptUnmask(timer_line, -1) >= 0); // a tick that waited has masked it again by now
    CHECK(wait_for_interrupt());
    usleep(10000);                                    // ten ticks that must not come
    CHECK(area.calls == 1 && area.others_calls == 1); // the line is masked for both
    CHECK(InterruptUnmask(timer_line, first) >= 0);   // 1: what came meanwhile is delivered at once
    CHECK(wait_for_interrupt() && area.calls == 2);
    CHECK(InterruptDetach(first) == 0); // with its mask
    const unsigned now = area.others_calls;
    CHECK(comes_true([now] { return area.others_calls >= now + 3; }));
    CHECK(InterruptDetach(shared) == 0);
    return true;
}

const struct sigevent* takes_lock(void* given, int)
{
    auto* a = static_cast<Area*>(given);
    InterruptLock(&a->lock);
    a->guarded[0] = a->guarded[0] + 1;
    a->guarded[1] = a->guarded[1] + 1;
    InterruptUnlock(&a->lock);
    return nullptr;
}

bool locks()
{
    const int id = InterruptAttach(timer_line, takes_lock, &area, sizeof area, 0);
    CHECK(id >= 0);
    while (area.guarded[0] < 10) {
        InterruptLock(&area.lock);
        const bool same = area.guarded[0] == area.guarded[1];
        InterruptUnlock(&area.lock);
        CHECK(same);
    }
    CHECK(InterruptDetach(id) == 0);
    return true;
}

const struct sigevent* never_returns(void*, int)
{
    for (volatile int i = 0;; i = i + 1) {
    }
}

const struct sigevent* faults(void*, int)
{
    *reinterpret_cast<volatile int*>(16) = 1;
    return nullptr;
}

/// The signal that ends a child with this handler; 0 = none.
int ended_by(const struct sigevent* (*handler)(void*, int))
{
    const pid_t child = fork();
    if (child == 0) {
        ThreadCtl(_NTO_TCTL_IO, nullptr);
        InterruptAttach(timer_line, handler, &area, sizeof area, 0);
        for (;;)
            pause();
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

bool bad_handlers()
{
    CHECK(ended_by(never_returns) == SIGXCPU);
    CHECK(ended_by(faults) == SIGSEGV);
    return true;
}

bool events()
{
    struct sigevent event;
    nto_interrupt_info info;
    SIGEV_INTR_INIT(&event);
    const int id = InterruptAttachEvent(free_line, &event, _NTO_INTR_FLAGS_NO_UNMASK);
    CHECK(id >= 0 && find_attachment(id, info) && info.masks == 1);
    CHECK(InterruptUnmask(free_line, id) == 0 && InterruptUnmask(free_line, id) == 0);
    CHECK(InterruptMask(free_line, id + 1) == -1 && errno == EINVAL);
    CHECK(InterruptDetach(id) == 0);
    const int a = InterruptAttachEvent(free_line, &event, _NTO_INTR_FLAGS_TRK_MSK);
    const int b = InterruptAttachEvent(free_line, &event, 0);
    CHECK(InterruptMask(free_line, a) == 1 && InterruptMask(free_line, a) == 2 &&
          InterruptMask(free_line, b) == 3);
    CHECK(InterruptDetach(a) == 0); // its two go with it
    CHECK(InterruptUnmask(free_line, b) == 0);
    CHECK(InterruptDetach(b) == 0);
    CHECK(seteuid(1000) == 0);
    const bool refused = InterruptAttachEvent(free_line, &event, 0) == -1 && errno == EPERM &&
                         InterruptAttach(free_line, counts, &area, sizeof area, 0) == -1 &&
                         errno == EPERM;
    CHECK(seteuid(0) == 0 && refused);
    return true;
}

int thread_id, process_id;

void* attaches(void*)
{
    struct sigevent event;
    SIGEV_INTR_INIT(&event);
    thread_id = InterruptAttachEvent(free_line, &event, 0);
    ThreadCtl(_NTO_TCTL_IO, nullptr);
    process_id = InterruptAttach(free_line, counts, &area, sizeof area, _NTO_INTR_FLAGS_PROCESS);
    return nullptr;
}

bool lifetimes()
{
    pthread_t thread;
    nto_interrupt_info info;
    CHECK(pthread_create(&thread, nullptr, attaches, nullptr) == 0 &&
          pthread_join(thread, nullptr) == 0);
    CHECK(thread_id >= 0 && process_id >= 0);
    // The kernel's end of the thread comes a moment after its join.
    CHECK(comes_true([&] { return !find_attachment(thread_id, info); }));
    CHECK(find_attachment(process_id, info) && info.tid == 0);
    CHECK(InterruptDetach(process_id) == 0);
    return true;
}

bool follows_runmask()
{
    if (_syspage_ptr->num_cpu < 2)
        return true;
    nto_interrupt_info info;
    CHECK(ThreadCtl(_NTO_TCTL_RUNMASK, reinterpret_cast<void*>(2)) != -1);
    area.others_calls = 0;
    const int id = InterruptAttach(timer_line, counts, &area, sizeof area, 0);
    CHECK(id >= 0 && find_attachment(id, info) && info.cpu == 1);
    CHECK(comes_true([] { return area.others_calls >= 3; }));
    CHECK(InterruptDetach(id) == 0);
    CHECK(ThreadCtl(_NTO_TCTL_RUNMASK, reinterpret_cast<void*>(0xffffffff)) != -1);
    return true;
}

volatile unsigned idle_calls;
volatile uint64_t next_timer;

void idles(uint64_t* next, struct qtime_entry* qtime)
{
    idle_calls = idle_calls + 1;
    next_timer = qtime == SYSPAGE_ENTRY(qtime) ? *next : 0;
}

bool idle_hook()
{
    const int id = InterruptHookIdle(idles, 0);
    CHECK(id >= 0);
    CHECK(comes_true([] { return idle_calls > 0 && next_timer > 0; }));
    CHECK(InterruptDetach(id) == 0);
    return true;
}

const TapTest tests[] = {
    {"INTR-0003 handlers run at user level and return events", handlers},
    {"INTR-0004 masks in a handler, sharing, order, EXCLUSIVE", masks_and_sharing},
    {"INTR-0005 InterruptLock between thread and handler", locks},
    {"INTR-0006 a handler that hangs or faults ends its process only", bad_handlers},
    {"INTR-0007 events: NO_UNMASK, TRK_MSK, abilities", events},
    {"INTR-0008 lifetime of thread and of process", lifetimes},
    {"INTR-0009 a line goes to the CPU of the run mask", follows_runmask},
    {"INTR-0010 the idle hook", idle_hook},
};

} // namespace

int main()
{
    return run_tests(tests);
}
