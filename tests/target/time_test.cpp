// SPDX-License-Identifier: Apache-2.0
// Clocks and timers as documented: setting and adjusting the time of day, CPU time, tolerance, overruns, every kind of notification.
// With the argument "exact" (guest time that repeats: -icount) upper bounds are checked too.
#include "tap.hpp"

#include <abi/usage.h>

#include <limits.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <string.h>
#include <sys/neutrino.h>
#include <sys/procmgr.h>
#include <sys/siginfo.h>
#include <sys/syspage.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

QNX_USAGE("%C - clock and timer test\n"
          "%C [exact]\n");

namespace {

constexpr uint64_t us = 1000, ms = 1000000, second = 1000000000;
bool exact;

uint64_t now(clockid_t id)
{
    uint64_t ns = 0;
    ClockTime(id, nullptr, &ns);
    return ns;
}

uint64_t monotonic()
{
    return now(CLOCK_MONOTONIC);
}

/// Time of day less time since boot, both read at once: not with a pause of the (virtual) processor between them.
uint64_t wall_offset()
{
    for (;;) {
        const uint64_t before = monotonic(), wall = now(CLOCK_REALTIME);
        if (monotonic() - before < 200 * us)
            return wall - before;
    }
}

timespec as_timespec(uint64_t ns)
{
    timespec out;
    nsec2timespec(&out, ns);
    return out;
}

void sleep_ns(uint64_t ns)
{
    const timespec nap = as_timespec(ns);
    nanosleep(&nap, nullptr);
}

/// A channel of one's own with a pulse event to it.
struct PulseBox {
    explicit PulseBox(int code)
    {
        chid = ChannelCreate(_NTO_CHF_PRIVATE);
        coid = ConnectAttach(0, 0, chid, _NTO_SIDE_CHANNEL, 0);
        SIGEV_PULSE_INIT(&event, coid, SIGEV_PULSE_PRIO_INHERIT, code, 0);
    }
    ~PulseBox()
    {
        ConnectDetach(coid);
        ChannelDestroy(chid);
    }
    /// The code of the next pulse; -1 = none within the time.
    int take(uint64_t wait_ns)
    {
        _pulse pulse;
        TimerTimeout(CLOCK_MONOTONIC, _NTO_TIMEOUT_RECEIVE, nullptr, wait_ns ? &wait_ns : nullptr,
                     nullptr);
        return MsgReceivePulse(chid, &pulse, sizeof pulse, nullptr) == 0 ? pulse.code : -1;
    }
    int chid, coid;
    struct sigevent event;
};

bool adjusting()
{
    const uint64_t before = wall_offset();
    _clockadjust faster{100, 500000, 0}, old{};
    const uint64_t start = monotonic();
    CHECK(ClockAdjust(CLOCK_REALTIME, &faster, nullptr) != -1);
    CHECK(ClockAdjust(CLOCK_REALTIME, nullptr, &old) != -1);
    const uint64_t during = wall_offset();
    const bool over = monotonic() - start >= 100 * ms; // the (virtual) processor stood still
    CHECK(over || (old.tick_nsec_inc == 500000 && old.tick_count > 0 && old.tick_count <= 100));
    CHECK(over || during - before < 50 * ms); // not at once
    sleep_ns(110 * ms);
    const uint64_t after = wall_offset();
    CHECK(after - before >= 49 * ms && after - before <= 51 * ms);
    CHECK(ClockAdjust(CLOCK_REALTIME, nullptr, &old) != -1 && old.tick_count == 0);

    _clockadjust slower{50, -999000, 0};
    CHECK(ClockAdjust(CLOCK_REALTIME, &slower, nullptr) != -1);
    uint64_t last = now(CLOCK_REALTIME);
    for (const uint64_t end = monotonic() + 60 * ms; monotonic() < end;) {
        const uint64_t wall = now(CLOCK_REALTIME);
        CHECK(wall >= last); // slow, never back
        last = wall;
    }
    const int64_t lost = static_cast<int64_t>(after - (wall_offset()));
    CHECK(lost > 48 * static_cast<int64_t>(ms) && lost < 51 * static_cast<int64_t>(ms));

    _clockadjust backwards{1, -1000000, 0};
    CHECK(ClockAdjust(CLOCK_REALTIME, &backwards, nullptr) == -1 && errno == EINVAL);
    CHECK(ClockAdjust(CLOCK_MONOTONIC, nullptr, &old) == -1 && errno == EINVAL);
    CHECK(seteuid(1000) == 0);
    const bool refused = ClockAdjust(CLOCK_REALTIME, &faster, nullptr) == -1 && errno == EPERM;
    CHECK(seteuid(0) == 0 && refused);
    return true;
}

void* sleeps_until(void* wall)
{
    const timespec until = as_timespec(*static_cast<uint64_t*>(wall));
    return reinterpret_cast<void*>(
        static_cast<long>(clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &until, nullptr)));
}

bool set_clock_moves_timers()
{
    PulseBox absolute(1), relative(2), steady(3);
    const int a = TimerCreate(CLOCK_REALTIME, &absolute.event);
    const int r = TimerCreate(CLOCK_REALTIME, &relative.event);
    const int m = TimerCreate(CLOCK_MONOTONIC, &steady.event);
    uint64_t wall = now(CLOCK_REALTIME), later = wall + 3000 * second;
    _itimer at{later, 0}, in{3000 * second, 0}, at_steady{monotonic() + 3000 * second, 0};
    CHECK(TimerSettime(a, TIMER_ABSTIME, &at, nullptr) != -1);
    CHECK(TimerSettime(r, 0, &in, nullptr) != -1);
    CHECK(TimerSettime(m, TIMER_ABSTIME, &at_steady, nullptr) != -1);
    pthread_t sleeper;
    CHECK(pthread_create(&sleeper, nullptr, sleeps_until, &later) == 0);
    sleep_ns(20 * ms);
    const uint64_t steady_before = monotonic();
    wall = now(CLOCK_REALTIME) + 4000 * second;
    CHECK(ClockTime(CLOCK_REALTIME, &wall, nullptr) != -1);
    CHECK(monotonic() - steady_before < 1000 * second);
    CHECK(absolute.take(10 * second) == 1);
    void* woken = reinterpret_cast<void*>(1);
    CHECK(pthread_join(sleeper, &woken) == 0 && woken == nullptr);
    CHECK(relative.take(0) == -1 && steady.take(0) == -1);
    _timer_info info;
    CHECK(TimerInfo(0, r, 0, &info) == r && info.otime.nsec > 2000 * second);
    wall = now(CLOCK_REALTIME) - 4000 * second;
    CHECK(ClockTime(CLOCK_REALTIME, &wall, nullptr) != -1);
    CHECK(TimerDestroy(a) == 0 && TimerDestroy(r) == 0 && TimerDestroy(m) == 0);
    CHECK(seteuid(1000) == 0);
    const bool refused = ClockTime(CLOCK_REALTIME, &wall, nullptr) == -1 && errno == EPERM;
    CHECK(seteuid(0) == 0 && refused);
    CHECK(ClockTime(CLOCK_MONOTONIC, &wall, nullptr) == -1 && errno == EINVAL);
    return true;
}

bool tick_length()
{
    _clockperiod old, fresh{500000, 0}, none{1000, 0};
    timespec resolution;
    CHECK(ClockPeriod(CLOCK_REALTIME, &fresh, &old, 0) != -1 && old.nsec == 1000000);
    CHECK(clock_getres(CLOCK_REALTIME, &resolution) == 0 && resolution.tv_nsec == 500000);
    CHECK(SYSPAGE_ENTRY(qtime)->nsec_inc == 500000);
    CHECK(ClockPeriod(CLOCK_REALTIME, &none, nullptr, 0) == -1 && errno == EINVAL);
    CHECK(ClockPeriod(CLOCK_REALTIME, nullptr, &old, 1) == -1 && errno == EINVAL);
    CHECK(seteuid(1000) == 0);
    const bool refused = ClockPeriod(CLOCK_REALTIME, &fresh, nullptr, 0) == -1 && errno == EPERM;
    CHECK(seteuid(0) == 0 && refused);
    fresh.nsec = 1000000;
    CHECK(ClockPeriod(CLOCK_REALTIME, &fresh, nullptr, 0) != -1);
    return true;
}

// --- CPU time

volatile bool stop_spinning;

void* spins(void*)
{
    while (!stop_spinning) {
    }
    return nullptr;
}

bool cpu_clocks()
{
    pthread_t thread;
    clockid_t its, whole;
    stop_spinning = false;
    CHECK(pthread_create(&thread, nullptr, spins, nullptr) == 0);
    CHECK(pthread_getcpuclockid(thread, &its) == 0 && clock_getcpuclockid(0, &whole) == 0);
    const uint64_t start = monotonic(), own = now(CLOCK_THREAD_CPUTIME_ID);
    uint64_t slept = 0;
    for (; now(its) < 20 * ms; slept += 5 * ms)
        sleep_ns(5 * ms);
    CHECK(now(whole) >= now(its) && now(CLOCK_PROCESS_CPUTIME_ID) >= 20 * ms);
    const uint64_t used = now(CLOCK_THREAD_CPUTIME_ID) - own;
    CHECK(used + slept <= monotonic() - start); // sleeping is not counted
    stop_spinning = true;
    pthread_join(thread, nullptr);
    uint64_t none;
    CHECK(ClockTime(its, nullptr, &none) == -1 && errno == EINVAL); // the thread is gone
    CHECK(ClockId(0, 999) == -1 && errno == ESRCH);
    CHECK(ClockId(0x7ffff000, 0) == -1 && errno == ESRCH);
    CHECK(ClockId(1, 0) != -1);
    CHECK(seteuid(1000) == 0);
    const bool refused = ClockId(1, 0) == -1 && errno == EPERM;
    CHECK(seteuid(0) == 0 && refused);
    return true;
}

volatile int signals_seen[65];

void counts_signal(int signo)
{
    signals_seen[signo] = signals_seen[signo] + 1;
}

bool cpu_timers()
{
    PulseBox box(4);
    const int id = TimerCreate(CLOCK_THREAD_CPUTIME_ID, &box.event);
    CHECK(id >= 0);
    const uint64_t start = now(CLOCK_THREAD_CPUTIME_ID);
    constexpr uint64_t due = 80 * ms; // much more than what these few calls use, or a pause in them
    _itimer time{due, 0};
    CHECK(TimerSettime(id, 0, &time, nullptr) != -1);
    sleep_ns(due + 20 * ms);
    CHECK(box.take(0) == -1); // sleeping is no CPU time
    _timer_info info;
    CHECK(TimerInfo(0, id, 0, &info) == id && (info.flags & _NTO_TI_ACTIVE) &&
          info.otime.nsec <= due);
    while (box.take(0) == -1) {
    }
    CHECK(now(CLOCK_THREAD_CPUTIME_ID) - start >= due);
    CHECK(TimerInfo(0, id, 0, &info) == id && (info.flags & _NTO_TI_EXPIRED) &&
          !(info.flags & _NTO_TI_ACTIVE));
    CHECK(TimerDestroy(id) == 0);

    signal(SIGPROF, counts_signal);
    signal(SIGVTALRM, counts_signal);
    signal(SIGALRM, counts_signal);
    const itimerval each{{0, 5000}, {0, 5000}}, never{{0, 0}, {0, 0}}, broken{{0, 0}, {0, 1000000}};
    itimerval left;
    CHECK(setitimer(ITIMER_PROF, &broken, nullptr) == -1 && errno == EINVAL);
    CHECK(setitimer(ITIMER_PROF, &each, nullptr) == 0 &&
          setitimer(ITIMER_VIRTUAL, &each, nullptr) == 0 &&
          setitimer(ITIMER_REAL, &each, nullptr) == 0);
    while (signals_seen[SIGPROF] < 3 || signals_seen[SIGVTALRM] < 3 || signals_seen[SIGALRM] < 3) {
    }
    CHECK(getitimer(ITIMER_PROF, &left) == 0 && left.it_interval.tv_usec == 5000 &&
          left.it_value.tv_usec <= 5000);
    CHECK(setitimer(ITIMER_PROF, &never, &left) == 0 &&
          setitimer(ITIMER_VIRTUAL, &never, nullptr) == 0 &&
          setitimer(ITIMER_REAL, &never, nullptr) == 0);
    CHECK(getitimer(ITIMER_PROF, &left) == 0 && left.it_value.tv_usec == 0);
    CHECK(alarm(100) == 0 && alarm(0) >= 99);
    return true;
}

// --- timers

/// Sums with them must not wrap: the timer would be due again at once, for ever.
bool longest_times()
{
    constexpr uint64_t longest = UINT64_MAX;
    PulseBox box(9);
    const clockid_t clocks[] = {CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_PROCESS_CPUTIME_ID,
                                CLOCK_THREAD_CPUTIME_ID};
    for (const clockid_t clock : clocks) {
        const int id = TimerCreate(clock, &box.event);
        CHECK(id != -1);
        const _itimer once_and_never{2 * ms, longest}, never{longest, longest},
            nearly{longest - 1, ms};
        _timer_info info;
        CHECK(TimerSettime(id, 0, &once_and_never, nullptr) != -1);
        while (box.take(0) == -1) { // CPU time must pass
        }
        CHECK(TimerInfo(0, id, 0, &info) == id && (info.flags & _NTO_TI_ACTIVE));
        CHECK(info.overruns == 0 && info.otime.nsec > longest / 2);
        const _itimer* far[] = {&never, &nearly};
        for (const _itimer* time : far) {
            for (int absolute = 0; absolute < 2; ++absolute) {
                CHECK(TimerSettime(id, absolute ? TIMER_ABSTIME : 0, time, nullptr) != -1);
                CHECK(box.take(2 * ms) == -1);
                CHECK(TimerInfo(0, id, 0, &info) == id && info.otime.nsec > longest / 4);
            }
        }
        CHECK(TimerDestroy(id) == 0);
    }
    return true;
}

bool overruns()
{
    sigset_t set;
    siginfo_t info;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    struct sigaction action {};
    action.sa_sigaction = [](int, siginfo_t*, void*) {};
    action.sa_flags = SA_SIGINFO; // queued
    CHECK(sigaction(SIGUSR1, &action, nullptr) == 0);
    CHECK(sigprocmask(SIG_BLOCK, &set, nullptr) == 0);
    struct sigevent event;
    SIGEV_SIGNAL_VALUE_INIT(&event, SIGUSR1, 77);
    timer_t id;
    CHECK(timer_create(CLOCK_MONOTONIC, &event, &id) == 0);
    const itimerspec fast{{0, 2000000}, {0, 2000000}}, never{};
    CHECK(timer_settime(id, 0, &fast, nullptr) == 0);
    sleep_ns(50 * ms);
    CHECK(sigwaitinfo(&set, &info) == SIGUSR1 && info.si_code == SI_TIMER &&
          info.si_value.sival_int == 77);
    const int missed = timer_getoverrun(id);
    CHECK(missed >= 10);
    CHECK(!exact || missed <= 26);
    CHECK(timer_settime(id, 0, &never, nullptr) == 0);
    timespec none{0, 0};
    while (sigtimedwait(&set, &info, &none) == SIGUSR1) { // at most one that came in between
    }
    _timer_info about;
    CHECK(TimerInfo(0, id, 0, &about) == id && about.tid == 0 &&
          (about.flags & _NTO_TI_TARGET_PROCESS));
    CHECK(TimerInfo(0, id, _NTO_TIMER_RESET_OVERRUNS, nullptr) == id && timer_getoverrun(id) == 0);
    CHECK(timer_delete(id) == 0 && timer_delete(id) == -1 && errno == EINVAL);
    CHECK(sigprocmask(SIG_UNBLOCK, &set, nullptr) == 0);
    return true;
}

bool tolerance()
{
    PulseBox box(5);
    const int id = TimerCreate(CLOCK_MONOTONIC, &box.event);
    _itimer fine{1, 0}, coarse{20 * ms, 0}, none{0, 0}, time{3 * ms + 300 * us, 0};
    _timer_info info;
    CHECK(TimerSettime(id, TIMER_TOLERANCE, &fine, nullptr) != -1);
    uint64_t start = monotonic();
    CHECK(TimerSettime(id, 0, &time, nullptr) != -1);
    CHECK(TimerInfo(0, id, _NTO_TI_REPORT_TOLERANCE, &info) == id);
    CHECK((info.flags & _NTO_TI_HIGH_RESOLUTION) &&
          !(info.flags & (_NTO_TI_TOLERANT | _NTO_TI_TOD_BASED)));
    CHECK(info.otime.interval_nsec == 1 && info.itime.nsec == time.nsec);
    CHECK(box.take(second) == 5);
    uint64_t took = monotonic() - start;
    CHECK(took >= time.nsec && (!exact || took < time.nsec + 200 * us));

    CHECK(TimerSettime(id, TIMER_TOLERANCE, &none, nullptr) != -1);
    start = monotonic();
    CHECK(TimerSettime(id, 0, &time, nullptr) != -1 && box.take(second) == 5);
    took = monotonic() - start;
    CHECK(took >= time.nsec && (!exact || took < time.nsec + 1200 * us)); // the next tick

    _itimer old;
    CHECK(TimerSettime(id, TIMER_TOLERANCE, &coarse, &old) != -1 && old.nsec == 0);
    CHECK(TimerSettime(id, 0, &time, nullptr) != -1);
    CHECK(TimerInfo(0, id, 0, &info) == id && (info.flags & _NTO_TI_TOLERANT) &&
          !(info.flags & (_NTO_TI_PROCESS_TOLERANT | _NTO_TI_HIGH_RESOLUTION)));
    CHECK(box.take(second) == 5);
    took = monotonic() - start;
    CHECK(!exact || took < time.nsec + 30 * ms);
    CHECK(TimerSettime(id, TIMER_TOLERANCE | TIMER_ABSTIME, &coarse, nullptr) == -1 &&
          errno == EINVAL);
    CHECK(TimerSettime(id, TIMER_TOLERANCE, &none, nullptr) != -1);

    uint64_t set = 10 * ms, got = 1;
    CHECK(procmgr_timer_tolerance(0, &set, &got) == 0 && got == 0);
    CHECK(TimerSettime(id, 0, &time, nullptr) != -1 && TimerInfo(0, id, 0, &info) == id);
    CHECK((info.flags & _NTO_TI_PROCESS_TOLERANT) && (info.flags & _NTO_TI_TOLERANT));
    CHECK(TimerSettime(id, TIMER_PRECISE, &time, nullptr) != -1 &&
          TimerInfo(0, id, 0, &info) == id);
    CHECK((info.flags & _NTO_TI_PRECISE) && !(info.flags & _NTO_TI_TOLERANT));
    set = 0;
    CHECK(procmgr_timer_tolerance(0, &set, &got) == 0 && got == 10 * ms);
    CHECK(procmgr_timer_tolerance(0x7ffff000, nullptr, &got) == -1 && errno == ESRCH);
    CHECK(seteuid(1000) == 0);
    set = 5 * ms;
    const bool refused = TimerSettime(id, TIMER_TOLERANCE, &fine, nullptr) == -1 &&
                         errno == EPERM && procmgr_timer_tolerance(1, &set, nullptr) == -1 &&
                         errno == EPERM;
    CHECK(seteuid(0) == 0 && refused);
    CHECK(TimerDestroy(id) == 0);
    return true;
}

bool timer_information()
{
    PulseBox box(6);
    const int first = TimerCreate(CLOCK_REALTIME, &box.event);
    const int second_one = TimerCreate(CLOCK_SOFTTIME, &box.event);
    _timer_info info;
    CHECK(TimerInfo(0, first, 0, &info) == first && (info.flags & _NTO_TI_TOD_BASED) &&
          (info.flags & _NTO_TI_WAKEUP) && !(info.flags & (_NTO_TI_ACTIVE | _NTO_TI_EXPIRED)));
    CHECK(info.notify == SIGEV_PULSE && info.event.sigev_coid == box.coid);
    CHECK(TimerInfo(0, second_one, 0, &info) == second_one && !(info.flags & _NTO_TI_WAKEUP) &&
          info.clockid == CLOCK_SOFTTIME);
    CHECK(TimerDestroy(first) == 0);
    CHECK(TimerInfo(0, first, 0, &info) == -1 && errno == EINVAL);
    CHECK(TimerInfo(0, first, _NTO_TIMER_SEARCH, &info) >= 0);
    CHECK(TimerInfo(0, INT_MAX, _NTO_TIMER_SEARCH, &info) == -1 && errno == EINVAL);
    CHECK(TimerInfo(0x7ffff000, 0, 0, &info) == -1 && errno == ESRCH);
    CHECK(TimerDestroy(second_one) == 0);
    CHECK(TimerCreate(99, &box.event) == -1 && errno == EINVAL);
    return true;
}

sem_t called;
volatile int called_with, called_on;

void notified(union sigval value)
{
    called_with = value.sival_int;
    called_on = gettid();
    sem_post(&called);
}

bool thread_notification()
{
    struct sigevent event {};
    sem_init(&called, 0, 0);
    SIGEV_THREAD_INIT(&event, notified, 4711, nullptr);
    timer_t id;
    CHECK(timer_create(CLOCK_MONOTONIC, &event, &id) == 0);
    const itimerspec fast{{0, 5000000}, {0, 5000000}};
    CHECK(timer_settime(id, 0, &fast, nullptr) == 0);
    for (int i = 0; i < 3; ++i)
        CHECK(sem_wait(&called) == 0);
    CHECK(called_with == 4711 && called_on != gettid());
    CHECK(timer_delete(id) == 0);
    struct sigevent wrong {};
    wrong.sigev_notify = SIGEV_THREAD;
    CHECK(timer_create(CLOCK_MONOTONIC, &wrong, &id) == -1 && errno == EINVAL);
    return true;
}

bool other_notifications()
{
    sem_t posted;
    sem_init(&posted, 0, 0);
    struct sigevent event;
    SIGEV_SEM_INIT(&event, &posted);
    const _itimer soon{3 * ms, 0};
    int id = TimerCreate(CLOCK_MONOTONIC, &event);
    CHECK(TimerSettime(id, 0, &soon, nullptr) != -1 && sem_wait(&posted) == 0);
    CHECK(TimerDestroy(id) == 0);
    SIGEV_INTR_INIT(&event);
    id = TimerCreate(CLOCK_MONOTONIC, &event);
    CHECK(TimerSettime(id, 0, &soon, nullptr) != -1 && InterruptWait(0, nullptr) == 0);
    CHECK(TimerDestroy(id) == 0);
    SIGEV_SIGNAL_THREAD_INIT(&event, SIGUSR2, 5, SI_TIMER);
    signal(SIGUSR2, counts_signal);
    signals_seen[SIGUSR2] = 0;
    id = TimerCreate(CLOCK_MONOTONIC, &event);
    _timer_info info;
    CHECK(TimerInfo(0, id, 0, &info) == id && info.tid == gettid() &&
          !(info.flags & _NTO_TI_TARGET_PROCESS));
    CHECK(TimerSettime(id, 0, &soon, nullptr) != -1);
    while (signals_seen[SIGUSR2] == 0)
        sleep_ns(ms);
    CHECK(TimerDestroy(id) == 0);
    return true;
}

void* waits_for(void* semaphore)
{
    while (sem_wait(static_cast<sem_t*>(semaphore)) != 0) {
    }
    return semaphore;
}

// The manual's own example of a kernel timeout.
bool join_times_out()
{
    sem_t end;
    pthread_t thread;
    void* result = nullptr;
    uint64_t ns = 10 * ms;
    sem_init(&end, 0, 0);
    CHECK(pthread_create(&thread, nullptr, waits_for, &end) == 0);
    TimerTimeout(CLOCK_MONOTONIC, _NTO_TIMEOUT_JOIN, nullptr, &ns, nullptr);
    CHECK(pthread_join(thread, nullptr) == ETIMEDOUT);
    CHECK(pthread_join(pthread_self(), nullptr) == EDEADLK);
    const timespec past{1, 0};
    CHECK(pthread_timedjoin(thread, nullptr, &past) == ETIMEDOUT);
    sem_post(&end);
    return pthread_join(thread, &result) == 0 && result == &end;
}

bool timeout_rules()
{
    PulseBox box(7);
    _pulse pulse;
    uint64_t ns = 10 * ms;
    TimerTimeout(CLOCK_MONOTONIC, _NTO_TIMEOUT_RECEIVE, nullptr, nullptr, nullptr);
    CHECK(MsgReceivePulse(box.chid, &pulse, sizeof pulse, nullptr) == -1 && errno == ETIMEDOUT);
    // Another call in between takes the timeout away: the semaphore is waited for until the alarm ends it.
    sem_t never;
    sem_init(&never, 0, 0);
    signal(SIGALRM, counts_signal);
    // Again and again: one alarm might come before the thread waits, when its (virtual) processor stood still.
    const itimerval soon{{0, 40000}, {0, 40000}}, no_more{{0, 0}, {0, 0}};
    uint64_t start = monotonic();
    TimerTimeout(CLOCK_MONOTONIC, _NTO_TIMEOUT_SEM, nullptr, &ns, nullptr);
    setitimer(ITIMER_REAL, &soon, nullptr);
    CHECK(SyncSemWait(reinterpret_cast<sync_t*>(&never), 0) == -1 && errno == EINTR);
    CHECK(monotonic() - start >= 39 * ms);
    // It does not apply to other states, and only once.
    TimerTimeout(CLOCK_MONOTONIC, _NTO_TIMEOUT_SEM, nullptr, &ns, nullptr);
    setitimer(ITIMER_REAL, &soon, nullptr);
    CHECK(MsgReceivePulse(box.chid, &pulse, sizeof pulse, nullptr) == -1 && errno == EINTR);
    setitimer(ITIMER_REAL, &no_more, nullptr);
    uint64_t tolerance = 1, past = monotonic() - 1;
    CHECK(TimerTimeout(CLOCK_MONOTONIC, TIMER_TOLERANCE, nullptr, &tolerance, nullptr) != -1);
    ns = 1 * ms + 200 * us;
    start = monotonic();
    TimerTimeout(CLOCK_MONOTONIC, _NTO_TIMEOUT_RECEIVE, nullptr, &ns, nullptr);
    CHECK(MsgReceivePulse(box.chid, &pulse, sizeof pulse, nullptr) == -1 && errno == ETIMEDOUT);
    const uint64_t took = monotonic() - start;
    CHECK(took >= ns && (!exact || took < ns + 200 * us));
    TimerTimeout(CLOCK_MONOTONIC, static_cast<int>(_NTO_TIMEOUT_RECEIVE | TIMER_ABSTIME), nullptr,
                 &past, nullptr);
    CHECK(MsgReceivePulse(box.chid, &pulse, sizeof pulse, nullptr) == -1 && errno == ETIMEDOUT);
    CHECK(TimerTimeout(77, _NTO_TIMEOUT_RECEIVE, nullptr, &ns, nullptr) == -1 && errno == EINVAL);
    // An interrupted sleep says what is left.
    timespec nap{10, 0}, left{};
    setitimer(ITIMER_REAL, &soon, nullptr);
    CHECK(nanosleep(&nap, &left) == -1 && errno == EINTR && left.tv_sec == 9 && left.tv_nsec > 0);
    setitimer(ITIMER_REAL, &no_more, nullptr);
    CHECK(clock_nanosleep(CLOCK_PROCESS_CPUTIME_ID, 0, &nap, nullptr) == ENOTSUP);
    start = monotonic();
    CHECK(nanospin_ns(2 * ms) == EOK && monotonic() - start >= 2 * ms - 50 * us);
    return true;
}

const TapTest tests[] = {
    {"TIME-0003 ClockAdjust bends the time of day and nothing else", adjusting},
    {"TIME-0004 setting the clock moves absolute timers", set_clock_moves_timers},
    {"TIME-0005 ClockPeriod", tick_length},
    {"TIME-0006 CPU-time clocks", cpu_clocks},
    {"TIME-0007 timers on CPU time, and alarms", cpu_timers},
    {"TIME-0008 overruns", overruns},
    {"TIME-0014 intervals and times near the end of time", longest_times},
    {"TIME-0009 tolerance and high resolution", tolerance},
    {"TIME-0010 TimerInfo", timer_information},
    {"TIME-0011 SIGEV_THREAD", thread_notification},
    {"TIME-0012 semaphores, INTR and thread signals as events", other_notifications},
    {"TIME-0013 rules of TimerTimeout", timeout_rules},
    {"TIME-0015 pthread_join() is state JOIN: a timeout ends it", join_times_out},
};

} // namespace

int main(int argc, char* argv[])
{
    exact = argc > 1 && strcmp(argv[1], "exact") == 0;
    return run_tests(tests);
}
