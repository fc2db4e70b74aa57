// SPDX-License-Identifier: Apache-2.0
// A thread in each state that waits, for tools to show: prints what each is expected to wait for, then waits itself until it is killed.
#include "sched_test.hpp"

#include <devctl.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/neutrino.h>
#include <sys/procfs.h>
#include <unistd.h>

namespace {

sem_t semaphore, owned, received;
pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER, lock = PTHREAD_MUTEX_INITIALIZER;
pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
pthread_t owner;
int busy_chid, dead_end_chid;

void* waits_for_semaphore(void*)
{
    sem_wait(&semaphore);
    return nullptr;
}

void* waits_for_condition(void*)
{
    pthread_mutex_lock(&lock);
    for (;;)
        pthread_cond_wait(&condition, &lock);
}

void* owns_mutex(void*)
{
    pthread_mutex_lock(&mutex);
    sem_post(&owned);
    for (;;)
        sleep(1000);
}

void* waits_for_mutex(void*)
{
    pthread_mutex_lock(&mutex);
    return nullptr;
}

void* joins(void*)
{
    pthread_join(owner, nullptr);
    return nullptr;
}

void* receives_and_waits(void*)
{
    char message[8];
    MsgReceive(busy_chid, message, sizeof message, nullptr);
    sem_post(&received);
    InterruptWait(0, nullptr);
    return nullptr;
}

void* sends(void* chid)
{
    const int coid = ConnectAttach(0, 0, *static_cast<int*>(chid), 0, 0);
    MsgSend(coid, "x", 1, nullptr, 0);
    return nullptr;
}

void* waits_for_signal(void*)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
    sigwaitinfo(&set, nullptr);
    return nullptr;
}

pthread_t start(void* (*run)(void*), void* argument = nullptr)
{
    pthread_t thread;
    pthread_create(&thread, nullptr, run, argument);
    return thread;
}

/// All but the caller are where they stay.
bool all_wait(int fd, int threads)
{
    for (int tid = 2; tid <= threads; ++tid) {
        procfs_status status{};
        status.tid = tid;
        if (devctl(fd, DCMD_PROC_TIDSTATUS, &status, sizeof status, nullptr) != EOK ||
            status.state <= STATE_READY)
            return false;
    }
    return true;
}

} // namespace

int show_states()
{
    sem_init(&semaphore, 0, 0);
    sem_init(&owned, 0, 0);
    sem_init(&received, 0, 0);
    const int chid = ChannelCreate(_NTO_CHF_PRIVATE);
    busy_chid = ChannelCreate(_NTO_CHF_PRIVATE);
    dead_end_chid = ChannelCreate(_NTO_CHF_PRIVATE);
    start(waits_for_semaphore);
    start(waits_for_condition);
    owner = start(owns_mutex);
    while (sem_wait(&owned) != 0) {
    }
    start(waits_for_mutex);
    start(joins);
    start(receives_and_waits);
    start(sends, &busy_chid);
    while (sem_wait(&received) != 0) {
    }
    start(sends, &dead_end_chid);
    start(waits_for_signal);
    const int fd = open("/proc/self/ctl", O_RDONLY);
    while (!all_wait(fd, 10))
        usleep(1000);
    const auto address = [](const void* object) { return reinterpret_cast<unsigned long>(object); };
    printf("1 RECEIVE %d\n2 SEM 0x%lx\n3 CONDVAR 0x%lx\n4 NANOSLEEP\n5 MUTEX %d-04 #1\n6 JOIN 4\n"
           "7 INTR\n8 REPLY %d\n9 SEND %d\n10 SIGWAITINFO\nready\n",
           chid, address(&semaphore), address(&condition), getpid(), getpid(), getpid());
    fflush(stdout);
    char message[8];
    return MsgReceive(chid, message, sizeof message, nullptr);
}
