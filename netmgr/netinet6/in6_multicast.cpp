// SPDX-License-Identifier: Apache-2.0
// IPv6 groups of interfaces (RFC 4291 2.7); routers hear of them by MLD.
#include <errno.h>
#include <new>

#include <net/if_types.h>

#include "netinet6/inet6.hpp"

namespace netmgr {

namespace {

// RFC 2464 7: 33:33 and the last four bytes.
wire::MacAddress mac_of_group(const IpAddress& g)
{
    return {{0x33, 0x33, g.bytes[12], g.bytes[13], g.bytes[14], g.bytes[15]}};
}

} // namespace

bool Inet6::is_member(const ifnet& ifp, const IpAddress& group)
{
    const IpAddress here = group.with_zone(ifp.if_index);
    const In6Interface* state = state_of(ifp);
    for (const In6Group* g = state != nullptr ? state->groups : nullptr; g != nullptr; g = g->next)
        if (g->group == here)
            return true;
    return false;
}

int Inet6::join_group(ifnet& ifp, const IpAddress& group)
{
    const IpAddress here = group.with_zone(ifp.if_index);
    In6Interface* state = make_state(ifp);
    if (state == nullptr)
        return ENOBUFS;
    if ((ifp.if_flags & IFF_MULTICAST) == 0)
        return EOPNOTSUPP;
    for (In6Group* g = state->groups; g != nullptr; g = g->next)
        if (g->group == here) {
            g->users++;
            return 0;
        }
    auto* g = new (std::nothrow) In6Group;
    if (g == nullptr)
        return ENOBUFS;
    if (ifp.if_type == IFT_ETHER)
        if (int error = ether_join(ifp, mac_of_group(group))) {
            delete g;
            return error;
        }
    g->group = here;
    g->users = 1;
    g->next = state->groups;
    state->groups = g;
    mld.joined(ifp, *g);
    return 0;
}

void Inet6::leave_group(ifnet& ifp, const IpAddress& group)
{
    const IpAddress here = group.with_zone(ifp.if_index);
    In6Interface* state = state_of(ifp);
    if (state == nullptr)
        return;
    for (In6Group** link = &state->groups; *link != nullptr; link = &(*link)->next) {
        In6Group* g = *link;
        if (g->group != here)
            continue;
        if (--g->users != 0)
            return;
        *link = g->next;
        mld.left(ifp, *g);
        delete g;
        if (ifp.if_type == IFT_ETHER)
            (void)ether_leave(ifp, mac_of_group(group));
        return;
    }
}

// The interface asked for, else the one the routing table leads to, else the first that can.
ifnet* Inet6::multicast_interface(unsigned if_index, const IpAddress& group)
{
    if (if_index != 0)
        return net.find_interface(if_index);
    if (group.scope() == IpAddress::scope_node)
        return net.loopback;
    if (const rtentry* route = lookup_route(group, 0))
        return route->ifp;
    for (ifnet* ifp = net.first_interface(); ifp != nullptr; ifp = TAILQ_NEXT(ifp, if_list))
        if ((ifp->if_flags & (IFF_MULTICAST | IFF_UP | IFF_LOOPBACK)) == (IFF_MULTICAST | IFF_UP))
            return ifp;
    return nullptr;
}

void Inet6::forget_memberships(Inpcb& inp)
{
    for (In6Options::Membership& membership : inp.six->memberships) {
        ifnet* ifp =
            membership.if_index != 0 ? net.find_interface(unsigned{membership.if_index}) : nullptr;
        if (ifp != nullptr)
            leave_group(*ifp, membership.group);
        membership = {};
    }
}

} // namespace netmgr
