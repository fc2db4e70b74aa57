// SPDX-License-Identifier: Apache-2.0
// The services inetd answers itself: echo, discard, chargen, daytime, time.
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "net/inetd/service.hpp"
#include "net/lib/net.hpp"

namespace inetd {
namespace {

constexpr size_t block = 16384;

void reply(int fd, const struct sockaddr_storage& to, const void* data, size_t length)
{
    sendto(fd, data, length, 0, reinterpret_cast<const struct sockaddr*>(&to), to.ss_len);
}

void echo_stream(int fd)
{
    char data[block];
    for (ssize_t n; (n = read(fd, data, sizeof data)) > 0;)
        if (!net::write_all(fd, data, static_cast<size_t>(n)))
            return;
}

void echo_datagram(int fd, const struct sockaddr_storage& from, const uint8_t* data, size_t length)
{
    reply(fd, from, data, length);
}

void discard_stream(int fd)
{
    char data[block];
    while (read(fd, data, sizeof data) > 0)
        ;
}

void discard_datagram(int, const struct sockaddr_storage&, const uint8_t*, size_t)
{
}

// A line of 72 printing characters, beginning one further each time (RFC 864).
constexpr size_t chargen_line = 74;

void make_line(unsigned first, char* line)
{
    for (unsigned i = 0; i < 72; ++i)
        line[i] = static_cast<char>(' ' + (first + i) % 95);
    line[72] = '\r';
    line[73] = '\n';
}

void chargen_stream(int fd)
{
    char line[chargen_line];
    for (unsigned first = 0;; ++first) {
        make_line(first % 95, line);
        if (!net::write_all(fd, line, sizeof line))
            return;
    }
}

void chargen_datagram(int fd, const struct sockaddr_storage& from, const uint8_t*, size_t)
{
    char line[chargen_line];
    make_line(0, line);
    reply(fd, from, line, sizeof line);
}

size_t daytime(char (&text)[64])
{
    time_t now = time(nullptr);
    struct tm parts;
    return strftime(text, sizeof text, "%a %b %e %H:%M:%S %Y\r\n", localtime_r(&now, &parts));
}

void daytime_stream(int fd)
{
    char text[64];
    net::write_all(fd, text, daytime(text));
}

void daytime_datagram(int fd, const struct sockaddr_storage& from, const uint8_t*, size_t)
{
    char text[64];
    reply(fd, from, text, daytime(text));
}

// Seconds since 1900 (RFC 868).
uint32_t seconds()
{
    return htonl(static_cast<uint32_t>(time(nullptr) + 2208988800));
}

void time_stream(int fd)
{
    uint32_t now = seconds();
    net::write_all(fd, &now, sizeof now);
}

void time_datagram(int fd, const struct sockaddr_storage& from, const uint8_t*, size_t)
{
    uint32_t now = seconds();
    reply(fd, from, &now, sizeof now);
}

constexpr Internal services[] = {
    {"echo", echo_stream, echo_datagram},          {"discard", discard_stream, discard_datagram},
    {"chargen", chargen_stream, chargen_datagram}, {"daytime", daytime_stream, daytime_datagram},
    {"time", time_stream, time_datagram},
};

} // namespace

const Internal* find_internal(const char* name)
{
    for (const Internal& service : services)
        if (strcmp(service.name, name) == 0)
            return &service;
    return nullptr;
}

} // namespace inetd
