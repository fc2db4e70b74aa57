// SPDX-License-Identifier: Apache-2.0
// Requests to the routing socket, the answer of get, and what monitor hears.
#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/util.hpp"
#include "route.hpp"

namespace {

constexpr size_t message_max = 2048;

struct Message {
    rt_msghdr header = {};
    uint8_t space[message_max - sizeof(rt_msghdr)] = {};
};

class Builder {
public:
    explicit Builder(Message& m) : m_(m) {}
    void add(int index, const void* address, size_t size)
    {
        memcpy(m_.space + used_, address, size);
        used_ += RT_ROUNDUP(size);
        m_.header.rtm_addrs |= 1 << index;
    }
    void add_ip(int index, uint32_t ip)
    {
        sockaddr_in sin = {};
        sin.sin_len = sizeof sin;
        sin.sin_family = AF_INET;
        sin.sin_addr.s_addr = htonl(ip);
        add(index, &sin, sizeof sin);
    }
    void add_prefix6(int index, unsigned bits)
    {
        sockaddr_in6 mask = {};
        mask.sin6_len = sizeof mask;
        mask.sin6_family = AF_INET6;
        for (unsigned i = 0; i < bits; ++i)
            mask.sin6_addr.s6_addr[i / 8] =
                static_cast<uint8_t>(mask.sin6_addr.s6_addr[i / 8] | 0x80u >> i % 8);
        add(index, &mask, sizeof mask);
    }
    void add_link(int index, unsigned interface)
    {
        sockaddr_dl sdl = {};
        sdl.sdl_len = sizeof sdl;
        sdl.sdl_family = AF_LINK;
        sdl.sdl_index = static_cast<uint16_t>(interface);
        add(index, &sdl, sizeof sdl);
    }
    size_t finish()
    {
        m_.header.rtm_msglen = static_cast<uint16_t>(sizeof m_.header + used_);
        m_.header.rtm_version = RTM_VERSION;
        return m_.header.rtm_msglen;
    }

private:
    Message& m_;
    size_t used_ = 0;
};

size_t build(Message& m, int type, const RouteWords& words)
{
    Builder builder(m);
    m.header.rtm_type = static_cast<uint8_t>(type);
    m.header.rtm_seq = 1;
    m.header.rtm_rmx = words.metrics;
    m.header.rtm_inits = words.inits;
    m.header.rtm_flags = RTF_UP | words.flags | (words.host ? RTF_HOST : 0);
    if (words.has_gateway && !words.link_gateway && !words.interface)
        m.header.rtm_flags |= RTF_GATEWAY;
    if (words.six)
        builder.add(RTAX_DST, &words.destination6, sizeof words.destination6);
    else
        builder.add_ip(RTAX_DST, words.destination);
    if (words.link_gateway)
        builder.add_link(RTAX_GATEWAY, words.interface_index);
    else if (words.has_gateway && words.six)
        builder.add(RTAX_GATEWAY, &words.gateway6, sizeof words.gateway6);
    else if (words.has_gateway)
        builder.add_ip(RTAX_GATEWAY, words.gateway);
    else if (type == RTM_ADD && (words.flags & (RTF_REJECT | RTF_BLACKHOLE)) != 0)
        builder.add_ip(RTAX_GATEWAY, 0x7f000001);
    if (words.six && words.prefix6 != 128 && (type != RTM_GET || words.has_mask))
        builder.add_prefix6(RTAX_NETMASK, words.prefix6);
    else if (!words.six && !words.host && (type != RTM_GET || words.has_mask))
        builder.add_ip(RTAX_NETMASK, words.mask);
    if (type == RTM_GET || (words.interface_index != 0 && !words.link_gateway))
        builder.add_link(RTAX_IFP, words.interface_index);
    if (words.source != 0)
        builder.add_ip(RTAX_IFA, words.source);
    return builder.finish();
}

void print_line(const char* what, const std::string& value)
{
    if (!value.empty())
        printf("%11s: %s\n", what, value.c_str());
}

void print_answer(const rt_msghdr& m, const RouteWords& words)
{
    const routing::Addresses a = routing::addresses_of(m);
    const bool n = route_options.numeric;
    if (words.six) {
        const auto* asked = reinterpret_cast<const sockaddr*>(&words.destination6);
        print_line("route to", routing::destination_text(asked, nullptr, RTF_HOST, n));
        print_line("destination",
                   routing::destination_text(a[RTAX_DST], a[RTAX_NETMASK], m.rtm_flags, n));
        if (a[RTAX_GATEWAY] != nullptr && (m.rtm_flags & RTF_GATEWAY) != 0)
            print_line("gateway", routing::gateway_text(a[RTAX_GATEWAY], n));
        print_line("interface", routing::interface_text(m.rtm_index));
        print_line("flags", routing::names_of_bits(m.rtm_flags, routing::route_flag_names));
        return;
    }
    const bool is_default = words.net && words.destination == 0 && words.mask == 0;
    print_line("route to", is_default ? "default" : routing::host_text(words.destination, n));
    print_line("destination", (m.rtm_flags & RTF_HOST) == 0 && routing::ipv4_of(a[RTAX_DST]) == 0
                                  ? "default"
                                  : routing::host_text(routing::ipv4_of(a[RTAX_DST]), n));
    if (a[RTAX_NETMASK] != nullptr)
        print_line("mask", routing::ipv4_of(a[RTAX_NETMASK]) == 0
                               ? "default"
                               : routing::host_text(routing::ipv4_of(a[RTAX_NETMASK]), true));
    if (a[RTAX_GATEWAY] != nullptr && (m.rtm_flags & RTF_GATEWAY) != 0)
        print_line("gateway", routing::gateway_text(a[RTAX_GATEWAY], n));
    if (a[RTAX_IFA] != nullptr)
        print_line("local addr", routing::host_text(routing::ipv4_of(a[RTAX_IFA]), n));
    print_line("interface", routing::interface_text(m.rtm_index));
    print_line("flags", routing::names_of_bits(m.rtm_flags, routing::route_flag_names));
    const rt_metrics& x = m.rtm_rmx;
    printf("%9s %9s %9s %9s %9s %9s %8s %8s\n", "recvpipe", "sendpipe", "ssthresh", "rtt,msec",
           "rttvar", "hopcount", "mtu", "expire");
    auto number = [&](uint64_t value, int bit, int width) {
        printf("%*llu%c", width, static_cast<unsigned long long>(value),
               (x.rmx_locks & static_cast<uint64_t>(bit)) != 0 ? 'L' : ' ');
    };
    number(x.rmx_recvpipe, RTV_RPIPE, 9);
    number(x.rmx_sendpipe, RTV_SPIPE, 9);
    number(x.rmx_ssthresh, RTV_SSTHRESH, 9);
    number(x.rmx_rtt, RTV_RTT, 9);
    number(x.rmx_rttvar, RTV_RTTVAR, 9);
    number(x.rmx_hopcount, RTV_HOPCOUNT, 9);
    number(x.rmx_mtu, RTV_MTU, 8);
    const int64_t left = x.rmx_expire != 0 ? x.rmx_expire - time(nullptr) : 0;
    printf("%8lld\n", static_cast<long long>(left));
}

const char* type_text(int type)
{
    switch (type) {
    case RTM_ADD:
        return "RTM_ADD: Add Route";
    case RTM_DELETE:
        return "RTM_DELETE: Delete Route";
    case RTM_CHANGE:
        return "RTM_CHANGE: Change Metrics or flags";
    case RTM_GET:
        return "RTM_GET: Report Metrics";
    case RTM_LOSING:
        return "RTM_LOSING: Kernel Suspects Partitioning";
    case RTM_REDIRECT:
        return "RTM_REDIRECT: Told to use different route";
    case RTM_MISS:
        return "RTM_MISS: Lookup failed on this address";
    case RTM_LOCK:
        return "RTM_LOCK: fix specified metrics";
    case RTM_RESOLVE:
        return "RTM_RESOLVE: Route created by cloning";
    case RTM_NEWADDR:
        return "RTM_NEWADDR: address being added to iface";
    case RTM_DELADDR:
        return "RTM_DELADDR: address being removed from iface";
    case RTM_IFINFO:
        return "RTM_IFINFO: iface status change";
    case RTM_IFANNOUNCE:
        return "RTM_IFANNOUNCE: iface arrival/departure";
    default:
        return "unknown message";
    }
}

void print_addresses(const routing::Addresses& addresses, int mask)
{
    if (mask == 0)
        return;
    printf("sockaddrs: %s\n", routing::names_of_bits(mask, routing::address_names).c_str());
    for (int i = 0; i < RTAX_MAX; ++i) {
        const sockaddr* sa = addresses[i];
        if (sa == nullptr)
            continue;
        if (sa->sa_family == AF_LINK) {
            const auto& sdl = *reinterpret_cast<const sockaddr_dl*>(sa);
            const std::string mac = routing::hardware_text(sdl);
            printf(" %s%s%s", routing::interface_text(sdl.sdl_index).c_str(),
                   mac.empty() ? "" : ":", mac.c_str());
        } else if (sa->sa_family == AF_INET6) {
            printf(" %s", routing::destination_text(sa, nullptr, RTF_HOST, true).c_str());
        } else {
            printf(" %s", i == RTAX_DST && routing::ipv4_of(sa) == 0
                              ? "default"
                              : routing::host_text(routing::ipv4_of(sa), true).c_str());
        }
    }
    putchar('\n');
}

void print_event(const uint8_t* bytes, size_t size)
{
    const auto& m = *reinterpret_cast<const rt_msghdr*>(bytes);
    const time_t now = time(nullptr);
    char when[32] = "";
    strftime(when, sizeof when, "%a %b %e %H:%M:%S %Y", localtime(&now));
    printf("got message of size %zu on %s\n", size, when);
    if (m.rtm_version != RTM_VERSION) {
        printf("routing message version %d not understood\n", m.rtm_version);
        return;
    }
    printf("%s: len %d, ", type_text(m.rtm_type), m.rtm_msglen);
    switch (m.rtm_type) {
    case RTM_IFINFO: {
        const auto& i = *reinterpret_cast<const if_msghdr*>(bytes);
        printf("if# %d, %s, flags: %s\n", i.ifm_index,
               i.ifm_data.ifi_link_state == LINK_STATE_UP     ? "carrier: active"
               : i.ifm_data.ifi_link_state == LINK_STATE_DOWN ? "carrier: no carrier"
                                                              : "carrier: unknown",
               routing::names_of_bits(i.ifm_flags, routing::interface_flag_names).c_str());
        print_addresses(routing::addresses_in(bytes + sizeof i, size - sizeof i, i.ifm_addrs),
                        i.ifm_addrs);
        break;
    }
    case RTM_NEWADDR:
    case RTM_DELADDR: {
        const auto& i = *reinterpret_cast<const ifa_msghdr*>(bytes);
        printf("metric %d, flags: %d\n", i.ifam_metric, i.ifam_flags);
        print_addresses(routing::addresses_in(bytes + sizeof i, size - sizeof i, i.ifam_addrs),
                        i.ifam_addrs);
        break;
    }
    case RTM_IFANNOUNCE: {
        const auto& i = *reinterpret_cast<const if_announcemsghdr*>(bytes);
        printf("if# %d, what: %s, name: %.*s\n", i.ifan_index,
               i.ifan_what == IFAN_ARRIVAL ? "arrival" : "departure", IFNAMSIZ, i.ifan_name);
        break;
    }
    default:
        printf("pid: %d, seq %d, errno %d, flags: %s\n", m.rtm_pid, m.rtm_seq, m.rtm_errno,
               routing::names_of_bits(m.rtm_flags, routing::route_flag_names).c_str());
        printf("locks: %s inits: %s\n",
               routing::names_of_bits(static_cast<int>(m.rtm_rmx.rmx_locks), routing::metric_names)
                   .c_str(),
               routing::names_of_bits(m.rtm_inits, routing::metric_names).c_str());
        print_addresses(routing::addresses_of(m), m.rtm_addrs);
    }
    fflush(stdout);
}

} // namespace

int open_route_socket()
{
    int fd = socket(AF_ROUTE, SOCK_RAW, 0);
    if (fd == -1)
        util::complain("socket");
    else if (route_options.fib != 0 && setsockopt(fd, SOL_SOCKET, SO_FIB, &route_options.fib,
                                                  sizeof route_options.fib) == -1) {
        util::complain("-F");
        close(fd);
        fd = -1;
    }
    return fd;
}

int send_request(int fd, int type, const RouteWords& words)
{
    Message m;
    const size_t size = build(m, type, words);
    return write(fd, &m, size) == -1 ? errno : 0;
}

int command_get(const RouteWords& words)
{
    const int fd = open_route_socket();
    if (fd == -1)
        return 1;
    Message m;
    if (int error = send_request(fd, RTM_GET, words)) {
        close(fd);
        return util::say("writing to routing socket: %s",
                         error == ESRCH ? "not in table" : strerror(error));
    }
    ssize_t n;
    do
        n = read(fd, &m, sizeof m);
    while (n > 0 && (static_cast<size_t>(n) < sizeof m.header || m.header.rtm_type != RTM_GET ||
                     m.header.rtm_pid != getpid()));
    close(fd);
    if (n <= 0)
        return util::complain("read from routing socket");
    print_answer(m.header, words);
    return util::finish(0);
}

int command_monitor()
{
    const int fd = open_route_socket();
    if (fd == -1)
        return 1;
    alignas(8) uint8_t bytes[message_max];
    for (;;) {
        const ssize_t n = read(fd, bytes, sizeof bytes);
        if (n == -1 && errno == ENOBUFS) {
            puts("messages were lost");
            continue;
        }
        if (n == -1)
            return util::complain("read from routing socket");
        if (n >= 4)
            print_event(bytes, static_cast<size_t>(n));
    }
}
