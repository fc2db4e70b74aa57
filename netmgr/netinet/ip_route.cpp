// SPDX-License-Identifier: Apache-2.0
// Looking up IPv4 routes, and routes the network teaches: path MTUs and redirects.
#include <errno.h>
#include <netinet/in.h>

#include "net/net.hpp"
#include "net/route_change.hpp"
#include "net/sockaddr.hpp"
#include "netinet/inet.hpp"

namespace netmgr {

namespace {

constexpr uint32_t smallest_path_mtu = 296; // below it a told MTU is an attack (RFC 1191 plateau)

} // namespace

rtentry* Inet::lookup_route(uint32_t destination)
{
    return net.routes.lookup(PrefixKey::ipv4(destination));
}

rtentry* Inet::lookup_route(RouteCache& cache, uint32_t destination)
{
    if (cache.route == nullptr || cache.destination != destination ||
        cache.generation != net.routes.generation()) {
        cache.route = lookup_route(destination);
        cache.destination = destination;
        cache.generation = net.routes.generation();
    }
    return cache.route;
}

uint32_t Inet::path_mtu(const rtentry& route) const
{
    const auto link = static_cast<uint32_t>(route.ifp->if_mtu);
    return route.mtu != 0 && route.mtu < link ? route.mtu : link;
}

// A host route beside the one in use, same way, smaller MTU, forgotten after a while.
void Inet::learn_path_mtu(uint32_t destination, uint32_t mtu)
{
    rtentry* route = lookup_route(destination);
    if (route == nullptr || mtu < smallest_path_mtu || mtu >= path_mtu(*route) ||
        (route->locks & RTV_MTU) != 0)
        return;
    const uint64_t expires = stack.now_ns() + static_cast<uint64_t>(ip.mtudisctimeout) * ns_per_s;
    if (route->prefix == 32 && (route->flags & RTF_DYNAMIC) != 0) {
        route->mtu = mtu;
        route->expires_ns = expires;
        return;
    }
    if (route->prefix == 32) {
        route->mtu = mtu; // a user's host route: it stays, so does the lesson
        return;
    }
    RouteChange change;
    change.destination = destination;
    change.prefix = 32;
    change.flags = RTF_DYNAMIC;
    change.ifp = route->ifp;
    change.ifa = route->ifa;
    change.mtu = mtu;
    change.expires_ns = expires;
    if ((route->flags & RTF_GATEWAY) != 0) {
        change.has_gateway = true;
        change.gateway = ip_of(reinterpret_cast<const sockaddr*>(&route->gateway));
    }
    (void)add_ipv4_route(net, change); // without memory the next error teaches it again
}

// RFC 1122 3.2.2.2: believed only from the gateway in use, and only towards a neighbour.
void Inet::redirect(uint32_t from, uint32_t destination, uint32_t gateway)
{
    const rtentry* route = lookup_route(destination);
    if (route == nullptr || (route->flags & RTF_GATEWAY) == 0 || ip.forwarding != 0)
        return;
    if (ip_of(reinterpret_cast<const sockaddr*>(&route->gateway)) != from ||
        net.address_of(gateway) != nullptr)
        return;
    const rtentry* way = lookup_route(gateway);
    if (way == nullptr || (way->flags & RTF_GATEWAY) != 0 || way->ifp != route->ifp)
        return;
    if (route->prefix == 32)
        return;
    RouteChange change;
    change.destination = destination;
    change.prefix = 32;
    change.flags = RTF_DYNAMIC;
    change.has_gateway = true;
    change.gateway = gateway;
    change.expires_ns = stack.now_ns() + static_cast<uint64_t>(icmp.redirtimeout) * ns_per_s;
    (void)add_ipv4_route(net, change);
}

void Inet::expire_routes()
{
    const uint64_t now = stack.now_ns();
    net.routes.remove_if(
        [&](const rtentry& r) { return r.expires_ns != 0 && r.expires_ns <= now; });
}

} // namespace netmgr
