// SPDX-License-Identifier: Apache-2.0
// The table of routes in netstat's columns.
#include "net/lib/route_table.hpp"

#include <stdio.h>

#include "net/lib/routing.hpp"

namespace {

void print_route(const rt_msghdr& m, const RouteTableOptions& options)
{
    const routing::Addresses a = routing::addresses_of(m);
    char mtu[24] = "-";
    if (m.rtm_rmx.rmx_mtu != 0)
        snprintf(mtu, sizeof mtu, "%llu%s", static_cast<unsigned long long>(m.rtm_rmx.rmx_mtu),
                 (m.rtm_rmx.rmx_locks & RTV_MTU) != 0 ? "L" : "");
    printf("%-18s %-18s %-8s %4d %8lld %6s  %s\n",
           routing::destination_text(a[RTAX_DST], a[RTAX_NETMASK], m.rtm_flags, options.numeric)
               .c_str(),
           routing::gateway_text(a[RTAX_GATEWAY], options.numeric).c_str(),
           routing::flag_letters(m.rtm_flags).c_str(), 0,
           static_cast<long long>(m.rtm_rmx.rmx_pksent), mtu,
           routing::interface_text(m.rtm_index).c_str());
}

// A family of which there is nothing is not mentioned, but IPv4.
void print_family(const std::vector<uint64_t>& table, size_t size, int family, const char* name,
                  const RouteTableOptions& options)
{
    if (options.family != 0 && options.family != family)
        return;
    bool headed = false;
    auto head = [&] {
        if (!headed)
            printf("\n%s:\n%-18s %-18s %-8s %4s %8s %6s  %s\n", name, "Destination", "Gateway",
                   "Flags", "Refs", "Use", "Mtu", "Interface");
        headed = true;
    };
    if (family == AF_INET)
        head();
    routing::each_message(table, size, [&](const rt_msghdr& m) {
        const sockaddr* destination = routing::addresses_of(m)[RTAX_DST];
        if (destination == nullptr || destination->sa_family != family)
            return;
        if (options.hide_link && (m.rtm_flags & RTF_LLINFO) != 0)
            return;
        if (!options.all && (m.rtm_flags & RTF_CLONED) != 0 && (m.rtm_flags & RTF_LLINFO) == 0)
            return;
        head();
        print_route(m, options);
    });
}

} // namespace

bool print_route_table(const RouteTableOptions& options)
{
    std::vector<uint64_t> table;
    size_t size = 0;
    if (!routing::read_table(NET_RT_DUMP, 0, options.fib, table, size))
        return false;
    printf("Routing tables%s\n", options.fib != 0 ? " (FIB)" : "");
    print_family(table, size, AF_INET, "Internet", options);
    print_family(table, size, AF_INET6, "Internet6", options);
    return true;
}
