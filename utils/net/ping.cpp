// SPDX-License-Identifier: Apache-2.0
// ping: ICMP echo requests, the answers' times, and the loss.
#include <arpa/inet.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <abi/usage.h>

#include "lib/util.hpp"
#include "net/lib/net.hpp"

QNX_USAGE(
    "%C - send ICMP echo requests to a host\n\n"
    "%C [-aDdfLnoPQqRrv] [-c count] [-g gateway] [-h host] [-I ifaddr] [-i secs] [-l preload]\n"
    "   [-p pattern] [-s size] [-T ttl] [-t tos] [-w secs] [host]\n"
    " -a           beep for every answer\n"
    " -c count     stop after so many answers\n"
    " -D           forbid fragments (not with -g and -R)\n"
    " -d           set SO_DEBUG\n"
    " -f           flood: as fast as answers come, or 100 a second\n"
    " -g gateway   loose source route through this host\n"
    " -h host      the host, when it is not the last argument\n"
    " -I ifaddr    send multicasts out of the interface with this address\n"
    " -i secs      time between requests (default 1; fractions allowed)\n"
    " -l preload   first send so many at once\n"
    " -L           multicasts do not come back to this host\n"
    " -n           numbers only\n"
    " -o           end after one answer\n"
    " -P           random data\n"
    " -p pattern   hex digits to fill the data with\n"
    " -Q           do not show other ICMP messages, whatever -v says\n"
    " -q           only the summary\n"
    " -R           record the route there and back, as far as nine addresses go\n"
    " -r           bypass the routing table\n"
    " -s size      data bytes (default 56)\n"
    " -T ttl       time to live (default 255)\n"
    " -t tos       type of service\n"
    " -v           show other ICMP messages too\n"
    " -w secs      end after so many seconds\n"
    "Exit status: 0 the host answered, 1 it did not, 2 an error.\n")

namespace {

using net::now_ns;
using net::ns_per_ms;

constexpr size_t max_data = 65507;
constexpr uint64_t forever = ~0ull;

struct Options {
    long count = 0; // 0: until interrupted
    uint64_t interval_ns = 1000 * ns_per_ms;
    uint64_t limit_ns = 0; // -w
    long preload = 0;
    long size = 56;
    long ttl = 255, tos = 0;
    bool beep = false, debug = false, flood = false, once = false, quiet = false, bypass = false,
         verbose = false, dont_fragment = false, no_loop = false, random = false, no_errors = false,
         record = false;
    const char* gateway = nullptr;
    const char* source = nullptr;
    const char* host = nullptr;
    uint8_t pattern[16] = {};
    size_t pattern_len = 0;
};

struct Statistics {
    long sent = 0, received = 0, duplicates = 0;
    uint64_t least_ns = forever, most_ns = 0, sum_ns = 0;
};

Options options;
Statistics statistics;
volatile sig_atomic_t stop;
uint8_t packet[max_data + sizeof(struct icmp)], answer[65536];
uint8_t seen[65536 / 8]; // answered sequence numbers
constexpr size_t remembered = 4096;
uint64_t sent_at[remembered]; // by sequence number
uint16_t ident;
struct sockaddr_in target;

// With -D the IP header is ours: only so the "do not fragment" bit can be set.
ssize_t send_packet(int fd, size_t size)
{
    auto* to = reinterpret_cast<struct sockaddr*>(&target);
    if (!options.dont_fragment)
        return sendto(fd, packet, size, 0, to, sizeof target);
    struct ip header = {};
    header.ip_v = 4;
    header.ip_hl = sizeof header / 4;
    header.ip_len = htons(static_cast<uint16_t>(sizeof header + size));
    header.ip_off = htons(IP_DF);
    header.ip_tos = static_cast<uint8_t>(options.tos);
    header.ip_ttl = static_cast<uint8_t>(options.ttl);
    header.ip_p = IPPROTO_ICMP;
    header.ip_dst = target.sin_addr;
    struct iovec parts[] = {{&header, sizeof header}, {packet, size}};
    struct msghdr message = {};
    message.msg_name = to;
    message.msg_namelen = sizeof target;
    message.msg_iov = parts;
    message.msg_iovlen = 2;
    return sendmsg(fd, &message, 0);
}

void send_request(int fd)
{
    auto sequence = static_cast<uint16_t>(statistics.sent);
    auto data = static_cast<size_t>(options.size);
    auto* icmp = reinterpret_cast<struct icmp*>(packet);
    memset(packet, 0, ICMP_MINLEN);
    icmp->icmp_type = ICMP_ECHO;
    icmp->icmp_id = ident;
    icmp->icmp_seq = htons(sequence);
    sent_at[sequence % remembered] = now_ns();
    icmp->icmp_cksum = net::checksum(packet, ICMP_MINLEN + data);
    seen[sequence / 8] = static_cast<uint8_t>(seen[sequence / 8] & ~(1u << sequence % 8));
    statistics.sent++;
    ssize_t n = send_packet(fd, ICMP_MINLEN + data);
    if (n == -1) {
        util::complain("sendto");
    } else if (options.flood && !options.quiet) {
        putchar('.');
        fflush(stdout);
    }
}

// The addresses that a record route or source route option of the answer has. A route as the last one is not shown again.
void show_routes(const struct ip* ip, size_t header)
{
    static uint8_t last[MAX_IPOPTLEN];
    static size_t last_size;
    const auto* bytes = reinterpret_cast<const uint8_t*>(ip);
    for (size_t at = sizeof *ip; at < header && bytes[at] != IPOPT_EOL;) {
        const size_t size = bytes[at] == IPOPT_NOP ? 1 : at + 1 < header ? bytes[at + 1] : 0;
        if (size == 0 || at + size > header)
            return;
        const uint8_t* option = bytes + at;
        at += size;
        const bool recorded = option[0] == IPOPT_RR;
        if (size < 7 || (!recorded && option[0] != IPOPT_LSRR))
            continue;
        const size_t end = option[2] - 1u < size ? option[2] - 1u : size;
        if (last_size == end && memcmp(last, option, end) == 0) {
            printf("\t(same route)\n");
            continue;
        }
        memcpy(last, option, last_size = end < sizeof last ? end : sizeof last);
        printf("%s:", recorded ? "RR" : "LSRR");
        for (size_t i = 3; i + sizeof(struct in_addr) <= end; i += sizeof(struct in_addr)) {
            struct in_addr hop;
            memcpy(&hop, option + i, sizeof hop);
            printf("\t%s\n", inet_ntoa(hop));
        }
    }
}

// The first byte that is not what was sent.
void show_wrong_data(const struct icmp* icmp, size_t length)
{
    auto* came = reinterpret_cast<const uint8_t*>(icmp) + ICMP_MINLEN;
    for (size_t i = 0; i < static_cast<size_t>(options.size) && i < length - ICMP_MINLEN; ++i) {
        if (came[i] == packet[ICMP_MINLEN + i])
            continue;
        printf("wrong data byte #%zu should be 0x%x but was 0x%x\n", i, packet[ICMP_MINLEN + i],
               came[i]);
        return;
    }
}

void count_answer(const struct icmp* icmp, size_t length, const struct ip* ip,
                  const struct sockaddr_in& from)
{
    unsigned sequence = ntohs(icmp->icmp_seq);
    bool duplicate = (seen[sequence / 8] >> sequence % 8 & 1) != 0;
    seen[sequence / 8] = static_cast<uint8_t>(seen[sequence / 8] | 1u << sequence % 8);
    uint64_t took = now_ns() - sent_at[sequence % remembered];
    statistics.sum_ns += took;
    if (took < statistics.least_ns)
        statistics.least_ns = took;
    if (took > statistics.most_ns)
        statistics.most_ns = took;
    duplicate ? statistics.duplicates++ : statistics.received++;
    if (options.quiet)
        return;
    if (options.flood) {
        putchar('\b');
        fflush(stdout);
        return;
    }
    printf("%zu bytes from %s: icmp_seq=%u ttl=%u", length, inet_ntoa(from.sin_addr), sequence,
           ip->ip_ttl);
    printf(" time=%llu ms", static_cast<unsigned long long>(took / ns_per_ms));
    if (duplicate)
        printf(" (DUP!)");
    if (options.beep)
        putchar('\a');
    putchar('\n');
    show_routes(ip, ip->ip_hl * 4u);
    show_wrong_data(icmp, length);
    fflush(stdout);
}

void take_answer(int fd)
{
    struct sockaddr_in from = {};
    socklen_t from_len = sizeof from;
    ssize_t got = recvfrom(fd, answer, sizeof answer, MSG_DONTWAIT,
                           reinterpret_cast<struct sockaddr*>(&from), &from_len);
    if (got < static_cast<ssize_t>(sizeof(struct ip) + ICMP_MINLEN))
        return;
    auto* ip = reinterpret_cast<const struct ip*>(answer);
    size_t header = ip->ip_hl * 4u;
    if (header < sizeof(struct ip) || static_cast<size_t>(got) < header + ICMP_MINLEN)
        return;
    auto* icmp = reinterpret_cast<const struct icmp*>(answer + header);
    size_t length = static_cast<size_t>(got) - header;
    if (icmp->icmp_type == ICMP_ECHOREPLY) {
        if (icmp->icmp_id == ident)
            count_answer(icmp, length, ip, from);
    } else if (options.verbose && !options.no_errors && icmp->icmp_type != ICMP_ECHO) {
        printf("%zu bytes from %s: icmp_type=%u icmp_code=%u\n", length, inet_ntoa(from.sin_addr),
               icmp->icmp_type, icmp->icmp_code);
    }
}

bool enough()
{
    if (stop)
        return true;
    if (options.once && statistics.received > 0)
        return true;
    return options.count != 0 && statistics.received >= options.count;
}

// Sends on time and takes answers; after the last request it still waits a while for late ones.
void run(int fd)
{
    uint64_t start = now_ns(), next = start, last_wait = 0;
    for (long i = 0; i < options.preload; ++i)
        send_request(fd);
    while (!enough()) {
        uint64_t now = now_ns();
        if (options.limit_ns != 0 && now - start >= options.limit_ns)
            return;
        bool may_send = options.count == 0 || statistics.sent < options.count;
        if (may_send && now >= next) {
            send_request(fd);
            next += options.interval_ns;
            if (next < now)
                next = now + options.interval_ns;
            continue;
        }
        if (!may_send) {
            if (last_wait == 0) {
                uint64_t patience = 2 * statistics.most_ns;
                last_wait = now + (patience > 2000 * ns_per_ms ? patience : 2000 * ns_per_ms);
            }
            if (now >= last_wait)
                return;
            next = last_wait;
        }
        struct pollfd waiting = {fd, POLLIN, 0};
        uint64_t until = next;
        if (options.limit_ns != 0 && start + options.limit_ns < until)
            until = start + options.limit_ns;
        auto ms = static_cast<int>((until - now + ns_per_ms - 1) / ns_per_ms);
        if (poll(&waiting, 1, ms) > 0) {
            take_answer(fd);
            if (options.flood && may_send)
                next = now_ns();
        }
    }
}

int summary(const char* host)
{
    const Statistics& s = statistics;
    printf("--- %s ping statistics ---\n", host);
    printf("%ld packets transmitted, %ld packets received, ", s.sent, s.received);
    if (s.duplicates != 0)
        printf("+%ld duplicates, ", s.duplicates);
    printf("%ld%% packet loss\n",
           s.sent > 0 ? (s.sent - (s.received < s.sent ? s.received : s.sent)) * 100 / s.sent : 0);
    if (s.received > 0) {
        auto ms = [](uint64_t ns) { return static_cast<unsigned long long>(ns / ns_per_ms); };
        auto timed = static_cast<uint64_t>(s.received + s.duplicates);
        printf("round-trip min/avg/max = %llu/%llu/%llu ms\n", ms(s.least_ns), ms(s.sum_ns / timed),
               ms(s.most_ns));
    }
    return util::finish(s.received > 0 ? 0 : 1);
}

bool parse_seconds(const char* text, uint64_t* ns)
{
    char* end;
    double seconds = strtod(text, &end);
    if (end == text || *end != '\0' || seconds < 0 || seconds > 1e9)
        return false;
    *ns = static_cast<uint64_t>(seconds * 1e9);
    return true;
}

bool parse_pattern(const char* text)
{
    while (*text != '\0' && options.pattern_len < sizeof options.pattern) {
        char digits[3] = {text[0], text[1], '\0'};
        char* end;
        options.pattern[options.pattern_len++] = static_cast<uint8_t>(strtoul(digits, &end, 16));
        if (*end != '\0')
            return false;
        text += text[1] == '\0' ? 1 : 2;
    }
    return *text == '\0' && options.pattern_len > 0;
}

bool parse_range(const char* text, long low, long high, long* out)
{
    return util::number(text, *out) && *out >= low && *out <= high;
}

bool parse_options(int argc, char* argv[])
{
    const util::Flag flags[] = {
        {'a', &options.beep},      {'D', &options.dont_fragment}, {'d', &options.debug},
        {'L', &options.no_loop},   {'o', &options.once},          {'P', &options.random},
        {'Q', &options.no_errors}, {'q', &options.quiet},         {'R', &options.record},
        {'r', &options.bypass},    {'v', &options.verbose},
    };
    for (int c; (c = getopt(argc, argv, "ac:DdE:fg:h:I:i:Ll:noPp:QqRrs:T:t:vw:")) != -1;) {
        if (util::set_flag(flags, c))
            continue;
        bool good = true;
        switch (c) {
        case 'c':
            good = parse_range(optarg, 1, 1000000000, &options.count);
            break;
        case 'E':
            util::say("-E %s: there is no IPsec", optarg);
            return false;
        case 'f':
            options.flood = true;
            options.interval_ns = 10 * ns_per_ms;
            break;
        case 'g':
            options.gateway = optarg;
            break;
        case 'h':
            options.host = optarg;
            break;
        case 'I':
            options.source = optarg;
            break;
        case 'i':
            good = parse_seconds(optarg, &options.interval_ns);
            break;
        case 'l':
            good = parse_range(optarg, 0, 10000, &options.preload);
            break;
        case 'n':
            break; // answers are shown by number anyway
        case 'p':
            good = parse_pattern(optarg);
            break;
        case 's':
            good = parse_range(optarg, 0, max_data, &options.size);
            break;
        case 'T':
            good = parse_range(optarg, 0, 255, &options.ttl);
            break;
        case 't':
            good = parse_range(optarg, 0, 255, &options.tos);
            break;
        case 'w':
            good = parse_seconds(optarg, &options.limit_ns);
            break;
        default:
            return false;
        }
        if (!good) {
            util::say("bad value for -%c: %s", c, optarg);
            return false;
        }
    }
    if (options.host == nullptr && optind == argc - 1)
        options.host = argv[optind++];
    if (options.host == nullptr || optind != argc) {
        util::say("one host, please");
        return false;
    }
    if (options.dont_fragment && (options.record || options.gateway != nullptr)) {
        util::say("-D cannot be combined with -g and -R");
        return false;
    }
    return true;
}

// -g and -R: what IP_OPTIONS takes, the source route first (through the gateway to the target).
bool set_ip_options(int fd)
{
    uint8_t bytes[MAX_IPOPTLEN + sizeof(struct in_addr)] = {};
    size_t size = 0;
    if (options.gateway != nullptr) {
        struct sockaddr_in gateway;
        if (!net::resolve(options.gateway, &gateway)) {
            errno = EHOSTUNREACH;
            return false;
        }
        const uint8_t head[] = {IPOPT_NOP, IPOPT_LSRR, 3 + 2 * sizeof(struct in_addr),
                                IPOPT_MINOFF};
        memcpy(bytes, head, sizeof head);
        memcpy(bytes + sizeof head, &gateway.sin_addr, sizeof(struct in_addr));
        memcpy(bytes + sizeof head + sizeof(struct in_addr), &target.sin_addr,
               sizeof(struct in_addr));
        size = sizeof head + 2 * sizeof(struct in_addr);
    }
    if (options.record) {
        // All the room there is; a source route needs its part.
        const size_t length =
            (MAX_IPOPTLEN - size) / sizeof(struct in_addr) * sizeof(struct in_addr) - 1;
        bytes[size] = IPOPT_RR;
        bytes[size + 1] = static_cast<uint8_t>(length);
        bytes[size + 2] = IPOPT_MINOFF;
        size += length + 1;
    }
    return size == 0 || setsockopt(fd, IPPROTO_IP, IP_OPTIONS, bytes, size) == 0;
}

// Multicast and source settings; all of them must work when asked for.
bool set_socket_options(int fd)
{
    int on = 1, ttl = static_cast<int>(options.ttl), tos = static_cast<int>(options.tos);
    if (setsockopt(fd, IPPROTO_IP, IP_TTL, &ttl, sizeof ttl) == -1)
        return false;
    const unsigned char loop = options.no_loop ? 0 : 1;
    if (!loop && setsockopt(fd, IPPROTO_IP, IP_MULTICAST_LOOP, &loop, sizeof loop) == -1)
        return false;
    if (options.dont_fragment && setsockopt(fd, IPPROTO_IP, IP_HDRINCL, &on, sizeof on) == -1)
        return false;
    if (!set_ip_options(fd))
        return false;
    if (tos != 0 && setsockopt(fd, IPPROTO_IP, IP_TOS, &tos, sizeof tos) == -1)
        return false;
    if (options.debug && setsockopt(fd, SOL_SOCKET, SO_DEBUG, &on, sizeof on) == -1)
        return false;
    if (options.bypass && setsockopt(fd, SOL_SOCKET, SO_DONTROUTE, &on, sizeof on) == -1)
        return false;
    if (setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &on, sizeof on) == -1)
        return false;
    if (options.source != nullptr) {
        struct in_addr interface;
        if (inet_aton(options.source, &interface) == 0) {
            errno = EINVAL;
            return false;
        }
        if (setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &interface, sizeof interface) == -1)
            return false;
    }
    return true;
}

void fill_data()
{
    for (size_t i = 0; i < static_cast<size_t>(options.size); ++i)
        packet[ICMP_MINLEN + i] = options.random ? static_cast<uint8_t>(rand() >> 7)
                                  : options.pattern_len != 0
                                      ? options.pattern[i % options.pattern_len]
                                      : static_cast<uint8_t>(i);
}

} // namespace

int main(int argc, char* argv[])
{
    util::start(argv);
    if (!parse_options(argc, argv))
        return 2;
    if (!net::resolve(options.host, &target))
        return 2;
    int fd = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
    if (fd == -1)
        return util::complain("socket"), 2;
    if (!set_socket_options(fd))
        return util::complain("setsockopt"), 2;
    ident = static_cast<uint16_t>(getpid() ^ getpid() >> 16);
    srand(static_cast<unsigned>(now_ns()));
    fill_data();
    struct sigaction action = {};
    action.sa_handler = [](int) { stop = 1; };
    sigaction(SIGINT, &action, nullptr);
    printf("PING %s (%s): %ld data bytes\n", options.host, inet_ntoa(target.sin_addr),
           options.size);
    fflush(stdout);
    run(fd);
    return summary(options.host);
}
