// SPDX-License-Identifier: Apache-2.0
// Ends and signals at bad moments.
#include "process_test.hpp"

#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/neutrino.h>
#include <time.h>

namespace {

void* ask(void* coid)
{
    MsgSend(static_cast<int>(reinterpret_cast<long>(coid)), nullptr, 0, nullptr, 0);
    return nullptr;
}

volatile int ticks;

void count_tick(int)
{
    ticks = ticks + 1;
}

} // namespace

bool ends_while_asking_itself()
{
    for (const unsigned flags : {0u, unsigned{_NTO_CHF_UNBLOCK}}) {
        const pid_t child = fork();
        if (child == 0) {
            const int chid = ChannelCreate(flags);
            const long coid = ConnectAttach(0, 0, chid, _NTO_SIDE_CHANNEL, 0);
            pthread_t one, two;
            pthread_create(&one, nullptr, ask,
                           reinterpret_cast<void*>(coid)); // will be REPLY-blocked
            MsgReceive(chid, nullptr, 0, nullptr);
            pthread_create(&two, nullptr, ask,
                           reinterpret_cast<void*>(coid)); // SEND-blocked, or about to be
            _exit(3);
        }
        int status = 0;
        CHECK(child > 0 && waitpid(child, &status, 0) == child);
        CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 3);
    }
    return true;
}

bool signals_and_memory()
{
    struct sigaction action {
    }, before{};
    action.sa_handler = count_tick;
    CHECK(sigaction(SIGALRM, &action, &before) == 0);
    struct sigevent event;
    SIGEV_SIGNAL_INIT(&event, SIGALRM);
    timer_t timer;
    const itimerspec often{{0, 1000000}, {0, 1000000}};
    CHECK(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0 &&
          timer_settime(timer, 0, &often, nullptr) == 0);
    bool good = true;
    for (int i = 0; good && (i < 200 || ticks < 50); ++i) {
        void* at = mmap(nullptr, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, NOFD, 0);
        good = at != MAP_FAILED && mprotect(at, 4096, PROT_READ) == 0 && munmap(at, 65536) == 0;
    }
    CHECK(timer_delete(timer) == 0 && sigaction(SIGALRM, &before, nullptr) == 0);
    CHECK(good);
    return true;
}

namespace {

// A child that is killed at some moment of its munmap(). False when it came to another end.
bool kill_unmapping_child(unsigned delay_us)
{
    constexpr size_t size = 8 << 20, page = 4096;
    int ready[2];
    CHECK(pipe(ready) == 0);
    const pid_t child = fork();
    if (child == 0) {
        auto* at = static_cast<char*>(
            mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, NOFD, 0));
        for (size_t offset = 0; at != MAP_FAILED && offset < size; offset += page)
            at[offset] = 1;
        const bool good = write(ready[1], "r", 1) == 1 && munmap(at, size) == 0;
        _exit(good ? 0 : 1);
    }
    char byte = 0;
    int status = 0;
    CHECK(child > 0 && read(ready[0], &byte, 1) == 1);
    usleep(delay_us);
    kill(child, SIGKILL); // ESRCH: it was quicker
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(WIFSIGNALED(status) ? WTERMSIG(status) == SIGKILL : WEXITSTATUS(status) == 0);
    return close(ready[0]) == 0 && close(ready[1]) == 0;
}

int kill_unmapping_children()
{
    for (unsigned delay_us = 0; delay_us < 2000; delay_us += 100)
        if (!kill_unmapping_child(delay_us))
            return 1;
    return 0;
}

} // namespace

// The process manager unmaps in pieces. What it works on stays until it is done, or it would go on in the memory of
// the next process: several are made and killed side by side.
bool killed_while_unmapping()
{
    pid_t killers[4];
    for (pid_t& killer : killers) {
        killer = fork();
        if (killer == 0)
            _exit(kill_unmapping_children());
        CHECK(killer > 0);
    }
    bool good = true;
    for (const pid_t killer : killers) {
        int status = 0;
        good = waitpid(killer, &status, 0) == killer && status == 0 && good;
    }
    return good;
}
