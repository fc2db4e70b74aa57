// SPDX-License-Identifier: Apache-2.0
// Looking up IPv6 routes, and routes the network teaches: path MTUs (RFC 8201) and redirects (RFC 4861 8.3).
#include <errno.h>

#include "net/route_change.hpp"
#include "net/sockaddr6.hpp"
#include "netinet6/inet6.hpp"

namespace netmgr {

namespace {

RouteChange host_route(const IpAddress& to, const rtentry& route)
{
    RouteChange change;
    change.family = AF_INET6;
    change.destination6 = to;
    change.prefix = 128;
    change.flags = RTF_DYNAMIC;
    change.fib = route.fib;
    change.ifp = route.ifp;
    change.ifa = route.ifa;
    return change;
}

} // namespace

rtentry* Inet6::lookup_route(const IpAddress& to, unsigned fib)
{
    return net.fibs6[fib].lookup(PrefixKey::of(to));
}

rtentry* Inet6::lookup_route(RouteCache& cache, const IpAddress& to, unsigned fib)
{
    if (cache.route == nullptr || cache.destination != to || cache.fib != fib ||
        cache.generation != net.fibs6[fib].generation()) {
        cache.route = lookup_route(to, fib);
        cache.destination = to;
        cache.fib = fib;
        cache.generation = net.fibs6[fib].generation();
    }
    return cache.route;
}

void Inet6::missed_route(const IpAddress& to, unsigned fib)
{
    ++stats.no_route;
    if (net.route_missed != nullptr)
        net.route_missed(stack, to, fib);
}

int32_t Inet6::learned_routes(unsigned fib, unsigned least, unsigned most, const ifnet* ifp)
{
    const RouteTable& table = net.fibs6[fib];
    int32_t count = 0;
    for (const rtentry* r = table.first(); r != nullptr; r = table.next(r))
        if ((r->flags & RTF_DYNAMIC) != 0 && r->prefix >= least && r->prefix <= most &&
            (ifp == nullptr || r->ifp == ifp))
            count++;
    return count;
}

uint32_t Inet6::link_mtu(const ifnet& ifp)
{
    const auto link = static_cast<uint32_t>(ifp.if_mtu);
    const In6Interface* state = state_of(ifp);
    return state != nullptr && state->mtu != 0 && state->mtu < link ? state->mtu : link;
}

uint32_t Inet6::path_mtu(const rtentry& route)
{
    const uint32_t link = link_mtu(*route.ifp);
    return route.mtu != 0 && route.mtu < link ? route.mtu : link;
}

// A host route beside the one in use, same way, smaller MTU, forgotten after a while. Below 1280 nothing is believed (RFC 8201 4).
void Inet6::learn_path_mtu(const IpAddress& to, uint32_t mtu)
{
    for (RouteTable& table : net.fibs6) {
        rtentry* route = table.lookup(PrefixKey::of(to));
        if (route == nullptr || mtu < wire::ipv6_mtu_min || mtu >= path_mtu(*route) ||
            (route->locks & RTV_MTU) != 0)
            continue;
        const uint64_t expires =
            stack.now_ns() + static_cast<uint64_t>(inet.ip.mtudisctimeout) * ns_per_s;
        if (route->prefix == 128) {
            route->mtu = mtu;
            if ((route->flags & RTF_DYNAMIC) != 0)
                route->expires_ns = expires;
            continue;
        }
        if (learned_routes(route->fib, 128, 128, nullptr) >= icmp.mtudisc_hiwat)
            continue;
        RouteChange change = host_route(to, *route);
        change.mtu = mtu;
        change.expires_ns = expires;
        if ((route->flags & RTF_GATEWAY) != 0) {
            change.has_gateway = true;
            change.gateway6 = ip6_of(&route->gateway);
        }
        (void)add_ip_route(net, change); // without memory the next error teaches it again
    }
}

// Believed only from the router in use.
void Inet6::redirect(const IpAddress& from, const IpAddress& to, const IpAddress& gateway,
                     ifnet& rcvif)
{
    const unsigned fib = Inet::fib_of(&rcvif);
    rtentry* route = lookup_route(to, fib);
    const bool learned = route != nullptr && (route->flags & RTF_DYNAMIC) != 0;
    if (route == nullptr || (route->flags & RTF_GATEWAY) == 0 || ip.forwarding != 0 ||
        (route->prefix == 128 && !learned) || route->ifp != &rcvif ||
        ip6_of(&route->gateway) != from ||
        learned_routes(fib, 128, 128, nullptr) >= icmp.mtudisc_hiwat)
        return;
    RouteChange change = host_route(to, *route);
    change.expires_ns = stack.now_ns() + static_cast<uint64_t>(icmp.redirtimeout) * ns_per_s;
    if (gateway != to) { // else: it is a neighbour
        change.has_gateway = true;
        change.gateway6 = gateway;
    }
    if (route->prefix == 128) { // an earlier redirect's or a path MTU's
        change.mtu = route->mtu;
        net.remove_route(route);
    }
    if (add_ip_route(net, change) == 0)
        net.announce(NetEvent::route_redirected, &rcvif, nullptr, find_ip_route(net, change));
}

} // namespace netmgr
