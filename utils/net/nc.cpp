// SPDX-License-Identifier: Apache-2.0
// nc: standard input and output over a TCP, UDP or local connection.
#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <abi/usage.h>

#include "lib/util.hpp"
#include "net/lib/net.hpp"

QNX_USAGE("%C - read and write over the network\n\n"
          "%C [-46Ndnuvz] [-p port] [-s address] [-w secs] host port[-port]\n"
          "%C -l [-46Nkuv] [-s address] [-w secs] [-p] port\n"
          "%C -U [-l] [-Nkv] path\n"
          " -4, -6      IPv4 (default) or IPv6\n"
          " -d          do not read standard input\n"
          " -k          with -l: take the next connection after one ends\n"
          " -l          listen\n"
          " -N          shut the connection's sending side at the end of input\n"
          " -n          addresses only, no names\n"
          " -p port     source port, or the port to listen on\n"
          " -s address  source address\n"
          " -U          local (AF_LOCAL) sockets\n"
          " -u          UDP\n"
          " -v          say what happens\n"
          " -w secs     give up connecting, and end a silent connection, after so long\n"
          " -z          only look whether the ports answer\n"
          "Exit status: 0, or 1 when no connection came about.\n")

namespace {

struct Options {
    bool listen = false, keep = false, udp = false, local = false, verbose = false, scan = false;
    bool no_input = false, shut = false, numeric = false;
    int timeout_ms = -1;
    int family = AF_INET;
    const char* source = nullptr;
    const char* source_port = nullptr;
};

Options options;

void tell(const char* what, const struct sockaddr_storage& peer)
{
    if (options.verbose)
        util::say("%s %s", what, net::text(peer));
}

// One direction's step; false at its end.
bool move(int from, int to)
{
    char data[16384];
    ssize_t n = read(from, data, sizeof data);
    return n > 0 && net::write_all(to, data, static_cast<size_t>(n));
}

// Carries bytes both ways until the peer closes (or, with -w, until it is quiet for so long).
void carry(int fd)
{
    bool input = !options.no_input;
    for (;;) {
        struct pollfd ends[2] = {{fd, POLLIN, 0}, {input ? STDIN_FILENO : -1, POLLIN, 0}};
        int ready = poll(ends, 2, options.timeout_ms);
        if (ready == 0 || (ready == -1 && errno != EINTR))
            return;
        if (ready == -1)
            continue;
        if (ends[0].revents != 0 && !move(fd, STDOUT_FILENO))
            return;
        if (ends[1].revents != 0 && !move(STDIN_FILENO, fd)) {
            input = false;
            if (options.shut)
                shutdown(fd, SHUT_WR);
        }
    }
}

bool source_address(struct sockaddr_storage* at, const char* port)
{
    net::set_any(options.family, at);
    if (port != nullptr) {
        int number = net::port_of(port, options.udp ? "udp" : "tcp");
        if (number == -1)
            return false;
        net::set_port(at, number);
    }
    return options.source == nullptr || net::resolve(options.source, options.family, at);
}

bool target_address(const char* host, struct sockaddr_storage* to)
{
    net::set_any(options.family, to);
    struct in_addr plain;
    if (options.numeric && options.family == AF_INET && inet_aton(host, &plain) == 0)
        return util::say("%s: not an address", host), false;
    return net::resolve(host, options.family, to);
}

int connect_from(const struct sockaddr_storage& to)
{
    if (options.source == nullptr && options.source_port == nullptr && !options.udp)
        return net::connect_stream(to, options.timeout_ms);
    struct sockaddr_storage at;
    if (!source_address(&at, options.source_port))
        return -1;
    int fd = socket(options.family, options.udp ? SOCK_DGRAM : SOCK_STREAM, 0);
    if (fd == -1)
        return -1;
    if (bind(fd, reinterpret_cast<struct sockaddr*>(&at), at.ss_len) == 0 &&
        connect(fd, reinterpret_cast<const struct sockaddr*>(&to), to.ss_len) == 0)
        return fd;
    int error = errno;
    close(fd);
    errno = error;
    return -1;
}

// A UDP port is open unless an ICMP error comes back for one of these.
bool udp_answers(int fd)
{
    for (int i = 0; i < 3; ++i) {
        if (send(fd, "", 1, 0) == -1)
            return false;
        struct pollfd waiting = {fd, POLLIN, 0};
        poll(&waiting, 1, 200);
    }
    return true;
}

int call(const char* host, const char* ports)
{
    struct sockaddr_storage to;
    if (!target_address(host, &to))
        return 1;
    char first[64];
    snprintf(first, sizeof first, "%s", ports);
    char* dash = strchr(first, '-');
    bool range = dash != nullptr && dash[1] >= '0' && dash[1] <= '9';
    if (range)
        *dash = '\0';
    int low = net::port_of(first, options.udp ? "udp" : "tcp");
    int high = range ? net::port_of(dash + 1, options.udp ? "udp" : "tcp") : low;
    if (low == -1 || high < low)
        return 1;
    bool any = false;
    for (int port = low; port <= high; ++port) {
        net::set_port(&to, port);
        int fd = connect_from(to);
        if (fd == -1 || (options.scan && options.udp && !udp_answers(fd))) {
            if (options.verbose || !options.scan)
                util::say("connect to %s: %s", net::text(to), strerror(errno));
        } else {
            any = true;
            tell("connected to", to);
            if (!options.scan)
                carry(fd);
        }
        if (fd != -1)
            close(fd);
        if (any && !options.scan)
            return 0;
    }
    return any ? 0 : 1;
}

// The first datagram's sender becomes the peer.
bool adopt_peer(int fd)
{
    char data[65536];
    struct sockaddr_storage from;
    socklen_t length = sizeof from;
    ssize_t n =
        recvfrom(fd, data, sizeof data, 0, reinterpret_cast<struct sockaddr*>(&from), &length);
    if (n == -1 || connect(fd, reinterpret_cast<struct sockaddr*>(&from), length) == -1)
        return false;
    tell("datagram from", from);
    return net::write_all(STDOUT_FILENO, data, static_cast<size_t>(n));
}

bool serve_one(int listener)
{
    if (options.udp) {
        if (!adopt_peer(listener))
            return util::complain("recvfrom"), false;
        carry(listener);
        return true;
    }
    struct sockaddr_storage from = {};
    socklen_t length = sizeof from;
    int fd = accept(listener, options.local ? nullptr : reinterpret_cast<struct sockaddr*>(&from),
                    options.local ? nullptr : &length);
    if (fd == -1)
        return util::complain("accept"), false;
    if (!options.local)
        tell("connection from", from);
    carry(fd);
    close(fd);
    return true;
}

int serve(int listener)
{
    bool good = serve_one(listener);
    while (good && options.keep && !options.udp)
        good = serve_one(listener);
    return good ? 0 : 1;
}

int listen_inet(const char* port)
{
    struct sockaddr_storage at;
    if (!source_address(&at, port))
        return 1;
    int fd = net::listen_on(at, options.udp ? SOCK_DGRAM : SOCK_STREAM);
    if (fd == -1)
        return util::complain("bind");
    tell("listening on", at);
    return serve(fd);
}

int local(const char* path)
{
    struct sockaddr_un name = {};
    name.sun_len = sizeof name;
    name.sun_family = AF_LOCAL;
    if (strlen(path) >= sizeof name.sun_path)
        return util::complain(path, ENAMETOOLONG);
    strcpy(name.sun_path, path);
    int fd = socket(AF_LOCAL, SOCK_STREAM, 0);
    if (fd == -1)
        return util::complain("socket");
    auto* address = reinterpret_cast<struct sockaddr*>(&name);
    if (options.listen) {
        if (bind(fd, address, sizeof name) == -1 || listen(fd, 4) == -1)
            return util::complain(path);
        int status = serve(fd);
        unlink(path);
        return status;
    }
    if (connect(fd, address, sizeof name) == -1)
        return util::complain(path);
    carry(fd);
    return 0;
}

bool parse_options(int argc, char* argv[])
{
    const util::Flag flags[] = {
        {'d', &options.no_input}, {'k', &options.keep},    {'l', &options.listen},
        {'N', &options.shut},     {'n', &options.numeric}, {'U', &options.local},
        {'u', &options.udp},      {'v', &options.verbose}, {'z', &options.scan},
    };
    for (int c; (c = getopt(argc, argv, "46dklNnp:s:Uuvw:z")) != -1;) {
        if (util::set_flag(flags, c))
            continue;
        long seconds;
        switch (c) {
        case '4':
            options.family = AF_INET;
            break;
        case '6':
            options.family = AF_INET6;
            break;
        case 'p':
            options.source_port = optarg;
            break;
        case 's':
            options.source = optarg;
            break;
        case 'w':
            if (!util::number(optarg, seconds, 10) || seconds < 1 || seconds > 1000000)
                return util::say("bad value for -w: %s", optarg), false;
            options.timeout_ms = static_cast<int>(seconds * 1000);
            break;
        default:
            return false;
        }
    }
    return true;
}

} // namespace

int main(int argc, char* argv[])
{
    util::start(argv);
    if (!parse_options(argc, argv))
        return 1;
    signal(SIGPIPE, SIG_IGN);
    char** words = argv + optind;
    int count = argc - optind;
    if (options.local)
        return count == 1 ? local(words[0]) : util::say("-U needs one path");
    if (!options.listen)
        return count == 2 ? call(words[0], words[1])
                          : util::say("a host and a port, please; see use %s", util::program);
    const char* port = count > 0 ? words[count - 1] : options.source_port;
    if (count > 2 || port == nullptr)
        return util::say("-l needs a port");
    if (count == 2)
        options.source = words[0];
    return listen_inet(port);
}
