// SPDX-License-Identifier: Apache-2.0
// ping6: ICMPv6 echo requests (RFC 4443 4), the answers' times, and the loss.
#include <arpa/inet.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <abi/usage.h>

#include "lib/util.hpp"
#include "net/lib/net.hpp"

QNX_USAGE("%C - send ICMPv6 echo requests to a host\n\n"
          "%C [-nq] [-c count] [-h hoplimit] [-I interface] [-i secs] [-S source] [-s size] host\n"
          " -c count      stop after so many answers\n"
          " -h hoplimit   of the requests (default 64)\n"
          " -I interface  the link of a link-local host or a group\n"
          " -i secs       time between requests (default 1)\n"
          " -n            numbers only\n"
          " -q            only the summary\n"
          " -S source     address to send from\n"
          " -s size       data bytes (default 56)\n"
          "Exit status: 0 the host answered, 1 it did not, 2 an error.\n")

namespace {

using net::now_ns;
using net::ns_per_ms;

constexpr uint8_t echo_request = 128;
constexpr uint8_t echo_reply = 129;
constexpr uint64_t answer_wait_ns = 5000 * ns_per_ms; // behind the last request
constexpr size_t max_data = 65527 - 8;

struct Echo {
    uint8_t type, code;
    uint16_t checksum; // the stack's business
    uint16_t id, sequence;
};

struct Options {
    long count = 0, size = 56, hops = -1;
    uint64_t interval_ns = 1000 * ns_per_ms;
    unsigned interface = 0;
    bool quiet = false;
    const char* source = nullptr;
};

struct Counts {
    long sent = 0, received = 0;
    uint64_t least_ns = ~0ull, most_ns = 0, sum_ns = 0;
};

volatile sig_atomic_t interrupted;
uint8_t packet[65536];

bool resolve(const char* host, const Options& options, struct sockaddr_in6* to)
{
    struct addrinfo hints = {};
    struct addrinfo* found = nullptr;
    hints.ai_family = AF_INET6;
    hints.ai_socktype = SOCK_RAW;
    if (int error = getaddrinfo(host, nullptr, &hints, &found)) {
        util::say("%s: %s", host, gai_strerror(error));
        return false;
    }
    memcpy(to, found->ai_addr, sizeof *to);
    freeaddrinfo(found);
    if (to->sin6_scope_id == 0)
        to->sin6_scope_id = options.interface;
    return true;
}

int open_socket(const Options& options, const struct sockaddr_in6& to)
{
    const int fd = socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6);
    if (fd == -1)
        return util::complain("socket"), -1;
    uint32_t filter[8]; // only answers
    memset(filter, 0xff, sizeof filter);
    filter[echo_reply / 32] &= ~(1u << echo_reply % 32);
    const int on = 1;
    const int hops = static_cast<int>(options.hops);
    const int multicast_if = static_cast<int>(options.interface);
    if (setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, filter, sizeof filter) == -1 ||
        setsockopt(fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, &on, sizeof on) == -1)
        return util::complain("setsockopt"), -1;
    if (hops >= 0 && (setsockopt(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, &hops, sizeof hops) == -1 ||
                      setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, &hops, sizeof hops) == -1))
        return util::complain("-h"), -1;
    if (options.interface != 0 && IN6_IS_ADDR_MULTICAST(&to.sin6_addr) &&
        setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, &multicast_if, sizeof multicast_if) == -1)
        return util::complain("-I"), -1;
    if (options.source != nullptr) {
        struct sockaddr_in6 from;
        if (!resolve(options.source, options, &from))
            return -1;
        if (bind(fd, reinterpret_cast<struct sockaddr*>(&from), sizeof from) == -1)
            return util::complain(options.source), -1;
    }
    return fd;
}

void send_request(int fd, const Options& options, const struct sockaddr_in6& to, Counts& counts)
{
    const Echo echo = {echo_request, 0, 0, htons(static_cast<uint16_t>(getpid())),
                       htons(static_cast<uint16_t>(counts.sent))};
    const size_t size = sizeof echo + static_cast<size_t>(options.size);
    for (size_t i = sizeof echo; i < size; ++i)
        packet[i] = static_cast<uint8_t>(i);
    memcpy(packet, &echo, sizeof echo);
    const uint64_t now = now_ns();
    if (static_cast<size_t>(options.size) >= sizeof now)
        memcpy(packet + sizeof echo, &now, sizeof now);
    counts.sent++;
    if (sendto(fd, packet, size, 0, reinterpret_cast<const struct sockaddr*>(&to), sizeof to) == -1)
        util::complain("sendto");
}

int hops_of(struct msghdr& m)
{
    for (struct cmsghdr* c = CMSG_FIRSTHDR(&m); c != nullptr; c = CMSG_NXTHDR(&m, c))
        if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_HOPLIMIT) {
            int hops;
            memcpy(&hops, CMSG_DATA(c), sizeof hops);
            return hops;
        }
    return -1;
}

void print_from(const struct sockaddr_in6& from)
{
    char text[INET6_ADDRSTRLEN];
    char zone[IFNAMSIZ];
    printf("%s", inet_ntop(AF_INET6, &from.sin6_addr, text, sizeof text));
    if (from.sin6_scope_id != 0 && if_indextoname(from.sin6_scope_id, zone) != nullptr)
        printf("%%%s", zone);
}

void receive_answer(int fd, const Options& options, Counts& counts)
{
    struct sockaddr_in6 from = {};
    struct iovec io = {packet, sizeof packet};
    char control[128];
    struct msghdr m = {};
    m.msg_name = &from;
    m.msg_namelen = sizeof from;
    m.msg_iov = &io;
    m.msg_iovlen = 1;
    m.msg_control = control;
    m.msg_controllen = sizeof control;
    const ssize_t size = recvmsg(fd, &m, 0);
    Echo echo;
    if (size < static_cast<ssize_t>(sizeof echo))
        return;
    memcpy(&echo, packet, sizeof echo);
    if (echo.type != echo_reply || ntohs(echo.id) != static_cast<uint16_t>(getpid()))
        return;
    counts.received++;
    uint64_t sent_ns = 0;
    uint64_t took = 0;
    if (size >= static_cast<ssize_t>(sizeof echo + sizeof sent_ns)) {
        memcpy(&sent_ns, packet + sizeof echo, sizeof sent_ns);
        took = now_ns() - sent_ns;
        counts.least_ns = took < counts.least_ns ? took : counts.least_ns;
        counts.most_ns = took > counts.most_ns ? took : counts.most_ns;
        counts.sum_ns += took;
    }
    if (options.quiet)
        return;
    printf("%zd bytes from ", size);
    print_from(from);
    printf(", icmp_seq=%u hlim=%d", ntohs(echo.sequence), hops_of(m));
    if (sent_ns != 0)
        printf(" time=%llu.%03llu ms", static_cast<unsigned long long>(took / ns_per_ms),
               static_cast<unsigned long long>(took % ns_per_ms / 1000));
    putchar('\n');
    fflush(stdout);
}

void run(int fd, const Options& options, const struct sockaddr_in6& to, Counts& counts)
{
    uint64_t next_ns = now_ns();
    uint64_t end_ns = ~0ull;
    while (!interrupted && (options.count == 0 || counts.received < options.count)) {
        const uint64_t now = now_ns();
        if (now >= end_ns)
            break;
        if (now >= next_ns && (options.count == 0 || counts.sent < options.count)) {
            send_request(fd, options, to, counts);
            next_ns += options.interval_ns;
            if (options.count != 0 && counts.sent == options.count)
                end_ns = now + answer_wait_ns;
            continue;
        }
        const uint64_t until = end_ns != ~0ull ? end_ns : next_ns;
        struct pollfd p = {fd, POLLIN, 0};
        const uint64_t wait = until > now ? (until - now + ns_per_ms - 1) / ns_per_ms : 0;
        if (poll(&p, 1, static_cast<int>(wait)) == 1)
            receive_answer(fd, options, counts);
    }
}

void summarize(const char* host, const Counts& c)
{
    const long lost = c.sent > c.received ? c.sent - c.received : 0;
    printf("\n--- %s ping6 statistics ---\n", host);
    printf("%ld packets transmitted, %ld packets received, %ld%% packet loss\n", c.sent, c.received,
           c.sent != 0 ? lost * 100 / c.sent : 0);
    if (c.received != 0 && c.most_ns != 0)
        printf("round-trip min/avg/max = %llu.%03llu/%llu.%03llu/%llu.%03llu ms\n",
               static_cast<unsigned long long>(c.least_ns / ns_per_ms),
               static_cast<unsigned long long>(c.least_ns % ns_per_ms / 1000),
               static_cast<unsigned long long>(c.sum_ns / static_cast<uint64_t>(c.received) /
                                               ns_per_ms),
               static_cast<unsigned long long>(c.sum_ns / static_cast<uint64_t>(c.received) %
                                               ns_per_ms / 1000),
               static_cast<unsigned long long>(c.most_ns / ns_per_ms),
               static_cast<unsigned long long>(c.most_ns % ns_per_ms / 1000));
}

bool number(const char* text, long least, long most, long* to)
{
    if (util::number(text, *to, 10) && *to >= least && *to <= most)
        return true;
    util::say("%s: bad value", text);
    return false;
}

} // namespace

int main(int argc, char* argv[])
{
    Options options;
    long seconds = 1;
    util::start(argv);
    for (int c; (c = getopt(argc, argv, "c:h:I:i:nqS:s:")) != -1;) {
        bool good = true;
        switch (c) {
        case 'c':
            good = number(optarg, 1, 1000000000, &options.count);
            break;
        case 'h':
            good = number(optarg, 0, 255, &options.hops);
            break;
        case 'I':
            options.interface = if_nametoindex(optarg);
            if (options.interface == 0)
                return util::complain(optarg), 2;
            break;
        case 'i':
            good = number(optarg, 1, 3600, &seconds);
            options.interval_ns = static_cast<uint64_t>(seconds) * 1000 * ns_per_ms;
            break;
        case 'n':
            break; // names are never asked for
        case 'q':
            options.quiet = true;
            break;
        case 'S':
            options.source = optarg;
            break;
        case 's':
            good = number(optarg, 0, max_data, &options.size);
            break;
        default:
            return 2;
        }
        if (!good)
            return 2;
    }
    if (optind != argc - 1)
        return util::say("no host: try 'use ping6'"), 2;
    const char* host = argv[optind];
    struct sockaddr_in6 to;
    if (!resolve(host, options, &to))
        return 2;
    const int fd = open_socket(options, to);
    if (fd == -1)
        return 2;
    signal(SIGINT, [](int) { interrupted = 1; });
    printf("PING6 %s (", host);
    print_from(to);
    printf("): %ld data bytes\n", options.size);
    Counts counts;
    run(fd, options, to, counts);
    summarize(host, counts);
    util::finish(0);
    return counts.received != 0 ? 0 : 1;
}
