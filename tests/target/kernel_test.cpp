// SPDX-License-Identifier: Apache-2.0
// Threads, sync objects, signals, clocks, timers and interrupt calls as documented.
#include "tap.hpp"
#include "waiting.hpp"

#include <abi/usage.h>

#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/neutrino.h>
#include <sys/siginfo.h>
#include <sys/syspage.h>
#include <time.h>
#include <unistd.h>

QNX_USAGE("%C - kernel object test\n"
          "%C\n");

namespace {

constexpr uint64_t ms = 1000000;

bool set_own_priority(int priority)
{
    sched_param param{};
    param.sched_priority = priority;
    return SchedSet(0, 0, SCHED_RR, &param) != -1;
}

int current_priority(int tid)
{
    sched_param param{};
    return SchedGet(0, tid, &param) == -1 ? -1 : param.sched_curpriority;
}

uint64_t monotonic()
{
    uint64_t ns = 0;
    ClockTime(CLOCK_MONOTONIC, nullptr, &ns);
    return ns;
}

// --- mutexes

sync_t first_mutex, second_mutex;
int order[4], finished;

void* holds_second_waits_first(void*)
{
    set_own_priority(12);
    SyncMutexLock(&second_mutex);
    SyncMutexLock(&first_mutex);
    SyncMutexUnlock(&first_mutex);
    SyncMutexUnlock(&second_mutex);
    return nullptr;
}

void* waits_second(void*)
{
    set_own_priority(20);
    SyncMutexLock(&second_mutex);
    SyncMutexUnlock(&second_mutex);
    return nullptr;
}

bool inheritance_chain()
{
    CHECK(SyncTypeCreate(_NTO_SYNC_MUTEX, &first_mutex, nullptr) == 0);
    CHECK(SyncTypeCreate(_NTO_SYNC_MUTEX, &second_mutex, nullptr) == 0);
    CHECK(SyncMutexLock(&first_mutex) == 0);
    pthread_t a, b;
    CHECK(pthread_create(&a, nullptr, holds_second_waits_first, nullptr) == 0);
    CHECK(comes_true([] { return current_priority(0) == 12; }));
    CHECK(pthread_create(&b, nullptr, waits_second, nullptr) == 0);
    CHECK(comes_true([] { return current_priority(0) == 20; })); // through the thread in between
    CHECK(SyncMutexUnlock(&first_mutex) == 0);
    CHECK(current_priority(0) == 10);
    pthread_join(a, nullptr);
    pthread_join(b, nullptr);
    return true;
}

void* records_order(void* arg)
{
    const int priority = *static_cast<int*>(arg);
    set_own_priority(priority);
    SyncMutexLock(&first_mutex);
    order[finished++] = priority;
    SyncMutexUnlock(&first_mutex);
    return nullptr;
}

bool hand_over_by_priority()
{
    int priorities[3] = {11, 14, 12};
    pthread_t threads[3];
    CHECK(SyncTypeCreate(_NTO_SYNC_MUTEX, &first_mutex, nullptr) == 0);
    CHECK(SyncMutexLock(&first_mutex) == 0);
    CHECK(SyncMutexLock(&first_mutex) == -1 && errno == EDEADLK);
    finished = 0;
    for (int i = 0; i < 3; ++i) {
        CHECK(pthread_create(&threads[i], nullptr, records_order, &priorities[i]) == 0);
        CHECK(comes_true([i] { return threads_in(getpid(), STATE_MUTEX) == i + 1; }));
    }
    CHECK(SyncMutexUnlock(&first_mutex) == 0);
    for (pthread_t thread : threads)
        pthread_join(thread, nullptr);
    CHECK(order[0] == 14 && order[1] == 12 && order[2] == 11);
    CHECK(SyncMutexUnlock(&first_mutex) == -1 && errno == EPERM);
    return true;
}

bool semaphore_and_timeouts()
{
    sync_t sem;
    CHECK(SyncTypeCreate(_NTO_SYNC_SEM, &sem, nullptr) == 0);
    CHECK(SyncSemPost(&sem) == 0 && SyncSemWait(&sem, 0) == 0);
    CHECK(SyncSemWait(&sem, 1) == -1 && errno == EAGAIN);
    uint64_t ns = 20 * ms;
    const uint64_t before = monotonic();
    TimerTimeout(CLOCK_MONOTONIC, _NTO_TIMEOUT_SEM, nullptr, &ns, nullptr);
    CHECK(SyncSemWait(&sem, 0) == -1 && errno == ETIMEDOUT);
    CHECK(monotonic() - before >= 20 * ms);
    sync_t cond, mutex;
    CHECK(SyncTypeCreate(_NTO_SYNC_COND, &cond, nullptr) == 0 &&
          SyncTypeCreate(_NTO_SYNC_MUTEX, &mutex, nullptr) == 0);
    CHECK(SyncMutexLock(&mutex) == 0);
    TimerTimeout(CLOCK_MONOTONIC, _NTO_TIMEOUT_CONDVAR, nullptr, &ns, nullptr);
    CHECK(SyncCondvarWait(&cond, &mutex) == -1 && errno == ETIMEDOUT);
    CHECK(SyncMutexUnlock(&mutex) == 0); // held again after the timeout
    return true;
}

// --- signals

volatile int caught[8], caught_count;
volatile int caught_values[8];

void record(int signo, siginfo_t* info, void*)
{
    caught_values[caught_count] = info->si_value.sival_int;
    caught[caught_count++] = signo;
}

bool install(int signo, int flags)
{
    struct sigaction action {};
    action.sa_sigaction = record;
    action.sa_flags = SA_SIGINFO | flags;
    sigfillset(&action.sa_mask);
    return sigaction(signo, &action, nullptr) == 0;
}

bool signal_order()
{
    sigset_t set, old;
    sigemptyset(&set);
    const int signals[] = {SIGUSR1, SIGUSR2, 41, 43};
    for (int signo : signals) {
        sigaddset(&set, signo);
        CHECK(install(signo, 0));
    }
    caught_count = 0;
    CHECK(sigprocmask(SIG_BLOCK, &set, &old) == 0);
    CHECK(SignalKill(0, getpid(), 0, 43, SI_QUEUE, 1) == 0);
    CHECK(SignalKill(0, getpid(), 0, 41, SI_QUEUE, 2) == 0);
    CHECK(SignalKill(0, getpid(), 0, 41, SI_QUEUE, 3) == 0);
    CHECK(SignalKill(0, getpid(), 0, SIGUSR2, SI_USER, 0) == 0);
    CHECK(caught_count == 0);
    sigset_t pending;
    CHECK(sigpending(&pending) == 0 && sigismember(&pending, 41) &&
          !sigismember(&pending, SIGUSR1));
    CHECK(sigprocmask(SIG_SETMASK, &old, nullptr) == 0);
    CHECK(caught_count == 4);
    CHECK(caught[0] == SIGUSR2 && caught[1] == 41 && caught[2] == 41 && caught[3] == 43);
    CHECK(caught_values[1] == 2 && caught_values[2] == 3 && caught_values[3] == 1);
    return true;
}

bool signal_interrupts()
{
    const int chid = ChannelCreate(0);
    caught_count = 0;
    CHECK(install(SIGALRM, 0));
    _itimer alarm{150 * ms, 0}; // MsgReceive() is there long before
    CHECK(TimerAlarm(CLOCK_REALTIME, &alarm, nullptr) != -1);
    char text[32];
    CHECK(MsgReceive(chid, text, sizeof text, nullptr) == -1 && errno == EINTR);
    CHECK(caught_count == 1 && caught[0] == SIGALRM);
    CHECK(ChannelDestroy(chid) == 0);
    return true;
}

bool wait_for_signal()
{
    sigset_t set;
    siginfo_t info;
    sigemptyset(&set);
    sigaddset(&set, 42);
    CHECK(sigprocmask(SIG_BLOCK, &set, nullptr) == 0);
    CHECK(SignalKill(0, getpid(), 0, 42, SI_QUEUE, 1234) == 0);
    CHECK(SignalWaitinfo(&set, &info) == 42 && info.si_value.sival_int == 1234);
    uint64_t ns = 20 * ms;
    TimerTimeout(CLOCK_MONOTONIC, _NTO_TIMEOUT_SIGWAITINFO, nullptr, &ns, nullptr);
    CHECK(SignalWaitinfo(&set, &info) == -1 && errno == ETIMEDOUT);
    return true;
}

bool floating_point_survives()
{
    // The handler changes every SSE register it likes; the interrupted sum must not notice.
    caught_count = 0;
    struct sigaction action {};
    action.sa_handler = [](int) {
        volatile double x = 1.0;
        for (int i = 0; i < 50; ++i)
            x = x * 1.5 + 0.25;
        caught_count = 1;
    };
    CHECK(sigaction(SIGUSR1, &action, nullptr) == 0);
    double sum = 0;
    for (int i = 1; i <= 1000; ++i) {
        sum += 0.5 * i;
        if (i % 100 == 0)
            raise(SIGUSR1);
    }
    CHECK(sum == 250250.0 && caught_count == 1);
    return true;
}

// --- time

bool timers()
{
    const int chid = ChannelCreate(0);
    const int coid = ConnectAttach(0, 0, chid, _NTO_SIDE_CHANNEL, 0);
    struct sigevent event;
    SIGEV_PULSE_INIT(&event, coid, 10, 9, 5);
    const int id = TimerCreate(CLOCK_MONOTONIC, &event);
    CHECK(id >= 0);
    _itimer time{10 * ms, 10 * ms};
    const uint64_t before = monotonic();
    CHECK(TimerSettime(id, 0, &time, nullptr) != -1);
    _pulse pulse;
    for (int i = 0; i < 3; ++i) {
        CHECK(MsgReceivePulse(chid, &pulse, sizeof pulse, nullptr) == 0);
        CHECK(pulse.code == 9 && pulse.value.sival_int == 5);
    }
    CHECK(monotonic() - before >= 30 * ms);
    _timer_info info;
    CHECK(TimerInfo(0, id, 0, &info) == id && (info.flags & _NTO_TI_ACTIVE) &&
          info.itime.interval_nsec == 10 * ms);
    _itimer stop{0, 0}, left;
    CHECK(TimerSettime(id, 0, &stop, &left) != -1 && left.nsec > 0 && left.nsec <= 10 * ms);
    CHECK(TimerDestroy(id) == 0 && TimerDestroy(id) == -1 && errno == EINVAL);
    time = {monotonic() - 1, 0}; // absolute and past: at once
    const int absolute = TimerCreate(CLOCK_MONOTONIC, &event);
    do { // one that came before the timer was stopped
        TimerTimeout(CLOCK_MONOTONIC, _NTO_TIMEOUT_RECEIVE, nullptr, nullptr, nullptr);
    } while (MsgReceivePulse(chid, &pulse, sizeof pulse, nullptr) == 0);
    CHECK(TimerSettime(absolute, TIMER_ABSTIME, &time, nullptr) != -1);
    CHECK(MsgReceivePulse(chid, &pulse, sizeof pulse, nullptr) == 0);
    CHECK(TimerDestroy(absolute) == 0 && ConnectDetach(coid) == 0 && ChannelDestroy(chid) == 0);
    return true;
}

bool clocks()
{
    const uint64_t cps = SYSPAGE_ENTRY(qtime)->cycles_per_sec;
    CHECK(cps > 1000000);
    const uint64_t ns = monotonic(), cycles = ClockCycles();
    const timespec nap{0, 50000000};
    CHECK(nanosleep(&nap, nullptr) == 0);
    const uint64_t slept = monotonic() - ns, counted = ClockCycles() - cycles;
    CHECK(slept >= 50 * ms);
    const uint64_t from_cycles = counted * 1000 / (cps / 1000000);
    CHECK(from_cycles > slept / 2 && from_cycles < slept * 2);
    uint64_t wall = 0, own = 0;
    CHECK(ClockTime(CLOCK_REALTIME, nullptr, &wall) != -1 && wall > 1600000000ull * 1000000000ull);
    CHECK(ClockTime(CLOCK_THREAD_CPUTIME_ID, nullptr, &own) != -1 && own > 0 && own < ns);
    CHECK(ClockTime(99, nullptr, &own) == -1 && errno == EINVAL);
    _clockperiod period;
    CHECK(ClockPeriod(CLOCK_REALTIME, nullptr, &period, 0) == 0 && period.nsec == 1000000);
    return true;
}

// --- interrupts

bool interrupt_calls()
{
    struct sigevent event;
    SIGEV_INTR_INIT(&event);
    CHECK(InterruptAttachEvent(9999, &event, 0) == -1 && errno == EINVAL);
    const int id =
        InterruptAttachEvent(13, &event, _NTO_INTR_FLAGS_TRK_MSK | _NTO_INTR_FLAGS_EXCLUSIVE);
    CHECK(id >= 0);
    CHECK(InterruptAttachEvent(13, &event, 0) == -1 && errno == EBUSY);
    CHECK(InterruptMask(13, id) == 1 && InterruptMask(13, id) == 2);
    CHECK(InterruptUnmask(13, id) == 1 && InterruptUnmask(13, id) == 0);
    uint64_t ns = 10 * ms;
    TimerTimeout(CLOCK_MONOTONIC, _NTO_TIMEOUT_INTR, nullptr, &ns, nullptr);
    CHECK(InterruptWait(0, nullptr) == -1 && errno == ETIMEDOUT);
    CHECK(InterruptWait(1, nullptr) == -1 && errno == ENOTSUP);
    CHECK(MsgDeliverEvent(0, &event) == 0); // before the wait: remembered
    CHECK(InterruptWait(0, nullptr) == 0);
    CHECK(InterruptDetach(id) == 0 && InterruptDetach(id) == -1 && errno == EINVAL);
    return true;
}

bool timer_interrupt()
{
    struct sigevent event;
    SIGEV_INTR_INIT(&event);
    const int id = InterruptAttachEvent(0, &event, _NTO_INTR_FLAGS_TRK_MSK);
    CHECK(id >= 0);
    for (int i = 0; i < 5; ++i) {
        uint64_t ns = 1000 * ms;
        TimerTimeout(CLOCK_MONOTONIC, _NTO_TIMEOUT_INTR, nullptr, &ns, nullptr);
        CHECK(InterruptWait(0, nullptr) == 0); // comes once a tick
        CHECK(InterruptUnmask(0, id) >= 0);    // 1: the next one was waiting
    }
    CHECK(InterruptDetach(id) == 0);
    return true;
}

// --- threads

void* returns_argument(void* arg)
{
    return arg;
}

bool threads()
{
    pthread_t thread;
    CHECK(pthread_create(&thread, nullptr, returns_argument, &thread) == 0);
    void* value = nullptr;
    CHECK(pthread_join(thread, &value) == 0 && value == &thread);
    CHECK(pthread_setname_np(pthread_self(), "tester") == 0);
    char name[32];
    CHECK(pthread_getname_np(pthread_self(), name, sizeof name) == 0 &&
          strcmp(name, "tester") == 0);
    CHECK(ThreadCtl(_NTO_TCTL_RUNMASK, reinterpret_cast<void*>(1)) != -1);
    CHECK(ThreadCtl(_NTO_TCTL_RUNMASK, nullptr) == -1 && errno == EINVAL);
    CHECK(ThreadCtl(_NTO_TCTL_RUNMASK, reinterpret_cast<void*>(0xffffffff)) != -1);
    _thread_runmask masks{1, {0}, {1}};
    CHECK(ThreadCtl(_NTO_TCTL_RUNMASK_GET_AND_SET_INHERIT, &masks) != -1);
    CHECK(masks.runmask[0] == 0xffffffff && masks.inherit_mask[0] == 0xffffffff);
    masks = {1, {0}, {0xffffffff}};
    CHECK(ThreadCtl(_NTO_TCTL_RUNMASK_GET_AND_SET_INHERIT, &masks) != -1 &&
          masks.inherit_mask[0] == 1);
    masks = {1, {0}, {0x80000000}}; // a thread that may run nowhere could not even be killed
    CHECK(ThreadCtl(_NTO_TCTL_RUNMASK_GET_AND_SET_INHERIT, &masks) == -1 && errno == EINVAL);
    sched_param param{};
    param.sched_priority = 300;
    CHECK(SchedSet(0, 0, SCHED_RR, &param) == -1 && errno == EINVAL);
    CHECK(SchedGet(0, 999, &param) == -1 && errno == ESRCH);
    return true;
}

volatile int stop_counting;
volatile uint64_t counts[4];

void* counts_up(void* slot)
{
    while (!stop_counting)
        ++*static_cast<volatile uint64_t*>(slot);
    return nullptr;
}

bool round_robin()
{
    pthread_t threads[4];
    stop_counting = 0;
    CHECK(set_own_priority(20));
    for (int i = 0; i < 4; ++i)
        CHECK(pthread_create(&threads[i], nullptr, counts_up, const_cast<uint64_t*>(&counts[i])) ==
              0);
    for (int i = 0; i < 4; ++i) {
        sched_param param{};
        param.sched_priority = 10;
        pthread_setschedparam(threads[i], SCHED_RR, &param);
    }
    const bool each_got_slices =
        comes_true([] { return counts[0] && counts[1] && counts[2] && counts[3]; });
    stop_counting = 1;
    for (pthread_t thread : threads)
        pthread_join(thread, nullptr);
    CHECK(set_own_priority(10));
    return each_got_slices;
}

const TapTest tests[] = {
    {"SYNC-0001 priority inheritance through a chain of mutexes", inheritance_chain},
    {"SYNC-0002 a mutex goes to its highest waiter", hand_over_by_priority},
    {"SYNC-0003 semaphores and timeouts", semaphore_and_timeouts},
    {"SIG-0001 pending signals: order, queues, values", signal_order},
    {"SIG-0002 a handler ends a wait with EINTR", signal_interrupts},
    {"SIG-0003 SignalWaitinfo", wait_for_signal},
    {"SIG-0004 FPU registers survive a handler", floating_point_survives},
    {"TIME-0001 timers", timers},
    {"TIME-0002 clocks", clocks},
    {"INTR-0001 interrupt calls", interrupt_calls},
    {"INTR-0002 the timer line", timer_interrupt},
    {"THR-0001 thread calls", threads},
    {"THR-0002 round robin among equals", round_robin},
};

} // namespace

int main()
{
    set_own_priority(10);
    return run_tests(tests);
}
