// SPDX-License-Identifier: Apache-2.0
// The witnesses: sequence numbers, patterns in memory, and their own state looked at again and again.
#include "fuzz/witness.hpp"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/neutrino.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char** environ;

namespace {

constexpr uid_t witness_uid = 2000;
constexpr size_t words = 32 * 1024;
constexpr int priority = 40;
enum : uint32_t { hello = 0x57495400, exchange, report, stop_client = 1 };

struct Message {
    uint32_t kind;
    int32_t chid;
    uint64_t number;
    uint64_t filler[29];
};

uint64_t memory[words]; // the pattern

struct State {
    WitnessReport report{};
    uid_t uid = getuid();
    int64_t clock_offset = 0;

    void wrong(const char* what)
    {
        if (report.errors++ == 0)
            snprintf(report.what, sizeof report.what, "%s (errno %d)", what, errno);
    }
};

int64_t clock_offset()
{
    timespec real, steady;
    clock_gettime(CLOCK_REALTIME, &real);
    clock_gettime(CLOCK_MONOTONIC, &steady);
    return (real.tv_sec - steady.tv_sec) * 1000000000 + real.tv_nsec - steady.tv_nsec;
}

uint64_t pattern(size_t i)
{
    return i * 0x9e3779b97f4a7c15 ^ 0x5a5a5a5a5a5a5a5a;
}

void set_up(State& state)
{
    for (size_t i = 0; i < words; ++i)
        memory[i] = pattern(i);
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, nullptr); // a signal from outside stays pending, and is seen
    sched_param param{};
    param.sched_priority = priority;
    SchedSet(0, 0, SCHED_RR, &param);
    state.clock_offset = clock_offset();
}

/// Looks at everything somebody else could have changed.
void look_around(State& state)
{
    for (size_t i = 0; i < words; ++i) {
        if (memory[i] != pattern(i)) {
            state.wrong("memory changed");
            break;
        }
    }
    sigset_t pending;
    sigpending(&pending);
    if (!sigisemptyset(&pending))
        state.wrong("a signal came");
    if (getuid() != state.uid)
        state.wrong("user id changed");
    sched_param param{};
    if (SchedGet(0, 0, &param) != SCHED_RR || param.sched_priority != priority)
        state.wrong("policy or priority changed");
    const int64_t moved = clock_offset() - state.clock_offset;
    if (moved > 1000000000 || moved < -1000000000)
        state.wrong("the clock was set");
    if (fcntl(2, F_GETFD) == -1)
        state.wrong("a file descriptor is gone");
}

uint64_t answer_to(uint64_t number)
{
    return number * 3 + 1;
}

void serve_exchange(State& state, uint64_t& expected, Message& message, int rcvid)
{
    bool good = message.number == expected++;
    for (const uint64_t word : message.filler)
        good = good && word == (message.number ^ 0x1234);
    if (!good)
        state.wrong("a message is not the next one");
    ++state.report.exchanges;
    if (state.report.exchanges % 256 == 0)
        look_around(state);
    const uint64_t answer = answer_to(message.number);
    MsgReply(rcvid, 0, &answer, sizeof answer);
}

int server_main(char** argv)
{
    const int parent = getppid();
    const int chid = ChannelCreate(0); // others may connect: needs root
    if (setgid(witness_uid) != 0 || setuid(witness_uid) != 0)
        return 2;
    State state;
    set_up(state);
    const int coid = ConnectAttach(0, parent, atoi(argv[2]), _NTO_SIDE_CHANNEL, 0);
    Message out{hello, chid, 0, {}};
    if (chid == -1 || MsgSend(coid, &out, sizeof out, nullptr, 0) == -1)
        return 3;
    uint64_t expected = 1;
    pid_t client = 0; // who sends first: nobody else runs before start() has returned
    int waiting = -1; // start(), until the client is there
    bool stopping = false;
    for (;;) {
        Message in{};
        _msg_info info{};
        const int rcvid = MsgReceive(chid, &in, sizeof in, &info);
        if (rcvid <= 0)
            continue; // pulses of strangers
        if (client == 0 && in.kind == exchange)
            client = info.pid;
        if (client != 0 && waiting != -1) {
            MsgReply(waiting, 0, nullptr, 0);
            waiting = -1;
        }
        if (info.pid == parent && in.kind == hello) {
            waiting = rcvid;
        } else if (info.pid == parent && in.kind == report) {
            look_around(state);
            MsgReply(rcvid, 0, &state.report, sizeof state.report);
            stopping = true;
        } else if (info.pid == client && in.kind == exchange && stopping) {
            const uint64_t answer = answer_to(in.number);
            MsgReply(rcvid, stop_client, &answer, sizeof answer);
            return 0;
        } else if (info.pid == client && in.kind == exchange) {
            serve_exchange(state, expected, in, rcvid);
        } else {
            MsgError(rcvid, EPERM);
        }
    }
}

int client_main(char** argv)
{
    State state;
    set_up(state);
    const int coid = ConnectAttach(0, atoi(argv[2]), atoi(argv[3]), _NTO_SIDE_CHANNEL, 0);
    for (uint64_t number = 1;; ++number) {
        Message out{exchange, 0, number, {}};
        for (uint64_t& word : out.filler)
            word = number ^ 0x1234;
        uint64_t answer = 0;
        const int status =
            static_cast<int>(MsgSend(coid, &out, sizeof out, &answer, sizeof answer));
        if (status < 0 || answer != answer_to(number))
            state.wrong("wrong answer");
        if (number % 256 == 0)
            look_around(state);
        if (status != 0 || state.report.errors != 0)
            break;
        const timespec nap{0, 2000000};
        clock_nanosleep(CLOCK_MONOTONIC, 0, &nap, nullptr);
    }
    look_around(state);
    if (state.report.errors != 0)
        printf("# witness client: %s\n", state.report.what);
    return state.report.errors == 0 ? 0 : 1;
}

pid_t launch(const char* self, const char* role, int first, int second)
{
    char a[16], b[16];
    snprintf(a, sizeof a, "%d", first);
    snprintf(b, sizeof b, "%d", second);
    const char* argv[] = {self, role, a, b, nullptr};
    pid_t pid;
    return posix_spawnp(&pid, self, nullptr, nullptr, const_cast<char**>(argv), environ) == 0 ? pid
                                                                                              : -1;
}

} // namespace

bool Witnesses::start(const char* self)
{
    const int chid = ChannelCreate(0);
    server_ = launch(self, "witness-server", chid, 0);
    Message in{};
    _msg_info info{};
    int rcvid;
    do { // only the server's first words count
        const uint64_t limit = 10000000000;
        TimerTimeout(CLOCK_MONOTONIC, _NTO_TIMEOUT_RECEIVE, nullptr, &limit, nullptr);
        rcvid = MsgReceive(chid, &in, sizeof in, &info);
        if (rcvid > 0)
            MsgReply(rcvid, 0, nullptr, 0);
    } while (rcvid >= 0 && (rcvid == 0 || info.pid != server_ || in.kind != hello));
    ChannelDestroy(chid);
    if (server_ == -1 || rcvid < 0)
        return false;
    coid_ = ConnectAttach(0, server_, in.chid, _NTO_SIDE_CHANNEL, 0);
    client_ = launch(self, "witness-client", server_, in.chid);
    Message out{hello, 0, 0, {}};
    return client_ != -1 && coid_ != -1 && MsgSend(coid_, &out, sizeof out, nullptr, 0) == 0;
}

bool Witnesses::finish(WitnessReport& result)
{
    Message out{report, 0, 0, {}};
    const bool answered =
        MsgSend(coid_, &out, sizeof out, &result, sizeof result) == 0 && result.errors == 0;
    ConnectDetach(coid_);
    if (!answered) { // one of them may wait for the other for ever
        kill(server_, SIGKILL);
        kill(client_, SIGKILL);
    }
    int status[2] = {-1, -1};
    const bool gone =
        waitpid(server_, &status[0], 0) == server_ && waitpid(client_, &status[1], 0) == client_;
    return answered && gone && status[0] == 0 && status[1] == 0;
}

int witness_main(int argc, char** argv)
{
    if (argc == 4 && strcmp(argv[1], "witness-server") == 0)
        return server_main(argv);
    if (argc == 4 && strcmp(argv[1], "witness-client") == 0)
        return client_main(argv);
    return -1;
}
