// SPDX-License-Identifier: Apache-2.0
// Which address of ours a packet gets (RFC 6724 5).
#include <errno.h>

#include <netinet6/in6_var.h>

#include "net/sockaddr6.hpp"
#include "netinet6/inet6.hpp"

namespace netmgr {

namespace {

// The default policy table (RFC 6724 2.1); ours has no sites and no Teredo of its own.
unsigned label_of(const IpAddress& a)
{
    struct Row {
        uint8_t prefix[4];
        unsigned bits;
        unsigned label;
    };
    static constexpr Row rows[] = {
        {{0x20, 0x01, 0, 0}, 32, 5},  {{0x20, 0x02, 0, 0}, 16, 2},  {{0xfc, 0, 0, 0}, 7, 13},
        {{0xfe, 0xc0, 0, 0}, 10, 11}, {{0x3f, 0xfe, 0, 0}, 16, 12},
    };
    if (a.is_v6_loopback())
        return 0;
    for (const Row& row : rows) {
        PrefixKey key;
        memcpy(key.bytes, row.prefix, sizeof(row.prefix));
        if (PrefixKey::of(a).common(key, row.bits) == row.bits)
            return row.label;
    }
    return 1;
}

struct Candidate {
    ifaddr* a;
    IpAddress ip;
};

// Is x better than y for a packet to `to` that leaves by ifp?
bool better(const Candidate& x, const Candidate& y, const IpAddress& to, const ifnet* ifp)
{
    if (x.ip == to || y.ip == to) // rule 1
        return x.ip == to;
    const unsigned scope_x = x.ip.scope();
    const unsigned scope_y = y.ip.scope();
    const unsigned scope_to = to.scope();
    if (scope_x != scope_y) // rule 2
        return scope_x < scope_y ? scope_x >= scope_to : scope_y < scope_to;
    const bool old_x = (x.a->flags6 & IN6_IFF_DEPRECATED) != 0;
    const bool old_y = (y.a->flags6 & IN6_IFF_DEPRECATED) != 0;
    if (old_x != old_y) // rule 3
        return old_y;
    if ((x.a->ifp == ifp) != (y.a->ifp == ifp)) // rule 5
        return x.a->ifp == ifp;
    const bool same_x = label_of(x.ip) == label_of(to);
    const bool same_y = label_of(y.ip) == label_of(to);
    if (same_x != same_y) // rule 6
        return same_x;
    const PrefixKey key = PrefixKey::of(to); // rule 8
    return PrefixKey::of(x.ip).common(key, x.a->prefix6) >
           PrefixKey::of(y.ip).common(key, y.a->prefix6);
}

} // namespace

ifaddr* Inet6::source_for(const IpAddress& to, const ifnet* ifp)
{
    constexpr uint32_t unusable =
        IN6_IFF_TENTATIVE | IN6_IFF_DUPLICATED | IN6_IFF_ANYCAST | IN6_IFF_DETACHED;
    Candidate best = {nullptr, {}};
    for (ifnet* each = net.first_interface(); each != nullptr; each = TAILQ_NEXT(each, if_list))
        for (ifaddr* a = each->if_addrs; a != nullptr; a = a->next) {
            if (a->family() != AF_INET6 || (a->flags6 & unusable) != 0)
                continue;
            const Candidate c = {a, ip6_of(&a->address)};
            // RFC 6724 4: groups and link-local ones only from the interface they leave by.
            if ((to.has_zone() || to.is_v6_multicast() || c.ip.has_zone()) && ifp != nullptr &&
                each != ifp && (ifp->if_flags & IFF_LOOPBACK) == 0)
                continue;
            if (c.ip.is_v6_loopback() != to.is_v6_loopback() &&
                (ifp == nullptr || (ifp->if_flags & IFF_LOOPBACK) == 0))
                continue;
            if (best.a == nullptr || better(c, best, to, ifp))
                best = c;
        }
    return best.a;
}

ifaddr* Inet6::source_in_route(const rtentry& route, const IpAddress& to)
{
    return route.ifa != nullptr && (route.flags & RTF_HOST) != 0 && route.ifp == net.loopback
               ? route.ifa
               : source_for(to, route.ifp);
}

int Inet6::choose_source(const Inpcb& inp, const IpAddress& to, IpAddress& source)
{
    const ifaddr* a = nullptr;
    if (inp.six != nullptr && !inp.six->source.is_any()) {
        source = inp.six->source;
        return 0;
    }
    if (to.is_v6_multicast()) {
        const unsigned index = to.zone() != 0         ? to.zone()
                               : inp.so.bound_if != 0 ? inp.so.bound_if
                               : inp.six != nullptr   ? inp.six->multicast_if
                                                      : 0;
        const ifnet* ifp = multicast_interface(index, to);
        if (ifp == nullptr)
            return ENETUNREACH;
        a = source_for(to, ifp);
    } else if (inp.so.bound_if != 0) {
        a = source_for(to, net.find_interface(inp.so.bound_if));
    } else {
        const rtentry* route = lookup_route(to, inp.so.fib);
        if (route == nullptr) {
            missed_route(to, inp.so.fib);
            return ENETUNREACH;
        }
        a = source_in_route(*route, to);
    }
    if (a == nullptr)
        return EADDRNOTAVAIL;
    source = ip6_of(&a->address);
    return 0;
}

bool Inet6::may_bind(const IpAddress& address)
{
    const ifaddr* a = address_of(address);
    return a != nullptr &&
           (a->flags6 & (IN6_IFF_ANYCAST | IN6_IFF_TENTATIVE | IN6_IFF_DUPLICATED)) == 0;
}

int Inet6::complete_zone(const Inpcb& inp, IpAddress& address)
{
    unsigned zone = address.zone();
    if (zone == 0)
        zone = inp.so.bound_if;
    if (zone == 0 && inp.six != nullptr && address.is_v6_multicast())
        zone = inp.six->multicast_if;
    if (zone == 0) { // one link only: there is no doubt
        unsigned links = 0;
        for (const ifnet* ifp = net.first_interface(); ifp != nullptr;
             ifp = TAILQ_NEXT(ifp, if_list))
            if ((ifp->if_flags & (IFF_LOOPBACK | IFF_UP)) == IFF_UP) {
                zone = ifp->if_index;
                links++;
            }
        zone = links == 1 ? zone : 0;
    }
    if (zone == 0 || net.find_interface(zone) == nullptr)
        return EADDRNOTAVAIL;
    address = address.with_zone(zone);
    return 0;
}

} // namespace netmgr
