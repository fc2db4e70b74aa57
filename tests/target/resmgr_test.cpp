// SPDX-License-Identifier: Apache-2.0
// The resource-manager layer from both sides: this program starts itself as a server and is then its client. TAP on standard output.
#include <devctl.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/dispatch.h>
#include <sys/iofunc.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "resmgr_test.hpp"
#include "tap.hpp"
#include "waiting.hpp"

extern char** environ;

namespace {

Counters counters_of(int fd)
{
    Counters counters = {};
    devctl(fd, DCMD_TEST_COUNTERS, &counters, sizeof counters, nullptr);
    return counters;
}

// A close after a reply (stat by path, a client's death) is over a little later.
bool comes_to(int fd, uint32_t open, uint32_t closed)
{
    Counters now = {};
    if (comes_true([&] {
            now = counters_of(fd);
            return now.open == open && now.closed == closed;
        }))
        return true;
    printf("# open %u closed %u, expected %u and %u\n", now.open, now.closed, open, closed);
    return false;
}

pid_t start(const char* role)
{
    char program[] = "resmgr-test";
    char* argv[] = {program, const_cast<char*>(role), nullptr};
    pid_t pid = -1;
    int err = posix_spawnp(&pid, program, nullptr, nullptr, argv, environ);
    if (err != 0)
        printf("# posix_spawnp: %s\n", strerror(err));
    return err == 0 ? pid : -1;
}

int status_of(pid_t pid)
{
    int status = -1;
    if (waitpid(pid, &status, 0) != pid)
        return -1;
    return status;
}

void pause_ms(long ms)
{
    struct timespec span = {ms / 1000, ms % 1000 * 1000000};
    nanosleep(&span, nullptr);
}

bool wait_for(const char* path)
{
    struct stat st;
    return comes_true([&] { return stat(path, &st) == 0; });
}

void test_open_and_stat()
{
    struct stat st = {};
    check(stat(test_path, &st) == 0 && S_ISCHR(st.st_mode) && (st.st_mode & 0777) == 0644,
          "stat tells type and mode");
    int fd = open(test_path, O_RDWR);
    check(fd >= 0, "open");
    check(fstat(fd, &st) == 0 && S_ISCHR(st.st_mode), "fstat");
    check(open("/dev/resmgr-test/below", O_RDONLY) == -1 && errno != 0,
          "a name below a file is refused");
    check(comes_to(fd, 1, 2), "the contexts of two stat() are closed"); // one waited for the name
    check(close(fd) == 0, "close");
    fd = open(test_path, O_RDWR);
    check(comes_to(fd, 1, 3), "close_ocb ran once");
    check(close(fd) == 0 && close(fd) == -1 && errno == EBADF, "a second close is EBADF");
}

void test_data()
{
    int fd = open(test_path, O_RDWR | O_NONBLOCK);
    char buffer[64] = "";
    check(read(fd, buffer, sizeof buffer) == -1 && errno == EAGAIN,
          "nonblocking read of nothing is EAGAIN");
    check(write(fd, "hello", 5) == 5 && read(fd, buffer, sizeof buffer) == 5 &&
              memcmp(buffer, "hello", 5) == 0,
          "data comes back");
    check(write(fd, "abcdef", 6) == 6 && read(fd, buffer, 2) == 2 && read(fd, buffer, 60) == 4 &&
              buffer[0] == 'c',
          "short reads keep the rest");
    static char big[48 * 1024], back[sizeof big];
    for (size_t i = 0; i < sizeof big; ++i)
        big[i] = static_cast<char>(i * 7);
    ssize_t n = write(fd, big, sizeof big);
    ssize_t got = 0;
    for (ssize_t part; got < static_cast<ssize_t>(sizeof back) &&
                       (part = read(fd, back + got, sizeof back - static_cast<size_t>(got))) > 0;)
        got += part;
    check(n == static_cast<ssize_t>(sizeof big) && got == n && memcmp(big, back, sizeof big) == 0,
          "a write larger than the receive buffer");
    int read_only = open(test_path, O_RDONLY);
    check(write(read_only, "x", 1) == -1 && errno == EBADF,
          "writing on a read-only descriptor is EBADF");
    close(read_only);
    close(fd);
}

void test_flags()
{
    int fd = open(test_path, O_RDWR);
    int flags = fcntl(fd, F_GETFL);
    check((flags & O_ACCMODE) == O_RDWR && (flags & O_NONBLOCK) == 0, "F_GETFL");
    check(fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0 && (fcntl(fd, F_GETFL) & O_NONBLOCK) != 0,
          "F_SETFL O_NONBLOCK");
    int unknown = 0;
    int err = devctl(fd, __DIOTF(_DCMD_MISC, 99, int), &unknown, sizeof unknown, nullptr);
    check(err == ENOTTY || err == ENOSYS, "an unknown devctl is refused with its error as value");
    close(fd);
}

void test_attributes()
{
    struct stat st = {};
    check(chmod(test_path, 0600) == 0 && stat(test_path, &st) == 0 && (st.st_mode & 0777) == 0600,
          "chmod");
    check(chown(test_path, 5, 6) == 0 && stat(test_path, &st) == 0 && st.st_uid == 5 &&
              st.st_gid == 6,
          "chown");
    pid_t pid = start("stranger");
    int status = status_of(pid);
    check(WIFEXITED(status) && WEXITSTATUS(status) == EACCES, "another user may not open it");
    check(chmod(test_path, 0644) == 0 && chown(test_path, 0, 0) == 0, "back again");
    struct timespec times[2] = {{1000000, 0}, {2000000, 0}};
    check(utimensat(AT_FDCWD, test_path, times, 0) == 0 && stat(test_path, &st) == 0 &&
              st.st_mtime == 2000000,
          "utime");
}

void test_dup()
{
    int fd = open(test_path, O_RDWR | O_NONBLOCK);
    int copy = dup(fd);
    Counters before = counters_of(fd);
    check(copy > fd && before.open == 1, "dup shares the open context");
    close(fd);
    char c = 0;
    check(write(copy, "d", 1) == 1 && read(copy, &c, 1) == 1 && c == 'd',
          "the copy lives when the first is closed");
    int other = open(test_path, O_RDWR);
    check(comes_to(other, 2, before.closed), "close_ocb waits for the last copy");
    close(copy);
    check(comes_to(other, 1, before.closed + 1), "and then runs");
    pid_t pid = start("child");
    check(pid != -1 && write(other, "for the child", 13) == 13,
          "a child is started with the descriptor");
    int status = status_of(pid);
    check(WIFEXITED(status) && WEXITSTATUS(status) == 0,
          "the child reads from the inherited descriptor");
    close(other);
}

void on_alarm(int)
{
}

void test_unblock()
{
    struct sigaction action = {};
    action.sa_handler = on_alarm;
    sigaction(SIGALRM, &action, nullptr);
    int fd = open(test_path, O_RDWR);
    struct itimerval soon = {{0, 0}, {0, 100000}};
    setitimer(ITIMER_REAL, &soon, nullptr);
    char c;
    check(read(fd, &c, 1) == -1 && errno == EINTR,
          "a signal ends a blocked read through the server");
    Counters before = counters_of(fd);
    check(before.unblocked >= 1, "io_unblock was called");
    pid_t pid = start("blocked");
    check(comes_true([&] { return counters_of(fd).open == 2; }) &&
              comes_to_state(pid, 1, STATE_REPLY),
          "a second client waits");
    kill(pid, SIGKILL);
    int status = status_of(pid);
    check(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, "it can be killed while it waits");
    check(comes_to(fd, 1, before.closed + 1), "its open context is closed by the disconnect pulse");
    close(fd);
}

// Writes when the first thread waits: in STATE_RECEIVE for poll(), in STATE_REPLY for read().
void* late_writer(void* state)
{
    comes_to_state(getpid(), 1, static_cast<int>(reinterpret_cast<intptr_t>(state)));
    int fd = open(test_path, O_WRONLY);
    write(fd, "!", 1);
    close(fd);
    return nullptr;
}

long elapsed_ms(const struct timespec& since)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (now.tv_sec - since.tv_sec) * 1000 + (now.tv_nsec - since.tv_nsec) / 1000000;
}

void test_poll()
{
    int fd = open(test_path, O_RDWR);
    struct pollfd poll_fd = {fd, POLLIN, 0};
    struct timespec begun;
    clock_gettime(CLOCK_MONOTONIC, &begun);
    check(poll(&poll_fd, 1, 150) == 0 && elapsed_ms(begun) >= 140, "poll times out");
    pthread_t thread;
    pthread_create(&thread, nullptr, late_writer, reinterpret_cast<void*>(STATE_RECEIVE));
    check(poll(&poll_fd, 1, 5000) == 1 && poll_fd.revents == POLLIN,
          "poll sees data that comes later");
    pthread_join(thread, nullptr);
    fd_set readable, writable;
    FD_ZERO(&readable);
    FD_ZERO(&writable);
    FD_SET(fd, &readable);
    FD_SET(fd, &writable);
    struct timeval none = {0, 0};
    check(select(fd + 1, &readable, &writable, nullptr, &none) == 2 && FD_ISSET(fd, &readable) &&
              FD_ISSET(fd, &writable),
          "select counts both conditions");
    char c;
    check(read(fd, &c, 1) == 1 && c == '!', "the data is there");
    for (int i = 0; i < 200; ++i)
        poll(&poll_fd, 1, 1); // arms and disarms
    check(counters_of(fd).armed == 0, "nothing stays armed");
    struct pollfd wrong = {200, POLLIN, 0};
    check(poll(&wrong, 1, 0) == 1 && wrong.revents == POLLNVAL, "a closed descriptor is POLLNVAL");
    pthread_create(&thread, nullptr, late_writer, reinterpret_cast<void*>(STATE_REPLY));
    check(read(fd, &c, 1) == 1 && c == '!', "a blocked read is answered later by another thread");
    pthread_join(thread, nullptr);
    close(fd);
}

// What a broken or hostile client may send; the server must refuse it and live.
void test_lies(pid_t server)
{
    int fd = open(test_path, O_RDWR);
    uint8_t bytes[512];
    memset(bytes, 0xff, sizeof bytes);
    auto* connect = reinterpret_cast<struct _io_connect*>(bytes);
    *connect = {};
    connect->type = _IO_CONNECT;
    connect->path_len = 60000;
    check(MsgSend(fd, bytes, sizeof bytes, nullptr, 0) == -1 && errno == EINVAL,
          "a path longer than the message");
    connect->path_len = 4;
    memcpy(connect->path, "abcd", 4);
    check(MsgSend(fd, bytes, sizeof bytes, nullptr, 0) == -1 && errno == EINVAL,
          "a path without its end");
    connect->path_len = 1;
    connect->path[0] = '\0';
    connect->handle = 4711;
    check(MsgSend(fd, bytes, sizeof bytes, nullptr, 0) == -1 && errno == ENXIO,
          "a handle nobody was given");
    uint16_t type = _IO_READ;
    check(MsgSend(fd, &type, sizeof type, nullptr, 0) == -1 && errno == EINVAL,
          "a message that ends early");
    check(MsgSend(fd, &type, 1, nullptr, 0) == -1 && errno == EINVAL, "half a type");
    struct _io_stat odd = {0x1f0, 0, 0};
    check(MsgSend(fd, &odd, sizeof odd, nullptr, 0) == -1 && errno == ENOSYS,
          "a type that does not exist");
    struct _io_write huge = {};
    huge.type = _IO_WRITE;
    huge.nbytes = ~0ull;
    check(MsgSend(fd, &huge, sizeof huge, nullptr, 0) == -1, "more data announced than sent");
    struct _io_dup dup = {};
    dup.type = _IO_DUP;
    dup.pid = server; // neither we nor our parent
    dup.coid = fd;
    check(seteuid(1000) == 0, "root steps back: it may copy any descriptor");
    check(MsgSend(fd, &dup, sizeof dup, nullptr, 0) == -1 && errno == EPERM,
          "a copy of somebody else's descriptor");
    check(seteuid(0) == 0, "and is root again");
    struct stat st;
    check(stat(test_path, &st) == 0, "the server lives");
    close(fd);
}

void* named_server(void* argument)
{
    auto* attach = static_cast<name_attach_t*>(argument);
    for (;;) {
        struct {
            struct _pulse pulse;
            char rest[64];
        } message;
        int rcvid = MsgReceive(attach->chid, &message, sizeof message, nullptr);
        if (rcvid == -1)
            return nullptr;
        if (rcvid == 0) {
            if (message.pulse.code == _PULSE_CODE_DISCONNECT)
                ConnectDetach(message.pulse.scoid);
            continue;
        }
        MsgReply(rcvid, 42, "answer", 7);
    }
}

void test_names()
{
    check(name_open("resmgr-test", 0) == -1 && errno == ENOENT, "a name nobody attached");
    name_attach_t* attach = name_attach(nullptr, "resmgr-test", 0);
    check(attach != nullptr, "name_attach");
    if (attach == nullptr)
        return;
    pthread_t thread;
    pthread_create(&thread, nullptr, named_server, attach);
    int coid = name_open("resmgr-test", 0);
    char reply[16] = "";
    check(coid >= _NTO_SIDE_CHANNEL && MsgSend(coid, "question", 9, reply, sizeof reply) == 42 &&
              strcmp(reply, "answer") == 0,
          "name_open and MsgSend");
    check(name_close(coid) == 0, "name_close");
    check(name_detach(attach, 0) == 0, "name_detach");
    pthread_join(thread, nullptr);
}

// Random messages of every type over one connection. Those that block are ended by a timeout: the server must answer the unblock.
void test_fuzz()
{
    int guard = open(test_path, O_RDWR);
    int fd = open(test_path, O_RDWR);
    unsigned seed = 20261122;
    uint64_t words[64];
    for (int round = 0; round < 3000; ++round) {
        for (uint64_t& word : words)
            word = static_cast<uint64_t>(rand_r(&seed)) << (rand_r(&seed) % 33);
        auto* type = reinterpret_cast<uint16_t*>(words);
        type[0] = static_cast<uint16_t>(_IO_BASE + rand_r(&seed) % 26) |
                  (rand_r(&seed) % 4 == 0 ? _IO_COMBINE_FLAG : 0);
        type[1] = static_cast<uint16_t>(rand_r(&seed) % 64);
        auto* connect = reinterpret_cast<struct _io_connect*>(words);
        if ((type[0] & 0xfff) == _IO_CONNECT) {
            connect->subtype = static_cast<uint16_t>(rand_r(&seed) % 12);
            connect->handle = static_cast<uint32_t>(rand_r(&seed) % 3);
            connect->path_len = static_cast<uint16_t>(rand_r(&seed) % 300);
            connect->extra_len = static_cast<uint16_t>(rand_r(&seed) % 64);
            if (connect->path_len != 0 && connect->path_len < 200)
                memset(connect->path, 'a', connect->path_len - 1u),
                    connect->path[connect->path_len - 1] = '\0';
        }
        if ((type[0] & 0xfff) == _IO_DUP)
            reinterpret_cast<struct _io_dup*>(words)->pid = getpid();
        uint64_t limit = 2000000;
        TimerTimeout(CLOCK_MONOTONIC, _NTO_TIMEOUT_SEND | _NTO_TIMEOUT_REPLY, nullptr, &limit,
                     nullptr);
        uint8_t reply[256];
        MsgSend(fd, words, static_cast<size_t>(rand_r(&seed)) % sizeof words, reply,
                static_cast<size_t>(rand_r(&seed)) % sizeof reply);
    }
    ConnectDetach(fd);
    struct stat st;
    check(stat(test_path, &st) == 0, "the server lives after 3000 random messages");
    chmod(test_path, 0644);
    chown(test_path, 0, 0);
    for (int i = 0; i < 10; ++i) {
        pid_t pid = start("blocked");
        pause_ms(i * 3); // wherever it has come to
        kill(pid, SIGKILL);
        status_of(pid);
    }
    pid_t pid = start("drain");
    check(WIFEXITED(status_of(pid)), "and after clients killed at any moment");
    close(guard);
}

constexpr int stress_rounds = 300;

// Everything that takes and gives up open contexts, as fast as it goes.
void* hammer(void*)
{
    long bad = 0;
    for (int i = 0; i < stress_rounds; ++i) {
        struct stat st;
        int fd = open(test_path, O_RDWR | O_NONBLOCK);
        int copy = dup(fd);
        struct pollfd ready = {copy, POLLOUT, 0};
        bool good = fd != -1 && copy != -1 && fstat(fd, &st) == 0 && stat(test_path, &st) == 0 &&
                    poll(&ready, 1, 1000) == 1;
        close(fd);
        good = good && fstat(copy, &st) == 0;
        if (!good && bad == 0)
            printf("# round %d: fd %d copy %d revents %x: %s\n", i, fd, copy, ready.revents,
                   strerror(errno));
        bad += !good;
        close(copy);
    }
    return reinterpret_cast<void*>(bad);
}

void test_stress()
{
    int fd = open(test_path, O_RDWR);
    Counters before = counters_of(fd);
    pthread_t threads[4];
    for (pthread_t& thread : threads)
        pthread_create(&thread, nullptr, hammer, nullptr);
    long bad = 0;
    for (pthread_t& thread : threads) {
        void* result = nullptr;
        pthread_join(thread, &result);
        bad += reinterpret_cast<long>(result);
    }
    // A stat() by path opens and closes one as well.
    check(bad == 0, "four threads open, dup, poll, stat and close at once");
    check(comes_to(fd, before.open, before.closed + 4 * 2 * stress_rounds),
          "and every open context was closed once");
    close(fd);
}

void* kill_later(void* argument)
{
    comes_to_state(getpid(), 1, STATE_RECEIVE); // in poll()
    kill(*static_cast<pid_t*>(argument), SIGTERM);
    return nullptr;
}

int run_client()
{
    pid_t server = start("server");
    check(server != -1 && wait_for(test_path), "the server attaches its name");
    test_open_and_stat();
    test_data();
    test_flags();
    test_attributes();
    test_dup();
    test_unblock();
    test_poll();
    test_lies(server);
    test_fuzz();
    test_stress();
    test_names();
    test_dispatch(check);
    struct pollfd orphan = {open(test_path, O_RDONLY), POLLIN, 0};
    pthread_t killer;
    pthread_create(&killer, nullptr, kill_later, &server);
    check(poll(&orphan, 1, 20000) == 1 && (orphan.revents & (POLLNVAL | POLLERR)) != 0,
          "poll ends when the server dies");
    pthread_join(killer, nullptr);
    int status = status_of(server);
    check(WIFSIGNALED(status), "the server ends");
    struct stat st;
    check(stat(test_path, &st) == -1 && errno == ENOENT, "its name is gone with it");
    return checks_done();
}

// Reads from the descriptor its parent left it: the first one above 2 that can be read.
int run_child()
{
    char buffer[32] = "";
    for (int fd = 3; fd < 20; ++fd) {
        if (read(fd, buffer, sizeof buffer) == 13)
            return strncmp(buffer, "for the child", 13) == 0 ? 0 : 1;
    }
    return 2;
}

} // namespace

int main(int argc, char* argv[])
{
    const char* role = argc > 1 ? argv[1] : "client";
    if (strcmp(role, "server") == 0)
        return run_server();
    if (strcmp(role, "child") == 0)
        return run_child();
    if (strcmp(role, "stranger") == 0) {
        if (setuid(1000) == -1)
            return 1;
        return open(test_path, O_RDONLY) == -1 ? errno : 0;
    }
    if (strcmp(role, "blocked") == 0) {
        char c;
        return static_cast<int>(read(open(test_path, O_RDONLY), &c, 1));
    }
    if (strcmp(role, "drain") == 0) { // what the random writes left
        char buffer[4096];
        int fd = open(test_path, O_RDONLY | O_NONBLOCK);
        while (read(fd, buffer, sizeof buffer) > 0) {
        }
        return 0;
    }
    return run_client();
}
