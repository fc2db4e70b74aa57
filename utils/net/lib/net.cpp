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

namespace {

struct sockaddr_storage storage_of(const struct sockaddr_in& sin)
{
    struct sockaddr_storage ss = {};
    memcpy(&ss, &sin, sizeof sin);
    return ss;
}

in_port_t* port_in(struct sockaddr_storage* name)
{
    return name->ss_family == AF_INET6 ? &reinterpret_cast<struct sockaddr_in6*>(name)->sin6_port
                                       : &reinterpret_cast<struct sockaddr_in*>(name)->sin_port;
}

} // namespace

bool resolve(const char* host, int family, struct sockaddr_storage* to)
{
    struct addrinfo hints = {};
    struct addrinfo* found = nullptr;
    const in_port_t port = to->ss_len != 0 ? *port_in(to) : in_port_t{0};
    hints.ai_family = family;
    hints.ai_socktype = SOCK_STREAM;
    if (int error = getaddrinfo(host, nullptr, &hints, &found))
        return util::say("%s: %s", host, gai_strerror(error)), false;
    *to = {};
    memcpy(to, found->ai_addr, found->ai_addrlen);
    *port_in(to) = port;
    freeaddrinfo(found);
    return true;
}

int family_of(const char* host)
{
    in_addr number;
    return strchr(host, ':') != nullptr    ? AF_INET6
           : inet_aton(host, &number) == 1 ? AF_INET
                                           : AF_UNSPEC;
}

void set_any(int family, struct sockaddr_storage* to)
{
    *to = {};
    to->ss_family = static_cast<sa_family_t>(family);
    to->ss_len = family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
}

void set_port(struct sockaddr_storage* to, int port)
{
    *port_in(to) = htons(static_cast<uint16_t>(port));
}

in_port_t port_number(const struct sockaddr_storage& name)
{
    struct sockaddr_storage copy = name;
    return ntohs(*port_in(&copy));
}

bool same_host(const struct sockaddr_storage& a, const struct sockaddr_storage& b)
{
    if (a.ss_family != b.ss_family)
        return false;
    if (a.ss_family == AF_INET)
        return reinterpret_cast<const struct sockaddr_in&>(a).sin_addr.s_addr ==
               reinterpret_cast<const struct sockaddr_in&>(b).sin_addr.s_addr;
    return memcmp(&reinterpret_cast<const struct sockaddr_in6&>(a).sin6_addr,
                  &reinterpret_cast<const struct sockaddr_in6&>(b).sin6_addr,
                  sizeof(struct in6_addr)) == 0;
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

namespace {

// fd, bound and listening; closed and -1 when that fails.
int listen_at(int fd, const struct sockaddr_storage& at, int type, int backlog)
{
    int on = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, reinterpret_cast<const struct sockaddr*>(&at), at.ss_len) == 0 &&
        (type != SOCK_STREAM || listen(fd, backlog) == 0))
        return fd;
    int error = errno;
    close(fd);
    errno = error;
    return -1;
}

} // namespace

int listen_on(const struct sockaddr_in& at, int type, int backlog)
{
    return listen_on(storage_of(at), type, backlog);
}

int listen_on(const struct sockaddr_storage& at, int type, int backlog)
{
    int fd = socket(at.ss_family, type, 0);
    return fd == -1 ? -1 : listen_at(fd, at, type, backlog);
}

int listen_everywhere(int port, int type, int backlog)
{
    int fd = socket(AF_INET6, type, 0), off = 0;
    if (fd == -1)
        return listen_on(address(INADDR_ANY, static_cast<uint16_t>(port)), type, backlog);
    struct sockaddr_storage at;
    set_any(AF_INET6, &at);
    set_port(&at, port);
    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    return listen_at(fd, at, type, backlog);
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
    return connect_stream(storage_of(to), timeout_ms);
}

int connect_stream(const struct sockaddr_storage& to, int timeout_ms)
{
    int fd = socket(to.ss_family, SOCK_STREAM, 0);
    if (fd == -1)
        return -1;
    bool timed = timeout_ms >= 0;
    int flags = fcntl(fd, F_GETFL);
    if (timed)
        fcntl(fd, F_SETFL, flags | O_NONBLOCK);
    bool good = connect(fd, reinterpret_cast<const struct sockaddr*>(&to), to.ss_len) == 0 ||
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

const char* text(const struct sockaddr_storage& address)
{
    static char line[INET6_ADDRSTRLEN + 32];
    char number[INET6_ADDRSTRLEN + 16] = "?";
    const auto& six = reinterpret_cast<const struct sockaddr_in6&>(address);
    if (address.ss_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&six.sin6_addr))
        inet_ntop(AF_INET, &six.sin6_addr.s6_addr[12], number, sizeof number);
    else
        (void)getnameinfo(reinterpret_cast<const struct sockaddr*>(&address), address.ss_len,
                          number, sizeof number, nullptr, 0, NI_NUMERICHOST);
    snprintf(line, sizeof line, "%s:%u", number, port_number(address));
    return line;
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
