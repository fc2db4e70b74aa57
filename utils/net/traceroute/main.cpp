// SPDX-License-Identifier: Apache-2.0
// traceroute: the gateways on the way to a host, found with packets of growing time to live.
#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <netinet/udp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <abi/usage.h>

#include "as_lookup.hpp"
#include "lib/util.hpp"
#include "net/lib/net.hpp"

QNX_USAGE(
    "%C - show the way packets take to a host\n\n"
    "%C [-adDFInPrvx] [-A server] [-f first] [-g gateway] [-i iface] [-l] [-m max] [-p port]\n"
    "           [-q probes] [-s src] [-t tos] [-w secs] host [length]\n"
    " -a         show the number of each hop's autonomous system\n"
    " -A server  the same, asked of this whois server (default whois.radb.net)\n"
    " -d         set SO_DEBUG\n"
    " -D         show each packet's bytes on standard error\n"
    " -F         do not fragment\n"
    " -f first   time to live of the first probes (default 1)\n"
    " -g gateway on the way there by this gateway (loose source route, up to 9 times)\n"
    " -I         ICMP echo requests instead of UDP\n"
    " -i iface   take the source address from this interface\n"
    " -l         show the time to live of what came back\n"
    " -m max     longest time to live (default 30)\n"
    " -n         addresses only\n"
    " -P         find the path's MTU: packets of the interface's size, not fragmented\n"
    " -p port    base port (default 33434)\n"
    " -q probes  probes for each hop (default 3)\n"
    " -r         bypass the routing table\n"
    " -s src     source address\n"
    " -t tos     type of service\n"
    " -v         show other ICMP messages too\n"
    " -w secs    how long to wait for an answer (default 5)\n"
    " -x         no UDP checksum\n"
    "Marks: !H host, !N net, !P protocol unreachable, !S source route failed, !F needs\n"
    "fragmentation, !X filtered, ! short time to live, * no answer.\n")

namespace {

struct Options {
    bool debug = false, no_fragment = false, icmp = false, show_ttl = false, numeric = false;
    bool bypass = false, verbose = false, no_checksum = false, dump = false, path_mtu = false;
    long first = 1, last = 30, port = 33434, probes = 3, tos = 0, wait_s = 5, length = 40;
    const char* source = nullptr;
    const char* interface = nullptr;
    const char* as_server = nullptr;
    struct in_addr gateways[9]; // -g: as many as the header has room for
    size_t gateway_count = 0;
};

constexpr size_t ip_header = 20, udp_header = 8, icmp_header = 8;
constexpr char default_as_server[] = "whois.radb.net";

Options options;
struct sockaddr_in target, source;
AsLookup as_lookup;
uint8_t packet[65536], answer[65536];
uint16_t ident;

struct Answer {
    struct sockaddr_in from;
    uint8_t type, code, ttl;
    size_t length;
    unsigned next_mtu;
    uint64_t when;
};

enum class Kind { none, on_the_way, arrived, unreachable };

// The probes' header: with -g a loose source route behind a NOP, which keeps it aligned.
size_t header_size()
{
    return ip_header + (options.gateway_count != 0 ? 4 + 4 * options.gateway_count : 0);
}

// RFC 791: the packet goes to the first gateway; the route has the others and the host.
void fill_route(uint8_t* to)
{
    const size_t count = options.gateway_count;
    to[0] = IPOPT_NOP;
    to[1] = IPOPT_LSRR;
    to[2] = static_cast<uint8_t>(3 + 4 * count);
    to[3] = IPOPT_MINOFF;
    memcpy(to + 4, options.gateways + 1, (count - 1) * 4);
    memcpy(to + 4 * count, &target.sin_addr, 4);
}

// UDP's checksum covers a pseudo header of addresses, protocol and length (RFC 768); with a source route the host's address.
uint16_t udp_checksum(const struct ip& header, const uint8_t* segment, size_t length)
{
    static uint8_t covered[12 + 65536];
    memcpy(covered, &header.ip_src, 4);
    memcpy(covered + 4, &target.sin_addr, 4);
    covered[8] = 0;
    covered[9] = IPPROTO_UDP;
    covered[10] = static_cast<uint8_t>(length >> 8);
    covered[11] = static_cast<uint8_t>(length);
    memcpy(covered + 12, segment, length);
    uint16_t sum = net::checksum(covered, 12 + length);
    return sum == 0 ? 0xffff : sum;
}

void fill_header(int ttl, uint16_t sequence)
{
    auto* header = reinterpret_cast<struct ip*>(packet);
    *header = {};
    header->ip_v = 4;
    header->ip_hl = static_cast<uint8_t>(header_size() / 4) & 15;
    header->ip_tos = static_cast<uint8_t>(options.tos);
    header->ip_len = htons(static_cast<uint16_t>(options.length));
    header->ip_id = htons(static_cast<uint16_t>(ident + sequence));
    header->ip_off = htons(options.no_fragment ? IP_DF : 0);
    header->ip_ttl = static_cast<uint8_t>(ttl);
    header->ip_p = options.icmp ? IPPROTO_ICMP : IPPROTO_UDP;
    header->ip_src = source.sin_addr;
    header->ip_dst = target.sin_addr;
    if (options.gateway_count != 0) {
        header->ip_dst = options.gateways[0];
        fill_route(packet + ip_header);
    }
}

void fill_udp(uint16_t sequence)
{
    size_t length = static_cast<size_t>(options.length) - header_size();
    auto* udp = reinterpret_cast<struct udphdr*>(packet + header_size());
    udp->uh_sport = htons(ident);
    udp->uh_dport = htons(static_cast<uint16_t>(options.port + sequence));
    udp->uh_ulen = htons(static_cast<uint16_t>(length));
    udp->uh_sum = 0;
    if (!options.no_checksum)
        udp->uh_sum =
            udp_checksum(*reinterpret_cast<struct ip*>(packet), packet + header_size(), length);
}

void fill_icmp(uint16_t sequence)
{
    auto* icmp = reinterpret_cast<struct icmp*>(packet + header_size());
    memset(icmp, 0, icmp_header);
    icmp->icmp_type = ICMP_ECHO;
    icmp->icmp_id = htons(ident);
    icmp->icmp_seq = htons(sequence);
    icmp->icmp_cksum =
        net::checksum(packet + header_size(), static_cast<size_t>(options.length) - header_size());
}

void dump_packet()
{
    for (long i = 0; i < options.length; ++i)
        fprintf(stderr, "%s%02x", i == 0 ? "" : i % 16 == 0 ? "\n" : " ", packet[i]);
    fputc('\n', stderr);
}

bool send_probe(int fd, int ttl, uint16_t sequence)
{
    fill_header(ttl, sequence);
    options.icmp ? fill_icmp(sequence) : fill_udp(sequence);
    if (options.dump)
        dump_packet();
    struct sockaddr_in to = target;
    to.sin_addr = reinterpret_cast<struct ip*>(packet)->ip_dst;
    ssize_t n = sendto(fd, packet, static_cast<size_t>(options.length), 0,
                       reinterpret_cast<struct sockaddr*>(&to), sizeof to);
    if (n == -1)
        util::complain("sendto");
    return n != -1;
}

// A source route changes the destination on the way.
bool is_on_route(struct in_addr address)
{
    bool found = address.s_addr == target.sin_addr.s_addr;
    for (size_t i = 0; i < options.gateway_count; ++i)
        found = found || address.s_addr == options.gateways[i].s_addr;
    return found;
}

// Whether the datagram quoted in an ICMP error is this probe.
bool quotes_probe(const uint8_t* quoted, size_t length, uint16_t sequence)
{
    if (length < ip_header)
        return false;
    auto* header = reinterpret_cast<const struct ip*>(quoted);
    size_t size = header->ip_hl * 4u;
    if (length < size + 8 || !is_on_route(header->ip_dst))
        return false;
    const uint8_t* inner = quoted + size;
    if (options.icmp) {
        auto* icmp = reinterpret_cast<const struct icmp*>(inner);
        return header->ip_p == IPPROTO_ICMP && icmp->icmp_id == htons(ident) &&
               icmp->icmp_seq == htons(sequence);
    }
    auto* udp = reinterpret_cast<const struct udphdr*>(inner);
    return header->ip_p == IPPROTO_UDP && udp->uh_sport == htons(ident) &&
           udp->uh_dport == htons(static_cast<uint16_t>(options.port + sequence));
}

void show_other(const Answer& a)
{
    printf("\n%zu bytes from %s: icmp type %u code %u\n", a.length, inet_ntoa(a.from.sin_addr),
           a.type, a.code);
}

// Reads one message; says whether it answers this probe.
Kind take_answer(int fd, uint16_t sequence, Answer* out)
{
    socklen_t from_len = sizeof out->from;
    ssize_t got = recvfrom(fd, answer, sizeof answer, MSG_DONTWAIT,
                           reinterpret_cast<struct sockaddr*>(&out->from), &from_len);
    out->when = net::now_ns();
    if (got < static_cast<ssize_t>(ip_header + icmp_header))
        return Kind::none;
    auto* header = reinterpret_cast<const struct ip*>(answer);
    size_t size = header->ip_hl * 4u, total = static_cast<size_t>(got);
    if (total < size + icmp_header)
        return Kind::none;
    auto* icmp = reinterpret_cast<const struct icmp*>(answer + size);
    out->type = icmp->icmp_type;
    out->code = icmp->icmp_code;
    out->ttl = header->ip_ttl;
    out->length = total - size;
    out->next_mtu = static_cast<unsigned>(answer[size + 6] << 8 | answer[size + 7]);
    if (options.icmp && icmp->icmp_type == ICMP_ECHOREPLY && icmp->icmp_id == htons(ident) &&
        icmp->icmp_seq == htons(sequence))
        return Kind::arrived;
    bool error = icmp->icmp_type == ICMP_TIMXCEED || icmp->icmp_type == ICMP_UNREACH;
    if (error && quotes_probe(answer + size + icmp_header, total - size - icmp_header, sequence)) {
        if (icmp->icmp_type == ICMP_TIMXCEED)
            return Kind::on_the_way;
        return icmp->icmp_code == ICMP_UNREACH_PORT ? Kind::arrived : Kind::unreachable;
    }
    if (options.verbose)
        show_other(*out);
    return Kind::none;
}

Kind wait_answer(int fd, uint16_t sequence, uint64_t sent, Answer* out)
{
    uint64_t until = sent + static_cast<uint64_t>(options.wait_s) * net::ns_per_s;
    for (uint64_t now = net::now_ns(); now < until; now = net::now_ns()) {
        struct pollfd waiting = {fd, POLLIN, 0};
        if (poll(&waiting, 1, static_cast<int>((until - now) / net::ns_per_ms + 1)) <= 0)
            continue;
        Kind kind = take_answer(fd, sequence, out);
        if (kind != Kind::none)
            return kind;
    }
    return Kind::none;
}

void show_router(const struct sockaddr_in& from)
{
    const char* number = inet_ntoa(from.sin_addr);
    if (as_lookup.is_open())
        printf(" [AS%u]", as_lookup.number_of(from.sin_addr));
    if (options.numeric) {
        printf(" %s", number);
        return;
    }
    struct hostent* host = gethostbyaddr(&from.sin_addr, sizeof from.sin_addr, AF_INET);
    printf(" %s (%s)", host != nullptr ? host->h_name : number, inet_ntoa(from.sin_addr));
}

void show_mark(const Answer& a)
{
    switch (a.code) {
    case ICMP_UNREACH_NET:
        printf(" !N");
        break;
    case ICMP_UNREACH_HOST:
        printf(" !H");
        break;
    case ICMP_UNREACH_PROTOCOL:
        printf(" !P");
        break;
    case ICMP_UNREACH_NEEDFRAG:
        printf(" !F-%u", a.next_mtu);
        break;
    case ICMP_UNREACH_SRCFAIL:
        printf(" !S");
        break;
    case 9:
    case 10:
    case 13: // prohibited by a filter (RFC 1812)
        printf(" !X");
        break;
    default:
        printf(" !<%u>", a.code);
    }
}

struct Hop {
    struct sockaddr_in last = {};
    bool arrived = false;
    bool too_big = false; // with -P: the packets are smaller from now on
    long unreachable = 0;
};

// -P: the next packets have the size that a gateway told, or three quarters when it told none.
bool shrink(unsigned told)
{
    const long next = told != 0 ? static_cast<long>(told) : options.length * 3 / 4;
    if (next >= options.length || next < static_cast<long>(header_size() + udp_header))
        return false;
    options.length = next;
    return true;
}

// One probe and what it brought.
bool probe(int send_fd, int receive_fd, long ttl, uint16_t sequence, Hop* hop)
{
    uint64_t sent = net::now_ns();
    if (!send_probe(send_fd, static_cast<int>(ttl), sequence))
        return false;
    Answer a = {};
    Kind kind = wait_answer(receive_fd, sequence, sent, &a);
    if (kind == Kind::none) {
        printf(" *");
        fflush(stdout);
        return true;
    }
    if (a.from.sin_addr.s_addr != hop->last.sin_addr.s_addr) {
        if (hop->last.sin_len != 0)
            printf("\n   ");
        show_router(a.from);
        hop->last = a.from;
    }
    printf("  %.3f ms", static_cast<double>(a.when - sent) / 1e6);
    if (options.show_ttl)
        printf(" (%u)", a.ttl);
    if (kind == Kind::arrived) {
        hop->arrived = true;
        if (a.ttl <= 1)
            printf(" !");
    } else if (kind == Kind::unreachable) {
        hop->too_big = options.path_mtu && a.code == ICMP_UNREACH_NEEDFRAG && shrink(a.next_mtu);
        hop->unreachable += hop->too_big ? 0 : 1;
        show_mark(a);
    }
    fflush(stdout);
    return true;
}

int trace(int send_fd, int receive_fd)
{
    uint16_t sequence = 0;
    for (long ttl = options.first; ttl <= options.last; ++ttl) {
        Hop hop;
        printf("%2ld ", ttl);
        for (long i = 0; i < options.probes; ++i) {
            hop.too_big = false;
            if (!probe(send_fd, receive_fd, ttl, ++sequence, &hop))
                return 1;
            if (hop.too_big) {
                printf("\nmessage too big, trying new MTU = %ld\n%2ld ", options.length, ttl);
                hop = {};
                i = -1; // this hop again
            }
        }
        putchar('\n');
        if (hop.arrived || hop.unreachable >= options.probes)
            break;
    }
    return util::finish(0);
}

bool interface_address(const char* name)
{
    struct ifreq request = {};
    strncpy(request.ifr_name, name, IFNAMSIZ - 1);
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    bool good = fd != -1 && ioctl(fd, static_cast<int>(SIOCGIFADDR), &request) == 0;
    if (good)
        memcpy(&source, &request.ifr_addr, sizeof source);
    else
        util::complain(name);
    close(fd);
    return good;
}

// The MTU of the interface that has our source address.
bool take_interface_mtu()
{
    struct ifaddrs* list = nullptr;
    if (getifaddrs(&list) == -1)
        return util::complain("getifaddrs"), false;
    const struct ifaddrs* found = nullptr;
    for (const struct ifaddrs* each = list; each != nullptr; each = each->ifa_next)
        if (each->ifa_addr->sa_family == AF_INET &&
            reinterpret_cast<struct sockaddr_in*>(each->ifa_addr)->sin_addr.s_addr ==
                source.sin_addr.s_addr)
            found = each;
    struct ifreq request = {};
    if (found != nullptr)
        strncpy(request.ifr_name, found->ifa_name, IFNAMSIZ - 1);
    freeifaddrs(list);
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    bool good = fd != -1 && ioctl(fd, static_cast<int>(SIOCGIFMTU), &request) == 0;
    if (good)
        options.length = request.ifr_mtu;
    else
        util::complain("mtu");
    close(fd);
    return good;
}

// The address the stack would use: what a connected UDP socket says.
bool default_source()
{
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    struct sockaddr_in to = target;
    if (options.gateway_count != 0)
        to.sin_addr = options.gateways[0];
    to.sin_port = htons(static_cast<uint16_t>(options.port));
    socklen_t length = sizeof source;
    bool good = fd != -1 && connect(fd, reinterpret_cast<struct sockaddr*>(&to), sizeof to) == 0 &&
                getsockname(fd, reinterpret_cast<struct sockaddr*>(&source), &length) == 0;
    if (!good)
        util::complain("no way to the host");
    close(fd);
    return good;
}

bool find_source()
{
    if (options.source != nullptr)
        return net::resolve(options.source, &source);
    return options.interface != nullptr ? interface_address(options.interface) : default_source();
}

bool value(int letter, const char* text, long low, long high, long* out)
{
    if (util::number(text, *out) && *out >= low && *out <= high)
        return true;
    return util::say("bad value for -%c: %s (%ld to %ld)", letter, text, low, high), false;
}

bool parse_flag(int c)
{
    switch (c) {
    case 'a':
        if (options.as_server == nullptr)
            options.as_server = default_as_server;
        return true;
    case 'd':
        return options.debug = true;
    case 'D':
        return options.dump = true;
    case 'P':
        return options.path_mtu = options.no_fragment = true;
    case 'F':
        return options.no_fragment = true;
    case 'I':
        return options.icmp = true;
    case 'l':
        return options.show_ttl = true;
    case 'n':
        return options.numeric = true;
    case 'r':
        return options.bypass = true;
    case 'v':
        return options.verbose = true;
    case 'x':
        return options.no_checksum = true;
    default:
        return false;
    }
}

bool add_gateway(const char* name)
{
    struct sockaddr_in at = {};
    if (options.gateway_count == sizeof options.gateways / sizeof options.gateways[0])
        return util::say("-g %s: no room for more gateways", name), false;
    if (!net::resolve(name, &at))
        return false;
    options.gateways[options.gateway_count++] = at.sin_addr;
    return true;
}

bool parse_value(int c)
{
    switch (c) {
    case 'A':
        options.as_server = optarg;
        return true;
    case 'g':
        return add_gateway(optarg);
    case 'f':
        return value(c, optarg, 1, 255, &options.first);
    case 'i':
        options.interface = optarg;
        return true;
    case 'm':
        return value(c, optarg, 1, 255, &options.last);
    case 'p':
        return value(c, optarg, 1, 65535 - 255 * 10, &options.port);
    case 'q':
        return value(c, optarg, 1, 10, &options.probes);
    case 's':
        options.source = optarg;
        return true;
    case 't':
        return value(c, optarg, 0, 255, &options.tos);
    case 'w':
        return value(c, optarg, 1, 3600, &options.wait_s);
    default:
        return false;
    }
}

bool parse_options(int argc, char* argv[])
{
    for (int c; (c = getopt(argc, argv, "aA:dDFf:g:Ii:lm:nPp:q:rs:t:vw:x")) != -1;)
        if (!parse_flag(c) && !parse_value(c))
            return false;
    if (argc - optind < 1 || argc - optind > 2)
        return util::say("one host, please; see use %s", util::program), false;
    long least = static_cast<long>(header_size() + udp_header);
    options.length += static_cast<long>(header_size() - ip_header);
    if (argv[optind + 1] != nullptr && (!util::number(argv[optind + 1], options.length, 10) ||
                                        options.length < least || options.length > 65535))
        return util::say("packet length %s: %ld to 65535", argv[optind + 1], least), false;
    return true;
}

int open_raw(int protocol)
{
    int fd = socket(AF_INET, SOCK_RAW, protocol), on = 1;
    if (fd == -1)
        return util::complain("raw socket"), -1;
    if (options.debug)
        setsockopt(fd, SOL_SOCKET, SO_DEBUG, &on, sizeof on);
    if (options.bypass)
        setsockopt(fd, SOL_SOCKET, SO_DONTROUTE, &on, sizeof on);
    return fd;
}

} // namespace

int main(int argc, char* argv[])
{
    util::start(argv);
    if (!parse_options(argc, argv) || !net::resolve(argv[optind], &target) || !find_source() ||
        (options.path_mtu && !take_interface_mtu()))
        return 1;
    int receive_fd = open_raw(IPPROTO_ICMP), send_fd = open_raw(IPPROTO_RAW), on = 1;
    if (receive_fd == -1 || send_fd == -1)
        return 1;
    if (options.as_server != nullptr && !as_lookup.open(options.as_server))
        util::say("no numbers of autonomous systems: the whois server does not answer");
    if (setsockopt(send_fd, IPPROTO_IP, IP_HDRINCL, &on, sizeof on) == -1)
        return util::complain("IP_HDRINCL");
    ident = static_cast<uint16_t>(getpid() | 0x8000);
    printf("traceroute to %s (%s), %ld hops max, %ld byte packets\n", argv[optind],
           inet_ntoa(target.sin_addr), options.last, options.length);
    fflush(stdout);
    return trace(send_fd, receive_fd);
}
