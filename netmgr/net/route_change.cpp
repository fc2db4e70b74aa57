// SPDX-License-Identifier: Apache-2.0
// Filling in what a user's route request leaves open.
#include "net/route_change.hpp"

#include <errno.h>
#include <new>

#include <net/if_dl.h>

#include "net/sockaddr.hpp"

namespace netmgr {

namespace {

void set_ipv4_gateway(rtentry& r, uint32_t gateway)
{
    const sockaddr_in sin = make_sockaddr_in(gateway);
    memcpy(&r.gateway, &sin, sizeof(sin));
}

void set_link_gateway(rtentry& r, const ifnet& ifp)
{
    sockaddr_dl sdl = {};
    sdl.sdl_len = sizeof(sdl);
    sdl.sdl_family = AF_LINK;
    sdl.sdl_index = ifp.if_index;
    sdl.sdl_type = ifp.if_type;
    memcpy(&r.gateway, &sdl, sizeof(sdl));
}

// The address this host uses towards a neighbour on ifp.
ifaddr* source_on(const ifnet& ifp, uint32_t neighbour)
{
    ifaddr* any = nullptr;
    for (ifaddr* a = ifp.if_addrs; a != nullptr; a = a->next) {
        if (a->family() != AF_INET)
            continue;
        if ((neighbour & a->mask()) == a->network())
            return a;
        if (any == nullptr)
            any = a;
    }
    return any;
}

int find_way(Net& net, const RouteChange& change, rtentry& r)
{
    r.ifp = change.ifp;
    r.ifa = change.ifa;
    if (change.has_gateway) {
        set_ipv4_gateway(r, change.gateway);
        const rtentry* way = net.fibs[change.fib].lookup(PrefixKey::ipv4(change.gateway));
        if (r.ifp == nullptr && (way == nullptr || (way->flags & RTF_GATEWAY) != 0))
            return ENETUNREACH; // a gateway must be a neighbour
        if (r.ifp == nullptr)
            r.ifp = way->ifa != nullptr && way->ifp == net.loopback ? way->ifa->ifp : way->ifp;
        // Our own address as the gateway means "directly through that interface" (BSD's old -interface form).
        if (net.address_of(change.gateway) == nullptr)
            r.flags |= RTF_GATEWAY;
    } else if (r.ifp != nullptr) {
        set_link_gateway(r, *r.ifp);
    } else if ((change.flags & (RTF_REJECT | RTF_BLACKHOLE)) != 0) {
        r.ifp = net.loopback;
        set_link_gateway(r, *r.ifp);
    } else {
        return EINVAL;
    }
    if (r.ifa == nullptr)
        r.ifa = source_on(*r.ifp, change.has_gateway ? change.gateway : change.destination);
    return 0;
}

} // namespace

int add_ipv4_route(Net& net, const RouteChange& change)
{
    if (change.prefix > 32 || change.fib >= Net::fib_count)
        return EINVAL;
    auto* r = new (std::nothrow) rtentry;
    if (r == nullptr)
        return ENOBUFS;
    r->key = PrefixKey::ipv4(change.destination);
    r->prefix = change.prefix;
    r->flags = RTF_UP | change.flags | (change.prefix == 32 ? RTF_HOST : 0);
    r->mtu = change.mtu;
    r->expires_ns = change.expires_ns;
    r->locks = change.locks;
    r->parent = change.parent;
    r->fib = change.fib;
    if (change.metrics != nullptr)
        r->metrics = *change.metrics;
    if (int error = find_way(net, change, *r)) {
        delete r;
        return error;
    }
    if (int error = net.fibs[change.fib].add(r))
        return error;
    net.announce(change.parent != nullptr ? NetEvent::route_cloned : NetEvent::route_added, r->ifp,
                 r->ifa, r);
    return 0;
}

rtentry* find_ipv4_route(Net& net, const RouteChange& change)
{
    if (change.prefix > 32 || change.fib >= Net::fib_count)
        return nullptr;
    PrefixKey key = PrefixKey::ipv4(change.destination);
    key.clear_from(change.prefix);
    if (!change.has_gateway)
        return net.fibs[change.fib].find(key, change.prefix);
    rtentry wanted;
    set_ipv4_gateway(wanted, change.gateway);
    return net.fibs[change.fib].find(key, change.prefix, &wanted.gateway);
}

int delete_ipv4_route(Net& net, const RouteChange& change)
{
    rtentry* r = find_ipv4_route(net, change);
    if (r == nullptr)
        return ESRCH;
    if (!change.has_gateway && r->next != nullptr)
        return EINVAL;
    net.remove_route(r);
    return 0;
}

int change_ipv4_route(Net& net, rtentry& route, const RouteChange& change)
{
    rtentry changed;
    changed.flags = route.flags & ~RTF_GATEWAY;
    if (int error = find_way(net, change, changed))
        return error;
    const rtentry* there = net.fibs[route.fib].find(route.key, route.prefix, &changed.gateway);
    if (there != nullptr && there != &route)
        return EEXIST;
    route.gateway = changed.gateway;
    route.flags = changed.flags;
    route.ifp = changed.ifp;
    route.ifa = changed.ifa;
    net.fibs[route.fib].touch();
    return 0;
}

} // namespace netmgr
