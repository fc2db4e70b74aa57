// SPDX-License-Identifier: Apache-2.0
// TCP sockets from inside the guest: calls, flags, options, errors and waiting over lo0 (TAP on standard output), and an echo server and
// client for a peer outside ("serve PORT", "ask ADDRESS PORT BYTES").
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/sockio.h>
#include <sys/time.h>
#include <unistd.h>

#include "tap.hpp"
#include "waiting.hpp"

namespace {

struct sockaddr_in name_of(const char* address, int port)
{
    struct sockaddr_in name = {};
    name.sin_len = sizeof name;
    name.sin_family = AF_INET;
    name.sin_port = htons(static_cast<uint16_t>(port));
    name.sin_addr.s_addr = inet_addr(address);
    return name;
}

struct sockaddr* generic(struct sockaddr_in* name)
{
    return reinterpret_cast<struct sockaddr*>(name);
}

int listener(struct sockaddr_in* name, int backlog = 5)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    *name = name_of("127.0.0.1", 0);
    socklen_t len = sizeof *name;
    if (fd == -1 || bind(fd, generic(name), len) == -1 || listen(fd, backlog) == -1 ||
        getsockname(fd, generic(name), &len) == -1)
        return -1;
    return fd;
}

struct Pair {
    int listening = -1, client = -1, server = -1;
    struct sockaddr_in name = {};

    Pair()
    {
        listening = listener(&name);
        client = socket(AF_INET, SOCK_STREAM, 0);
        if (connect(client, generic(&name), sizeof name) == 0)
            server = accept(listening, nullptr, nullptr);
    }
    ~Pair()
    {
        close(client);
        close(server);
        close(listening);
    }
};

unsigned char byte_at(size_t i)
{
    return static_cast<unsigned char>(i * 131 + i / 251);
}

void fill(unsigned char* to, size_t from, size_t size)
{
    for (size_t i = 0; i < size; ++i)
        to[i] = byte_at(from + i);
}

bool right(const unsigned char* data, size_t from, size_t size)
{
    for (size_t i = 0; i < size; ++i)
        if (data[i] != byte_at(from + i))
            return false;
    return true;
}

void test_connect_and_accept()
{
    struct sockaddr_in name, peer = {}, mine = {};
    socklen_t len = sizeof peer;
    int listening = listener(&name);
    check(listening >= 0, "a listening socket");
    int client = socket(AF_INET, SOCK_STREAM, 0);
    check(send(client, "x", 1, MSG_NOSIGNAL) == -1 && errno == ENOTCONN,
          "send before connect is ENOTCONN");
    check(connect(client, generic(&name), sizeof name) == 0, "connect");
    check(connect(client, generic(&name), sizeof name) == -1 && errno == EISCONN,
          "twice is EISCONN");
    int server = accept(listening, generic(&peer), &len);
    check(server >= 0, "accept");
    len = sizeof mine;
    getsockname(client, generic(&mine), &len);
    check(peer.sin_port == mine.sin_port && peer.sin_addr.s_addr == htonl(INADDR_LOOPBACK),
          "accept tells who called");
    len = sizeof peer;
    check(getpeername(client, generic(&peer), &len) == 0 && peer.sin_port == name.sin_port,
          "getpeername");
    check(write(client, "abc", 3) == 3, "write");
    char text[8] = {};
    check(read(server, text, sizeof text) == 3 && strcmp(text, "abc") == 0, "read");
    check(accept(client, nullptr, nullptr) == -1 && errno == EINVAL,
          "accept without listen is EINVAL");
    check(listen(client, 1) == -1 && errno == EINVAL, "listen on a connected socket is EINVAL");
    close(client);
    check(read(server, text, sizeof text) == 0, "end of file when the peer closed");
    close(server);
    close(listening);
    client = socket(AF_INET, SOCK_STREAM, 0);
    check(connect(client, generic(&name), sizeof name) == -1 && errno == ECONNREFUSED,
          "a closed port is ECONNREFUSED");
    close(client);
}

struct Stream {
    int fd;
    size_t size;
    bool good;
};

void* pump(void* arg)
{
    auto* s = static_cast<Stream*>(arg);
    static unsigned char buffer[50000];
    for (size_t at = 0; at < s->size;) {
        size_t n = s->size - at < sizeof buffer ? s->size - at : sizeof buffer;
        fill(buffer, at, n);
        if (write(s->fd, buffer, n) != static_cast<ssize_t>(n))
            return nullptr;
        at += n;
    }
    s->good = shutdown(s->fd, SHUT_WR) == 0;
    return nullptr;
}

void test_stream()
{
    Pair p;
    Stream s = {p.client, 1'000'000, false};
    pthread_t thread;
    pthread_create(&thread, nullptr, pump, &s);
    static unsigned char buffer[30000];
    size_t at = 0;
    bool same = true;
    for (ssize_t n; (n = read(p.server, buffer, sizeof buffer)) > 0; at += static_cast<size_t>(n))
        same = same && right(buffer, at, static_cast<size_t>(n));
    pthread_join(thread, nullptr);
    check(s.good && at == s.size && same, "a megabyte through a blocking pair, then end of file");
    check(write(p.server, "still", 5) == 5 && read(p.client, buffer, 5) == 5,
          "the other direction lives after shutdown(SHUT_WR)");
    check(send(p.client, "x", 1, MSG_NOSIGNAL) == -1 && errno == EPIPE,
          "send after SHUT_WR is EPIPE");
}

volatile sig_atomic_t pipes;

void on_pipe(int)
{
    pipes = pipes + 1;
}

void test_broken()
{
    Pair p;
    signal(SIGPIPE, on_pipe);
    shutdown(p.client, SHUT_WR);
    check(write(p.client, "x", 1) == -1 && errno == EPIPE && pipes == 1, "write raises SIGPIPE");
    check(send(p.client, "x", 1, MSG_NOSIGNAL) == -1 && errno == EPIPE && pipes == 1,
          "MSG_NOSIGNAL does not");
    Pair q;
    struct linger l = {1, 0};
    check(setsockopt(q.client, SOL_SOCKET, SO_LINGER, &l, sizeof l) == 0, "SO_LINGER");
    close(q.client);
    q.client = -1;
    char c;
    check(read(q.server, &c, 1) == -1 && errno == ECONNRESET,
          "lingering for 0 s resets: ECONNRESET");
    check(read(q.server, &c, 1) == 0, "once");
    int error = 0;
    socklen_t len = sizeof error;
    check(getsockopt(q.server, SOL_SOCKET, SO_ERROR, &error, &len) == 0 && error == 0,
          "SO_ERROR is clear");
}

double seconds_now()
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) / 1e9;
}

// close() waits for the data it leaves behind, as long as SO_LINGER says.
void test_lingering()
{
    Pair p;
    struct linger l = {1, 20};
    char bytes[4096] = {};
    setsockopt(p.client, SOL_SOCKET, SO_LINGER, &l, sizeof l);
    check(write(p.client, bytes, 100) == 100, "100 bytes to leave behind");
    double start = seconds_now();
    check(close(p.client) == 0 && seconds_now() - start < 10, "close waits for their ACK only");
    p.client = -1;
    check(recv(p.server, bytes, sizeof bytes, MSG_DONTWAIT) == 100, "all of them are there then");
    check(recv(p.server, bytes, sizeof bytes, MSG_DONTWAIT) == 0, "and the end");
    Pair q;
    l.l_linger = 1;
    setsockopt(q.client, SOL_SOCKET, SO_LINGER, &l, sizeof l);
    fcntl(q.client, F_SETFL, fcntl(q.client, F_GETFL) | O_NONBLOCK);
    ssize_t written = 0;
    for (ssize_t n; (n = write(q.client, bytes, sizeof bytes)) > 0;)
        written += n;
    fcntl(q.client, F_SETFL, fcntl(q.client, F_GETFL) & ~O_NONBLOCK);
    start = seconds_now();
    check(close(q.client) == 0, "close with data that nobody reads");
    check(seconds_now() - start >= 1, "takes l_linger seconds");
    q.client = -1;
    ssize_t got = 0;
    for (ssize_t n; (n = read(q.server, bytes, sizeof bytes)) > 0;)
        got += n;
    check(got == written, "nothing is lost by that");
}

void test_nonblocking()
{
    struct sockaddr_in name;
    int listening = listener(&name);
    fcntl(listening, F_SETFL, fcntl(listening, F_GETFL) | O_NONBLOCK);
    check(accept(listening, nullptr, nullptr) == -1 && errno == EAGAIN,
          "accept would block: EAGAIN");
    int client = socket(AF_INET, SOCK_STREAM, 0);
    fcntl(client, F_SETFL, fcntl(client, F_GETFL) | O_NONBLOCK);
    int r = connect(client, generic(&name), sizeof name);
    check(r == 0 || errno == EINPROGRESS, "connect without waiting: EINPROGRESS");
    struct pollfd fds[2] = {{client, POLLOUT, 0}, {listening, POLLIN, 0}};
    check(poll(&fds[1], 1, 5000) == 1 && (fds[1].revents & POLLIN) != 0,
          "poll: a connection waits");
    int error = -1;
    socklen_t len = sizeof error;
    check(poll(fds, 1, 5000) == 1 && getsockopt(client, SOL_SOCKET, SO_ERROR, &error, &len) == 0 &&
              error == 0,
          "poll: connected, SO_ERROR 0");
    int server = accept(listening, nullptr, nullptr);
    check(server >= 0, "accept");
    char c[2];
    check(read(client, c, 1) == -1 && errno == EAGAIN, "read would block: EAGAIN");
    static char block[65536];
    ssize_t n;
    size_t sent = 0;
    fds[0] = {client, POLLOUT, 0};
    do {
        n = write(client, block, sizeof block);
        sent += n > 0 ? static_cast<size_t>(n) : 0;
    } while ((n > 0 || poll(fds, 1, 500) == 1) && sent < 4'000'000);
    check(n == -1 && errno == EAGAIN && sent > 32768, "write fills both buffers, then EAGAIN");
    fds[0].revents = 0;
    check(poll(fds, 1, 0) == 0, "poll: not writable now");
    while (sent > 0 && (n = read(server, block, sizeof block)) > 0)
        sent -= static_cast<size_t>(n);
    check(sent == 0 && poll(fds, 1, 5000) == 1, "all came out; writable again");
    close(client);
    close(server);
    close(listening);
    client = socket(AF_INET, SOCK_STREAM, 0);
    fcntl(client, F_SETFL, fcntl(client, F_GETFL) | O_NONBLOCK);
    r = connect(client, generic(&name), sizeof name);
    fds[0] = {client, POLLOUT, 0};
    poll(fds, 1, 5000);
    getsockopt(client, SOL_SOCKET, SO_ERROR, &error, &len);
    check((r == -1 && errno == ECONNREFUSED) || error == ECONNREFUSED,
          "refused later, told by SO_ERROR");
    close(client);
}

void* late_writer(void* arg)
{
    int fd = *static_cast<int*>(arg);
    for (int i = 0; i < 10; ++i) {
        comes_to_state(getpid(), 1, STATE_REPLY); // recv() waits, for the rest
        write(fd, "0123456789", 10);
    }
    return nullptr;
}

void test_flags()
{
    Pair p;
    char text[128] = {};
    write(p.client, "hello", 5);
    check(recv(p.server, text, 3, MSG_PEEK) == 3 && recv(p.server, text, 5, 0) == 5 &&
              strcmp(text, "hello") == 0,
          "MSG_PEEK leaves the data");
    check(recv(p.server, text, 5, MSG_DONTWAIT) == -1 && errno == EAGAIN, "MSG_DONTWAIT");
    pthread_t thread;
    pthread_create(&thread, nullptr, late_writer, &p.client);
    check(recv(p.server, text, 100, MSG_WAITALL) == 100, "MSG_WAITALL waits for all");
    pthread_join(thread, nullptr);
    Stream s = {p.client, 300'000, false};
    pthread_create(&thread, nullptr, pump, &s);
    auto* big = static_cast<unsigned char*>(malloc(300'000));
    check(recv(p.server, big, 300'000, MSG_WAITALL) == 300'000 && right(big, 0, 300'000),
          "MSG_WAITALL of more than the buffer holds");
    pthread_join(thread, nullptr);
    free(big);
    struct timeval tv = {0, 200000};
    check(setsockopt(p.client, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv) == 0 &&
              recv(p.client, text, 1, 0) == -1 && errno == EAGAIN,
          "SO_RCVTIMEO ends a wait");
}

void test_urgent()
{
    Pair p;
    char c = 0;
    char text[16] = {};
    int mark = -1;
    write(p.client, "ab", 2);
    send(p.client, "!", 1, MSG_OOB);
    write(p.client, "cd", 2);
    fd_set except;
    FD_ZERO(&except);
    FD_SET(p.server, &except);
    struct timeval tv = {5, 0};
    check(select(p.server + 1, nullptr, nullptr, &except, &tv) == 1, "select: urgent data");
    check(recv(p.server, &c, 1, MSG_OOB) == 1 && c == '!', "MSG_OOB gives the urgent byte");
    check(recv(p.server, text, sizeof text, 0) == 2 && memcmp(text, "ab", 2) == 0,
          "a read stops at the mark");
    check(ioctl(p.server, SIOCATMARK, &mark) == 0 && mark != 0, "SIOCATMARK");
    check(recv(p.server, text, sizeof text, 0) == 2 && memcmp(text, "cd", 2) == 0,
          "and goes on behind it");
}

void test_options()
{
    Pair p;
    int v = 1;
    socklen_t len = sizeof v;
    check(setsockopt(p.client, IPPROTO_TCP, TCP_NODELAY, &v, sizeof v) == 0 &&
              getsockopt(p.client, IPPROTO_TCP, TCP_NODELAY, &v, &len) == 0 && v != 0,
          "TCP_NODELAY");
    check(getsockopt(p.client, IPPROTO_TCP, TCP_MAXSEG, &v, &len) == 0 && v > 500, "TCP_MAXSEG");
    struct timeval tv = {};
    len = sizeof tv;
    check(getsockopt(p.client, IPPROTO_TCP, TCP_KEEPALIVE, &tv, &len) == 0 && tv.tv_sec == 7200,
          "TCP_KEEPALIVE is two hours in a struct timeval");
    tv.tv_sec = 60;
    check(setsockopt(p.client, IPPROTO_TCP, TCP_KEEPALIVE, &tv, sizeof tv) == 0, "and can be set");
    tv.tv_sec = -1;
    check(setsockopt(p.client, IPPROTO_TCP, TCP_KEEPALIVE, &tv, sizeof tv) == -1,
          "but not to nonsense");
    v = 100000;
    check(setsockopt(p.client, SOL_SOCKET, SO_RCVBUF, &v, sizeof v) == 0, "SO_RCVBUF");
    struct sockaddr_in name = p.name;
    int second = socket(AF_INET, SOCK_STREAM, 0);
    check(bind(second, generic(&name), sizeof name) == -1 && errno == EADDRINUSE, "EADDRINUSE");
    close(second);
}

int self_test()
{
    test_connect_and_accept();
    test_stream();
    test_broken();
    test_lingering();
    test_nonblocking();
    test_flags();
    test_urgent();
    test_options();
    return checks_done();
}

void* echo(void* arg)
{
    int fd = static_cast<int>(reinterpret_cast<intptr_t>(arg));
    auto* buffer = static_cast<char*>(malloc(32768));
    for (ssize_t n; (n = read(fd, buffer, 32768)) > 0;)
        if (write(fd, buffer, static_cast<size_t>(n)) != n)
            break;
    free(buffer);
    close(fd);
    return nullptr;
}

int serve(int port)
{
    struct sockaddr_in name = name_of("0.0.0.0", port);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    int on = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, generic(&name), sizeof name) == -1 || listen(fd, 128) == -1) {
        perror("serve");
        return 1;
    }
    signal(SIGPIPE, SIG_IGN);
    printf("serving TCP port %d\n", port);
    fflush(stdout);
    pthread_attr_t attr;
    pthread_attr_init(&attr);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    for (;;) {
        int client = accept(fd, nullptr, nullptr);
        pthread_t thread;
        if (client >= 0 &&
            pthread_create(&thread, &attr, echo, reinterpret_cast<void*>(intptr_t{client})) != 0)
            close(client);
    }
}

int ask(const char* address, int port, size_t size)
{
    struct sockaddr_in name = name_of(address, port);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(fd, generic(&name), sizeof name) == -1) {
        perror("connect");
        return 1;
    }
    Stream s = {fd, size, false};
    pthread_t thread;
    pthread_create(&thread, nullptr, pump, &s);
    static unsigned char buffer[32768];
    size_t at = 0;
    bool same = true;
    for (ssize_t n; (n = read(fd, buffer, sizeof buffer)) > 0; at += static_cast<size_t>(n))
        same = same && right(buffer, at, static_cast<size_t>(n));
    pthread_join(thread, nullptr);
    close(fd);
    printf("%zu of %zu bytes came back %s\n", at, size, same && at == size ? "right" : "wrong");
    return !(same && at == size);
}

} // namespace

int main(int argc, char** argv)
{
    if (argc == 3 && strcmp(argv[1], "serve") == 0)
        return serve(atoi(argv[2]));
    if (argc == 5 && strcmp(argv[1], "ask") == 0)
        return ask(argv[2], atoi(argv[3]), static_cast<size_t>(atol(argv[4])));
    return self_test();
}
