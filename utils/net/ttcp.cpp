// SPDX-License-Identifier: Apache-2.0
// ttcp: sends or takes a stream of bytes over TCP or UDP and tells how fast it went.
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>

#include <abi/usage.h>

#include "lib/util.hpp"
#include "net/lib/net.hpp"

QNX_USAGE("%C - measure network throughput\n\n"
          "%C -t [-options] host [< in]\n"
          "%C -r [-options] [> out]\n"
          " -l bytes   length of each read or write (default 8192)\n"
          " -n count   buffers to send with -s (default 2048)\n"
          " -p port    port number (default 5001)\n"
          " -T seconds send for so long instead of -n (with -s)\n"
          " -s         -t: send a pattern instead of the input; -r: throw the data away\n"
          " -c         with -s -r: check the pattern\n"
          " -u         UDP\n"
          " -b bytes   size of the socket's buffer\n"
          " -B         -r: only full blocks, as -l says\n"
          " -D         -t: TCP_NODELAY\n"
          " -v         say more\n"
          "Exit status: 0, or 1 when an error ended it or the pattern was wrong.\n")

namespace {

struct Options {
    bool transmit = false, receive = false, pattern = false, check = false, udp = false;
    bool full_blocks = false, no_delay = false, verbose = false;
    long length = 8192, count = 2048, port = 5001, buffer = 0, seconds = 0;
    const char* host = nullptr;
};

struct Tally {
    uint64_t bytes = 0;
    uint64_t calls = 0;
};

Options options;
Tally tally;
char* block;
uint64_t end_ns;
constexpr size_t udp_guard =
    4; // datagrams this short mark the beginning and the end, as ttcp always did

constexpr char pattern_byte(uint64_t offset)
{
    constexpr char letters[] = " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                               "[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~";
    return letters[offset % (sizeof letters - 1)];
}

void fill(uint64_t offset, size_t length)
{
    for (size_t i = 0; i < length; ++i)
        block[i] = pattern_byte(offset + i);
}

bool right(uint64_t offset, size_t length)
{
    for (size_t i = 0; i < length; ++i)
        if (block[i] != pattern_byte(offset + i))
            return util::say("byte %llu is not what was sent",
                             static_cast<unsigned long long>(offset + i)),
                   false;
    return true;
}

bool set_options(int fd)
{
    int on = 1, size = static_cast<int>(options.buffer);
    int which = options.transmit ? SO_SNDBUF : SO_RCVBUF;
    if (size != 0 && setsockopt(fd, SOL_SOCKET, which, &size, sizeof size) == -1)
        return util::complain("setsockopt: sockbuf"), false;
    if (options.no_delay && !options.udp &&
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == -1)
        return util::complain("setsockopt: nodelay"), false;
    return true;
}

// The next block to send: of the pattern, or of standard input. 0 at the end, -1 with a message.
ssize_t next_block()
{
    auto length = static_cast<size_t>(options.length);
    if (!options.pattern) {
        ssize_t n = read(0, block, length);
        if (n == -1)
            util::complain("standard input");
        return n;
    }
    if (options.seconds != 0 ? net::now_ns() >= end_ns
                             : tally.calls == static_cast<uint64_t>(options.count))
        return 0;
    fill(tally.bytes, length);
    return static_cast<ssize_t>(length);
}

bool send_block(int fd, size_t length)
{
    if (!options.udp)
        return net::write_all(fd, block, length);
    while (send(fd, block, length, 0) == -1) {
        if (errno != ENOBUFS)
            return false;
        usleep(1000); // the card's queue is full: let it send
    }
    return true;
}

bool transmit(int fd)
{
    if (options.udp && send(fd, block, udp_guard, 0) == -1)
        return util::complain("send"), false;
    for (ssize_t n; (n = next_block()) != 0; tally.calls++) {
        if (n == -1)
            return false;
        if (!send_block(fd, static_cast<size_t>(n)))
            return util::complain("write"), false;
        tally.bytes += static_cast<uint64_t>(n);
    }
    for (int i = 0; options.udp && i < 4; ++i)
        send(fd, block, udp_guard, 0); // "end"; some of them may be lost
    return true;
}

ssize_t take_block(int fd)
{
    auto length = static_cast<size_t>(options.length);
    return recv(fd, block, length, options.full_blocks && !options.udp ? MSG_WAITALL : 0);
}

bool receive(int fd)
{
    bool going = !options.udp;
    for (ssize_t n; (n = take_block(fd)) != 0; tally.calls++) {
        if (n == -1)
            return util::complain("read"), false;
        auto length = static_cast<size_t>(n);
        if (options.udp && length <= udp_guard) {
            if (going)
                return true;
            going = true;
            continue;
        }
        if (options.check && !right(tally.bytes, length))
            return false;
        if (!options.pattern && !net::write_all(1, block, length))
            return util::complain("standard output"), false;
        tally.bytes += length;
    }
    return true;
}

int open_transmitter()
{
    const int family = net::family_of(options.host);
    struct sockaddr_storage to;
    net::set_any(family, &to);
    net::set_port(&to, static_cast<int>(options.port));
    if (!net::resolve(options.host, family, &to))
        return -1;
    int fd = options.udp ? socket(to.ss_family, SOCK_DGRAM, 0) : net::connect_stream(to);
    if (fd != -1 && options.udp &&
        connect(fd, reinterpret_cast<struct sockaddr*>(&to), to.ss_len) == -1)
        fd = -1;
    if (fd == -1)
        util::complain(options.host);
    return fd;
}

int open_receiver()
{
    int fd = net::listen_everywhere(static_cast<int>(options.port),
                                    options.udp ? SOCK_DGRAM : SOCK_STREAM, 1);
    if (fd == -1)
        return util::complain("bind"), -1;
    fprintf(stderr, "ttcp-r: listening on port %ld\n", options.port);
    if (options.udp)
        return fd;
    struct sockaddr_storage from;
    socklen_t length = sizeof from;
    int stream = accept(fd, reinterpret_cast<struct sockaddr*>(&from), &length);
    if (stream == -1)
        util::complain("accept");
    else
        fprintf(stderr, "ttcp-r: accept from %s\n", net::text(from));
    close(fd);
    return stream;
}

void report(uint64_t ns)
{
    const char* side = options.transmit ? "t" : "r";
    double seconds = static_cast<double>(ns) / 1e9;
    if (seconds <= 0)
        seconds = 1e-9;
    fprintf(stderr, "ttcp-%s: %llu bytes in %.2f real seconds = %.2f KB/sec +++\n", side,
            static_cast<unsigned long long>(tally.bytes), seconds,
            static_cast<double>(tally.bytes) / seconds / 1024);
    if (options.verbose)
        fprintf(stderr, "ttcp-%s: %llu I/O calls, msec/call = %.2f, calls/sec = %.2f\n", side,
                static_cast<unsigned long long>(tally.calls),
                tally.calls ? seconds * 1000 / static_cast<double>(tally.calls) : 0,
                static_cast<double>(tally.calls) / seconds);
}

bool parse_number(const char* text, long low, long high, long* out)
{
    return util::number(text, *out, 10) && *out >= low && *out <= high;
}

bool parse_options(int argc, char* argv[])
{
    const util::Flag flags[] = {
        {'t', &options.transmit}, {'r', &options.receive}, {'s', &options.pattern},
        {'c', &options.check},    {'u', &options.udp},     {'B', &options.full_blocks},
        {'D', &options.no_delay}, {'v', &options.verbose},
    };
    for (int c; (c = getopt(argc, argv, "trsucBDvl:n:p:b:T:")) != -1;) {
        if (util::set_flag(flags, c))
            continue;
        bool good = true;
        switch (c) {
        case 'l':
            good = parse_number(optarg, 5, 16 << 20, &options.length);
            break;
        case 'n':
            good = parse_number(optarg, 0, 1000000000, &options.count);
            break;
        case 'p':
            good = parse_number(optarg, 1, 65535, &options.port);
            break;
        case 'T':
            good = parse_number(optarg, 1, 86400, &options.seconds);
            break;
        case 'b':
            good = parse_number(optarg, 1, 64 << 20, &options.buffer);
            break;
        default:
            return false;
        }
        if (!good)
            return util::say("bad value for -%c: %s", c, optarg), false;
    }
    options.host = argv[optind];
    if (options.transmit == options.receive)
        return util::say("one of -t and -r, please"), false;
    if (options.transmit && (options.host == nullptr || argv[optind + 1] != nullptr))
        return util::say("-t needs one host"), false;
    return options.transmit || options.host == nullptr ||
           (util::say("-r takes no host: %s", options.host), false);
}

} // namespace

int main(int argc, char* argv[])
{
    util::start(argv);
    if (!parse_options(argc, argv))
        return 1;
    std::unique_ptr<char[]> memory(new char[static_cast<size_t>(options.length)]());
    block = memory.get();
    int fd = options.transmit ? open_transmitter() : open_receiver();
    if (fd == -1 || !set_options(fd))
        return 1;
    uint64_t start = net::now_ns();
    end_ns = start + static_cast<uint64_t>(options.seconds) * 1000000000;
    bool good = options.transmit ? transmit(fd) : receive(fd);
    report(net::now_ns() - start);
    return good ? 0 : 1;
}
