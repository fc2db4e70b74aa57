// SPDX-License-Identifier: Apache-2.0
// Group membership of interfaces (RFC 1112); routers hear of it by IGMP.
#include <errno.h>
#include <netinet/in.h>
#include <new>

#include <net/if_types.h>

#include "net/net.hpp"
#include "netinet/igmp.hpp"
#include "netinet/inet.hpp"

namespace netmgr {

namespace {

InetGroup** groups_of(ifnet& ifp)
{
    return reinterpret_cast<InetGroup**>(&ifp.if_afdata[0]);
}

} // namespace

bool Inet::is_member(const ifnet& ifp, uint32_t group) const
{
    for (auto* g = static_cast<const InetGroup*>(ifp.if_afdata[0]); g != nullptr; g = g->next)
        if (g->group == group)
            return true;
    return group == INADDR_ALLHOSTS_GROUP &&
           (ifp.if_flags & IFF_MULTICAST) != 0; // RFC 1112 4: always
}

int Inet::join_group(unsigned if_index, uint32_t group)
{
    ifnet* ifp = net.find_interface(if_index);
    if (ifp == nullptr)
        return EADDRNOTAVAIL;
    if ((ifp->if_flags & IFF_MULTICAST) == 0)
        return EOPNOTSUPP;
    for (InetGroup* g = *groups_of(*ifp); g != nullptr; g = g->next)
        if (g->group == group) {
            g->users++;
            return 0;
        }
    auto* g = new (std::nothrow) InetGroup;
    if (g == nullptr)
        return ENOBUFS;
    if (ifp->if_type == IFT_ETHER)
        if (int error = ether_join(*ifp, wire::MacAddress::of_ipv4_group(group))) {
            delete g;
            return error;
        }
    g->group = group;
    g->users = 1;
    g->next = *groups_of(*ifp);
    *groups_of(*ifp) = g;
    igmp->joined(*ifp, *g);
    return 0;
}

void Inet::leave_group(unsigned if_index, uint32_t group)
{
    ifnet* ifp = net.find_interface(if_index);
    if (ifp == nullptr)
        return;
    for (InetGroup** link = groups_of(*ifp); *link != nullptr; link = &(*link)->next) {
        InetGroup* g = *link;
        if (g->group != group)
            continue;
        if (--g->users != 0)
            return;
        *link = g->next;
        igmp->left(*ifp, *g);
        delete g;
        if (ifp->if_type == IFT_ETHER)
            (void)ether_leave(*ifp, wire::MacAddress::of_ipv4_group(group));
        return;
    }
}

// The interface asked for, else the one the routing table (a default route is enough) leads to, else the first that can.
ifnet* Inet::multicast_interface(unsigned if_index, uint32_t group)
{
    if (if_index != 0)
        return net.find_interface(if_index);
    if (const rtentry* route = lookup_route(group))
        return route->ifp;
    for (ifnet* ifp = net.first_interface(); ifp != nullptr; ifp = TAILQ_NEXT(ifp, if_list))
        if ((ifp->if_flags & (IFF_MULTICAST | IFF_UP | IFF_LOOPBACK)) == (IFF_MULTICAST | IFF_UP) &&
            first_address(*ifp) != nullptr)
            return ifp;
    return nullptr;
}

} // namespace netmgr
