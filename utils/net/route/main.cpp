// SPDX-License-Identifier: Apache-2.0
// route: look at and change the routing tables by messages on a routing socket.
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <abi/usage.h>

#include "lib/util.hpp"
#include "net/lib/route_table.hpp"
#include "route.hpp"

QNX_USAGE(
    "%C - look at and change the routing tables\n\n"
    "%C [-fnqv] [-F fib] command [[modifiers] arguments]\n"
    " -F fib  this forwarding table (0-15)      -f  remove all gateways' routes first\n"
    " -n      addresses as numbers              -q  say nothing when it went well\n"
    " -v      say more\n"
    "Commands:\n"
    " add [-net|-host] destination gateway [netmask]\n"
    " change destination gateway [netmask]\n"
    " delete [-net|-host] destination [gateway [netmask]]\n"
    " get destination                           flush [-inet|-inet6]\n"
    " monitor                                   show\n"
    "Modifiers: -inet6 -netmask M -prefixlen N -interface -cloning -xresolve -static -nostatic "
    "-reject\n"
    " -blackhole -proto1 -proto2 -llinfo -ifp IF -ifa ADDRESS -lock -lockrest\n"
    " -mtu N -expire SECONDS -hopcount N -rtt N -rttvar N -recvpipe N -sendpipe N -ssthresh N\n"
    " destination: an address, address/bits or default; gateway: an address or an interface\n")

RouteOptions route_options;

namespace {

const char* reason(int error)
{
    switch (error) {
    case ESRCH:
        return "not in table";
    case ENOBUFS:
        return "routing table overflow";
    case EEXIST:
        return "entry already in table";
    case EINVAL:
        return "Invalid argument (several routes lead there: give the gateway)";
    case EACCES:
    case EPERM:
        return "Permission denied";
    default:
        return strerror(error);
    }
}

std::string text_of(const sockaddr_in6& sin)
{
    return routing::destination_text(reinterpret_cast<const sockaddr*>(&sin), nullptr, RTF_HOST,
                                     true);
}

int change(const char* command, int type, char** arguments)
{
    RouteWords words;
    if (!parse_words(arguments, words))
        return 1;
    if (type == RTM_ADD && !words.has_gateway && (words.flags & (RTF_REJECT | RTF_BLACKHOLE)) == 0)
        return util::say("which gateway?");
    const int fd = open_route_socket();
    if (fd == -1)
        return 1;
    const int error = send_request(fd, type, words);
    close(fd);
    if (route_options.quiet && error == 0)
        return 0;
    const bool is_default =
        words.six ? words.prefix6 == 0 : !words.host && words.destination == 0 && words.mask == 0;
    const bool is_host = words.six ? words.prefix6 == 128 : words.host;
    printf("%s %s %s", command, is_host ? "host" : "net",
           is_default  ? "default"
           : words.six ? text_of(words.destination6).c_str()
                       : routing::host_text(words.destination, true).c_str());
    if (words.link_gateway)
        printf(": gateway %s", routing::interface_text(words.interface_index).c_str());
    else if (words.has_gateway && words.six)
        printf(": gateway %s", text_of(words.gateway6).c_str());
    else if (words.has_gateway)
        printf(": gateway %s", routing::host_text(words.gateway, route_options.numeric).c_str());
    if (error == EINVAL && type != RTM_DELETE)
        printf(": %s", strerror(error));
    else if (error != 0)
        printf(": %s", reason(error));
    putchar('\n');
    return util::finish(error != 0 ? 1 : 0);
}

} // namespace

int command_show()
{
    RouteTableOptions options;
    options.numeric = route_options.numeric;
    options.fib = route_options.fib;
    return print_route_table(options) ? util::finish(0) : util::complain("routing table");
}

// Everything that goes through a gateway, as BSD's flush.
int command_flush(char** words)
{
    const bool named = words != nullptr && *words != nullptr;
    const bool six = named && (strcmp(*words, "-inet6") == 0 || strcmp(*words, "inet6") == 0);
    if (named && !six && strcmp(*words, "-inet") != 0 && strcmp(*words, "inet") != 0)
        return util::say("%s: family not supported", *words);
    std::vector<uint64_t> table;
    size_t size = 0;
    if (!routing::read_table(NET_RT_DUMP, 0, route_options.fib, table, size))
        return util::complain("routing table");
    const int fd = open_route_socket();
    if (fd == -1)
        return 1;
    int status = 0;
    routing::each_message(table, size, [&](const rt_msghdr& m) {
        if ((m.rtm_flags & RTF_GATEWAY) == 0)
            return;
        const routing::Addresses a = routing::addresses_of(m);
        RouteWords words_of;
        words_of.host = (m.rtm_flags & RTF_HOST) != 0;
        words_of.six = a[RTAX_DST] != nullptr && a[RTAX_DST]->sa_family == AF_INET6;
        if (words_of.six != six)
            return;
        if (six && !words_of.host && a[RTAX_NETMASK] != nullptr) {
            sockaddr_in6 mask;
            memcpy(&mask, a[RTAX_NETMASK], sizeof mask);
            words_of.prefix6 = 0;
            for (uint8_t byte : mask.sin6_addr.s6_addr)
                words_of.prefix6 += static_cast<unsigned>(__builtin_popcount(byte));
            words_of.has_mask = true;
        }
        if (six) {
            memcpy(&words_of.destination6, a[RTAX_DST], sizeof words_of.destination6);
            memcpy(&words_of.gateway6, a[RTAX_GATEWAY], sizeof words_of.gateway6);
        }
        words_of.destination = routing::ipv4_of(a[RTAX_DST]);
        words_of.mask = routing::ipv4_of(a[RTAX_NETMASK]);
        words_of.gateway = routing::ipv4_of(a[RTAX_GATEWAY]);
        words_of.has_gateway = true;
        const int error = send_request(fd, RTM_DELETE, words_of);
        // A clone goes with the route it came from.
        const bool gone = error == 0 || (error == ESRCH && (m.rtm_flags & RTF_CLONED) != 0);
        if (!gone)
            status = 1;
        if (!route_options.quiet || !gone)
            printf(
                "%-20s %-20s %s\n",
                routing::destination_text(a[RTAX_DST], a[RTAX_NETMASK], m.rtm_flags, true).c_str(),
                routing::gateway_text(a[RTAX_GATEWAY], true).c_str(),
                gone ? "done" : reason(error));
    });
    close(fd);
    return util::finish(status);
}

int main(int argc, char* argv[])
{
    util::start(argv);
    bool flush = false;
    long fib = 0;
    for (int c; (c = getopt(argc, argv, "+F:dfnqv")) != -1;) {
        switch (c) {
        case 'F':
            if (!util::number(optarg, fib, 10) || fib < 0 || fib > 15)
                return util::say("bad FIB: %s", optarg);
            route_options.fib = static_cast<int>(fib);
            break;
        case 'f':
            flush = true;
            break;
        case 'n':
            route_options.numeric = true;
            break;
        case 'q':
            route_options.quiet = true;
            break;
        case 'v':
            route_options.verbose = true;
            break;
        default:
            return util::say("bad option; see use %s", util::program);
        }
    }
    if (flush)
        if (int status = command_flush(nullptr); status != 0 || argv[optind] == nullptr)
            return status;
    const char* command = argv[optind];
    if (command == nullptr)
        return util::say("which command? see use %s", util::program);
    char** rest = argv + optind + 1;
    if (strcmp(command, "add") == 0)
        return change(command, RTM_ADD, rest);
    if (strcmp(command, "delete") == 0)
        return change(command, RTM_DELETE, rest);
    if (strcmp(command, "change") == 0)
        return change(command, RTM_CHANGE, rest);
    if (strcmp(command, "get") == 0) {
        RouteWords words;
        return parse_words(rest, words) ? command_get(words) : 1;
    }
    if (strcmp(command, "flush") == 0)
        return command_flush(rest);
    if (strcmp(command, "monitor") == 0)
        return command_monitor();
    if (strcmp(command, "show") == 0)
        return command_show();
    return util::say("%s: unknown command", command);
}
