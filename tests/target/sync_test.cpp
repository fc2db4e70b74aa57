// SPDX-License-Identifier: Apache-2.0
// Mutexes in all their kinds, and what is built on them: inheritance through chains and between processes, ceilings, robustness.
#include "tap.hpp"
#include "waiting.hpp"

#include <abi/usage.h>

#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/neutrino.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

QNX_USAGE("%C - kernel synchronisation test\n"
          "%C\n");

namespace {

bool set_priority(int priority)
{
    sched_param param{};
    param.sched_priority = priority;
    return SchedSet(0, 0, SCHED_RR, &param) != -1;
}

int priority_of(pid_t pid, int tid)
{
    sched_param param{};
    return SchedGet(pid, tid, &param) == -1 ? -1 : param.sched_curpriority;
}

bool init(pthread_mutex_t* m, int type, int protocol, bool shared, bool robust, int ceiling = 20)
{
    pthread_mutexattr_t attr;
    return pthread_mutexattr_init(&attr) == 0 && pthread_mutexattr_settype(&attr, type) == 0 &&
           pthread_mutexattr_setprotocol(&attr, protocol) == 0 &&
           pthread_mutexattr_setpshared(&attr, shared ? PTHREAD_PROCESS_SHARED
                                                      : PTHREAD_PROCESS_PRIVATE) == 0 &&
           pthread_mutexattr_setrobust(&attr, robust ? PTHREAD_MUTEX_ROBUST
                                                     : PTHREAD_MUTEX_STALLED) == 0 &&
           pthread_mutexattr_setprioceiling(&attr, ceiling) == 0 &&
           pthread_mutex_init(m, &attr) == 0;
}

/// A thread at a priority that locks one or two mutexes in order, notes when, and gives them back.
struct Locker {
    pthread_mutex_t* first = nullptr;
    pthread_mutex_t* second = nullptr;
    int priority = 10, result = -1, order = 0;
    volatile int tid = 0;
    volatile bool has_first = false;
    sem_t go;
    pthread_t thread{};
    static int turns;

    static void* run(void* arg)
    {
        auto* self = static_cast<Locker*>(arg);
        set_priority(self->priority);
        self->result = pthread_mutex_lock(self->first);
        self->order = __atomic_add_fetch(&turns, 1, __ATOMIC_SEQ_CST);
        self->tid = gettid();
        self->has_first = true;
        if (self->second) {
            pthread_mutex_lock(self->second);
            pthread_mutex_unlock(self->second);
        } else {
            sem_wait(&self->go);
        }
        pthread_mutex_unlock(self->first);
        return nullptr;
    }
    bool start(int at, pthread_mutex_t* a, pthread_mutex_t* b = nullptr)
    {
        first = a, second = b, priority = at;
        return sem_init(&go, 0, 0) == 0 && pthread_create(&thread, nullptr, run, this) == 0;
    }
    void join() { pthread_join(thread, nullptr); }
};
int Locker::turns;

bool chain_of(bool shared)
{
    pthread_mutex_t m1, m2;
    CHECK(init(&m1, PTHREAD_MUTEX_DEFAULT, PTHREAD_PRIO_INHERIT, shared, false));
    CHECK(init(&m2, PTHREAD_MUTEX_DEFAULT, PTHREAD_PRIO_INHERIT, shared, false));
    Locker a, b, c;
    CHECK(a.start(8, &m1) && comes_true([&] { return a.has_first; }));
    CHECK(b.start(12, &m2, &m1) &&
          comes_true([&] { return b.has_first && priority_of(0, a.tid) == 12; }));
    CHECK(pthread_mutex_trylock(&m1) == EBUSY &&
          priority_of(0, a.tid) == 12); // trying lends nothing
    CHECK(c.start(20, &m2) && comes_true([&] { return priority_of(0, a.tid) == 20; }));
    CHECK(priority_of(0, b.tid) == 20);
    sem_post(&a.go);
    CHECK(comes_true([&] { return c.has_first; }));
    sem_post(&c.go);
    a.join(), b.join(), c.join();
    CHECK(a.result == 0 && b.result == 0 && c.result == 0);
    CHECK(pthread_mutex_destroy(&m1) == 0 && pthread_mutex_destroy(&m2) == 0);
    return true;
}

bool chain()
{
    return chain_of(false) && chain_of(true);
}

bool handoff_of(bool shared)
{
    pthread_mutex_t m;
    CHECK(init(&m, PTHREAD_MUTEX_DEFAULT, PTHREAD_PRIO_INHERIT, shared, false));
    set_priority(30);
    CHECK(pthread_mutex_lock(&m) == 0);
    Locker::turns = 0;
    Locker lockers[3];
    const int priorities[3] = {12, 20, 15}, orders[3] = {3, 1, 2};
    for (int i = 0; i < 3; ++i) {
        CHECK(lockers[i].start(priorities[i], &m));
        sem_post(&lockers[i].go);
    }
    CHECK(comes_true([] { return threads_in(getpid(), STATE_MUTEX) == 3; }));
    CHECK(pthread_mutex_unlock(&m) == 0);
    for (int i = 0; i < 3; ++i) {
        lockers[i].join();
        CHECK(lockers[i].order == orders[i]);
    }
    set_priority(10);
    return true;
}

bool handoff()
{
    return handoff_of(false) && handoff_of(true);
}

bool no_inheritance()
{
    pthread_mutex_t m;
    CHECK(init(&m, PTHREAD_MUTEX_DEFAULT, PTHREAD_PRIO_NONE, false, false));
    Locker low, high;
    CHECK(low.start(8, &m) && comes_true([&] { return low.has_first; }));
    CHECK(high.start(20, &m));
    CHECK(comes_true([] { return threads_in(getpid(), STATE_MUTEX) == 1; }));
    CHECK(priority_of(0, low.tid) == 8);
    sem_post(&low.go), sem_post(&high.go);
    low.join(), high.join();
    return high.result == 0;
}

bool ceilings()
{
    pthread_mutex_t m, n;
    int value = 0;
    CHECK(init(&m, PTHREAD_MUTEX_DEFAULT, PTHREAD_PRIO_PROTECT, false, false, 25));
    CHECK(init(&n, PTHREAD_MUTEX_DEFAULT, PTHREAD_PRIO_PROTECT, false, false, 40));
    CHECK(pthread_mutex_getprioceiling(&m, &value) == 0 && value == 25);
    CHECK(pthread_mutex_lock(&m) == 0 && priority_of(0, 0) == 25);
    CHECK(pthread_mutex_lock(&n) == 0 && priority_of(0, 0) == 40);
    CHECK(pthread_mutex_unlock(&n) == 0 && priority_of(0, 0) == 25);
    CHECK(pthread_mutex_unlock(&m) == 0 && priority_of(0, 0) == 10);
    CHECK(pthread_mutex_setprioceiling(&m, 12, &value) == 0 && value == 25);
    set_priority(13);
    CHECK(pthread_mutex_lock(&m) == EINVAL);
    set_priority(10);
    CHECK(pthread_mutex_lock(&m) == 0 && priority_of(0, 0) == 12 && pthread_mutex_unlock(&m) == 0);
    CHECK(pthread_mutex_setprioceiling(&m, 300, &value) == EINVAL);
    pthread_mutexattr_t attr;
    CHECK(pthread_mutexattr_init(&attr) == 0 &&
          pthread_mutexattr_setprotocol(&attr, 77) == ENOTSUP);
    return true;
}

/// What two processes see.
struct Shared {
    pthread_mutex_t mutex;
    pthread_cond_t cond;
    sync_t sync;
    volatile int step;
    volatile int value;
};

Shared* shared_page()
{
    const int fd = shm_open("/sync-test", O_RDWR | O_CREAT, 0600);
    if (fd == -1 || ftruncate(fd, sizeof(Shared)) == -1)
        return nullptr;
    void* at = mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    shm_unlink("/sync-test");
    return at == MAP_FAILED ? nullptr : static_cast<Shared*>(at);
}

bool ended(pid_t pid, int status)
{
    int got;
    return waitpid(pid, &got, 0) == pid && WIFEXITED(got) && WEXITSTATUS(got) == status;
}

bool robust_processes()
{
    Shared* page = shared_page();
    CHECK(page && init(&page->mutex, PTHREAD_MUTEX_DEFAULT, PTHREAD_PRIO_INHERIT, true, true));
    for (int round = 0; round < 2; ++round) { // first: nobody waits when it dies; then: we do
        page->step = 0;
        const pid_t pid = fork();
        CHECK(pid != -1);
        if (pid == 0) {
            pthread_mutex_lock(&page->mutex);
            page->step = 1;
            if (round == 1)
                comes_to_state(getppid(), 1, STATE_MUTEX);
            _exit(3); // holding it
        }
        CHECK(comes_true([&] { return page->step == 1; }));
        if (round == 0)
            CHECK(ended(pid, 3));
        CHECK(pthread_mutex_lock(&page->mutex) == EOWNERDEAD);
        CHECK(pthread_mutex_consistent(&page->mutex) == 0);
        CHECK(pthread_mutex_consistent(&page->mutex) == EINVAL);
        CHECK(pthread_mutex_unlock(&page->mutex) == 0);
        CHECK(pthread_mutex_lock(&page->mutex) == 0 && pthread_mutex_unlock(&page->mutex) == 0);
        if (round == 1)
            CHECK(ended(pid, 3));
    }
    CHECK(pthread_mutex_destroy(&page->mutex) == 0);
    munmap(page, sizeof *page);
    return true;
}

bool robust_threads()
{
    pthread_mutex_t m;
    CHECK(init(&m, PTHREAD_MUTEX_DEFAULT, PTHREAD_PRIO_INHERIT, false, true));
    pthread_t thread;
    CHECK(pthread_create(
              &thread, nullptr,
              [](void* arg) -> void* {
                  pthread_mutex_lock(static_cast<pthread_mutex_t*>(arg));
                  return nullptr;
              },
              &m) == 0);
    pthread_join(thread, nullptr);
    CHECK(pthread_mutex_trylock(&m) == EOWNERDEAD);
    CHECK(pthread_mutex_unlock(&m) == 0); // not made consistent
    CHECK(pthread_mutex_lock(&m) == ENOTRECOVERABLE &&
          pthread_mutex_trylock(&m) == ENOTRECOVERABLE);
    CHECK(pthread_mutex_destroy(&m) == 0);
    pthread_mutexattr_t attr;
    int robust = -1;
    CHECK(pthread_mutexattr_init(&attr) == 0 &&
          pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST) == 0);
    CHECK(pthread_mutexattr_getrobust(&attr, &robust) == 0 && robust == PTHREAD_MUTEX_ROBUST);
    return true;
}

bool inheritance_between_processes()
{
    Shared* page = shared_page();
    CHECK(page && init(&page->mutex, PTHREAD_MUTEX_DEFAULT, PTHREAD_PRIO_INHERIT, true, false));
    const pid_t pid = fork();
    CHECK(pid != -1);
    if (pid == 0) {
        set_priority(9);
        pthread_mutex_lock(&page->mutex);
        page->step = 1;
        while (priority_of(0, 0) != 20)
            usleep(1000);
        page->value = 1;
        pthread_mutex_unlock(&page->mutex);
        _exit(priority_of(0, 0) == 9 ? 0 : 1);
    }
    CHECK(comes_true([&] { return page->step == 1; }));
    set_priority(20);
    CHECK(pthread_mutex_lock(&page->mutex) == 0 && page->value == 1);
    set_priority(10);
    CHECK(pthread_mutex_unlock(&page->mutex) == 0 && ended(pid, 0));
    CHECK(pthread_mutex_unlock(&page->mutex) == EPERM);
    munmap(page, sizeof *page);
    return true;
}

bool condition_between_processes()
{
    Shared* page = shared_page();
    pthread_condattr_t attr;
    CHECK(page && init(&page->mutex, PTHREAD_MUTEX_ERRORCHECK, PTHREAD_PRIO_INHERIT, true, false));
    CHECK(pthread_condattr_init(&attr) == 0 &&
          pthread_condattr_setpshared(&attr, PTHREAD_PROCESS_SHARED) == 0);
    CHECK(pthread_cond_init(&page->cond, &attr) == 0);
    const pid_t pid = fork();
    CHECK(pid != -1);
    if (pid == 0) {
        for (int i = 0; i < 50; ++i) {
            pthread_mutex_lock(&page->mutex);
            while (page->step != 2 * i + 1)
                pthread_cond_wait(&page->cond, &page->mutex);
            page->step = 2 * i + 2;
            pthread_cond_signal(&page->cond);
            pthread_mutex_unlock(&page->mutex);
        }
        _exit(0);
    }
    for (int i = 0; i < 50; ++i) {
        CHECK(pthread_mutex_lock(&page->mutex) == 0);
        page->step = 2 * i + 1;
        CHECK(pthread_cond_signal(&page->cond) == 0);
        while (page->step != 2 * i + 2)
            CHECK(pthread_cond_wait(&page->cond, &page->mutex) == 0);
        CHECK(pthread_mutex_lock(&page->mutex) == EDEADLK);
        CHECK(pthread_mutex_unlock(&page->mutex) == 0);
    }
    CHECK(ended(pid, 0));
    munmap(page, sizeof *page);
    return true;
}

bool recursion()
{
    for (int shared = 0; shared < 2; ++shared) {
        pthread_mutex_t m;
        CHECK(init(&m, PTHREAD_MUTEX_RECURSIVE, PTHREAD_PRIO_INHERIT, shared != 0, false));
        for (int i = 0; i < 3; ++i)
            CHECK(pthread_mutex_lock(&m) == 0);
        CHECK(pthread_mutex_trylock(&m) == 0);
        for (int i = 0; i < 4; ++i)
            CHECK(pthread_mutex_unlock(&m) == 0);
        CHECK(pthread_mutex_unlock(&m) == EPERM && pthread_mutex_destroy(&m) == 0);
    }
    return true;
}

bool death_event()
{
    Shared* page = shared_page();
    CHECK(page && init(&page->mutex, PTHREAD_MUTEX_DEFAULT, PTHREAD_PRIO_INHERIT, true, false));
    auto* sync = reinterpret_cast<sync_t*>(&page->mutex);
    const int chid = ChannelCreate(_NTO_CHF_PRIVATE),
              coid = ConnectAttach(0, 0, chid, _NTO_SIDE_CHANNEL, 0);
    struct sigevent event;
    SIGEV_PULSE_INIT(&event, coid, 10, 5, 9);
    CHECK(SyncMutexEvent(sync, &event) == 0);
    CHECK(SyncMutexRevive(sync) == -1 && errno == EINVAL);
    const pid_t pid = fork();
    CHECK(pid != -1);
    if (pid == 0) {
        pthread_mutex_lock(&page->mutex);
        _exit(0);
    }
    CHECK(ended(pid, 0));
    _pulse pulse;
    CHECK(MsgReceivePulse(chid, &pulse, sizeof pulse, nullptr) == 0 && pulse.code == 5 &&
          pulse.value.sival_int == 9);
    CHECK(pthread_mutex_trylock(&page->mutex) == EBUSY);
    CHECK(SyncMutexRevive(sync) == 0);
    CHECK(pthread_mutex_unlock(&page->mutex) == 0 && pthread_mutex_lock(&page->mutex) == 0);
    CHECK(pthread_mutex_unlock(&page->mutex) == 0 && SyncMutexEvent(sync, nullptr) == 0);
    pthread_mutex_t robust;
    CHECK(init(&robust, PTHREAD_MUTEX_DEFAULT, PTHREAD_PRIO_INHERIT, false, true));
    CHECK(SyncMutexEvent(reinterpret_cast<sync_t*>(&robust), &event) == -1 && errno == EINVAL);
    munmap(page, sizeof *page);
    return true;
}

bool timed_lock()
{
    for (int shared = 0; shared < 2; ++shared) {
        pthread_mutex_t m;
        CHECK(init(&m, PTHREAD_MUTEX_DEFAULT, PTHREAD_PRIO_INHERIT, shared != 0, false));
        Locker owner;
        CHECK(owner.start(10, &m) && comes_true([&] { return owner.has_first; }));
        timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += 20000000;
        if (until.tv_nsec >= 1000000000)
            until.tv_sec++, until.tv_nsec -= 1000000000;
        CHECK(pthread_mutex_timedlock(&m, &until) == ETIMEDOUT);
        sem_post(&owner.go);
        owner.join();
        CHECK(pthread_mutex_timedlock(&m, &until) == 0 && pthread_mutex_unlock(&m) == 0);
    }
    return true;
}

int slept;

bool sleepon()
{
    pthread_t thread;
    slept = 0;
    CHECK(pthread_sleepon_lock() == 0);
    CHECK(pthread_create(
              &thread, nullptr,
              [](void*) -> void* {
                  pthread_sleepon_lock();
                  slept = 1;
                  pthread_sleepon_signal(&slept);
                  while (slept != 2)
                      pthread_sleepon_wait(&slept);
                  pthread_sleepon_unlock();
                  return nullptr;
              },
              nullptr) == 0);
    while (slept != 1)
        CHECK(pthread_sleepon_wait(&slept) == 0);
    slept = 2;
    CHECK(pthread_sleepon_broadcast(&slept) == 0);
    CHECK(pthread_sleepon_timedwait(&Locker::turns, 5000000) == ETIMEDOUT);
    CHECK(pthread_sleepon_unlock() == 0);
    pthread_join(thread, nullptr);
    return true;
}

bool named_semaphores()
{
    sem_unlink("/sync-test-sem");
    sem_t* sem = sem_open("/sync-test-sem", O_CREAT | O_EXCL, 0600, 0);
    CHECK(sem != SEM_FAILED);
    CHECK(sem_open("/sync-test-sem", O_CREAT | O_EXCL, 0600, 0) == SEM_FAILED && errno == EEXIST);
    const pid_t pid = fork();
    CHECK(pid != -1);
    if (pid == 0) {
        sem_t* same = sem_open("/sync-test-sem", 0);
        _exit(same == SEM_FAILED || sem_post(same) != 0);
    }
    CHECK(sem_wait(sem) == 0 && ended(pid, 0));
    CHECK(sem_trywait(sem) == -1 && errno == EAGAIN);
    CHECK(sem_close(sem) == 0 && sem_unlink("/sync-test-sem") == 0);
    CHECK(sem_open("/sync-test-sem", 0) == SEM_FAILED && errno == ENOENT);
    return true;
}

bool other_threads()
{
    pthread_mutex_t m;
    CHECK(init(&m, PTHREAD_MUTEX_DEFAULT, PTHREAD_PRIO_INHERIT, false, false));
    Locker other;
    char name[32];
    unsigned mask = 1;
    CHECK(other.start(10, &m) && comes_true([&] { return other.has_first; }));
    CHECK(pthread_setname_np(other.thread, "worker bee") == 0);
    CHECK(pthread_getname_np(other.thread, name, sizeof name) == 0 &&
          strcmp(name, "worker bee") == 0);
    CHECK(ThreadCtlExt(0, other.tid, _NTO_TCTL_RUNMASK_GET_AND_SET, &mask) != -1 && mask != 1);
    mask = 0;
    CHECK(ThreadCtlExt(0, other.tid, _NTO_TCTL_RUNMASK_GET_AND_SET, &mask) != -1 && mask == 1);
    CHECK(ThreadCtlExt(getpid(), 0, _NTO_TCTL_RUNMASK, nullptr) == -1 && errno == EINVAL);
    CHECK(ThreadCtlExt(0, 999, _NTO_TCTL_RUNMASK, nullptr) == -1 && errno == ESRCH);
    CHECK(ThreadCtlExt(0, other.tid, _NTO_TCTL_IO, nullptr) == -1 && errno == EINVAL);
    sem_post(&other.go);
    other.join();
    return true;
}

const TapTest tests[] = {
    {"MTX-0001 inheritance through a chain of three threads", chain},
    {"MTX-0002 handed over by priority", handoff},
    {"MTX-0003 PTHREAD_PRIO_NONE lends nothing", no_inheritance},
    {"MTX-0004 priority ceilings", ceilings},
    {"MTX-0005 EOWNERDEAD when the owner's process dies", robust_processes},
    {"MTX-0006 EOWNERDEAD and ENOTRECOVERABLE when its thread ends", robust_threads},
    {"MTX-0007 inheritance between processes", inheritance_between_processes},
    {"MTX-0008 condition variables between processes", condition_between_processes},
    {"MTX-0009 recursion", recursion},
    {"MTX-0010 SyncMutexEvent and SyncMutexRevive", death_event},
    {"MTX-0011 timed locks", timed_lock},
    {"MTX-0012 sleepon locks", sleepon},
    {"MTX-0013 named semaphores", named_semaphores},
    {"MTX-0014 names and run masks of other threads", other_threads},
};

} // namespace

int main()
{
    return run_tests(tests);
}
