// SPDX-License-Identifier: Apache-2.0
// Keeps every CPU busy with messages, pulses, timeouts, signals, threads and processes that are killed in the middle of it all.
// Anything wrong in the kernel shows as a panic, a hang, or objects that are still there at the end.
#include "tap.hpp"

#include <abi/usage.h>

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/neutrino.h>
#include <sys/siginfo.h>
#include <sys/wait.h>
#include <unistd.h>

QNX_USAGE("%C - stress for kernel objects\n"
          "%C [rounds [seed]]\n");

extern char** environ;

namespace {

constexpr int workers = 4;
constexpr uint64_t us = 1000;

struct Random {
    uint64_t state;
    explicit Random(uint64_t seed) : state(seed * 2654435761u + 88172645463325252ull) {}
    unsigned below(unsigned limit)
    {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        return static_cast<unsigned>(state % limit);
    }
};

struct Server {
    int chid;
    volatile bool stop = false;
    uint64_t served = 0;
};

/// Receives, and answers in any of the ways there are.
void* serve(void* arg)
{
    auto* server = static_cast<Server*>(arg);
    Random random(static_cast<uint64_t>(pthread_self()));
    char text[512];
    while (!server->stop) {
        _msg_info info;
        uint64_t limit = 200000 * us;
        TimerTimeout(CLOCK_MONOTONIC, _NTO_TIMEOUT_RECEIVE, nullptr, &limit, nullptr);
        const int rcvid = MsgReceive(server->chid, text, sizeof text, &info);
        if (rcvid == 0) {
            _pulse pulse;
            memcpy(&pulse, text, sizeof pulse);
            if (pulse.code == _PULSE_CODE_DISCONNECT)
                ConnectDetach(pulse.scoid);
            if (pulse.code == _PULSE_CODE_UNBLOCK)
                MsgError(pulse.value.sival_int, -1);
            continue;
        }
        if (rcvid < 0)
            continue;
        ++server->served;
        switch (random.below(6)) {
        case 0:
            MsgError(rcvid, EDOM);
            break;
        case 1:
            SchedYield();
            MsgRead(rcvid, text, sizeof text, random.below(600));
            MsgReply(rcvid, 1, text, random.below(sizeof text));
            break;
        case 2: {
            const timespec nap{0, 300000};
            nanosleep(&nap, nullptr);
            MsgWrite(rcvid, "abc", 3, random.below(600));
            MsgReply(rcvid, 2, nullptr, 0);
            break;
        }
        default:
            MsgReply(rcvid, 3, text, 16);
            break;
        }
    }
    return nullptr;
}

void on_signal(int)
{
}

void send_something(Random& random, int coid)
{
    static thread_local char out[1024], in[1024];
    uint64_t limit = (1 + random.below(2000)) * us;
    switch (random.below(5)) {
    case 0:
        MsgSendPulse(coid, 1 + static_cast<int>(random.below(20)),
                     static_cast<int>(random.below(128)), 1);
        break;
    case 1:
        TimerTimeout(CLOCK_MONOTONIC, _NTO_TIMEOUT_SEND | _NTO_TIMEOUT_REPLY, nullptr, &limit,
                     nullptr);
        MsgSend(coid, out, random.below(sizeof out), in, random.below(sizeof in));
        break;
    case 2:
        raise(SIGUSR1);
        [[fallthrough]];
    default:
        MsgSend(coid, out, random.below(sizeof out), in, random.below(sizeof in));
        break;
    }
}

struct ClientArguments {
    int pid, chid, rounds;
    uint64_t seed;
};

void* client(void* arg)
{
    const auto* a = static_cast<ClientArguments*>(arg);
    Random random(a->seed + static_cast<uint64_t>(pthread_self()));
    for (int i = 0; i < a->rounds; ++i) {
        const int coid =
            ConnectAttach(0, a->pid, a->chid, random.below(2) ? _NTO_SIDE_CHANNEL : 0, 0);
        if (coid == -1)
            break;
        for (unsigned n = random.below(6); n > 0; --n)
            send_something(random, coid);
        ConnectDetach(coid);
        sched_param param{};
        param.sched_priority = 8 + static_cast<int>(random.below(6));
        SchedSet(0, 0, random.below(2) ? SCHED_RR : SCHED_FIFO, &param);
    }
    return nullptr;
}

/// A child: several client threads, then an end it may not live to see.
int run_client(int chid, int rounds, uint64_t seed)
{
    signal(SIGUSR1, on_signal);
    ClientArguments arguments{getppid(), chid, rounds, seed};
    pthread_t threads[workers];
    for (pthread_t& thread : threads) {
        if (pthread_create(&thread, nullptr, client, &arguments) != 0)
            return 2;
    }
    for (pthread_t thread : threads)
        pthread_join(thread, nullptr);
    return 0;
}

bool start_client(int chid, uint64_t seed, pid_t& pid)
{
    char number[16], rounds[16], seed_text[24];
    snprintf(number, sizeof number, "%d", chid);
    snprintf(rounds, sizeof rounds, "%d", 30);
    snprintf(seed_text, sizeof seed_text, "%lu", seed);
    const char* argv[] = {"kernel-stress", "client", number, rounds, seed_text, nullptr};
    const char* paths[] = {"/proc/boot/kernel-stress", "/usr/bin/kernel-stress"};
    for (const char* path : paths) {
        if (posix_spawn(&pid, path, nullptr, nullptr, const_cast<char**>(argv), environ) == 0)
            return true;
    }
    return false;
}

bool storm(int rounds, uint64_t seed)
{
    Random random(seed);
    Server server{ChannelCreate(_NTO_CHF_DISCONNECT | _NTO_CHF_UNBLOCK), false, 0};
    pthread_t threads[3];
    CHECK(server.chid > 0);
    for (pthread_t& thread : threads)
        CHECK(pthread_create(&thread, nullptr, serve, &server) == 0);
    int finished = 0, killed = 0;
    for (int round = 0; round < rounds; ++round) {
        pid_t children[3];
        for (pid_t& child : children)
            CHECK(start_client(server.chid, seed * 1000 + random.below(1000000), child));
        usleep(random.below(60000));
        for (pid_t child : children) {
            if (random.below(2))
                kill(child, SIGKILL);
            int status;
            CHECK(waitpid(child, &status, 0) == child);
            finished += WIFEXITED(status) && WEXITSTATUS(status) == 0;
            killed += WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
        }
    }
    server.stop = true;
    for (pthread_t thread : threads)
        pthread_join(thread, nullptr);
    CHECK(ChannelDestroy(server.chid) == 0);
    printf("# %d children finished, %d killed, %lu messages\n", finished, killed, server.served);
    CHECK(finished + killed == 3 * rounds && server.served > 0);
    return true;
}

} // namespace

int main(int argc, char** argv)
{
    if (argc == 5)
        return run_client(atoi(argv[2]), atoi(argv[3]), strtoul(argv[4], nullptr, 10));
    const int rounds = argc > 1 ? atoi(argv[1]) : 10;
    const uint64_t seed = argc > 2 ? strtoul(argv[2], nullptr, 10) : 1;
    const bool good = storm(rounds, seed);
    printf("1..1\n%sok 1 - STRESS-0001 seed %lu\n", good ? "" : "not ", seed);
    return good ? 0 : 1;
}
