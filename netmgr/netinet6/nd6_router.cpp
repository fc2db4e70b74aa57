// SPDX-License-Identifier: Apache-2.0
// What a host learns of routers (RFC 4861 6.3) and makes of their prefixes (RFC 4862 5.5); duplicate address detection (5.4).
#include <netinet6/in6_var.h>

#include <net/if_types.h>

#include "net/route_change.hpp"
#include "net/sockaddr6.hpp"
#include "netinet6/inet6.hpp"

namespace netmgr {

IpAddress solicited_group(const IpAddress& ip, const ifnet& ifp); // nd6_message.cpp

namespace {

constexpr unsigned max_solicits = 3; // RFC 4861 10
constexpr uint64_t solicit_interval_ns = 4 * ns_per_s;
constexpr uint32_t two_hours_s = 7200;
constexpr uint32_t longest_reachable_ms = 3600000;
constexpr uint32_t longest_retrans_ms = 60000; // more would hold packets for ever: not believed

RouteChange default_route(const IpAddress& router, ifnet& ifp)
{
    RouteChange change;
    change.family = AF_INET6;
    change.prefix = 0;
    change.flags = RTF_DYNAMIC;
    change.has_gateway = true;
    change.gateway6 = router;
    change.ifp = &ifp;
    change.fib = Inet::fib_of(&ifp);
    return change;
}

int32_t autoconf_addresses(const ifnet& ifp)
{
    int32_t count = 0;
    for (const ifaddr* a = ifp.if_addrs; a != nullptr; a = a->next)
        if (a->family() == AF_INET6 && (a->flags6 & IN6_IFF_AUTOCONF) != 0)
            count++;
    return count;
}

} // namespace

void Nd6::router_advert_input(const Message& m)
{
    wire::NdRouterAdvert ra;
    memcpy(static_cast<void*>(&ra), m.bytes.data(), sizeof(ra));
    In6Interface* state = inet6_.make_state(m.ifp);
    ++routers_heard;
    if (!m.source.is_link_local() || state == nullptr) {
        ++bad;
        return;
    }
    if (inet6_.ip.accept_rtadv == 0 || inet6_.ip.forwarding != 0)
        return;
    if (m.options.has_source)
        learn(m.ifp, m.source, m.options.source, true, true);
    else if (Nd6Entry* e = find(m.ifp, m.source))
        e->router = true;
    state->solicit_at_ns = 0; // RFC 4861 6.3.7: one answer is enough
    if (ra.hop_limit() != 0)  // 0: the router does not say
        state->hop_limit = ra.hop_limit();
    if (ra.reachable_ms != 0 && ra.reachable_ms <= longest_reachable_ms)
        state->reachable_ns = ra.reachable_ms * ns_per_ms;
    if (ra.retrans_ms != 0 && ra.retrans_ms <= longest_retrans_ms)
        state->retrans_ns = ra.retrans_ms * ns_per_ms;
    if (m.options.mtu >= wire::ipv6_mtu_min && m.options.mtu <= m.ifp.if_mtu) {
        state->mtu = m.options.mtu;
        inet6_.net.touch_routes();
    }
    RouteChange change = default_route(m.source, m.ifp);
    rtentry* route = find_ip_route(inet6_.net, change);
    const uint64_t until = inet6_.stack.now_ns() + ra.lifetime_s() * ns_per_s;
    if (ra.lifetime_s() == 0) {
        if (route != nullptr && (route->flags & RTF_DYNAMIC) != 0)
            inet6_.net.remove_route(route);
    } else if (route != nullptr) {
        if ((route->flags & RTF_DYNAMIC) != 0)
            route->expires_ns = until;
    } else if (inet6_.learned_routes(change.fib, 0, 0, &m.ifp) < inet6_.ip.maxifdefrouters) {
        change.expires_ns = until;
        (void)add_ip_route(inet6_.net, change); // without memory the next advertisement does it
    }
    for (unsigned i = 0; i < m.options.prefix_count; ++i)
        take_prefix(m.ifp, m.options.prefixes[i]);
}

void Nd6::take_prefix(ifnet& ifp, const wire::NdPrefixOption& p)
{
    const IpAddress prefix = IpAddress::from(p.prefix);
    if (p.prefix_len > 128 || prefix.is_link_local() || prefix.is_v6_multicast() ||
        p.preferred_s > p.valid_s)
        return;
    const uint64_t now = inet6_.stack.now_ns();
    if ((p.flags & wire::NdPrefixOption::on_link) != 0) {
        RouteChange change;
        change.family = AF_INET6;
        change.destination6 = prefix;
        change.prefix = p.prefix_len;
        change.flags = RTF_DYNAMIC | RTF_CLONING;
        change.ifp = &ifp;
        change.fib = Inet::fib_of(&ifp);
        const uint64_t until =
            p.valid_s == UINT32_MAX ? 0 : now + static_cast<uint64_t>(p.valid_s) * ns_per_s;
        rtentry* route = find_ip_route(inet6_.net, change);
        if (route != nullptr && (route->flags & RTF_DYNAMIC) != 0) {
            if (p.valid_s == 0)
                inet6_.net.remove_route(route);
            else
                route->expires_ns = until;
        } else if (route == nullptr && p.valid_s != 0 &&
                   inet6_.learned_routes(change.fib, 1, 127, &ifp) < inet6_.ip.maxifprefixes) {
            change.expires_ns = until;
            (void)add_ip_route(inet6_.net, change);
        }
    }
    if ((p.flags & wire::NdPrefixOption::autonomous) == 0 || p.prefix_len != 64)
        return;
    const IpAddress ours = inet6_.interface_address(ifp, prefix);
    if (ours.is_any())
        return;
    ifaddr* a = inet6_.address_on(ifp, ours);
    if (a == nullptr) {
        if (p.valid_s != 0 && autoconf_addresses(ifp) < inet6_.ip.maxifprefixes)
            (void)inet6_.add_address(ifp,
                                     {ours, 64, IN6_IFF_AUTOCONF, p.preferred_s, p.valid_s, {}});
        return;
    }
    if ((a->flags6 & IN6_IFF_AUTOCONF) == 0)
        return;
    // RFC 4862 5.5.3 (e): an advertisement cannot take an address away at once.
    const uint64_t left_s = a->valid_until_ns == 0    ? UINT32_MAX
                            : a->valid_until_ns > now ? (a->valid_until_ns - now) / ns_per_s
                                                      : 0;
    uint32_t valid = p.valid_s;
    if (valid <= two_hours_s && valid <= left_s)
        valid = left_s <= two_hours_s ? static_cast<uint32_t>(left_s) : two_hours_s;
    inet6_.set_lifetimes(*a, p.preferred_s, valid);
}

// It does not answer any more, or is no router any more: another one is taken.
void Nd6::router_gone(Nd6Entry& entry)
{
    inet6_.net.remove_routes_if([&](const rtentry& r) {
        return r.family == AF_INET6 && r.prefix == 0 && (r.flags & RTF_DYNAMIC) != 0 &&
               r.ifp == entry.ifp && (r.flags & RTF_GATEWAY) != 0 && ip6_of(&r.gateway) == entry.ip;
    });
}

void Nd6::start_solicit(ifnet& ifp)
{
    In6Interface* state = inet6_.state_of(ifp);
    if (state == nullptr || inet6_.ip.accept_rtadv == 0 || inet6_.ip.forwarding != 0 ||
        ifp.if_type != IFT_ETHER)
        return;
    state->solicits = 0;
    state->solicit_at_ns = inet6_.stack.now_ns() + 1;
}

void Nd6::run_solicits(uint64_t now)
{
    Net& net = inet6_.net;
    for (ifnet* ifp = net.first_interface(); ifp != nullptr; ifp = TAILQ_NEXT(ifp, if_list)) {
        In6Interface* state = inet6_.state_of(*ifp);
        if (state == nullptr || state->solicit_at_ns == 0 || state->solicit_at_ns > now)
            continue;
        const ifaddr* own = inet6_.link_local_of(*ifp);
        if (own == nullptr || own->dad_left != 0)
            continue; // when its address is ours
        struct {
            wire::Icmp6Header header;
            wire::NdLinkOption link;
        } message = {};
        message.header.type = wire::nd_router_solicit;
        message.link = {wire::ndopt_source_link, 1, ether_address(*ifp)};
        ++router_solicits_sent;
        (void)inet6_.icmp_send(ifp, ip6_of(&own->address),
                               IpAddress::v6_group(2, 2).with_zone(ifp->if_index), &message,
                               sizeof(message), 255);
        state->solicit_at_ns = ++state->solicits < max_solicits ? now + solicit_interval_ns : 0;
    }
}

void Nd6::start_dad(ifaddr& a)
{
    ifnet& ifp = *a.ifp;
    const bool wanted = inet6_.ip.dad_count > 0 && ifp.if_type == IFT_ETHER &&
                        (ifp.if_flags & (IFF_LOOPBACK | IFF_POINTOPOINT)) == 0 &&
                        (a.flags6 & (IN6_IFF_NODAD | IN6_IFF_ANYCAST)) == 0;
    a.flags6 &= ~uint32_t{IN6_IFF_DUPLICATED};
    a.dad_left = 0;
    if (!wanted) {
        a.flags6 &= ~uint32_t{IN6_IFF_TENTATIVE};
        return;
    }
    a.flags6 |= IN6_IFF_TENTATIVE;
    a.dad_left =
        static_cast<unsigned>(inet6_.ip.dad_count) + 1; // the last one is the silence behind
    a.dad_at_ns = inet6_.stack.now_ns() + 1;
}

void Nd6::run_dad(uint64_t now)
{
    Net& net = inet6_.net;
    for (ifnet* ifp = net.first_interface(); ifp != nullptr; ifp = TAILQ_NEXT(ifp, if_list)) {
        if ((ifp->if_flags & (IFF_UP | IFF_RUNNING)) != (IFF_UP | IFF_RUNNING))
            continue;
        for (ifaddr* a = ifp->if_addrs; a != nullptr; a = a->next) {
            if (a->family() != AF_INET6 || a->dad_left == 0 || a->dad_at_ns > now)
                continue;
            const In6Interface* state = inet6_.state_of(*ifp);
            a->dad_at_ns = now + (state != nullptr ? state->retrans_ns : ns_per_s);
            if (--a->dad_left != 0) {
                send_solicit(*ifp, IpAddress(), ip6_of(&a->address), IpAddress());
                continue;
            }
            a->flags6 &= ~uint32_t{IN6_IFF_TENTATIVE};
            net.touch_routes();
            net.announce(NetEvent::addr_added, ifp, a);
        }
    }
}

void Nd6::dad_failed(ifaddr& a)
{
    ++duplicates;
    a.dad_left = 0;
    a.flags6 = (a.flags6 & ~uint32_t{IN6_IFF_TENTATIVE}) | IN6_IFF_DUPLICATED;
    inet6_.stack.platform().log(log_error, "IPv6: duplicate address detected");
    inet6_.net.touch_routes();
    inet6_.net.announce(NetEvent::addr_added, a.ifp, &a);
}

} // namespace netmgr
