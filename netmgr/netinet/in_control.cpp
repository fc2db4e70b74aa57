// SPDX-License-Identifier: Apache-2.0
// IPv4 addresses of interfaces: the address ioctls and the routes that come with an address.
#include <errno.h>
#include <netinet/in.h>
#include <new>

#include <net/if_dl.h>
#include <sys/sockio.h>

#include "net/net.hpp"
#include "net/route_change.hpp"
#include "net/sockaddr.hpp"
#include "netinet/inet.hpp"
#include "netinet/ip6_layer.hpp"

namespace netmgr {

namespace {

template <typename T>
T& request_of(std::span<uint8_t> data)
{
    return *reinterpret_cast<T*>(data.data());
}

void store(sockaddr_storage& to, uint32_t ip)
{
    const sockaddr_in sin = make_sockaddr_in(ip);
    to = {};
    memcpy(&to, &sin, sizeof(sin));
}

void put_address(ifreq& r, uint32_t ip, size_t& reply)
{
    store(r.ifr_space, ip);
    reply = sizeof(r);
}

uint32_t class_mask(uint32_t ip)
{
    return IN_CLASSA(ip) ? IN_CLASSA_NET : IN_CLASSB(ip) ? IN_CLASSB_NET : IN_CLASSC_NET;
}

// What a client passes as an address: IPv4, or nothing.
bool given(const sockaddr& sa)
{
    return sa.sa_family == AF_INET && sa.sa_len >= sizeof(sockaddr_in) - 8;
}

bool usable_host_address(uint32_t ip)
{
    return ip != 0 && ip != INADDR_BROADCAST && !IN_MULTICAST(ip);
}

bool is_broadcast_of(const ifaddr& a, const ifnet& ifp, uint32_t ip, bool host_zero)
{
    if ((ifp.if_flags & IFF_BROADCAST) == 0 || a.mask() == ~0u)
        return false;
    if (ip == a.broadcast() && ip != 0)
        return true;
    if ((ip & a.mask()) != a.network() || a.mask() >= 0xfffffffe)
        return false;
    const uint32_t host = ip & ~a.mask();
    return host == ~a.mask() || (host == 0 && host_zero);
}

} // namespace

ifaddr* Inet::first_address(const ifnet& ifp) const
{
    for (ifaddr* a = ifp.if_addrs; a != nullptr; a = a->next)
        if (a->family() == AF_INET)
            return a;
    return nullptr;
}

ifaddr* Inet::address_on(const ifnet& ifp, uint32_t ip) const
{
    for (ifaddr* a = ifp.if_addrs; a != nullptr; a = a->next)
        if (a->family() == AF_INET && a->ip() == ip)
            return a;
    return nullptr;
}

bool Inet::is_local(uint32_t ip) const
{
    auto network_of = [](uint32_t a) {
        return IN_CLASSA(a)   ? a & IN_CLASSA_NET
               : IN_CLASSB(a) ? a & IN_CLASSB_NET
                              : a & IN_CLASSC_NET;
    };
    for (const ifnet* ifp = net.first_interface(); ifp != nullptr; ifp = TAILQ_NEXT(ifp, if_list))
        for (const ifaddr* a = ifp->if_addrs; a != nullptr; a = a->next)
            if (a->family() == AF_INET &&
                ((ip & a->mask()) == a->network() ||
                 (this->ip.subnetsarelocal != 0 && network_of(ip) == network_of(a->ip()))))
                return true;
    return false;
}

bool Inet::is_broadcast_on(const ifnet& ifp, uint32_t ip) const
{
    for (const ifaddr* a = ifp.if_addrs; a != nullptr; a = a->next)
        if (a->family() == AF_INET && a->ip() != ip &&
            is_broadcast_of(*a, ifp, ip, this->ip.hostzerobroadcast != 0))
            return true;
    return false;
}

bool Inet::is_broadcast_anywhere(uint32_t ip) const
{
    if (ip == INADDR_BROADCAST)
        return true;
    for (const ifnet* ifp = net.first_interface(); ifp != nullptr; ifp = TAILQ_NEXT(ifp, if_list))
        if (is_broadcast_on(*ifp, ip))
            return true;
    return false;
}

int Inet::default_broadcast_source(uint32_t& source) const
{
    for (const ifnet* ifp = net.first_interface(); ifp != nullptr; ifp = TAILQ_NEXT(ifp, if_list)) {
        if ((ifp->if_flags & (IFF_BROADCAST | IFF_UP)) != (IFF_BROADCAST | IFF_UP))
            continue;
        const ifaddr* a = first_address(*ifp);
        source = a != nullptr ? a->ip() : 0; // DHCP clients send from 0.0.0.0
        return 0;
    }
    return ENETUNREACH;
}

// In each forwarding table the interface belongs to.
int Inet::add_address_routes(ifaddr& a)
{
    for (unsigned fib = 0; fib < Net::fib_count; ++fib)
        if ((a.ifp->if_fibs >> fib & 1) != 0)
            if (int error = add_address_routes(a, fib))
                return error;
    return 0;
}

// Towards ourselves through lo0; towards the subnet through the interface.
int Inet::add_address_routes(ifaddr& a, unsigned fib)
{
    ifnet& ifp = *a.ifp;
    RouteChange self;
    self.fib = fib;
    self.destination = a.ip();
    self.prefix = 32;
    self.flags = RTF_HOST;
    self.ifp = net.loopback;
    self.ifa = &a;
    int error = add_ip_route(net, self);
    if (error != 0 && error != EEXIST)
        return error;
    if ((ifp.if_flags & IFF_LOOPBACK) != 0 || a.ip() == 0)
        return 0;
    RouteChange link;
    link.fib = fib;
    link.ifp = &ifp;
    link.ifa = &a;
    if ((ifp.if_flags & IFF_POINTOPOINT) != 0) {
        link.destination = a.broadcast(); // the peer
        link.prefix = 32;
    } else {
        link.destination = a.network();
        link.prefix = prefix_length(a.mask());
        link.flags = RTF_CLONING;
        if (link.prefix == 32)
            return 0;
    }
    error = add_ip_route(net, link);
    return error == EEXIST ? 0 : error;
}

int Inet::add_address(ifnet& ifp, uint32_t ip, uint32_t mask, uint32_t broadcast_or_peer)
{
    auto* a = new (std::nothrow) ifaddr;
    if (a == nullptr)
        return ENOBUFS;
    if (broadcast_or_peer == 0 && (ifp.if_flags & IFF_BROADCAST) != 0)
        broadcast_or_peer = ip | ~mask;
    store(a->address, ip);
    store(a->netmask, mask);
    store(a->destination, broadcast_or_peer);
    net.add_address(ifp, a);
    int error =
        ifp.if_ioctl != nullptr ? ifp.if_ioctl(&ifp, SIOCSIFADDR, reinterpret_cast<char*>(a)) : 0;
    if (error == ENETRESET)
        error = 0;
    if (error == 0)
        error = add_address_routes(*a);
    if (error != 0) {
        net.remove_address(a);
        return error;
    }
    join_all_hosts(ifp);
    if ((ifp.if_flags & IFF_LOOPBACK) == 0)
        arp.announce(ifp, ip);
    net.announce(NetEvent::addr_added, &ifp, a);
    return 0;
}

// After netmask or destination changed.
void Inet::replace_routes(ifaddr& a)
{
    net.remove_routes_if([&](const rtentry& r) {
        return r.ifa == &a && (r.flags & (RTF_GATEWAY | RTF_STATIC)) == 0;
    });
    (void)add_address_routes(
        a); // no memory: the address works without its subnet route, ifconfig shows it
}

void Inet::fibs_changed(ifnet& ifp)
{
    for (ifaddr* a = ifp.if_addrs; a != nullptr; a = a->next)
        if (a->family() == AF_INET)
            replace_routes(*a);
}

int Inet::set_address(ifnet& ifp, const sockaddr& address)
{
    if (!given(address))
        return EAFNOSUPPORT;
    const uint32_t ip = ip_of(&address);
    if (ip == INADDR_BROADCAST || IN_MULTICAST(ip))
        return EINVAL;
    if (ifaddr* old = first_address(ifp)) {
        arp.forget(ifp);
        net.remove_address(old);
    }
    return add_address(ifp, ip, class_mask(ip), 0);
}

int Inet::set_netmask(ifnet& ifp, uint32_t mask)
{
    ifaddr* a = first_address(ifp);
    if (a == nullptr)
        return EADDRNOTAVAIL;
    if (!is_contiguous_mask(mask))
        return EINVAL;
    const bool default_broadcast = a->broadcast() == (a->network() | ~a->mask());
    store(a->netmask, mask);
    if (default_broadcast && (ifp.if_flags & IFF_BROADCAST) != 0)
        store(a->destination, a->ip() | ~mask);
    replace_routes(*a);
    return 0;
}

int Inet::set_destination(ifnet& ifp, uint32_t ip, bool broadcast)
{
    ifaddr* a = first_address(ifp);
    if (a == nullptr)
        return EADDRNOTAVAIL;
    if ((ifp.if_flags & (broadcast ? IFF_BROADCAST : IFF_POINTOPOINT)) == 0)
        return EINVAL;
    store(a->destination, ip);
    if (!broadcast)
        replace_routes(*a);
    return 0;
}

// SIOCAIFADDR: a further address, or new mask and broadcast of one that is there.
int Inet::alias(ifnet& ifp, std::span<uint8_t> data)
{
    const auto& r = request_of<ifaliasreq>(data);
    if (!given(r.ifra_addr))
        return EAFNOSUPPORT;
    const uint32_t ip = ip_of(&r.ifra_addr);
    const bool has_mask = r.ifra_mask.sa_len != 0 && r.ifra_mask.sa_len >= sizeof(sockaddr_in) - 8;
    const uint32_t mask = has_mask ? ip_of(&r.ifra_mask) : class_mask(ip);
    const uint32_t other = given(r.ifra_dstaddr) ? ip_of(&r.ifra_dstaddr) : 0;
    if (!is_contiguous_mask(mask) || (ip != 0 && !usable_host_address(ip)))
        return EINVAL;
    if (ifaddr* a = address_on(ifp, ip)) {
        store(a->netmask, mask);
        store(a->destination, other != 0                            ? other
                              : (ifp.if_flags & IFF_BROADCAST) != 0 ? ip | ~mask
                                                                    : 0);
        replace_routes(*a);
        net.announce(NetEvent::addr_added, &ifp, a);
        return 0;
    }
    if (const ifaddr* elsewhere = net.address_of(ip); elsewhere != nullptr && ip != 0)
        return EEXIST;
    return add_address(ifp, ip, mask, other);
}

int Inet::control(ifnet& ifp, unsigned cmd, std::span<uint8_t> data, size_t& reply)
{
    auto& r = request_of<ifreq>(data);
    ifaddr* a = first_address(ifp);
    switch (cmd) {
    case SIOCSIFADDR:
        return set_address(ifp, r.ifr_addr);
    case SIOCSIFNETMASK:
        return r.ifr_addr.sa_len >= 8 ? set_netmask(ifp, ip_of(&r.ifr_addr)) : EINVAL;
    case SIOCSIFBRDADDR:
    case SIOCSIFDSTADDR:
        return given(r.ifr_addr) ? set_destination(ifp, ip_of(&r.ifr_addr), cmd == SIOCSIFBRDADDR)
                                 : EAFNOSUPPORT;
    case SIOCAIFADDR:
        return alias(ifp, data);
    case SIOCDIFADDR:
        if (given(r.ifr_addr) && ip_of(&r.ifr_addr) != 0)
            a = address_on(ifp, ip_of(&r.ifr_addr)); // a plain delete takes the first
        if (a == nullptr)
            return EADDRNOTAVAIL;
        arp.forget(ifp);
        net.remove_address(a);
        return 0;
    case SIOCGIFADDR:
    case SIOCGIFNETMASK:
    case SIOCGIFBRDADDR:
    case SIOCGIFDSTADDR:
        break;
    case SIOCGIFALIAS: {
        auto& alias_request = request_of<ifaliasreq>(data);
        if (given(alias_request.ifra_addr))
            a = address_on(ifp, ip_of(&alias_request.ifra_addr));
        if (a == nullptr)
            return EADDRNOTAVAIL;
        memcpy(&alias_request.ifra_addr, &a->address, sizeof(sockaddr));
        memcpy(&alias_request.ifra_mask, &a->netmask, sizeof(sockaddr));
        memcpy(&alias_request.ifra_dstaddr, &a->destination, sizeof(sockaddr));
        reply = sizeof(alias_request);
        return 0;
    }
    default:
        return six != nullptr ? six->control(ifp, cmd, data, reply) : EOPNOTSUPP;
    }
    if (given(r.ifr_addr) && address_on(ifp, ip_of(&r.ifr_addr)) != nullptr)
        a = address_on(ifp, ip_of(&r.ifr_addr)); // of this alias
    if (a == nullptr)
        return EADDRNOTAVAIL;
    if (cmd == SIOCGIFBRDADDR && (ifp.if_flags & IFF_BROADCAST) == 0)
        return EINVAL;
    if (cmd == SIOCGIFDSTADDR && (ifp.if_flags & IFF_POINTOPOINT) == 0)
        return EINVAL;
    put_address(r,
                cmd == SIOCGIFADDR      ? a->ip()
                : cmd == SIOCGIFNETMASK ? a->mask()
                                        : a->broadcast(),
                reply);
    return 0;
}

} // namespace netmgr
