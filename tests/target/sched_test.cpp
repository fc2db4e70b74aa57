// SPDX-License-Identifier: Apache-2.0
// Who runs: the rule for several processors, states seen from outside.
#include "sched_test.hpp"
#include "tap.hpp"

#include <abi/usage.h>

#include <atomic>
#include <devctl.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>
#include <sys/neutrino.h>
#include <sys/procfs.h>
#include <sys/syspage.h>
#include <sys/times.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

QNX_USAGE("%C - scheduling test\n"
          "%C [states]\n");

namespace {

constexpr uint64_t ms = 1000000, second = 1000 * ms;

uint64_t monotonic()
{
    uint64_t now = 0;
    ClockTime(CLOCK_MONOTONIC, nullptr, &now);
    return now;
}

bool set_priority(int tid, int policy, int priority)
{
    sched_param param{};
    param.sched_priority = priority;
    return SchedSet(0, tid, policy, &param) != -1;
}

/// What /proc says of a thread; state -1 = nothing.
procfs_status status_of(int as, int tid)
{
    procfs_status status{};
    status.tid = tid;
    if (devctl(as, DCMD_PROC_TIDSTATUS, &status, sizeof status, nullptr) != EOK ||
        static_cast<int>(status.tid) != tid)
        status.state = 0xff;
    return status;
}

// --- N processors run the N highest threads that their run masks allow

constexpr int most_threads = 12, highest = 60;
volatile bool stop;
sem_t ready, go;

struct Spinner {
    pthread_t thread;
    int tid, priority;
    unsigned mask;
};

void* spins(void* tid)
{
    *static_cast<int*>(tid) = gettid();
    sem_post(&ready);
    while (sem_wait(&go) != 0) {
    }
    while (!stop) {
    }
    return nullptr;
}

/// Finds `thread` a processor, moving those before it when need be (an augmenting path).
bool find_cpu(const Spinner* spinners, int thread, int cpus, int* owner, unsigned& tried)
{
    for (int cpu = 0; cpu < cpus; ++cpu) {
        const unsigned bit = 1u << cpu;
        if (!(spinners[thread].mask & bit) || (tried & bit))
            continue;
        tried |= bit;
        if (owner[cpu] == -1 || find_cpu(spinners, owner[cpu], cpus, owner, tried)) {
            owner[cpu] = thread;
            return true;
        }
    }
    return false;
}

/// Bit n: spinner n runs. The first of `spinners` is this thread.
unsigned should_run(const Spinner* spinners, int count, int cpus)
{
    int owner[32];
    unsigned running = 0, done = 0;
    for (int& one : owner)
        one = -1;
    for (int step = 0; step < count; ++step) {
        int next = -1;
        for (int i = 0; i < count; ++i) {
            if (!(done & (1u << i)) &&
                (next == -1 || spinners[i].priority > spinners[next].priority))
                next = i;
        }
        unsigned tried = 0;
        done |= 1u << next;
        if (find_cpu(spinners, next, cpus, owner, tried))
            running |= 1u << next;
    }
    return running;
}

bool settles(const Spinner* spinners, int count, int cpus, int as)
{
    const unsigned expected = should_run(spinners, count, cpus);
    unsigned seen = 0;
    const uint64_t limit = monotonic() + 20 * second;
    do {
        seen = 1;
        for (int i = 1; i < count; ++i)
            seen |= (status_of(as, spinners[i].tid).state == STATE_RUNNING) << i;
        if (seen == expected)
            return true;
    } while (monotonic() < limit);
    printf("# runs %#x, should run %#x\n", seen, expected);
    for (int i = 0; i < count; ++i)
        printf("# %d: priority %d mask %#x\n", i, spinners[i].priority, spinners[i].mask);
    return false;
}

uint32_t random_number()
{
    static uint64_t state = 12345;
    state = state * 6364136223846793005 + 1442695040888963407;
    return static_cast<uint32_t>(state >> 33);
}

/// Priorities differ: who runs is then certain. Half of the masks are one processor.
bool choose(Spinner& spinner, int number, int cpus)
{
    spinner.priority = 10 + static_cast<int>(random_number() % 3) * most_threads + number;
    spinner.mask = random_number() % 2 ? 1u << (random_number() % static_cast<unsigned>(cpus))
                                       : (1u << cpus) - 1;
    _thread_runmask masks{1, {spinner.mask}, {0}};
    return ThreadCtlExt(0, spinner.tid, _NTO_TCTL_RUNMASK_GET_AND_SET_INHERIT, &masks) != -1 &&
           set_priority(spinner.tid, SCHED_FIFO, spinner.priority);
}

bool highest_run()
{
    const int cpus = _syspage_ptr->num_cpu, count = most_threads;
    const int as = open("/proc/self/as", O_RDONLY);
    Spinner spinners[most_threads] = {{pthread_self(), gettid(), highest, (1u << cpus) - 1}};
    CHECK(as != -1 && set_priority(0, SCHED_FIFO, highest));
    CHECK(sem_init(&ready, 0, 0) == 0 && sem_init(&go, 0, 0) == 0);
    stop = false;
    for (int i = 1; i < count; ++i) {
        CHECK(pthread_create(&spinners[i].thread, nullptr, spins, &spinners[i].tid) == 0);
        CHECK(sem_wait(&ready) == 0);
        CHECK(choose(spinners[i], i, cpus));
    }
    for (int i = 1; i < count; ++i)
        CHECK(sem_post(&go) == 0);
    bool good = settles(spinners, count, cpus, as);
    for (int round = 0; round < 40 && good; ++round) {
        const int one = 1 + static_cast<int>(random_number() % (most_threads - 1));
        CHECK(choose(spinners[one], one, cpus));
        good = settles(spinners, count, cpus, as);
    }
    stop = true;
    for (int i = 1; i < count; ++i)
        pthread_join(spinners[i].thread, nullptr);
    close(as);
    CHECK(set_priority(0, SCHED_RR, 10));
    return good;
}

// --- SEND before the receive, REPLY after it

bool reaches(int as, int state, procfs_status& status)
{
    const uint64_t limit = monotonic() + 20 * second;
    do {
        status = status_of(as, 1);
    } while (status.state != state && monotonic() < limit);
    return status.state == state;
}

bool states_from_outside()
{
    const int chid = ChannelCreate(0), parent = getpid();
    const pid_t child = fork();
    if (child == 0) {
        const int coid = ConnectAttach(0, parent, chid, _NTO_SIDE_CHANNEL, 0);
        _exit(static_cast<int>(MsgSend(coid, "ask", 4, nullptr, 0)));
    }
    char path[32];
    snprintf(path, sizeof path, "/proc/%d/as", child);
    const int as = open(path, O_RDONLY);
    procfs_status status;
    CHECK(child != -1 && as != -1);
    CHECK(reaches(as, STATE_SEND, status));
    CHECK(status.blocked.connect.pid == parent && status.blocked.connect.chid == chid);
    char text[4];
    const int rcvid = MsgReceive(chid, text, sizeof text, nullptr);
    CHECK(rcvid > 0 && strcmp(text, "ask") == 0);
    status = status_of(as, 1); // at once: the receive has changed it
    CHECK(status.state == STATE_REPLY);
    CHECK(status.blocked.connect.pid == parent && status.blocked.connect.chid == chid);
    CHECK(MsgReply(rcvid, 7, nullptr, 0) == 0);
    int result;
    CHECK(waitpid(child, &result, 0) == child && WIFEXITED(result) && WEXITSTATUS(result) == 7);
    close(as);
    CHECK(ChannelDestroy(chid) == 0);
    return true;
}

// --- sporadic scheduling

constexpr int normal = 30, low = 12;

sched_param sporadic(uint64_t period, uint64_t budget, int replenishments)
{
    sched_param param{};
    param.sched_priority = normal;
    param.sched_ss_low_priority = low;
    nsec2timespec(&param.sched_ss_repl_period, period);
    nsec2timespec(&param.sched_ss_init_budget, budget);
    param.sched_ss_max_repl = replenishments;
    return param;
}

/// Its priority now.
int current_priority(int tid)
{
    sched_param param{};
    return SchedGet(0, tid, &param) == -1 ? -1 : param.sched_curpriority;
}

uint64_t cpu_time()
{
    uint64_t used = 0;
    ClockTime(CLOCK_THREAD_CPUTIME_ID, nullptr, &used);
    return used;
}

/// Runs until this thread has `priority`; its CPU time at the last look that saw another one, and at the end. (Under emulation
/// a processor may stand still between any two instructions: only what is read before and after an event bounds it.)
struct Change {
    uint64_t before, after;
};
Change run_until(int priority)
{
    for (uint64_t before = cpu_time();;) {
        const uint64_t look = cpu_time();
        if (current_priority(0) == priority)
            return {before, cpu_time()};
        before = look;
    }
}

bool sporadic_parameters()
{
    sched_param set = sporadic(100 * ms, 10 * ms, 3), got{};
    CHECK(SchedSet(0, 0, SCHED_SPORADIC, &set) != -1);
    CHECK(SchedGet(0, 0, &got) == SCHED_SPORADIC && got.sched_priority == normal);
    CHECK(got.sched_ss_low_priority == low && got.sched_ss_max_repl == 3);
    CHECK(got.sched_ss_repl_period.tv_nsec == 100000000 &&
          got.sched_ss_init_budget.tv_nsec == 10000000);
    int policy;
    CHECK(pthread_getschedparam(pthread_self(), &policy, &got) == 0 && policy == SCHED_SPORADIC &&
          got.sched_ss_init_budget.tv_nsec == 10000000);
    const int as = open("/proc/self/as", O_RDONLY);
    CHECK(status_of(as, gettid()).policy == SCHED_SPORADIC);
    close(as);
    sched_param wrong[] = {sporadic(10 * ms, 100 * ms, 3), sporadic(100 * ms, 0, 3),
                           sporadic(100 * ms, 10 * ms, 0), sporadic(100 * ms, 10 * ms, 1000),
                           sporadic(100 * ms, 10 * ms, 3)};
    wrong[4].sched_ss_low_priority = normal + 1;
    for (sched_param& one : wrong)
        CHECK(SchedSet(0, 0, SCHED_SPORADIC, &one) == -1 && errno == EINVAL);
    CHECK(SchedGet(0, 0, &got) == SCHED_SPORADIC && got.sched_ss_max_repl == 3);
    CHECK(set_priority(0, SCHED_RR, 10) && SchedGet(0, 0, &got) == SCHED_RR);
    return true;
}

bool sporadic_budget()
{
    constexpr uint64_t budget = 10 * ms, period = 300 * ms, rounding = 1000;
    const sched_param param = sporadic(period, budget, 4);
    const uint64_t start = monotonic(), used = cpu_time();
    CHECK(SchedSet(0, 0, SCHED_SPORADIC, &param) != -1);
    CHECK(run_until(low).after - used >= budget - rounding); // exhausted
    const Change back = run_until(normal); // what was used comes back a period after it began
    CHECK(monotonic() - start >= period);
    CHECK(run_until(low).after - back.before >= budget - rounding);
    CHECK(set_priority(0, SCHED_RR, 10) && current_priority(0) == 10);
    return true;
}

/// Short uses with waits between them: each comes back on its own; when no more can be under way, it is low.
bool sporadic_replenishments()
{
    const sched_param param = sporadic(400 * ms, 100 * ms, 2);
    const uint64_t start = monotonic();
    CHECK(SchedSet(0, 0, SCHED_SPORADIC, &param) != -1);
    int waits = 0;
    while (current_priority(0) == normal && waits < 100) {
        const timespec nap{0, 2000000};
        nanosleep(&nap, nullptr);
        ++waits;
    }
    const uint64_t took = monotonic() - start;
    // By two waits, though most of the budget is left; a processor that stood still may have used it, or got some back.
    CHECK(waits == 2 || took >= 100 * ms);
    run_until(normal);
    CHECK(monotonic() - start >= 400 * ms);
    CHECK(set_priority(0, SCHED_RR, 10));
    return true;
}

void* own_policy(void* seen)
{
    int policy = 0;
    auto* param = static_cast<sched_param*>(seen);
    pthread_getschedparam(pthread_self(), &policy, param);
    return reinterpret_cast<void*>(static_cast<long>(policy));
}

bool sporadic_attributes()
{
    const sched_param set = sporadic(3 * second, 7 * ms, 5);
    sched_param got{};
    pthread_attr_t attributes;
    CHECK(pthread_attr_init(&attributes) == 0);
    CHECK(pthread_attr_setinheritsched(&attributes, PTHREAD_EXPLICIT_SCHED) == 0);
    CHECK(pthread_attr_setschedpolicy(&attributes, SCHED_SPORADIC) == 0);
    CHECK(pthread_attr_setschedparam(&attributes, &set) == 0);
    CHECK(pthread_attr_getschedparam(&attributes, &got) == 0 && got.sched_priority == normal);
    CHECK(got.sched_ss_low_priority == low && got.sched_ss_max_repl == 5 &&
          got.sched_ss_repl_period.tv_sec == 3 && got.sched_ss_init_budget.tv_nsec == 7000000);
    got = {};
    pthread_t thread;
    void* policy = nullptr;
    CHECK(pthread_create(&thread, &attributes, own_policy, &got) == 0);
    CHECK(pthread_join(thread, &policy) == 0 && reinterpret_cast<long>(policy) == SCHED_SPORADIC);
    CHECK(got.sched_ss_low_priority == low && got.sched_ss_max_repl == 5 &&
          got.sched_ss_repl_period.tv_sec == 3 && got.sched_ss_init_budget.tv_nsec == 7000000);
    return true;
}

// --- threads by number, and events of their end

void* returns_half(void* argument)
{
    return reinterpret_cast<void*>(reinterpret_cast<long>(argument) / 2);
}

std::atomic<long> exit_status;

void notes_status(void* status)
{
    exit_status = reinterpret_cast<long>(status);
}

void* waits_for_ever(void*)
{
    for (;;)
        pause();
}

bool gone(int tid)
{
    sched_param param;
    const uint64_t limit = monotonic() + 20 * second;
    while (SchedGet(0, tid, &param) != -1) {
        if (monotonic() > limit)
            return false;
        usleep(1000);
    }
    return errno == ESRCH;
}

// ThreadCreate() is no cancellation point: the new thread has its maker's arguments, and what comes after is.
void* creates_while_cancelled(void* created)
{
    pthread_cancel(pthread_self());
    *static_cast<int*>(created) =
        ThreadCreate(0, returns_half, reinterpret_cast<void*>(6), nullptr);
    pthread_testcancel();
    return nullptr;
}

bool threads_by_number()
{
    int created = 0;
    pthread_t maker;
    void* result = nullptr;
    CHECK(pthread_create(&maker, nullptr, creates_while_cancelled, &created) == 0);
    CHECK(pthread_join(maker, &result) == 0 && result == PTHREAD_CANCELED && created > 1);
    _thread_attr attr{};
    attr.__flags = PTHREAD_CREATE_DETACHED;
    attr.__exitfunc = notes_status;
    attr.__policy = SCHED_FIFO;
    attr.__param.sched_priority = 11;
    const int first = ThreadCreate(0, returns_half, reinterpret_cast<void*>(84), &attr);
    CHECK(first > 1 && gone(first) && exit_status == 42);
    const int second_one = ThreadCreate(0, waits_for_ever, nullptr, &attr);
    sched_param param{};
    CHECK(second_one > 1 && SchedGet(0, second_one, &param) == SCHED_FIFO &&
          param.sched_priority == 11);
    CHECK(ThreadCancel(second_one, nullptr) == 0 && gone(second_one));
    const int third = ThreadCreate(getpid(), waits_for_ever, nullptr, &attr);
    CHECK(third > 1 && ThreadDestroy(third, -1, nullptr) == 0 && gone(third));
    CHECK(ThreadCancel(third, nullptr) == -1 && errno == ESRCH);
    CHECK(ThreadCreate(1, returns_half, nullptr, nullptr) == -1 && errno == ENOTSUP);
    attr.__policy = 77;
    CHECK(ThreadCreate_r(0, returns_half, nullptr, &attr) == -EINVAL);
    return true;
}

void* adds_exit_events(void* events)
{
    auto* event = static_cast<struct sigevent*>(events);
    const long result = ThreadCtl(_NTO_TCTL_ADD_EXIT_EVENT, &event[0]) |
                        ThreadCtl(_NTO_TCTL_ADD_EXIT_EVENT, &event[1]) |
                        ThreadCtl(_NTO_TCTL_ADD_EXIT_EVENT, &event[2]) |
                        ThreadCtl(_NTO_TCTL_DEL_EXIT_EVENT, &event[1]);
    return reinterpret_cast<void*>(result);
}

bool exit_events()
{
    const int chid = ChannelCreate(_NTO_CHF_PRIVATE);
    const int coid = ConnectAttach(0, 0, chid, _NTO_SIDE_CHANNEL, 0);
    struct sigevent events[3], wrong;
    for (int i = 0; i < 3; ++i)
        SIGEV_PULSE_INIT(&events[i], coid, 10, 1 + i, 0);
    SIGEV_PULSE_INIT(&wrong, coid + 77, 10, 1, 0);
    CHECK(ThreadCtl(_NTO_TCTL_ADD_EXIT_EVENT, &wrong) == -1 && errno == EBADF);
    CHECK(ThreadCtl(_NTO_TCTL_ADD_EXIT_EVENT, nullptr) == -1 && errno == EFAULT);
    CHECK(ThreadCtl(_NTO_TCTL_DEL_EXIT_EVENT, &events[0]) == -1 && errno == EINVAL);
    pthread_t thread;
    void* result = nullptr;
    _pulse pulse;
    CHECK(pthread_create(&thread, nullptr, adds_exit_events, events) == 0);
    CHECK(pthread_join(thread, &result) == 0 && result == nullptr);
    CHECK(MsgReceivePulse(chid, &pulse, sizeof pulse, nullptr) == 0 && pulse.code == 1);
    CHECK(MsgReceivePulse(chid, &pulse, sizeof pulse, nullptr) == 0 && pulse.code == 3);
    CHECK(ChannelDestroy(chid) == 0);
    return true;
}

// --- CPU time

volatile bool in_user_mode;

void* spends(void*)
{
    const uint64_t end = cpu_time() + 150 * ms;
    while (cpu_time() < end) {
        for (int i = 0; in_user_mode && i < 100000; ++i)
            __asm__ volatile("");
    }
    return nullptr;
}

/// What a thread used, of the whole process, while it spent 150 ms one way or the other: much more than a processor that stands
/// still for a moment adds to one kind.
tms spent(bool user)
{
    tms before, after;
    pthread_t thread;
    in_user_mode = user;
    times(&before);
    pthread_create(&thread, nullptr, spends, nullptr);
    pthread_join(thread, nullptr);
    times(&after);
    return {after.tms_utime - before.tms_utime, after.tms_stime - before.tms_stime, 0, 0};
}

bool user_and_system_time()
{
    const tms computing = spent(true), calling = spent(false);
    CHECK(computing.tms_utime > computing.tms_stime);
    CHECK(calling.tms_stime > calling.tms_utime / 4);
    CHECK(calling.tms_stime > computing.tms_stime && calling.tms_utime < computing.tms_utime);
    const int as = open("/proc/self/as", O_RDONLY);
    procfs_info info{};
    CHECK(devctl(as, DCMD_PROC_INFO, &info, sizeof info, nullptr) == EOK);
    CHECK(info.utime >= 150 * ms && info.stime >= 50 * ms);
    close(as);
    return true;
}

/// A thread that waits uses nothing; a child's time is its parent's when it has been waited for.
bool waiting_is_free()
{
    const uint64_t start = monotonic();
    const pid_t child = fork();
    if (child == 0) {
        sleep(1);
        _exit(0);
    }
    tms before, after;
    times(&before);
    CHECK(child > 0 && waitpid(child, nullptr, 0) == child);
    times(&after);
    const uint64_t used = static_cast<uint64_t>(after.tms_cutime + after.tms_cstime -
                                                before.tms_cutime - before.tms_cstime) *
                          second / static_cast<uint64_t>(sysconf(_SC_CLK_TCK));
    CHECK(monotonic() - start >= second && used < second / 4);
    return true;
}

const TapTest tests[] = {
    {"SCHED-0001 the highest threads run, pinned ones push others away", highest_run},
    {"SCHED-0002 SEND and REPLY are seen by others", states_from_outside},
    {"SCHED-0003 parameters of SCHED_SPORADIC", sporadic_parameters},
    {"SCHED-0004 a sporadic budget ends and comes back", sporadic_budget},
    {"SCHED-0005 replenishments have a limit", sporadic_replenishments},
    {"SCHED-0006 sporadic threads by attributes", sporadic_attributes},
    {"SCHED-0007 user and system time", user_and_system_time},
    {"SCHED-0008 waiting takes no CPU time", waiting_is_free},
    {"SCHED-0009 ThreadCreate, ThreadDestroy, ThreadCancel", threads_by_number},
    {"SCHED-0010 events of a thread's end", exit_events},
};

} // namespace

int main(int argc, char** argv)
{
    return argc > 1 && strcmp(argv[1], "states") == 0 ? show_states() : run_tests(tests);
}
