// SPDX-License-Identifier: Apache-2.0
// The routing tables and the interface list by sysctl (NET_RT_DUMP, NET_RT_FLAGS, NET_RT_IFLIST).
#include <errno.h>

#include <sys/sysctl.h>

#include "net/route_socket.hpp"

namespace netmgr {

namespace {

struct Dump {
    Net& net;
    SysctlOut& out;
    bool all;  // NET_RT_DUMP
    int flags; // else: any of these
    int error = 0;

    bool wants(int route_flags) const { return all || (route_flags & flags) != 0; }

    void put(RouteMessage message)
    {
        const std::span<const uint8_t> bytes = message.finish();
        if (int e = out.put(bytes.data(), bytes.size()))
            error = e;
    }
};

void dump_neighbours(Dump& dump, int family)
{
    NeighbourTable* table = dump.net.neighbours_of(family);
    if (table == nullptr)
        return;
    table->each_neighbour(
        [](void* arg, const Neighbour& neighbour) {
            auto& d = *static_cast<Dump*>(arg);
            if (d.wants(flags_of(neighbour)))
                d.put(describe_neighbour(d.net, neighbour, RTM_GET));
        },
        &dump);
}

void dump_routes(Dump& dump, int family, unsigned fib)
{
    const RouteTable& table = dump.net.table_of(family, fib);
    for (const rtentry* r = table.first(); r != nullptr; r = table.next(r))
        if (dump.wants(r->flags))
            dump.put(describe_route(dump.net, *r, RTM_GET, true));
    // Neighbours are what BSD clones from a subnet's route: host routes with a link-level gateway.
    if (fib == 0)
        dump_neighbours(dump, family);
}

// Of one family, or of both when family is 0.
int dump_families(Dump& dump, int family, unsigned fib)
{
    for (int each : {AF_INET, AF_INET6})
        if (family == 0 || family == each)
            dump_routes(dump, each, fib);
    return dump.error;
}

int list_interfaces(Dump& dump, int family, int32_t index)
{
    for (const ifnet* ifp = dump.net.first_interface(); ifp != nullptr;
         ifp = TAILQ_NEXT(ifp, if_list)) {
        if (index != 0 && ifp->if_index != index)
            continue;
        dump.put(describe_interface(*ifp, RTM_IFINFO));
        for (const ifaddr* a = ifp->if_addrs; a != nullptr; a = a->next)
            if (family == 0 || a->family() == family)
                dump.put(describe_address(*a, RTM_NEWADDR));
    }
    return dump.error;
}

// rest: family, NET_RT_*, argument, and for routes the FIB.
int route_table(SysctlNode& node, std::span<const int32_t> rest, SysctlOut& out, const SysctlIn*,
                const Cred&)
{
    Net& net = *static_cast<Net*>(node.arg);
    if (rest.size() < 3 || rest.size() > 4)
        return EINVAL;
    const int32_t family = rest[0];
    const int32_t fib = rest.size() == 4 ? rest[3] : 0;
    if (fib < 0 || fib >= static_cast<int32_t>(Net::fib_count))
        return EINVAL;
    Dump dump = {net, out, rest[1] == NET_RT_DUMP, rest[2]};
    switch (rest[1]) {
    case NET_RT_DUMP:
    case NET_RT_FLAGS:
        return dump_families(dump, family, static_cast<unsigned>(fib));
    case NET_RT_IFLIST:
        return list_interfaces(dump, family, rest[2]);
    default:
        return EINVAL;
    }
}

} // namespace

int attach_route_sysctl(Stack& stack)
{
    SysctlTree& tree = stack.sysctl();
    SysctlNode* net_node = tree.add_node(tree.root(), CTL_NET, "net", "Networking");
    SysctlNode* route = tree.add_node(net_node, AF_ROUTE, "route", "Routing");
    return tree.add_handler(route, 0, "rtable", "Routes, neighbours and interfaces as messages",
                            CTLTYPE_STRUCT, CTLFLAG_TABLE, route_table, &stack.net()) != nullptr
               ? 0
               : ENOMEM;
}

} // namespace netmgr
