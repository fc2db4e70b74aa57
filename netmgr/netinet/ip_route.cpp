// SPDX-License-Identifier: Apache-2.0
// Looking up IPv4 routes, and routes the network teaches: path MTUs and redirects.
#include <errno.h>
#include <netinet/in.h>

#include "net/net.hpp"
#include "net/route_change.hpp"
#include "net/sockaddr.hpp"
#include "netinet/inet.hpp"
#include "netinet/ip6_layer.hpp"

namespace netmgr {

namespace {

constexpr uint64_t clone_lifetime_ns = 600 * ns_per_s; // unused so long, a clone goes
constexpr uint32_t smallest_path_mtu = 296; // below it a told MTU is an attack (RFC 1191 plateau)

constexpr unsigned most_taught =
    1024; // routes of RTF_DYNAMIC in a table; each is a lesson of somebody's message

bool room_for_lesson(RouteTable& table)
{
    unsigned taught = 0;
    for (const rtentry* r = table.first(); r != nullptr; r = table.next(r))
        taught += (r->flags & RTF_DYNAMIC) != 0;
    return taught < most_taught;
}

} // namespace

rtentry* Inet::lookup_route(uint32_t destination, unsigned fib)
{
    constexpr int user_cloning = RTF_CLONING | RTF_STATIC;
    rtentry* route = net.fibs[fib].lookup(PrefixKey::ipv4(destination));
    if (route != nullptr && (route->flags & user_cloning) == user_cloning)
        route = clone_route(*route, destination);
    if (route != nullptr && (route->flags & RTF_CLONED) != 0)
        route->expires_ns = stack.now_ns() + clone_lifetime_ns;
    return route;
}

rtentry* Inet::lookup_route(RouteCache& cache, uint32_t destination, unsigned fib)
{
    const IpAddress key = IpAddress::v4(destination);
    if (cache.route == nullptr || cache.destination != key || cache.fib != fib ||
        cache.generation != net.fibs[fib].generation()) {
        cache.route = lookup_route(destination, fib);
        cache.destination = key;
        cache.fib = fib;
        cache.generation = net.fibs[fib].generation();
    }
    return cache.route;
}

rtentry* Inet::lookup_route(RouteCache& cache, const IpAddress& destination, unsigned fib)
{
    return destination.is_v4() ? lookup_route(cache, destination.ip4(), fib)
                               : six->lookup_route(cache, destination, fib);
}

rtentry* Inet::lookup_route(const IpAddress& destination, unsigned fib)
{
    return destination.is_v4() ? lookup_route(destination.ip4(), fib)
                               : six->lookup_route(destination, fib);
}

void Inet::missed_route(uint32_t destination, unsigned fib)
{
    ++stats.no_route;
    if (net.route_missed != nullptr)
        net.route_missed(stack, IpAddress::v4(destination), fib);
}

rtentry* Inet::clone_route(rtentry& parent, uint32_t destination)
{
    RouteChange change;
    change.destination = destination;
    change.prefix = 32;
    change.flags = (parent.flags & (RTF_REJECT | RTF_BLACKHOLE)) | RTF_CLONED;
    change.ifp = parent.ifp;
    change.ifa = parent.ifa;
    change.mtu = parent.mtu;
    change.locks = parent.locks;
    change.metrics = &parent.metrics;
    change.parent = &parent;
    change.fib = parent.fib;
    if ((parent.flags & RTF_GATEWAY) != 0) {
        change.has_gateway = true;
        change.gateway = ip_of(reinterpret_cast<const sockaddr*>(&parent.gateway));
    }
    if (add_ip_route(net, change) != 0)
        return &parent; // no memory: it works without a clone
    return net.fibs[parent.fib].lookup(PrefixKey::ipv4(destination));
}

uint32_t Inet::path_mtu(const rtentry& route) const
{
    const auto link = static_cast<uint32_t>(route.ifp->if_mtu);
    return route.mtu != 0 && route.mtu < link ? route.mtu : link;
}

// A host route beside the one in use, same way, smaller MTU, forgotten after a while.
void Inet::learn_path_mtu(uint32_t destination, uint32_t mtu)
{
    for (RouteTable& table : net.fibs)
        if (rtentry* route = table.lookup(PrefixKey::ipv4(destination)))
            learn_path_mtu(*route, destination, mtu);
}

void Inet::learn_path_mtu(rtentry& route, uint32_t destination, uint32_t mtu)
{
    if (mtu < smallest_path_mtu || mtu >= path_mtu(route) || (route.locks & RTV_MTU) != 0)
        return;
    const uint64_t expires = stack.now_ns() + static_cast<uint64_t>(ip.mtudisctimeout) * ns_per_s;
    if (route.prefix == 32 && (route.flags & RTF_DYNAMIC) != 0) {
        route.mtu = mtu;
        route.expires_ns = expires;
        return;
    }
    if (route.prefix == 32) {
        route.mtu = mtu; // a user's host route: it stays, so does the lesson
        return;
    }
    if (!room_for_lesson(net.fibs[route.fib]))
        return;
    RouteChange change;
    change.destination = destination;
    change.prefix = 32;
    change.flags = RTF_DYNAMIC;
    change.fib = route.fib;
    change.ifp = route.ifp;
    change.ifa = route.ifa;
    change.mtu = mtu;
    change.expires_ns = expires;
    if ((route.flags & RTF_GATEWAY) != 0) {
        change.has_gateway = true;
        change.gateway = ip_of(reinterpret_cast<const sockaddr*>(&route.gateway));
    }
    (void)add_ip_route(net, change); // without memory the next error teaches it again
}

// RFC 1122 3.2.2.2: believed only from the gateway in use, and only towards a neighbour.
bool Inet::redirect(uint32_t from, uint32_t destination, uint32_t gateway, const ifnet& rcvif)
{
    const unsigned fib = fib_of(&rcvif);
    const rtentry* route = lookup_route(destination, fib);
    if (route == nullptr || (route->flags & RTF_GATEWAY) == 0 || ip.forwarding != 0)
        return false;
    if (ip_of(reinterpret_cast<const sockaddr*>(&route->gateway)) != from ||
        net.address_of(gateway) != nullptr)
        return false;
    const rtentry* way = lookup_route(gateway, fib);
    if (way == nullptr || way->ifp != &rcvif || (way->flags & RTF_GATEWAY) != 0 ||
        way->ifp != route->ifp)
        return false;
    if (route->prefix == 32 || !room_for_lesson(net.fibs[fib]))
        return false;
    RouteChange change;
    change.destination = destination;
    change.prefix = 32;
    change.flags = RTF_DYNAMIC;
    change.has_gateway = true;
    change.gateway = gateway;
    change.fib = fib;
    change.expires_ns = stack.now_ns() + static_cast<uint64_t>(icmp.redirtimeout) * ns_per_s;
    if (add_ip_route(net, change) != 0)
        return false;
    net.announce(NetEvent::route_redirected, route->ifp, nullptr, find_ip_route(net, change));
    return true;
}

void Inet::expire_routes()
{
    const uint64_t now = stack.now_ns();
    net.remove_routes_if(
        [&](const rtentry& r) { return r.expires_ns != 0 && r.expires_ns <= now; });
}

} // namespace netmgr
