// SPDX-License-Identifier: Apache-2.0
// Time, names, listening, connecting and whole writes for the network programs.
#include "net/lib/net.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "lib/util.hpp"

namespace net {

uint64_t now_ns()
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<uint64_t>(now.tv_sec) * ns_per_s + static_cast<uint64_t>(now.tv_nsec);
}

uint16_t checksum(const void* data, size_t length)
{
    auto* bytes = static_cast<const uint8_t*>(data);
    uint32_t sum = 0;
    for (size_t i = 0; i + 1 < length; i += 2)
        sum += static_cast<uint32_t>(bytes[i] | bytes[i + 1] << 8);
    if (length % 2 != 0)
        sum += bytes[length - 1];
    while (sum >> 16 != 0)
        sum = (sum & 0xffff) + (sum >> 16);
    return static_cast<uint16_t>(~sum);
}

struct sockaddr_in address(in_addr_t number, uint16_t port)
{
    struct sockaddr_in to = {};
    to.sin_len = sizeof to;
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = number;
    return to;
}

bool resolve(const char* host, struct sockaddr_in* to)
{
    struct hostent* found = gethostbyname(host);
    if (found == nullptr || found->h_addrtype != AF_INET)
        return util::say("%s: %s", host, hstrerror(h_errno)), false;
    in_addr_t number;
    memcpy(&number, found->h_addr_list[0], sizeof number);
    *to = address(number, ntohs(to->sin_port));
    return true;
}

int port_of(const char* service, const char* protocol)
{
    long number;
    if (util::number(service, number, 10)) {
        if (number > 0 && number < 65536)
            return static_cast<int>(number);
    } else if (struct servent* known = getservbyname(service, protocol)) {
        return ntohs(static_cast<uint16_t>(known->s_port));
    }
    util::say("%s: not a port or service of %s", service, protocol);
    return -1;
}

int listen_on(const struct sockaddr_in& at, int type, int backlog)
{
    int fd = socket(AF_INET, type, 0);
    if (fd == -1)
        return -1;
    int on = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, reinterpret_cast<const struct sockaddr*>(&at), sizeof at) == 0 &&
        (type != SOCK_STREAM || listen(fd, backlog) == 0))
        return fd;
    int error = errno;
    close(fd);
    errno = error;
    return -1;
}

namespace {

// The end of a connect() that said EINPROGRESS.
bool finish_connect(int fd, int timeout_ms)
{
    struct pollfd waiting = {fd, POLLOUT, 0};
    if (poll(&waiting, 1, timeout_ms) == 0) {
        errno = ETIMEDOUT;
        return false;
    }
    int error = 0;
    socklen_t length = sizeof error;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) == -1)
        return false;
    errno = error;
    return error == 0;
}

} // namespace

int connect_stream(const struct sockaddr_in& to, int timeout_ms)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd == -1)
        return -1;
    bool timed = timeout_ms >= 0;
    int flags = fcntl(fd, F_GETFL);
    if (timed)
        fcntl(fd, F_SETFL, flags | O_NONBLOCK);
    bool good = connect(fd, reinterpret_cast<const struct sockaddr*>(&to), sizeof to) == 0 ||
                (timed && errno == EINPROGRESS && finish_connect(fd, timeout_ms));
    if (!good) {
        int error = errno;
        close(fd);
        errno = error;
        return -1;
    }
    if (timed)
        fcntl(fd, F_SETFL, flags);
    return fd;
}

bool write_all(int fd, const void* data, size_t length)
{
    auto* next = static_cast<const char*>(data);
    while (length > 0) {
        ssize_t n = write(fd, next, length);
        if (n == -1 && errno == EINTR)
            continue;
        if (n == -1)
            return false;
        next += n;
        length -= static_cast<size_t>(n);
    }
    return true;
}

const char* text(const struct sockaddr_in& address)
{
    static char line[INET_ADDRSTRLEN + 8];
    char number[INET_ADDRSTRLEN];
    inet_ntop(AF_INET, &address.sin_addr, number, sizeof number);
    snprintf(line, sizeof line, "%s:%u", number, ntohs(address.sin_port));
    return line;
}

} // namespace net
