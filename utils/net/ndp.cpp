// SPDX-License-Identifier: Apache-2.0
// ndp: the neighbours IPv6 knows (RFC 4861), what arp is for IPv4.
#include <errno.h>
#include <net/if_dl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <abi/usage.h>

#include "lib/util.hpp"
#include "net/lib/net.hpp"
#include "net/lib/routing.hpp"

QNX_USAGE("%C - neighbours of IPv6\n\n"
          "%C [-n] host              show one\n"
          "%C -a [-n]                show all\n"
          "%C -c [-n]                forget all\n"
          "%C -d [-n] host           forget one\n"
          "%C -s [-n] host address [temp] [proxy]\n"
          "    set one, for good or for twenty minutes (temp); proxy: answer for it\n"
          " -n    accepted: names are never asked for. A host is an address: fe80::1%%wm0\n")

namespace {

constexpr int temporary_s = 1200; // as arp's

bool is_neighbour(const rt_msghdr& m)
{
    const sockaddr* destination = routing::addresses_of(m)[RTAX_DST];
    return (m.rtm_flags & RTF_LLINFO) != 0 && destination != nullptr &&
           destination->sa_family == AF_INET6;
}

void print_entry(const rt_msghdr& m)
{
    const routing::Addresses a = routing::addresses_of(m);
    std::string mac = "(incomplete)";
    if (a[RTAX_GATEWAY] != nullptr && a[RTAX_GATEWAY]->sa_family == AF_LINK) {
        const auto& sdl = *reinterpret_cast<const sockaddr_dl*>(a[RTAX_GATEWAY]);
        if (sdl.sdl_alen != 0)
            mac = routing::hardware_text(sdl);
    }
    char left[24] = "permanent";
    if (m.rtm_rmx.rmx_expire != 0)
        snprintf(left, sizeof left, "%llds",
                 static_cast<long long>(m.rtm_rmx.rmx_expire - time(nullptr)));
    printf("%-40s %-18s %6s %-10s\n",
           routing::destination_text(a[RTAX_DST], nullptr, RTF_HOST, true).c_str(), mac.c_str(),
           routing::interface_text(m.rtm_index).c_str(), left);
}

// RTM_ADD or RTM_DELETE with RTF_LLINFO, as arp sends it. link: of RTM_ADD. 0 or errno.
int request(int type, const sockaddr_in6& host, const sockaddr_dl* link, int flags, int64_t expires)
{
    struct {
        rt_msghdr header;
        sockaddr_in6 destination;
        uint8_t pad[4];
        sockaddr_dl link;
    } message = {};
    static_assert(sizeof message.destination ==
                  28); // and the next address begins at a multiple of 8
    const bool adds = link != nullptr;
    message.header.rtm_msglen =
        static_cast<unsigned short>(sizeof message.header + 32 + (adds ? sizeof message.link : 0));
    message.header.rtm_version = RTM_VERSION;
    message.header.rtm_type = static_cast<unsigned char>(type);
    message.header.rtm_flags = RTF_LLINFO | RTF_HOST | flags;
    message.header.rtm_addrs = RTA_DST | (adds ? RTA_GATEWAY : 0);
    message.header.rtm_inits = expires != 0 ? RTV_EXPIRE : 0;
    message.header.rtm_rmx.rmx_expire = expires;
    message.destination = host;
    if (adds)
        message.link = *link;
    const int fd = socket(AF_ROUTE, SOCK_RAW, 0);
    if (fd == -1)
        return errno;
    const int error = write(fd, &message, message.header.rtm_msglen) == -1 ? errno : 0;
    close(fd);
    return error;
}

bool find_host(const char* name, sockaddr_in6& host)
{
    struct sockaddr_storage found;
    net::set_any(AF_INET6, &found);
    if (!net::resolve(name, AF_INET6, &found))
        return false;
    memcpy(&host, &found, sizeof host);
    return true;
}

// Calls fn(entry, its address) for every neighbour; false with a message.
template <typename Fn>
bool each_neighbour(Fn fn)
{
    std::vector<uint64_t> table;
    size_t size = 0;
    if (!routing::read_table(NET_RT_FLAGS, RTF_LLINFO, 0, table, size))
        return util::complain("neighbours"), false;
    routing::each_message(table, size, [&](const rt_msghdr& m) {
        if (is_neighbour(m))
            fn(m, *reinterpret_cast<const sockaddr_in6*>(routing::addresses_of(m)[RTAX_DST]));
    });
    return true;
}

int show(const sockaddr_in6* only)
{
    printf("%-40s %-18s %6s %-10s\n", "Neighbor", "Linklayer Address", "Netif", "Expire");
    bool found = only == nullptr;
    const bool good = each_neighbour([&](const rt_msghdr& m, const sockaddr_in6& ip) {
        if (only != nullptr && memcmp(&ip.sin6_addr, &only->sin6_addr, sizeof ip.sin6_addr) != 0)
            return;
        found = true;
        print_entry(m);
    });
    return good && found ? 0 : 1;
}

int forget(const sockaddr_in6& host, const char* name)
{
    const int error = request(RTM_DELETE, host, nullptr, 0, 0);
    if (error == ESRCH)
        return util::say("%s: no such neighbour", name);
    return error != 0 ? util::complain(name, error) : (printf("%s deleted\n", name), 0);
}

int forget_all()
{
    int status = 0;
    const bool good = each_neighbour([&](const rt_msghdr& m, const sockaddr_in6& ip) {
        const auto* its = routing::addresses_of(m)[RTAX_DST];
        const std::string text = routing::destination_text(its, nullptr, RTF_HOST, true);
        status |= forget(ip, text.c_str());
    });
    return good ? status : 1;
}

// host, hardware address, then temp and proxy in any order.
int set_one(char** words, int count)
{
    sockaddr_in6 host;
    sockaddr_dl link;
    int flags = 0;
    int64_t expires = 0;
    if (count < 2)
        return util::say("a host and a hardware address are needed");
    if (!find_host(words[0], host) || !routing::parse_hardware(words[1], link))
        return 1;
    for (int i = 2; i < count; ++i) {
        if (strcmp(words[i], "temp") == 0)
            expires = time(nullptr) + temporary_s;
        else if (strcmp(words[i], "proxy") == 0)
            flags |= RTF_ANNOUNCE;
        else
            return util::say("%s: what is that? (temp, proxy)", words[i]);
    }
    if (expires == 0)
        flags |= RTF_STATIC;
    const int error = request(RTM_ADD, host, &link, flags, expires);
    return error != 0 ? util::complain(words[0], error) : 0;
}

} // namespace

int main(int argc, char* argv[])
{
    util::start(argv);
    bool all = false, clear = false, set = false, remove = false;
    const util::Flag flags[] = {{'a', &all}, {'c', &clear}, {'s', &set}, {'d', &remove}};
    for (int c; (c = getopt(argc, argv, "acdns")) != -1;)
        if (c != 'n' && !util::set_flag(flags, c))
            return 1;
    char** words = argv + optind;
    const int count = argc - optind;
    sockaddr_in6 host;
    if (set)
        return set_one(words, count);
    if ((all || clear) && count == 0)
        return util::finish(all && show(nullptr) != 0 ? 1 : clear ? forget_all() : 0);
    if (all || clear || count != 1)
        return util::say("what? try 'use ndp'");
    if (!find_host(words[0], host))
        return 1;
    if (remove)
        return util::finish(forget(host, words[0]));
    return show(&host) == 0 ? util::finish(0) : util::say("%s: no such neighbour", words[0]);
}
