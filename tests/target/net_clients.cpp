// SPDX-License-Identifier: Apache-2.0
// Many clients blocked in the socket manager at once: each thread of each process waits in accept(), read(), recvfrom(), select()
// or connect(). They wait for their death, are woken by a signal, a time-out or a close(), and say what they got.
#include <abi/usage.h>
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/neutrino.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

QNX_USAGE("%C - clients blocked in the socket manager\n"
          "%C wait|signals|timeouts|closes PROCESSES THREADS SILENT-ADDRESS\n"
          " SILENT-ADDRESS   an address that answers no SYN\n");

namespace {

enum class Call { accept, read, recvfrom, select, connect, count };
enum class Mode { wait, signals, timeouts, closes };

constexpr int max_threads = 100;
constexpr uint64_t patience_ns = 700000000;

Mode mode;
int threads;
const char* silent_address;

struct Client {
    pthread_t thread;
    Call call;
    int fd = -1, other = -1, listening = -1;
    int result = 0; // the call's errno
    bool started = false, done = false;
};
Client clients[max_threads];

sockaddr_in name_of(const char* address, uint16_t port)
{
    sockaddr_in name = {};
    name.sin_len = sizeof name;
    name.sin_family = AF_INET;
    name.sin_port = htons(port);
    name.sin_addr.s_addr = inet_addr(address);
    return name;
}

bool bound(int fd, sockaddr_in& name)
{
    socklen_t len = sizeof name;
    name = name_of("127.0.0.1", 0);
    auto* generic = reinterpret_cast<sockaddr*>(&name);
    return fd >= 0 && bind(fd, generic, sizeof name) == 0 && getsockname(fd, generic, &len) == 0;
}

// A socket the call will block on.
bool prepare(Client& c)
{
    sockaddr_in name;
    c.fd = socket(AF_INET, c.call == Call::recvfrom ? SOCK_DGRAM : SOCK_STREAM, 0);
    switch (c.call) {
    case Call::accept:
        return bound(c.fd, name) && listen(c.fd, 5) == 0;
    case Call::recvfrom:
        return bound(c.fd, name);
    case Call::connect:
        return c.fd >= 0;
    default: // read and select: connected, and the other end says nothing
        c.listening = socket(AF_INET, SOCK_STREAM, 0);
        if (!bound(c.listening, name) || listen(c.listening, 5) != 0 ||
            connect(c.fd, reinterpret_cast<sockaddr*>(&name), sizeof name) != 0)
            return false;
        c.other = accept(c.listening, nullptr, nullptr);
        return c.other >= 0;
    }
}

int block(Client& c)
{
    char buffer[100];
    sockaddr_in name = name_of(silent_address, 9);
    fd_set set;
    switch (c.call) {
    case Call::accept:
        return accept(c.fd, nullptr, nullptr);
    case Call::read:
        return static_cast<int>(read(c.fd, buffer, sizeof buffer));
    case Call::recvfrom:
        return static_cast<int>(recvfrom(c.fd, buffer, sizeof buffer, 0, nullptr, nullptr));
    case Call::connect:
        return connect(c.fd, reinterpret_cast<sockaddr*>(&name), sizeof name);
    default:
        FD_ZERO(&set);
        FD_SET(c.fd, &set);
        return select(c.fd + 1, &set, nullptr, nullptr, nullptr);
    }
}

// TimerTimeout() holds for the next kernel call only: read() and connect() are one. The others have the socket's own limit.
bool limited_by_kernel(Call call)
{
    return call == Call::read || call == Call::connect;
}

void limit(const Client& c)
{
    const uint64_t ns = patience_ns;
    const timeval patience = {0, patience_ns / 1000};
    if (limited_by_kernel(c.call))
        TimerTimeout(CLOCK_MONOTONIC, _NTO_TIMEOUT_SEND | _NTO_TIMEOUT_REPLY, nullptr, &ns,
                     nullptr);
    else
        setsockopt(c.fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
}

int select_with_limit(const Client& c)
{
    fd_set set;
    timeval patience = {0, patience_ns / 1000};
    FD_ZERO(&set);
    FD_SET(c.fd, &set);
    const int result = select(c.fd + 1, &set, nullptr, nullptr, &patience);
    if (result == 0)
        errno = ETIMEDOUT;
    return result == 0 ? -1 : result;
}

void* run(void* arg)
{
    auto& c = *static_cast<Client*>(arg);
    int result;
    __atomic_store_n(&c.started, true, __ATOMIC_RELEASE);
    if (mode == Mode::timeouts && c.call == Call::select) {
        result = select_with_limit(c);
    } else {
        if (mode == Mode::timeouts)
            limit(c);
        result = block(c);
    }
    c.result = result == -1 ? errno : -1;
    __atomic_store_n(&c.done, true, __ATOMIC_RELEASE);
    return nullptr;
}

bool is_done(const Client& c)
{
    return __atomic_load_n(&c.done, __ATOMIC_ACQUIRE);
}

// The thread may not have entered its call yet when the first signal or close comes: until it is out, again.
void wake(Client& c)
{
    for (int tries = 0; tries < 2000 && !is_done(c); ++tries) {
        if (mode == Mode::signals)
            pthread_kill(c.thread, SIGUSR1);
        else if (tries == 50)
            close(c.fd);
        usleep(1000);
    }
}

// A client that runs into TimerTimeout() while the manager holds its message gets what the manager answers to the unblock pulse.
int wanted(Call call)
{
    if (mode == Mode::timeouts)
        return limited_by_kernel(call) ? EINTR : call == Call::select ? ETIMEDOUT : EAGAIN;
    return mode == Mode::signals ? EINTR : EBADF;
}

int process(int ready_fd)
{
    struct sigaction action = {};
    action.sa_handler = [](int) {};
    sigaction(SIGUSR1, &action, nullptr);
    for (int i = 0; i < threads; ++i) {
        Client& c = clients[i];
        c.call = static_cast<Call>(i % static_cast<int>(Call::count));
        if (!prepare(c)) {
            fprintf(stderr, "net-clients: client %d: %s\n", i, strerror(errno));
            return 1;
        }
    }
    for (int i = 0; i < threads; ++i)
        if (pthread_create(&clients[i].thread, nullptr, run, &clients[i]) != 0)
            return 1;
    for (int i = 0; i < threads; ++i)
        while (!__atomic_load_n(&clients[i].started, __ATOMIC_ACQUIRE))
            usleep(1000);
    if (write(ready_fd, "x", 1) != 1)
        return 1;
    if (mode == Mode::wait)
        for (;;)
            pause();
    int wrong = 0;
    for (int i = 0; i < threads; ++i) {
        if (mode != Mode::timeouts)
            wake(clients[i]);
        pthread_join(clients[i].thread, nullptr);
        if (clients[i].result != wanted(clients[i].call)) {
            fprintf(stderr, "net-clients: call %d ended with %d (%s)\n",
                    static_cast<int>(clients[i].call), clients[i].result,
                    strerror(clients[i].result));
            wrong++;
        }
    }
    return wrong != 0;
}

bool parse_mode(const char* word)
{
    const char* const words[] = {"wait", "signals", "timeouts", "closes"};
    for (int i = 0; i < 4; ++i)
        if (strcmp(word, words[i]) == 0) {
            mode = static_cast<Mode>(i);
            return true;
        }
    return false;
}

} // namespace

int main(int argc, char** argv)
{
    int ready[2], processes = argc == 5 ? atoi(argv[2]) : 0, failed = 0;
    threads = argc == 5 ? atoi(argv[3]) : 0;
    if (processes < 1 || threads < 1 || threads > max_threads || !parse_mode(argv[1]) ||
        pipe(ready) != 0) {
        fprintf(stderr, "net-clients: bad arguments\n");
        return 2;
    }
    silent_address = argv[4];
    for (int i = 0; i < processes; ++i)
        if (fork() == 0)
            _exit(process(ready[1]));
    close(ready[1]);
    for (int i = 0; i < processes; ++i) {
        char byte;
        if (read(ready[0], &byte, 1) != 1) {
            fprintf(stderr, "net-clients: a process failed\n");
            return 1;
        }
    }
    printf("blocked %d\n", processes * threads);
    fflush(stdout);
    for (int status; wait(&status) > 0;)
        failed += !WIFEXITED(status) || WEXITSTATUS(status) != 0;
    printf("%d of %d processes failed\n", failed, processes);
    return failed != 0;
}
