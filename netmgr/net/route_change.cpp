// SPDX-License-Identifier: Apache-2.0
// Filling in what a user's route request leaves open.
#include "net/route_change.hpp"

#include <errno.h>
#include <new>

#include <net/if_dl.h>

#include "net/sockaddr6.hpp"

namespace netmgr {

namespace {

void set_ip_gateway(rtentry& r, const IpAddress& gateway)
{
    if (gateway.is_v4()) {
        const sockaddr_in sin = make_sockaddr_in(gateway.ip4());
        memcpy(&r.gateway, &sin, sizeof(sin));
    } else {
        store_sockaddr_in6(r.gateway, gateway);
    }
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
        const IpAddress gateway = change.through();
        set_ip_gateway(r, gateway);
        const rtentry* way = net.table_of(change.family, change.fib).lookup(PrefixKey::of(gateway));
        if (r.ifp == nullptr && (way == nullptr || (way->flags & RTF_GATEWAY) != 0))
            return ENETUNREACH; // a gateway must be a neighbour
        if (r.ifp == nullptr)
            r.ifp = way->ifa != nullptr && way->ifp == net.loopback ? way->ifa->ifp : way->ifp;
        // Our own address as the gateway means "directly through that interface" (BSD's old -interface form).
        if (our_address(net, gateway) == nullptr)
            r.flags |= RTF_GATEWAY;
    } else if (r.ifp != nullptr) {
        set_link_gateway(r, *r.ifp);
    } else if ((change.flags & (RTF_REJECT | RTF_BLACKHOLE)) != 0) {
        r.ifp = net.loopback;
        set_link_gateway(r, *r.ifp);
    } else {
        return EINVAL;
    }
    if (r.ifa == nullptr && change.family == AF_INET) // IPv6 chooses by destination
        r.ifa = source_on(*r.ifp, change.has_gateway ? change.gateway : change.destination);
    return 0;
}

} // namespace

ifaddr* our_address(Net& net, const IpAddress& ip)
{
    if (ip.is_v4())
        return net.address_of(ip.ip4());
    for (ifnet* ifp = net.first_interface(); ifp != nullptr; ifp = TAILQ_NEXT(ifp, if_list))
        for (ifaddr* a = ifp->if_addrs; a != nullptr; a = a->next)
            if (a->family() == AF_INET6 && ip6_of(&a->address) == ip)
                return a;
    return nullptr;
}

int add_ip_route(Net& net, const RouteChange& change)
{
    if (!change.is_valid())
        return EINVAL;
    auto* r = new (std::nothrow) rtentry;
    if (r == nullptr)
        return ENOBUFS;
    r->key = PrefixKey::of(change.to());
    r->prefix = change.prefix;
    r->family = static_cast<uint8_t>(change.family);
    r->flags = RTF_UP | change.flags | (change.prefix == change.key_bits() ? RTF_HOST : 0);
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
    if (int error = net.table_of(change.family, change.fib).add(r))
        return error;
    net.announce(change.parent != nullptr ? NetEvent::route_cloned : NetEvent::route_added, r->ifp,
                 r->ifa, r);
    return 0;
}

rtentry* find_ip_route(Net& net, const RouteChange& change)
{
    if (!change.is_valid())
        return nullptr;
    RouteTable& table = net.table_of(change.family, change.fib);
    PrefixKey key = PrefixKey::of(change.to());
    key.clear_from(change.prefix);
    if (!change.has_gateway)
        return table.find(key, change.prefix);
    rtentry wanted;
    set_ip_gateway(wanted, change.through());
    return table.find(key, change.prefix, &wanted.gateway);
}

int delete_ip_route(Net& net, const RouteChange& change)
{
    rtentry* r = find_ip_route(net, change);
    if (r == nullptr)
        return ESRCH;
    if (!change.has_gateway && r->next != nullptr)
        return EINVAL;
    net.remove_route(r);
    return 0;
}

int change_ip_route(Net& net, rtentry& route, const RouteChange& change)
{
    rtentry changed;
    changed.flags = route.flags & ~RTF_GATEWAY;
    if (int error = find_way(net, change, changed))
        return error;
    RouteTable& table = net.table_of(route.family, route.fib);
    const rtentry* there = table.find(route.key, route.prefix, &changed.gateway);
    if (there != nullptr && there != &route)
        return EEXIST;
    route.gateway = changed.gateway;
    route.flags = changed.flags;
    route.ifp = changed.ifp;
    route.ifa = changed.ifa;
    table.touch();
    return 0;
}

} // namespace netmgr
