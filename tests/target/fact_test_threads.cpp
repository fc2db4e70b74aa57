// SPDX-License-Identifier: Apache-2.0
// Facts on threads, scheduling, mutexes, signals and time.
#include "fact_test.hpp"

#include <hw/inout.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syspage.h>
#include <sys/wait.h>

namespace {

template <typename Function>
bool run_thread(pthread_t& thread, Function function, void* argument)
{
    return pthread_create(&thread, nullptr, function, argument) == 0;
}

uint64_t clock_now(clockid_t id)
{
    uint64_t ns = 0;
    ClockTime(id, nullptr, &ns);
    return ns;
}

bool set_runmask(uintptr_t mask)
{
    return ThreadCtl(_NTO_TCTL_RUNMASK, reinterpret_cast<void*>(mask)) == 0;
}

void* own_tid(void*)
{
    return reinterpret_cast<void*>(static_cast<long>(gettid()));
}

int tid_of_new_thread()
{
    pthread_t thread;
    void* tid = nullptr;
    return run_thread(thread, own_tid, nullptr) && pthread_join(thread, &tid) == 0
               ? static_cast<int>(reinterpret_cast<long>(tid))
               : -1;
}

} // namespace

bool thread_numbers()
{
    CHECK(gettid() == 1);
    const int tid = tid_of_new_thread();
    CHECK(tid >= 2 && tid < 10);
    int again = 0; // reused, as soon as the kernel has let go of it
    CHECK(comes_true([&] { return (again = tid_of_new_thread()) <= tid; }));
    CHECK(again >= 2);
    char name[_NTO_THREAD_NAME_MAX + 2], got[_NTO_THREAD_NAME_MAX];
    memset(name, 'n', sizeof name);
    name[_NTO_THREAD_NAME_MAX - 1] = 0;
    CHECK(pthread_setname_np(pthread_self(), name) == 0);
    CHECK(pthread_getname_np(pthread_self(), got, sizeof got) == 0 && strcmp(got, name) == 0);
    name[_NTO_THREAD_NAME_MAX - 1] = 'n';
    name[_NTO_THREAD_NAME_MAX] = 0;
    CHECK(pthread_setname_np(pthread_self(), name) == E2BIG);
    struct {
        _thread_name head;
        char rest[_NTO_THREAD_NAME_MAX];
    } data{{_NTO_THREAD_NAME_MAX, _NTO_THREAD_NAME_MAX, {}}, {}};
    CHECK(ThreadCtl(_NTO_TCTL_NAME, &data) == -1 && errno == E2BIG);
    CHECK(pthread_setname_np(pthread_self(), "") == 0);
    return true;
}

bool thread_commands()
{
    int align = 0;
    CHECK(ThreadCtl(_NTO_TCTL_ALIGN_FAULT, &align) != -1 && align < 0);
    align = -1;
    CHECK(ThreadCtl(_NTO_TCTL_ALIGN_FAULT, &align) != -1 && align < 0);
    align = 1; // compiled code relies on what the processor does
    CHECK(ThreadCtl(_NTO_TCTL_ALIGN_FAULT, &align) == -1 && errno == ENOTSUP);
    CHECK(ThreadCtl(_NTO_TCTL_ALIGN_FAULT, nullptr) == -1 && errno == EFAULT);
    const int absent[] = {_NTO_TCTL_PERFCOUNT, _NTO_TCTL_RCM_GET_AND_SET, _NTO_TCTL_SHR_MUTEX,
                          _NTO_TCTL_NET_KIF_GET_AND_SET, _NTO_TCTL_LOW_LATENCY};
    for (const int command : absent)
        CHECK(ThreadCtl(command, &align) == -1 && errno == ENOTSUP);
    CHECK(ThreadCtl(0, &align) == -1 && errno == EINVAL);
    CHECK(ThreadCtl(99, &align) == -1 && errno == EINVAL);
    _sched_info info{};
    CHECK(SchedInfo(0, SCHED_RR, &info) != -1);
    CHECK(info.priority_min == 1 && info.priority_max == 255 && info.priority_priv == 64);
    CHECK(SchedInfo(0, 99, &info) == -1 && errno == EINVAL);
    CHECK(SchedInfo(0x7ffff000, SCHED_RR, &info) == -1 && errno == ESRCH);
    CHECK(sched_get_priority_min(SCHED_FIFO) == 1 && sched_get_priority_max(SCHED_FIFO) >= 63);
    for (unsigned cpu = 0; cpu < _syspage_ptr->num_cpu; ++cpu)
        CHECK(set_runmask(uintptr_t{1} << cpu) && SchedGetCpuNum() == static_cast<int>(cpu));
    return set_runmask(~uintptr_t{0});
}

namespace {

volatile int peer_ran;

void* says_it_ran(void*)
{
    peer_ran = 1;
    return nullptr;
}

/// Does a peer of the same priority and policy on the same processor run while this thread computes, so long at most?
bool peer_runs_meanwhile(int policy, uint64_t meanwhile)
{
    sched_param param{};
    pthread_t peer;
    param.sched_priority = 15;
    peer_ran = 0;
    if (SchedSet(0, 0, policy, &param) == -1 || !run_thread(peer, says_it_ran, nullptr))
        return false;
    uint64_t used = clock_now(CLOCK_THREAD_CPUTIME_ID);
    const uint64_t end = used + meanwhile;
    while (used < end && peer_ran == 0)
        used = clock_now(CLOCK_THREAD_CPUTIME_ID);
    const bool ran = peer_ran != 0;
    pthread_join(peer, nullptr);
    return ran;
}

} // namespace

bool policies()
{
    _thread_runmask masks{1, {1}, {1}};
    CHECK(ThreadCtl(_NTO_TCTL_RUNMASK_GET_AND_SET_INHERIT, &masks) != -1);
    CHECK(!peer_runs_meanwhile(SCHED_FIFO, 40 * ms)); // until it blocks, yields or is preempted
    CHECK(peer_runs_meanwhile(SCHED_RR, 10000 * ms));
    CHECK(peer_runs_meanwhile(SCHED_OTHER, 10000 * ms)); // as RR
    sched_param param{};
    CHECK(SchedGet(0, 0, &param) == SCHED_OTHER);
    param.sched_priority = 15; // FIFO: SchedYield() lets the peer run
    CHECK(SchedSet(0, 0, SCHED_FIFO, &param) != -1);
    pthread_t peer;
    peer_ran = 0;
    CHECK(run_thread(peer, says_it_ran, nullptr) && peer_ran == 0 && SchedYield() == 0);
    CHECK(peer_ran == 1 && pthread_join(peer, nullptr) == 0);
    CHECK(set_priority(10));
    _thread_runmask all{1, {~0u}, {~0u}};
    CHECK(ThreadCtl(_NTO_TCTL_RUNMASK_GET_AND_SET_INHERIT, &all) != -1);
    timespec slice{};
    const qtime_entry* qtime = SYSPAGE_ENTRY(qtime);
    CHECK(sched_rr_get_interval(0, &slice) == 0);
    CHECK(slice.tv_sec == 0 && qtime->rr_interval_mul == 4 &&
          slice.tv_nsec == static_cast<long>(qtime->nsec_inc) * qtime->rr_interval_mul);
    _clockperiod shorter{500000, 0}, old{};
    CHECK(ClockPeriod(CLOCK_REALTIME, &shorter, &old, 0) != -1);
    CHECK(sched_rr_get_interval(0, &slice) == 0 && slice.tv_nsec == 2000000);
    CHECK(ClockPeriod(CLOCK_REALTIME, &old, nullptr, 0) != -1);
    return true;
}

bool run_masks_and_io()
{
    const auto mask_of_new = [] {
        pthread_t thread;
        void* mask = nullptr;
        pthread_create(
            &thread, nullptr,
            [](void*) -> void* {
                unsigned own = 0; // 0: only asks
                ThreadCtl(_NTO_TCTL_RUNMASK_GET_AND_SET, &own);
                return reinterpret_cast<void*>(static_cast<uintptr_t>(own));
            },
            nullptr);
        pthread_join(thread, &mask);
        return static_cast<unsigned>(reinterpret_cast<uintptr_t>(mask));
    };
    CHECK(mask_of_new() == ~0u);
    CHECK(set_runmask(1) && mask_of_new() == ~0u); // one's own only
    _thread_runmask masks{1, {0}, {1}};
    CHECK(ThreadCtl(_NTO_TCTL_RUNMASK_GET_AND_SET_INHERIT, &masks) != -1 && mask_of_new() == 1);
    masks = {1, {~0u}, {~0u}};
    CHECK(ThreadCtl(_NTO_TCTL_RUNMASK_GET_AND_SET_INHERIT, &masks) != -1);
    constexpr int refused = 77;
    const auto status_of_reader = [](bool privileged) {
        const pid_t child = fork();
        if (child == 0) {
            pthread_t thread;
            signal(SIGSEGV, [](int) { _exit(refused); });
            if (privileged && ThreadCtl(_NTO_TCTL_IO, nullptr) == -1)
                _exit(2);
            pthread_create(
                &thread, nullptr,
                [](void*) -> void* {
                    constexpr uintptr_t post_codes = 0x80;
                    in8(post_codes);
                    return nullptr;
                },
                nullptr);
            pthread_join(thread, nullptr);
            _exit(0);
        }
        int status = -1;
        waitpid(child, &status, 0);
        return WEXITSTATUS(status);
    };
    CHECK(status_of_reader(true) == 0); // threads made later have it, too
    CHECK(status_of_reader(false) == refused);
    return true;
}

bool destroy_all()
{
    static sem_t gone;
    static volatile int end_priority;
    CHECK(sem_init(&gone, 0, 0) == 0);
    pthread_t threads[3];
    for (pthread_t& thread : threads) {
        CHECK(run_thread(
            thread,
            [](void*) -> void* {
                pthread_cleanup_push(
                    [](void*) {
                        end_priority = priority_of(0);
                        sem_post(&gone);
                    },
                    nullptr);
                for (;;)
                    pause();
                pthread_cleanup_pop(0);
            },
            nullptr));
    }
    CHECK(comes_true([] { return threads_in(getpid(), STATE_SIGSUSPEND) == 3; }));
    CHECK(ThreadDestroy(-1, 0, nullptr) == -1 && errno == EINVAL);
    CHECK(ThreadDestroy(-1, 300, nullptr) == -1 && errno == EINVAL);
    CHECK(ThreadDestroy(-1, 17, nullptr) == 0);
    for (const pthread_t thread : threads) {
        void* end = nullptr;
        CHECK(pthread_join(thread, &end) == 0 && end == PTHREAD_CANCELED && sem_wait(&gone) == 0);
    }
    CHECK(end_priority == 17 && priority_of(0) == 10);
    return true;
}

bool suspended_threads()
{
    pthread_attr_t attributes;
    int state = -1;
    CHECK(pthread_attr_init(&attributes) == 0);
    CHECK(pthread_attr_getsuspendstate_np(&attributes, &state) == 0 &&
          state == PTHREAD_CREATE_NOT_SUSPENDED);
    CHECK(pthread_attr_setsuspendstate_np(&attributes, 77) == EINVAL);
    CHECK(pthread_attr_setsuspendstate_np(&attributes, PTHREAD_CREATE_SUSPENDED) == 0);
    sched_param param{};
    param.sched_priority = 12; // the parameters of scheduling do not disturb it
    CHECK(pthread_attr_setschedparam(&attributes, &param) == 0);
    CHECK(pthread_attr_getsuspendstate_np(&attributes, &state) == 0 &&
          state == PTHREAD_CREATE_SUSPENDED);
    int detached = -1;
    CHECK(pthread_attr_getdetachstate(&attributes, &detached) == 0 &&
          detached == PTHREAD_CREATE_JOINABLE);
    pthread_t thread;
    peer_ran = 0;
    CHECK(pthread_create(&thread, &attributes, says_it_ran, nullptr) == 0);
    CHECK(comes_to_state(getpid(), 2, STATE_STOPPED));
    CHECK(peer_ran == 0);
    CHECK(ThreadCtl(_NTO_TCTL_ONE_THREAD_CONT, reinterpret_cast<void*>(uintptr_t{2})) == 0);
    CHECK(pthread_join(thread, nullptr) == 0 && peer_ran == 1);
    return true;
}

namespace {

/// A thread that locks the mutex at a priority; says its number first.
struct Waiter {
    sync_t* mutex = nullptr;
    int priority = 10, result = -1;
    volatile int tid = 0;
    pthread_t thread{};

    bool start(sync_t* what, int at)
    {
        mutex = what;
        priority = at;
        return run_thread(
            thread,
            [](void* me) -> void* {
                auto& self = *static_cast<Waiter*>(me);
                set_priority(self.priority);
                self.tid = gettid();
                self.result = SyncMutexLock(self.mutex);
                SyncMutexUnlock(self.mutex);
                return nullptr;
            },
            this);
    }
    bool comes_to(int state)
    {
        return comes_true([&] { return tid != 0; }) && comes_to_state(getpid(), tid, state);
    }
};

volatile int handled;

} // namespace

bool mutex_waits()
{
    sync_t mutex{};
    Waiter waiter;
    void* end = nullptr;
    handled = 0;
    signal(SIGUSR1, [](int) { handled = handled + 1; });
    CHECK(SyncTypeCreate(_NTO_SYNC_MUTEX, &mutex, nullptr) == 0 && SyncMutexLock(&mutex) == 0);
    CHECK(waiter.start(&mutex, 10));
    CHECK(waiter.comes_to(STATE_MUTEX));
    CHECK(pthread_kill(waiter.thread, SIGUSR1) == 0);
    CHECK(comes_true([] { return handled == 1; }));
    CHECK(waiter.comes_to(STATE_MUTEX)); // back in the wait
    CHECK(SyncMutexUnlock(&mutex) == 0 && pthread_join(waiter.thread, &end) == 0);
    CHECK(waiter.result == 0);
    Waiter cancelled; // a wait for a mutex is no cancellation point
    CHECK(SyncMutexLock(&mutex) == 0 && cancelled.start(&mutex, 10));
    CHECK(cancelled.comes_to(STATE_MUTEX));
    CHECK(pthread_cancel(cancelled.thread) == 0);
    CHECK(cancelled.comes_to(STATE_MUTEX));
    CHECK(SyncMutexUnlock(&mutex) == 0 && pthread_join(cancelled.thread, &end) == 0);
    CHECK(cancelled.result == 0);
    signal(SIGUSR1, SIG_DFL);
    return true;
}

bool own_priority_while_boosted()
{
    sync_t mutex{};
    Waiter waiter;
    CHECK(SyncTypeCreate(_NTO_SYNC_MUTEX, &mutex, nullptr) == 0 && SyncMutexLock(&mutex) == 0);
    CHECK(waiter.start(&mutex, 20));
    CHECK(comes_true([] { return priority_of(0) == 20; }));
    sched_param param{};
    CHECK(SchedGet(0, 0, &param) != -1 && param.sched_priority == 10 &&
          param.sched_curpriority == 20);
    CHECK(set_priority(25) && priority_of(0) == 25); // higher than what is lent: at once
    CHECK(set_priority(12) && SyncMutexUnlock(&mutex) == 0);
    CHECK(priority_of(0) == 12); // what it returns to
    CHECK(pthread_join(waiter.thread, nullptr) == 0 && waiter.result == 0 && set_priority(10));
    const pid_t child = fork(); // without the right a ceiling above 63 cannot be had
    if (child == 0) {
        pthread_mutexattr_t attributes;
        pthread_mutex_t above;
        pthread_mutexattr_init(&attributes);
        pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_PROTECT);
        pthread_mutexattr_setprioceiling(&attributes, 100);
        _exit(setuid(1000) == 0 && pthread_mutex_init(&above, &attributes) == EPERM ? 0 : 1);
    }
    int status = -1;
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    return true;
}

bool signal_queues()
{
    sigset_t set, pending;
    siginfo_t info;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    const timespec none{0, 0};
    handled = 0;
    CHECK(sigprocmask(SIG_BLOCK, &set, nullptr) == 0);
    signal(SIGUSR1, [](int) { handled = handled + 1; }); // without SA_SIGINFO: one is kept
    for (int i = 0; i < 3; ++i)
        CHECK(sigqueue(getpid(), SIGUSR1, sigval{i}) == 0);
    CHECK(sigprocmask(SIG_UNBLOCK, &set, nullptr) == 0 && handled == 1);
    CHECK(sigprocmask(SIG_BLOCK, &set, nullptr) == 0);
    CHECK(pthread_kill(pthread_self(), SIGUSR1) == 0 && kill(getpid(), SIGUSR1) == 0);
    CHECK(sigpending(&pending) == 0 && sigismember(&pending, SIGUSR1) == 1);
    signal(SIGUSR1, SIG_IGN); // what is pending goes, for the thread as well
    CHECK(sigpending(&pending) == 0 && sigismember(&pending, SIGUSR1) == 0);
    signal(SIGUSR1, [](int) { handled = handled + 1; });
    CHECK(sigprocmask(SIG_UNBLOCK, &set, nullptr) == 0 && handled == 1);
    sigset_t special; // 57 to 64 are masked whatever a program says
    sigemptyset(&special);
    sigaddset(&special, 57);
    sigaddset(&special, 64);
    CHECK(sigprocmask(SIG_UNBLOCK, &special, nullptr) == 0);
    CHECK(SignalKill(0, getpid(), 0, 64, SI_QUEUE, 64) == 0 &&
          SignalKill(0, getpid(), 0, 57, SI_QUEUE, 57) == 0);
    CHECK(sigtimedwait(&special, &info, &none) == 57 && info.si_value.sival_int == 57);
    CHECK(sigtimedwait(&special, &info, &none) == 64 && info.si_value.sival_int == 64);
    signal(SIGUSR1, SIG_DFL);
    return true;
}

bool signal_masks()
{
    sigset_t wanted, during, now;
    siginfo_t info{};
    sigemptyset(&wanted);
    sigaddset(&wanted, SIGUSR2);
    sigemptyset(&during);
    handled = 0;
    signal(SIGUSR1, [](int) { handled = handled + 1; });
    sigset_t both = wanted;
    sigaddset(&both, SIGUSR1);
    CHECK(sigprocmask(SIG_BLOCK, &both, nullptr) == 0);
    CHECK(raise(SIGUSR1) == 0 && handled == 0);
    CHECK(SignalWaitinfoMask(&wanted, &info, &during) == -1 && errno == EINTR && handled == 1);
    CHECK(sigprocmask(SIG_BLOCK, nullptr, &now) == 0 && sigismember(&now, SIGUSR1) == 1 &&
          sigismember(&now, SIGUSR2) == 1);
    CHECK(raise(SIGUSR1) == 0 && raise(SIGUSR2) == 0); // what is there already is taken first
    CHECK(SignalWaitinfoMask_r(&wanted, &info, &during) == SIGUSR2 && handled == 1);
    CHECK(SignalWaitinfoMask(&wanted, &info, reinterpret_cast<sigset_t*>(0x1000)) == -1 &&
          errno == EFAULT);
    CHECK(sigprocmask(SIG_UNBLOCK, &both, nullptr) == 0 && handled == 2);
    signal(SIGUSR1, SIG_DFL);
    return true;
}

bool system_page_time()
{
    const qtime_entry* qtime = SYSPAGE_ENTRY(qtime);
    CHECK(qtime->nsec_inc == 1000000 && qtime->intr == 0); // the timer's line
    // What the page says is the last tick's; ticks that nobody needs do not happen, so one is made.
    usleep(2000);
    const uint64_t page = qtime->nsec, now = clock_now(CLOCK_MONOTONIC);
    CHECK(page > 0 && page <= now && now - page < 10000 * ms);
    const uint64_t wall = clock_now(CLOCK_REALTIME), from_page = now + qtime->nsec_tod_adjust;
    CHECK(wall >= from_page && wall - from_page < 1000 * ms);
    constexpr uint64_t second = 1000000000, day = 86400;
    CHECK(qtime->boot_time <= wall / second && wall / second - qtime->boot_time < 365 * day);
    CHECK(SYSPAGE_ENTRY_SIZE(qtime) >= sizeof *qtime &&
          SYSPAGE_ELEMENT_SIZE(qtime) >= sizeof *qtime);
    const timespec one{0, 1000000};
    for (int i = 0; i < 5; ++i) { // on a tick, and never early
        const uint64_t start = clock_now(CLOCK_MONOTONIC);
        CHECK(nanosleep(&one, nullptr) == 0 && clock_now(CLOCK_MONOTONIC) - start >= 1 * ms);
    }
    return true;
}

bool cycles_agree()
{
    uint64_t last = ClockCycles();
    for (int round = 0; round < 8; ++round) {
        for (unsigned cpu = 0; cpu < _syspage_ptr->num_cpu; ++cpu) {
            CHECK(set_runmask(uintptr_t{1} << cpu));
            const uint64_t now = ClockCycles();
            CHECK(now > last);
            last = now;
        }
    }
    return set_runmask(~uintptr_t{0});
}
