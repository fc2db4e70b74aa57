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
#include "net/lib/routing.hpp"

QNX_USAGE("%C - neighbours of IPv6\n\n"
          "%C -a    show all\n"
          "%C -c    forget all\n"
          "%C -d host[%%interface]    forget one\n"
          " -n     accepted: names are never asked for\n")

namespace {

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

// RTM_DELETE with RTF_LLINFO, as arp sends it.
int forget(int fd, const rt_msghdr& entry)
{
    struct {
        rt_msghdr header;
        sockaddr_in6 destination;
    } request = {};
    request.header.rtm_msglen = sizeof request.header + sizeof request.destination;
    static_assert(sizeof request.destination == 28);
    request.header.rtm_version = RTM_VERSION;
    request.header.rtm_type = RTM_DELETE;
    request.header.rtm_flags = RTF_LLINFO | RTF_HOST;
    request.header.rtm_addrs = RTA_DST;
    memcpy(&request.destination, routing::addresses_of(entry)[RTAX_DST],
           sizeof request.destination);
    const ssize_t n = write(fd, &request, request.header.rtm_msglen);
    return n == -1 ? util::complain("delete") : 0;
}

} // namespace

int main(int argc, char* argv[])
{
    util::start(argv);
    bool all = false;
    bool clear = false;
    const char* host = nullptr;
    for (int c; (c = getopt(argc, argv, "acd:n")) != -1;) {
        switch (c) {
        case 'a':
            all = true;
            break;
        case 'c':
            clear = true;
            break;
        case 'd':
            host = optarg;
            break;
        case 'n':
            break;
        default:
            return 1;
        }
    }
    if (!all && !clear && host == nullptr)
        return util::say("what? try 'use ndp'");
    std::vector<uint64_t> table;
    size_t size = 0;
    if (!routing::read_table(NET_RT_FLAGS, RTF_LLINFO, 0, table, size))
        return util::complain("neighbours");
    const int fd = socket(AF_ROUTE, SOCK_RAW, 0);
    if (fd == -1)
        return util::complain("socket");
    int status = 0;
    bool found = false;
    if (all)
        printf("%-40s %-18s %6s %-10s\n", "Neighbor", "Linklayer Address", "Netif", "Expire");
    routing::each_message(table, size, [&](const rt_msghdr& m) {
        if (!is_neighbour(m))
            return;
        if (all)
            print_entry(m);
        const sockaddr* its = routing::addresses_of(m)[RTAX_DST];
        const bool named =
            host != nullptr && routing::destination_text(its, nullptr, RTF_HOST, true) == host;
        found = found || named;
        if (clear || named)
            status |= forget(fd, m);
    });
    close(fd);
    if (host != nullptr && !found)
        return util::say("%s: no such neighbour", host);
    return util::finish(status);
}
