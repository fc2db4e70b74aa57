// SPDX-License-Identifier: Apache-2.0
// The list of sockets.
#include <arpa/inet.h>
#include <sys/sockinfo.h>

#include "lib/util.hpp"
#include "net/lib/sockets.hpp"
#include "netstat.hpp"

namespace {

bool is_server(const socket_info& s)
{
    return (s.si_flags & SI_LISTENING) != 0 ||
           (s.si_type != SOCK_STREAM && s.si_foreign.ss_family == 0) ||
           ((s.si_foreign.ss_family == AF_INET || s.si_foreign.ss_family == AF_INET6) &&
            sockets::port_of(s.si_foreign) == 0 && (s.si_flags & SI_CONNECTED) == 0);
}

void print_inet(const socket_info& s)
{
    if (options.pcb_address)
        printf("%08x ", s.si_id);
    printf("%-5s %7llu %7llu  %-22s %-22s %s\n", sockets::protocol_text(s),
           static_cast<unsigned long long>(s.si_receive_bytes),
           static_cast<unsigned long long>(s.si_send_bytes),
           sockets::endpoint_text(s.si_local, options.numeric).c_str(),
           sockets::endpoint_text(s.si_foreign, options.numeric).c_str(), sockets::state_text(s));
}

void print_local(const socket_info& s)
{
    printf("%08x %-6s %7llu %7llu  %s%s%s\n", s.si_id,
           s.si_type == SOCK_STREAM ? "stream" : "dgram",
           static_cast<unsigned long long>(s.si_receive_bytes),
           static_cast<unsigned long long>(s.si_send_bytes), sockets::path_of(s.si_local).c_str(),
           sockets::path_of(s.si_foreign).empty() ? "" : " -> ",
           sockets::path_of(s.si_foreign).c_str());
}

template <typename Print>
void print_family(const std::vector<socket_info>& all, int family, const char* title,
                  const char* columns, Print print)
{
    if (options.family != 0 && options.family != family)
        return;
    bool first = true;
    for (const socket_info& s : all) {
        if (s.si_domain != family || (!options.all && family != AF_LOCAL && is_server(s)))
            continue;
        if (first)
            printf("%s%s\n%s%s\n", title, options.all ? " (including servers)" : "",
                   options.pcb_address && family == AF_INET ? "PCB      " : "", columns);
        first = false;
        print(s);
    }
}

template <class Group>
bool read_groups(const char* variable, std::vector<Group>& groups)
{
    std::vector<uint64_t> words;
    size_t size = 0;
    if (!routing::read_variable(variable, words, size))
        return false;
    const auto* first = reinterpret_cast<const Group*>(words.data());
    groups.assign(first, first + size / sizeof(Group));
    return true;
}

int show_groups4()
{
    std::vector<multicast_group> groups;
    if (!read_groups("net.inet.ip.groups", groups))
        return util::complain("net.inet.ip.groups");
    printf("Multicast Group Memberships\n%-10s %-15s %s\n", "Interface", "Group", "Refs");
    for (const multicast_group& g : groups)
        printf("%-10s %-15s %u\n", routing::interface_text(g.mg_interface).c_str(),
               inet_ntoa({g.mg_group}), g.mg_users);
    return 0;
}

void show_groups6(const std::vector<multicast_group6>& groups)
{
    printf("IPv6 Multicast Group Memberships\n%-10s %-39s %s\n", "Interface", "Group", "Refs");
    for (const multicast_group6& g : groups) {
        char text[INET6_ADDRSTRLEN];
        printf("%-10s %-39s %u\n", routing::interface_text(g.mg6_interface).c_str(),
               inet_ntop(AF_INET6, g.mg6_group, text, sizeof text), g.mg6_users);
    }
}

} // namespace

int show_groups()
{
    if (options.family == AF_INET)
        return show_groups4();
    std::vector<multicast_group6> groups6;
    const bool has_ip6 = read_groups("net.inet6.ip6.groups", groups6);
    if (options.family == AF_INET6) {
        if (!has_ip6)
            return util::complain("net.inet6.ip6.groups");
        show_groups6(groups6);
        return 0;
    }
    const int status = show_groups4();
    if (has_ip6) { // io-pkt-v4-hc has none
        putchar('\n');
        show_groups6(groups6);
    }
    return status;
}

int show_sockets()
{
    std::vector<socket_info> all;
    if (!sockets::read_all(all))
        return util::complain("kern.sockets");
    print_family(all, AF_INET, "Active Internet connections",
                 "Proto  Recv-Q  Send-Q  Local Address          Foreign Address        State",
                 print_inet);
    print_family(all, AF_INET6, "Active Internet6 connections",
                 "Proto  Recv-Q  Send-Q  Local Address          Foreign Address        State",
                 print_inet);
    print_family(all, AF_LOCAL, "Active UNIX domain sockets",
                 "Address  Type    Recv-Q  Send-Q  Addr", print_local);
    if (options.family == AF_ROUTE)
        print_family(all, AF_ROUTE, "Routing sockets", "Address  Type    Recv-Q  Send-Q  Addr",
                     print_local);
    return 0;
}
