// SPDX-License-Identifier: Apache-2.0
// Group membership of interfaces (RFC 1112); routers hear of it by IGMP.
#include <errno.h>
#include <netinet/in.h>
#include <new>

#include <net/if_ether.h>
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

InetGroup* find_group(ifnet& ifp, uint32_t group)
{
    for (InetGroup* g = *groups_of(ifp); g != nullptr; g = g->next)
        if (g->group == group)
            return g;
    return nullptr;
}

template <typename Fn>
bool each_of(const GroupMember* members, bool include, Fn fn)
{
    for (const GroupMember* m = members; m != nullptr; m = m->next)
        if (m->filter.include == include && !fn(*m))
            return false;
    return true;
}

// RFC 3376 3.2: everybody's wishes as one filter. One that gets too long lets all senders in; sockets still choose.
SourceFilter wanted_together(const GroupMember* members)
{
    SourceFilter all;
    const GroupMember* excluding = nullptr;
    each_of(members, false, [&](const GroupMember& m) { return excluding = &m, false; });
    if (excluding == nullptr) {
        const bool fits = each_of(members, true, [&](const GroupMember& m) {
            for (uint32_t source : m.filter.sources.all())
                if (!all.sources.add(source))
                    return false;
            return true;
        });
        if (!fits)
            (void)all.set(false, {});
        return all;
    }
    all.include = false;
    for (uint32_t source : excluding->filter.sources.all())
        if (each_of(members, false,
                    [&](const GroupMember& m) { return !m.filter.allows(source); }) &&
            each_of(members, true, [&](const GroupMember& m) { return !m.filter.allows(source); }))
            (void)all.sources.add(source); // no room: let in
    return all;
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

// RFC 1112 7.2: as long as the interface has an address, and that is as long as it lives here.
void Inet::join_all_hosts(ifnet& ifp)
{
    if (ifp.if_type != IFT_ETHER || (ifp.if_flags & IFF_MULTICAST) == 0)
        return;
    const wire::MacAddress group = wire::MacAddress::of_ipv4_group(INADDR_ALLHOSTS_GROUP);
    const auto& ec = reinterpret_cast<const ethercom&>(ifp); // ec_if comes first
    const ether_multi* enm;
    ETHER_LOOKUP_MULTI(group.bytes, group.bytes, &ec, enm);
    if (enm == nullptr)
        (void)ether_join(ifp, group); // out of memory: IGMP works less well, nothing else
}

int Inet::join_group(unsigned if_index, uint32_t group, GroupMember& member)
{
    ifnet* ifp = net.find_interface(if_index);
    int error = ifp == nullptr ? EADDRNOTAVAIL : 0;
    if (error == 0 && (ifp->if_flags & IFF_MULTICAST) == 0)
        error = EOPNOTSUPP;
    InetGroup* g = nullptr;
    if (error == 0)
        error = group_on(*ifp, group, g);
    if (error != 0) {
        member = {};
        return error;
    }
    member.group = group;
    member.if_index = static_cast<uint16_t>(if_index);
    member.next = g->members;
    g->members = &member;
    filter_changed(member);
    return 0;
}

// The group's entry, made when it is the first member's.
int Inet::group_on(ifnet& ifp, uint32_t group, InetGroup*& out)
{
    out = find_group(ifp, group);
    if (out != nullptr)
        return 0;
    auto* g = new (std::nothrow) InetGroup;
    if (g == nullptr)
        return ENOBUFS;
    if (ifp.if_type == IFT_ETHER)
        if (int error = ether_join(ifp, wire::MacAddress::of_ipv4_group(group))) {
            delete g;
            return error;
        }
    g->group = group;
    g->next = *groups_of(ifp);
    *groups_of(ifp) = g;
    out = g;
    return 0;
}

void Inet::leave_group(GroupMember& member)
{
    ifnet* ifp = net.find_interface(member.if_index);
    InetGroup* g = ifp != nullptr ? find_group(*ifp, member.group) : nullptr;
    if (g == nullptr) {
        member = {};
        return;
    }
    GroupMember** link = &g->members;
    while (*link != &member)
        link = &(*link)->next;
    *link = member.next;
    member = {};
    if (g->members != nullptr) {
        merge(*ifp, *g);
        return;
    }
    InetGroup** at = groups_of(*ifp);
    while (*at != g)
        at = &(*at)->next;
    *at = g->next;
    igmp->left(*ifp, *g);
    if (ifp->if_type == IFT_ETHER)
        (void)ether_leave(*ifp, wire::MacAddress::of_ipv4_group(g->group));
    delete g;
}

void Inet::filter_changed(const GroupMember& member)
{
    ifnet* ifp = net.find_interface(member.if_index);
    if (InetGroup* g = ifp != nullptr ? find_group(*ifp, member.group) : nullptr)
        merge(*ifp, *g);
}

void Inet::merge(ifnet& ifp, InetGroup& g)
{
    SourceFilter now = wanted_together(g.members);
    if (now == g.filter)
        return;
    const SourceFilter before = std::move(g.filter);
    g.filter = std::move(now);
    igmp->changed(ifp, g, before);
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
