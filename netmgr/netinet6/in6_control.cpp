// SPDX-License-Identifier: Apache-2.0
// The address ioctls of IPv6 (NetBSD's in6_control).
#include <errno.h>

#include <netinet6/in6_var.h>
#include <sys/sockio.h>

#include "net/sockaddr6.hpp"
#include "netinet6/inet6.hpp"

namespace netmgr {

namespace {

template <typename T>
T& request_of(std::span<uint8_t> data)
{
    return *reinterpret_cast<T*>(data.data());
}

bool given(const sockaddr_in6& sin)
{
    return sin.sin6_family == AF_INET6 && sin.sin6_len >= sizeof(sin);
}

// A request's address on an interface: a link-local one needs no scope id there.
IpAddress address_on_link(const sockaddr_in6& sin, const ifnet& ifp)
{
    return IpAddress::from(&sin.sin6_addr).with_zone(ifp.if_index);
}

bool prefix_of(const sockaddr_in6& mask, unsigned& prefix)
{
    if (mask.sin6_len == 0) {
        prefix = 64;
        return true;
    }
    return prefix_of_netmask6(mask, prefix) && prefix != 0;
}

} // namespace

// SIOCAIFADDR_IN6: a new address, or new lifetimes and flags of one that is there.
int Inet6::alias(ifnet& ifp, std::span<uint8_t> data)
{
    const auto& r = request_of<in6_aliasreq>(data);
    if (!given(r.ifra_addr))
        return EAFNOSUPPORT;
    NewAddress wanted;
    wanted.ip = address_on_link(r.ifra_addr, ifp);
    constexpr int settable = IN6_IFF_ANYCAST | IN6_IFF_NODAD;
    if (wanted.ip.is_any() || wanted.ip.is_v6_multicast() || wanted.ip.is_v4() ||
        (wanted.ip.is_v6_loopback() && (ifp.if_flags & IFF_LOOPBACK) == 0) ||
        (r.ifra_flags & ~settable) != 0)
        return EINVAL;
    if (!prefix_of(r.ifra_prefixmask, wanted.prefix))
        return EINVAL;
    if (given(r.ifra_dstaddr)) {
        wanted.peer = address_on_link(r.ifra_dstaddr, ifp);
        if (!wanted.peer.is_any() && (ifp.if_flags & IFF_POINTOPOINT) == 0)
            return EINVAL;
    }
    wanted.flags = static_cast<uint32_t>(r.ifra_flags);
    // All zero is what a program leaves that says nothing of lifetimes.
    const bool said = r.ifra_lifetime.ia6t_vltime != 0 || r.ifra_lifetime.ia6t_pltime != 0;
    wanted.valid_s = said ? r.ifra_lifetime.ia6t_vltime : UINT32_MAX;
    wanted.preferred_s = said ? r.ifra_lifetime.ia6t_pltime : UINT32_MAX;
    if (wanted.preferred_s > wanted.valid_s || wanted.valid_s == 0)
        return EINVAL;
    if (ifaddr* a = address_on(ifp, wanted.ip)) {
        if (a->prefix6 != wanted.prefix)
            return EEXIST;
        a->flags6 = (a->flags6 & ~static_cast<uint32_t>(settable)) | wanted.flags;
        set_lifetimes(*a, wanted.preferred_s, wanted.valid_s);
        net.announce(NetEvent::addr_added, &ifp, a);
        return 0;
    }
    if (address_of(wanted.ip) != nullptr)
        return EEXIST;
    return add_address(ifp, wanted);
}

int Inet6::get_address(ifnet& ifp, unsigned cmd, std::span<uint8_t> data, size_t& reply)
{
    auto& r = request_of<in6_ifreq>(data);
    ifaddr* a = nullptr;
    if (given(r.ifr6_addr))
        a = address_on(ifp, address_on_link(r.ifr6_addr, ifp));
    else
        for (a = ifp.if_addrs; a != nullptr && a->family() != AF_INET6;)
            a = a->next;
    if (a == nullptr)
        return EADDRNOTAVAIL;
    reply = sizeof(r);
    switch (cmd) {
    case SIOCGIFADDR_IN6:
        memcpy(&r.ifr6_addr, &a->address, sizeof(r.ifr6_addr));
        return 0;
    case SIOCGIFDSTADDR_IN6:
        if ((ifp.if_flags & IFF_POINTOPOINT) == 0)
            return EINVAL;
        memcpy(&r.ifr6_addr, &a->destination, sizeof(r.ifr6_addr));
        return 0;
    case SIOCGIFNETMASK_IN6:
        memcpy(&r.ifr6_addr, &a->netmask, sizeof(r.ifr6_addr));
        return 0;
    case SIOCGIFAFLAG_IN6:
        r.ifr6_flags = static_cast<int>(a->flags6);
        return 0;
    default: {
        const uint64_t now = stack.now_ns();
        const auto wall = static_cast<int64_t>(stack.platform().wall_ns() / ns_per_s);
        auto at = [&](uint64_t until) {
            return until == 0 ? 0
                              : wall + (static_cast<int64_t>(until) - static_cast<int64_t>(now)) /
                                           static_cast<int64_t>(ns_per_s);
        };
        r.ifr6_lifetime = {at(a->valid_until_ns), at(a->preferred_until_ns), a->valid_s,
                           a->preferred_s};
        return 0;
    }
    }
}

int Inet6::control(ifnet& ifp, unsigned cmd, std::span<uint8_t> data, size_t& reply)
{
    switch (cmd) {
    case SIOCAIFADDR_IN6:
        return alias(ifp, data);
    case SIOCDIFADDR_IN6: {
        const auto& r = request_of<in6_ifreq>(data);
        if (!given(r.ifr6_addr))
            return EAFNOSUPPORT;
        ifaddr* a = address_on(ifp, address_on_link(r.ifr6_addr, ifp));
        if (a == nullptr)
            return EADDRNOTAVAIL;
        remove_address(*a);
        return 0;
    }
    case SIOCGIFADDR_IN6:
    case SIOCGIFDSTADDR_IN6:
    case SIOCGIFNETMASK_IN6:
    case SIOCGIFAFLAG_IN6:
    case SIOCGIFALIFETIME_IN6:
        return get_address(ifp, cmd, data, reply);
    default:
        return EOPNOTSUPP;
    }
}

} // namespace netmgr
