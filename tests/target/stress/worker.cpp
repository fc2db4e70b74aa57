// SPDX-License-Identifier: Apache-2.0
// The main thread of one process of the stress test: starts the others, then does what programs do besides.
#include "stress/worker.hpp"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/neutrino.h>
#include <sys/siginfo.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char** environ;

namespace stress {

namespace {

Worker worker;
ThreadArgument arguments[servers + clients];
timer_t timer;

void count_signal(int, siginfo_t*, void*)
{
    ++worker.life->signals.received;
}

// Without memory a process ends here, as many do; the controller knows that status while failures are injected.
[[noreturn]] void give_up(const char* what, int error)
{
    if (!refused(error))
        wrong(what, error);
    _exit(77);
}

void make_channel()
{
    static const unsigned flags[] = {0, _NTO_CHF_DISCONNECT, _NTO_CHF_UNBLOCK,
                                     _NTO_CHF_UNBLOCK | _NTO_CHF_DISCONNECT};
    worker.chid = ChannelCreate(flags[worker.seed % 4]);
    if (worker.chid == -1)
        give_up("ChannelCreate", errno);
    worker.life->chid = worker.chid;
}

// Timer pulses come in between; nobody counts them.
void start_timer(Random& random)
{
    struct sigevent event;
    const int coid = ConnectAttach(0, 0, worker.chid, _NTO_SIDE_CHANNEL, 0);
    if (coid == -1)
        give_up("ConnectAttach", errno);
    SIGEV_PULSE_INIT(&event, coid, SIGEV_PULSE_PRIO_INHERIT, timer_code, 0);
    if (timer_create(CLOCK_MONOTONIC, &event, &timer) == -1)
        give_up("timer_create", errno);
    const long period = 1000000l * (2 + random.below(30));
    const itimerspec when{{0, period}, {0, period}};
    if (timer_settime(timer, 0, &when, nullptr) == -1)
        give_up("timer_settime", errno);
}

void start_threads()
{
    for (unsigned i = 0; i < servers + clients; ++i) {
        arguments[i] = {&worker, i};
        pthread_t thread;
        if (const int error =
                pthread_create(&thread, nullptr, i < servers ? serve : send, arguments + i);
            error != 0)
            give_up("pthread_create", error);
        pthread_detach(thread);
    }
}

void use_memory(Random& random)
{
    const size_t size = 4096 * (1 + random.below(32));
    auto* at = static_cast<char*>(
        mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, NOFD, 0));
    if (at == MAP_FAILED) {
        if (!refused(errno))
            wrong("mmap", errno);
        return;
    }
    for (size_t i = 0; i < size; i += 4096)
        at[i] = 'x';
    ++shared->mapped;
    if (munmap(at, size) == -1 && !refused(errno)) // it may have to split
        wrong("munmap", errno);
}

// A program that ends at once; while failures are injected its loader may not manage.
void use_spawn()
{
    pid_t pid = 0;
    char* words[] = {const_cast<char*>(worker.program), const_cast<char*>("-end"), nullptr};
    if (const int error = posix_spawn(&pid, worker.program, nullptr, nullptr, words, environ);
        error != 0) {
        if (!refused(error) && error != EINTR)
            wrong("posix_spawn", error);
        return;
    }
    int status = 0;
    while (waitpid(pid, &status, 0) == -1) {
        if (errno != EINTR && !refused(errno)) {
            wrong("waitpid", errno);
            return;
        }
    }
    ++shared->spawned;
    if (status != 0 && !shared->failing)
        wrong("status of a program", status);
}

} // namespace

bool refused(int error)
{
    if (!shared->failing || (error != ENOMEM && error != EAGAIN))
        return false;
    ++shared->refused;
    return true;
}

void wrong(const char* what, long value)
{
    ++shared->wrong;
    printf("# wrong: %s: %ld (%s), pid %d\n", what, value, strerror(static_cast<int>(value)),
           getpid());
    fflush(stdout);
}

void live(uint32_t life, unsigned slot, uint64_t seed, const char* program)
{
    Random random(seed);
    worker.life = &shared->lives[life];
    worker.slot = slot;
    worker.seed = seed;
    worker.program = program;
    pthread_mutex_init(&worker.lock, nullptr);
    struct sigaction action {};
    action.sa_sigaction = count_signal;
    action.sa_flags = SA_SIGINFO;
    sigaction(SIGRTMIN, &action, nullptr);
    worker.life->pid = getpid();
    make_channel();
    start_timer(random);
    worker.life->state = State::serving;
    start_threads();
    while (!shared->finish) {
        const timespec moment{0, 1000000l * (1 + random.below(20))};
        nanosleep(&moment, nullptr);
        if (shared->stop)
            continue;
        use_memory(random);
        if (random.one_in(20))
            use_spawn();
    }
    _exit(0);
}

} // namespace stress
