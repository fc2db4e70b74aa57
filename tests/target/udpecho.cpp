// SPDX-License-Identifier: Apache-2.0
// UDP echo: `serve PORT [COUNT]` sends each datagram back; `ask ADDRESS PORT SIZE...` sends datagrams of those sizes and compares the answers.
#include <abi/usage.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

QNX_USAGE("%C - UDP echo server and client\n"
          "%C serve PORT [COUNT]\n"
          "%C ask ADDRESS PORT FIRST LAST    # one datagram of each size from FIRST to LAST\n");

namespace {
constexpr size_t largest = 65507;
char sent[largest], received[largest];

int fail(const char* what)
{
    fprintf(stderr, "udpecho: ");
    perror(what);
    return 1;
}

sockaddr_in address_of(const char* host, const char* port)
{
    sockaddr_in address{};
    address.sin_len = sizeof address;
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(atoi(port)));
    address.sin_addr.s_addr = host ? inet_addr(host) : INADDR_ANY;
    return address;
}

int serve(int fd, const char* port, long count)
{
    sockaddr_in self = address_of(nullptr, port);
    if (bind(fd, reinterpret_cast<sockaddr*>(&self), sizeof self) == -1)
        return fail("bind");
    printf("udpecho: serving port %s\n", port);
    fflush(stdout);
    while (count < 0 || count-- > 0) {
        sockaddr_in peer{};
        socklen_t length = sizeof peer;
        ssize_t n =
            recvfrom(fd, received, sizeof received, 0, reinterpret_cast<sockaddr*>(&peer), &length);
        if (n == -1)
            return fail("recvfrom");
        if (sendto(fd, received, static_cast<size_t>(n), 0, reinterpret_cast<sockaddr*>(&peer),
                   length) != n)
            return fail("sendto");
    }
    return 0;
}

int ask(int fd, const char* host, const char* port, size_t first, size_t last)
{
    sockaddr_in peer = address_of(host, port);
    timeval limit = {5, 0};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    for (size_t size = first; size <= last && size <= largest; size++) {
        for (size_t i = 0; i < size; i++)
            sent[i] = static_cast<char>(i * 31 + size);
        if (sendto(fd, sent, size, 0, reinterpret_cast<sockaddr*>(&peer), sizeof peer) !=
            static_cast<ssize_t>(size))
            return fail("sendto");
        ssize_t n = recv(fd, received, sizeof received, 0);
        if (n == -1)
            return fail("recv");
        if (static_cast<size_t>(n) != size || memcmp(sent, received, size) != 0) {
            fprintf(stderr, "udpecho: sent %zu bytes, got %zd others\n", size, n);
            return 1;
        }
    }
    printf("udpecho: sizes %zu to %zu came back right\n", first, last);
    return 0;
}
} // namespace

int main(int argc, char** argv)
{
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    if (fd == -1)
        return fail("socket");
    if (argc >= 3 && strcmp(argv[1], "serve") == 0)
        return serve(fd, argv[2], argc > 3 ? atol(argv[3]) : -1);
    if (argc == 6 && strcmp(argv[1], "ask") == 0)
        return ask(fd, argv[2], argv[3], strtoul(argv[4], nullptr, 0),
                   strtoul(argv[5], nullptr, 0));
    fprintf(stderr, "usage: udpecho serve PORT [COUNT] | ask ADDRESS PORT FIRST LAST\n");
    return 1;
}
