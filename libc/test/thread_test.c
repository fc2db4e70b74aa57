// SPDX-License-Identifier: Apache-2.0
// Threads and synchronisation inside the guest: prints TAP lines. With the argument "shared" it is its own second process.
#include "tap.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char** environ;
static const char* self_path;

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static int counter, turn;
static __thread int own = 5;

static void* count_up(void* arg)
{
    own = (int)(long)arg;
    for (int i = 0; i < 1000; i++) {
        pthread_mutex_lock(&mutex);
        int seen = counter;
        if (i % 100 == 0)
            sched_yield();
        counter = seen + 1;
        pthread_mutex_unlock(&mutex);
    }
    return (void*)(long)own;
}

static int test_threads(void)
{
    pthread_t t[4];
    counter = 0;
    for (long i = 0; i < 4; i++)
        CHECK(pthread_create(&t[i], 0, count_up, (void*)(i + 10)) == 0);
    for (long i = 0; i < 4; i++) {
        void* result;
        CHECK(pthread_join(t[i], &result) == 0 && (long)result == i + 10);
    }
    CHECK(counter == 4000 && own == 5);
    pthread_attr_t attr; /* many short detached ones: each unmaps its own stack */
    pthread_attr_init(&attr);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    for (int i = 0; i < 20; i++)
        CHECK(pthread_create(&t[0], &attr, count_up, 0) == 0);
    for (int i = 0; i < 500; i++) {
        pthread_mutex_lock(&mutex);
        int done = counter == 24000;
        pthread_mutex_unlock(&mutex);
        if (done)
            return 1;
        usleep(10000);
    }
    CHECK(counter == 24000);
    return 1;
}

static void* ping_pong(void* arg)
{
    (void)arg;
    for (int i = 0; i < 100; i++) {
        pthread_mutex_lock(&mutex);
        while (turn != 1)
            pthread_cond_wait(&condition, &mutex);
        turn = 0;
        pthread_cond_broadcast(&condition);
        pthread_mutex_unlock(&mutex);
    }
    return 0;
}

static int test_condition(void)
{
    pthread_t t;
    CHECK(pthread_create(&t, 0, ping_pong, 0) == 0);
    for (int i = 0; i < 100; i++) {
        pthread_mutex_lock(&mutex);
        turn = 1;
        pthread_cond_broadcast(&condition);
        while (turn != 0)
            pthread_cond_wait(&condition, &mutex);
        pthread_mutex_unlock(&mutex);
    }
    CHECK(pthread_join(t, 0) == 0);
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += 20000000;
    if (until.tv_nsec >= 1000000000)
        until.tv_nsec -= 1000000000, until.tv_sec++;
    pthread_mutex_lock(&mutex);
    int r = pthread_cond_timedwait(&condition, &mutex, &until);
    pthread_mutex_unlock(&mutex);
    CHECK(r == ETIMEDOUT);
    return 1;
}

/* A time of the monotonic clock is long past on the other one: the wait has to last its 20 ms. */
static int test_condition_clock(void)
{
    pthread_condattr_t attr;
    pthread_cond_t ticking;
    clockid_t clock;
    struct timespec until, now;
    pthread_condattr_init(&attr);
    CHECK(pthread_condattr_setclock(&attr, CLOCK_PROCESS_CPUTIME_ID) == EINVAL);
    CHECK(pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) == 0);
    CHECK(pthread_condattr_getclock(&attr, &clock) == 0 && clock == CLOCK_MONOTONIC);
    CHECK(pthread_cond_init(&ticking, &attr) == 0);
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += 20000000;
    if (until.tv_nsec >= 1000000000)
        until.tv_nsec -= 1000000000, until.tv_sec++;
    pthread_mutex_lock(&mutex);
    int r;
    while ((r = pthread_cond_timedwait(&ticking, &mutex, &until)) == 0)
        continue;
    pthread_mutex_unlock(&mutex);
    clock_gettime(CLOCK_MONOTONIC, &now);
    CHECK(r == ETIMEDOUT && (now.tv_sec > until.tv_sec ||
                             (now.tv_sec == until.tv_sec && now.tv_nsec >= until.tv_nsec)));
    return pthread_cond_destroy(&ticking) == 0;
}

static int test_mutex_types(void)
{
    pthread_mutexattr_t attr;
    pthread_mutex_t m;
    pthread_mutexattr_init(&attr);
    CHECK(sizeof m == 8 && pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_RECURSIVE) == 0);
    CHECK(pthread_mutex_init(&m, &attr) == 0 && pthread_mutex_lock(&m) == 0 &&
          pthread_mutex_lock(&m) == 0);
    CHECK(pthread_mutex_trylock(&m) == 0 && pthread_mutex_destroy(&m) == EBUSY);
    for (int i = 0; i < 3; i++)
        CHECK(pthread_mutex_unlock(&m) == 0);
    CHECK(pthread_mutex_unlock(&m) == EPERM && pthread_mutex_destroy(&m) == 0);
    CHECK(pthread_mutex_lock(&mutex) == 0 && pthread_mutex_lock(&mutex) == EDEADLK &&
          pthread_mutex_trylock(&mutex) == EBUSY);
    CHECK(pthread_mutex_unlock(&mutex) == 0);
    return 1;
}

static pthread_mutex_t held = PTHREAD_MUTEX_INITIALIZER;
static void* lock_held(void* arg)
{
    struct timespec until;
    (void)arg;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 5;
    long r = pthread_mutex_timedlock(&held, &until);
    if (r == 0)
        pthread_mutex_unlock(&held);
    return (void*)r;
}

/* A waiter with a higher priority lends it to the owner until the unlock. */
static int test_inheritance(void)
{
    struct sched_param param;
    int policy;
    CHECK(pthread_getschedparam(pthread_self(), &policy, &param) == 0);
    int base = param.sched_priority;
    pthread_attr_t attr;
    pthread_attr_init(&attr);
    struct sched_param high = {.sched_priority = base + 5};
    CHECK(pthread_attr_setinheritsched(&attr, PTHREAD_EXPLICIT_SCHED) == 0 &&
          pthread_attr_setschedpolicy(&attr, SCHED_RR) == 0);
    CHECK(pthread_attr_setschedparam(&attr, &high) == 0);
    pthread_t t;
    void* result;
    CHECK(pthread_mutex_lock(&held) == 0 && pthread_create(&t, &attr, lock_held, 0) == 0);
    do {
        usleep(1000); /* until the other one waits */
        CHECK(pthread_getschedparam(pthread_self(), &policy, &param) == 0);
    } while (param.sched_curpriority == base);
    CHECK(param.sched_priority == base && param.sched_curpriority == base + 5);
    CHECK(pthread_mutex_unlock(&held) == 0 && pthread_join(t, &result) == 0 && result == 0);
    CHECK(pthread_getschedparam(pthread_self(), &policy, &param) == 0 &&
          param.sched_curpriority == base);
    return 1;
}

static sem_t items, room;
static void* produce(void* arg)
{
    (void)arg;
    for (int i = 0; i < 50; i++) {
        if (sem_wait(&room) < 0)
            return (void*)1;
        counter++;
        sem_post(&items);
    }
    return 0;
}

static int test_semaphores(void)
{
    pthread_t t;
    void* result;
    int value;
    counter = 0;
    CHECK(sem_init(&items, 0, 0) == 0 && sem_init(&room, 0, 2) == 0 &&
          pthread_create(&t, 0, produce, 0) == 0);
    for (int i = 0; i < 50; i++) {
        CHECK(sem_wait(&items) == 0);
        sem_post(&room);
    }
    CHECK(pthread_join(t, &result) == 0 && !result && counter == 50);
    errno = 0;
    CHECK(sem_trywait(&items) == -1 && errno == EAGAIN && sem_getvalue(&room, &value) == 0 &&
          value == 2);
    struct timespec past = {.tv_sec = 1};
    CHECK(sem_timedwait(&items, &past) == -1 && errno == ETIMEDOUT);
    sem_t* named = sem_open("/libc-test-sem", O_CREAT | O_EXCL, 0600, 3);
    CHECK(named != SEM_FAILED);
    sem_t* again = sem_open("/libc-test-sem", 0);
    CHECK(again != SEM_FAILED && sem_wait(again) == 0 && sem_getvalue(named, &value) == 0 &&
          value == 2);
    CHECK(sem_close(again) == 0 && sem_close(named) == 0 && sem_unlink("/libc-test-sem") == 0);
    return 1;
}

struct shared {
    pthread_mutex_t mutex;
    pthread_cond_t cond;
    int count, go;
};

static struct shared* map_shared(int flags)
{
    int fd = shm_open("/libc-test-shared", O_RDWR | flags, 0600);
    if (fd < 0 || (flags && ftruncate(fd, sizeof(struct shared)) < 0))
        return 0;
    struct shared* s = mmap(0, sizeof *s, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    return s == MAP_FAILED ? 0 : s;
}

static int count_shared(struct shared* s)
{
    pthread_mutex_lock(&s->mutex);
    while (!s->go)
        pthread_cond_wait(&s->cond, &s->mutex);
    pthread_mutex_unlock(&s->mutex);
    for (int i = 0; i < 500; i++) {
        pthread_mutex_lock(&s->mutex);
        int seen = s->count;
        if (i % 50 == 0)
            sched_yield();
        s->count = seen + 1;
        pthread_mutex_unlock(&s->mutex);
    }
    return 0;
}

static int test_shared_sync(void)
{
    struct shared* s = map_shared(O_CREAT);
    CHECK(s);
    pthread_mutexattr_t mattr;
    pthread_condattr_t cattr;
    pthread_mutexattr_init(&mattr);
    pthread_condattr_init(&cattr);
    pthread_mutexattr_setpshared(&mattr, PTHREAD_PROCESS_SHARED);
    pthread_condattr_setpshared(&cattr, PTHREAD_PROCESS_SHARED);
    CHECK(pthread_mutex_init(&s->mutex, &mattr) == 0 && pthread_cond_init(&s->cond, &cattr) == 0);
    pid_t pid[2];
    char* argv[] = {(char*)self_path, "shared", 0};
    for (int i = 0; i < 2; i++)
        CHECK(posix_spawn(&pid[i], self_path, 0, 0, argv, environ) == 0);
    usleep(20000);
    pthread_mutex_lock(&s->mutex);
    s->go = 1;
    pthread_cond_broadcast(&s->cond);
    pthread_mutex_unlock(&s->mutex);
    CHECK(count_shared(s) == 0);
    for (int i = 0; i < 2; i++) {
        int status;
        CHECK(waitpid(pid[i], &status, 0) == pid[i] && status == 0);
    }
    CHECK(s->count == 1500);
    munmap(s, sizeof *s);
    CHECK(shm_unlink("/libc-test-shared") == 0);
    return 1;
}

static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_barrier_t barrier;
static void* read_or_write(void* arg)
{
    long serial = pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD;
    for (int i = 0; i < 200; i++) {
        if ((i + (long)arg) % 4 == 0) {
            pthread_rwlock_wrlock(&rwlock);
            counter++;
        } else {
            pthread_rwlock_rdlock(&rwlock);
        }
        pthread_rwlock_unlock(&rwlock);
    }
    return (void*)serial;
}

static int test_rwlock_barrier(void)
{
    pthread_t t[4];
    long serial = 0;
    counter = 0;
    CHECK(pthread_barrier_init(&barrier, 0, 4) == 0);
    for (long i = 0; i < 4; i++)
        CHECK(pthread_create(&t[i], 0, read_or_write, (void*)i) == 0);
    for (int i = 0; i < 4; i++) {
        void* result;
        CHECK(pthread_join(t[i], &result) == 0);
        serial += (long)result;
    }
    CHECK(serial == 1 && counter == 200 && pthread_barrier_destroy(&barrier) == 0);
    return 1;
}

static volatile int cleaned;
static void clean(void* arg)
{
    (void)arg;
    cleaned = 1;
}
static void* sleeper(void* arg)
{
    (void)arg;
    pthread_cleanup_push(clean, 0);
    for (;;)
        sleep(100);
    pthread_cleanup_pop(0);
    return 0;
}

static int test_cancel(void)
{
    for (int i = 0; i < 20; i++) { /* at different moments of its start */
        pthread_t t;
        void* result;
        cleaned = 0;
        CHECK(pthread_create(&t, 0, sleeper, 0) == 0);
        if (i >= 10)
            usleep(2000);
        CHECK(pthread_cancel(t) == 0 && pthread_join(t, &result) == 0 &&
              result == PTHREAD_CANCELED);
        if (i >= 10)
            CHECK(cleaned);
    }
    return 1;
}

static int test_scheduling(void)
{
    struct sched_param param;
    int policy;
    CHECK(pthread_getschedparam(pthread_self(), &policy, &param) == 0 && param.sched_priority > 0);
    int before = param.sched_priority;
    param.sched_priority = before - 1;
    CHECK(pthread_setschedparam(pthread_self(), SCHED_FIFO, &param) == 0);
    CHECK(pthread_getschedparam(pthread_self(), &policy, &param) == 0 && policy == SCHED_FIFO &&
          param.sched_priority == before - 1);
    param.sched_priority = before;
    CHECK(pthread_setschedparam(pthread_self(), SCHED_RR, &param) == 0);
    return 1;
}

// nice 0 is priority 10, a step is one priority; groups are refused.
static int test_nice(void)
{
    struct sched_param param;
    CHECK(sched_getparam(0, &param) == 0);
    CHECK(getpriority(PRIO_PROCESS, 0) == 10 - param.sched_priority);
    CHECK(setpriority(PRIO_PROCESS, 0, 3) == 0 && nice(2) == 5);
    CHECK(sched_getparam(0, &param) == 0 && param.sched_priority == 5);
    CHECK(getpriority(PRIO_PGRP, 0) == -1 && errno == ENOTSUP);
    CHECK(setpriority(7, 0, 0) == -1 && errno == EINVAL);
    CHECK(setpriority(PRIO_PROCESS, 0, 0) == 0);
    return 1;
}

int main(int argc, char** argv)
{
    static const struct tap_test tests[] = {
        {"threads", test_threads},
        {"condition variables", test_condition},
        {"clock of a condition variable", test_condition_clock},
        {"mutex types", test_mutex_types},
        {"priority inheritance", test_inheritance},
        {"semaphores", test_semaphores},
        {"shared between processes", test_shared_sync},
        {"rwlock and barrier", test_rwlock_barrier},
        {"cancellation", test_cancel},
        {"scheduling", test_scheduling},
        {"nice values", test_nice},
    };
    self_path = argc && strchr(argv[0], '/') ? argv[0] : "/proc/boot/thread-test";
    if (argc > 1 && strcmp(argv[1], "shared") == 0) {
        struct shared* s = map_shared(0);
        return s ? count_shared(s) : 1;
    }
    return tap_main("thread-test", tests, (int)(sizeof tests / sizeof *tests),
                    argc > 2 ? argv[2] : 0);
}
