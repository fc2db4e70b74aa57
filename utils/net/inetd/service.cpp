// SPDX-License-Identifier: Apache-2.0
// Serving: one thread a service waits for calls and starts programs, or answers itself.
#include "net/inetd/service.hpp"

#include <poll.h>
#include <spawn.h>
#include <sys/slog.h>
#include <sys/slogcodes.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <initializer_list>

#include <utility>

#include "lib/util.hpp"
#include "net/lib/net.hpp"

namespace inetd {

bool debug;

namespace {

constexpr uint64_t minute_ns = 60 * net::ns_per_s, punished_ns = 10 * minute_ns;
constexpr size_t stack_size = 64 * 1024;

void log(const Service& service, const char* what)
{
    if (debug)
        util::say("%s: %s", service.name, what);
    slogf(_SLOG_SETCODE(_SLOGC_NETWORK, 0), _SLOG_WARNING, "inetd: %s: %s", service.name, what);
}

// More starts in a minute than the limit: something loops; the service rests for ten minutes.
bool within_limit(Service* service)
{
    uint64_t now = net::now_ns();
    if (now - service->minute_start > minute_ns || service->minute_start == 0) {
        service->minute_start = now;
        service->started = 0;
    }
    return ++service->started <= service->limit;
}

void rest(Service* service)
{
    log(*service, "server failing (looping), service terminated for 10 minutes");
    struct timespec time = {static_cast<time_t>(punished_ns / net::ns_per_s), 0};
    nanosleep(&time, nullptr);
    service->started = 0;
}

// A user other than root is put on by a second inetd ("-U user"), which becomes the program.
pid_t start_program(Service* service, int fd, bool keep_zombie)
{
    int map[3] = {fd, fd, fd};
    struct inheritance inherit = {};
    inherit.flags = keep_zombie ? 0 : SPAWN_NOZOMBIE;
    char* by_user[max_words + 5] = {};
    char name[] = "inetd", option[] = "-U", user[64], program[256];
    snprintf(user, sizeof user, "%s", service->user);
    snprintf(program, sizeof program, "%s", service->program);
    if (strcmp(user, "root") == 0)
        return spawn(service->program, 3, map, &inherit, service->arguments, environ);
    size_t count = 0;
    for (char* word : {name, option, user, program})
        by_user[count++] = word;
    for (size_t i = 0; service->arguments[i] != nullptr; ++i)
        by_user[count++] = service->arguments[i];
    inherit.flags |= SPAWN_SEARCH_PATH;
    return spawnp("inetd", 3, map, &inherit, by_user, environ);
}

void* internal_stream(void* argument)
{
    auto* connection = static_cast<std::pair<const Internal*, int>*>(argument);
    connection->first->stream(connection->second);
    close(connection->second);
    delete connection;
    return nullptr;
}

void start_internal(const Internal* internal, int fd)
{
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, stack_size);
    auto* connection = new std::pair<const Internal*, int>(internal, fd);
    pthread_t thread;
    if (pthread_create(&thread, &attributes, internal_stream, connection) != 0) {
        close(fd);
        delete connection;
    }
    pthread_attr_destroy(&attributes);
}

void take_call(Service* service)
{
    int fd = accept(service->fd, nullptr, nullptr);
    if (fd == -1)
        return;
    if (!within_limit(service)) {
        close(fd);
        rest(service);
        return;
    }
    if (service->internal != nullptr)
        return start_internal(service->internal, fd);
    if (start_program(service, fd, false) == -1)
        log(*service, strerror(errno));
    close(fd);
}

// Two echo services that answer each other would never stop: calls from reserved ports are dropped.
void answer_datagram(Service* service)
{
    uint8_t data[65536 / 4];
    struct sockaddr_storage from = {};
    socklen_t length = sizeof from;
    ssize_t n = recvfrom(service->fd, data, sizeof data, 0,
                         reinterpret_cast<struct sockaddr*>(&from), &length);
    if (n >= 0 && net::port_number(from) >= IPPORT_RESERVED)
        service->internal->datagram(service->fd, from, data, static_cast<size_t>(n));
}

// The program owns the socket until it ends.
void lend_socket(Service* service)
{
    if (!within_limit(service))
        return rest(service);
    pid_t child = start_program(service, service->fd, true);
    if (child == -1)
        return log(*service, strerror(errno)), rest(service);
    int status;
    while (waitpid(child, &status, 0) == -1 && errno == EINTR)
        ;
}

void* serve(void* argument)
{
    auto* service = static_cast<Service*>(argument);
    for (;;) {
        struct pollfd waiting = {service->fd, POLLIN, 0};
        if (poll(&waiting, 1, -1) != 1)
            continue;
        if (service->stream && !service->wait)
            take_call(service);
        else if (service->internal != nullptr)
            answer_datagram(service);
        else
            lend_socket(service);
    }
}

void set_buffers(const Service& service)
{
    if (service.send_buffer != 0)
        setsockopt(service.fd, SOL_SOCKET, SO_SNDBUF, &service.send_buffer, sizeof(int));
    if (service.receive_buffer != 0)
        setsockopt(service.fd, SOL_SOCKET, SO_RCVBUF, &service.receive_buffer, sizeof(int));
}

} // namespace

bool start(Service* service)
{
    service->fd = net::listen_on(service->at, service->stream ? SOCK_STREAM : SOCK_DGRAM, 10);
    if (service->fd == -1)
        return log(*service, strerror(errno)), false;
    set_buffers(*service);
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, stack_size);
    bool good = pthread_create(&service->thread, &attributes, serve, service) == 0;
    pthread_attr_destroy(&attributes);
    if (!good)
        close(service->fd);
    return good;
}

void stop(Service* service)
{
    pthread_cancel(service->thread);
    pthread_join(service->thread, nullptr);
    close(service->fd);
    service->fd = -1;
}

} // namespace inetd
