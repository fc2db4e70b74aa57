// SPDX-License-Identifier: Apache-2.0
// One line of inetd.conf: what to listen on, and whom to start for it.
#pragma once
#include <netinet/in.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/socket.h>

namespace inetd {

constexpr size_t max_services = 64, max_words = 16;

// A service built into inetd (RFC 862, 863, 864, 867, 868).
struct Internal {
    const char* name;
    void (*stream)(int fd); // one connection, until it ends
    void (*datagram)(int fd, const struct sockaddr_storage& from, const uint8_t* data,
                     size_t length);
};
const Internal* find_internal(const char* name);

struct Service {
    char line[512];             // as read, for comparing when the file is read again
    char words[512];            // the same, cut into words
    struct sockaddr_storage at; // address and port
    int family;                 // AF_INET, for tcp6 and udp6 AF_INET6
    bool stream, wait;
    long limit = 40; // starts in 60 s
    int send_buffer = 0, receive_buffer = 0;
    const char* user = nullptr;
    const char* program = nullptr;
    char* arguments[max_words + 1] = {};
    const Internal* internal = nullptr;
    const char* name = nullptr;

    int fd = -1; // while it runs
    pthread_t thread;
    long started = 0; // in the minute that began at minute_start
    uint64_t minute_start = 0;
};

// Reads one line; 1: a service, 0: nothing in it, -1: wrong, with a message.
int parse_line(const char* file, unsigned number, const char* line, Service* service);

bool start(Service* service); // opens its socket and serves it in a thread of its own
void stop(Service* service);

extern bool debug;

} // namespace inetd
