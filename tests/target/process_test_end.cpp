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
