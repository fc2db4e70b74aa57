// SPDX-License-Identifier: Apache-2.0
// IPv6 addresses of interfaces: made, given lifetimes, taken away, with their routes and groups.
#include <errno.h>
#include <new>

#include <net/if_types.h>
#include <netinet6/in6_var.h>
#include <sys/sockio.h>

#include "net/route_change.hpp"
#include "net/sockaddr6.hpp"
#include "netinet6/inet6.hpp"

namespace netmgr {

IpAddress solicited_group(const IpAddress& ip, const ifnet& ifp); // nd6_message.cpp

namespace {

constexpr IpAddress all_nodes = IpAddress::v6_group(2, 1);

bool same_prefix(const IpAddress& a, const IpAddress& b, unsigned prefix)
{
    return PrefixKey::of(a).common(PrefixKey::of(b), prefix) == prefix;
}

} // namespace

In6Interface* Inet6::make_state(ifnet& ifp)
{
    if (ifp.if_afdata[1] == nullptr)
        ifp.if_afdata[1] = new (std::nothrow) In6Interface;
    return state_of(ifp);
}

ifaddr* Inet6::address_on(const ifnet& ifp, const IpAddress& wanted)
{
    for (ifaddr* a = ifp.if_addrs; a != nullptr; a = a->next)
        if (a->family() == AF_INET6 && ip6_of(&a->address) == wanted)
            return a;
    return nullptr;
}

ifaddr* Inet6::address_of(const IpAddress& wanted)
{
    return wanted.is_v4() ? nullptr : our_address(net, wanted);
}

ifaddr* Inet6::link_local_of(const ifnet& ifp)
{
    for (ifaddr* a = ifp.if_addrs; a != nullptr; a = a->next)
        if (a->family() == AF_INET6 && ip6_of(&a->address).is_link_local() &&
            (a->flags6 & IN6_IFF_DUPLICATED) == 0)
            return a;
    return nullptr;
}

bool Inet6::is_ours(const IpAddress& wanted)
{
    const ifaddr* a = address_of(wanted);
    return a != nullptr && (a->flags6 & (IN6_IFF_TENTATIVE | IN6_IFF_DUPLICATED)) == 0;
}

int Inet6::add_prefix_route(ifnet& ifp, ifaddr* a, const IpAddress& address, unsigned prefix)
{
    RouteChange link;
    link.family = AF_INET6;
    link.destination6 = address;
    link.prefix = prefix;
    link.flags = prefix < 128 ? RTF_CLONING : 0;
    link.ifp = &ifp;
    link.ifa = a;
    for (unsigned fib = 0; fib < Net::fib_count; ++fib) {
        if ((ifp.if_fibs >> fib & 1) == 0)
            continue;
        link.fib = fib;
        const int error = add_ip_route(net, link);
        if (error != 0 && error != EEXIST)
            return error;
    }
    return 0;
}

void Inet6::set_lifetimes(ifaddr& a, uint32_t preferred_s, uint32_t valid_s)
{
    const uint64_t now = stack.now_ns();
    auto until = [&](uint32_t s) {
        return s == UINT32_MAX ? 0 : now + 1 + static_cast<uint64_t>(s) * ns_per_s;
    };
    a.preferred_s = preferred_s;
    a.valid_s = valid_s;
    a.preferred_until_ns = until(preferred_s);
    a.valid_until_ns = until(valid_s);
    a.flags6 =
        preferred_s == 0 ? a.flags6 | IN6_IFF_DEPRECATED : a.flags6 & ~uint32_t{IN6_IFF_DEPRECATED};
}

int Inet6::add_address(ifnet& ifp, const NewAddress& wanted)
{
    In6Interface* state = make_state(ifp);
    auto* a = new (std::nothrow) ifaddr;
    if (a == nullptr || state == nullptr) {
        delete a;
        return ENOBUFS;
    }
    store_sockaddr_in6(a->address, wanted.ip);
    a->netmask = make_netmask6(wanted.prefix);
    if (!wanted.peer.is_any())
        store_sockaddr_in6(a->destination, wanted.peer);
    a->prefix6 = wanted.prefix;
    a->flags6 = wanted.flags;
    set_lifetimes(*a, wanted.preferred_s, wanted.valid_s);
    net.add_address(ifp, a);
    int error = 0;
    if (ifp.if_ioctl != nullptr && (ifp.if_flags & IFF_UP) == 0)
        error = ifp.if_ioctl(&ifp, SIOCSIFADDR, reinterpret_cast<char*>(a));
    if (error == ENETRESET)
        error = 0;
    if (error == 0) { // towards ourselves through lo0
        RouteChange self;
        self.family = AF_INET6;
        self.destination6 = wanted.ip;
        self.prefix = 128;
        self.flags = RTF_HOST;
        self.ifp = net.loopback;
        self.ifa = a;
        for (unsigned fib = 0; fib < Net::fib_count && error == 0; ++fib)
            if ((ifp.if_fibs >> fib & 1) != 0) {
                self.fib = fib;
                error = add_ip_route(net, self);
                error = error == EEXIST ? 0 : error;
            }
    }
    if (error == 0 && !wanted.peer.is_any())
        error = add_prefix_route(ifp, a, wanted.peer, 128);
    else if (error == 0 && wanted.prefix < 128 && (ifp.if_flags & IFF_LOOPBACK) == 0)
        error = add_prefix_route(ifp, a, wanted.ip, wanted.prefix);
    if (error != 0) {
        net.remove_address(a);
        return error;
    }
    if ((ifp.if_flags & IFF_MULTICAST) != 0) {
        (void)join_group(ifp, all_nodes); // without memory the next address tries again
        (void)join_group(ifp, solicited_group(wanted.ip, ifp));
    }
    nd.start_dad(*a);
    net.announce(NetEvent::addr_added, &ifp, a);
    return 0;
}

void Inet6::remove_address(ifaddr& a)
{
    ifnet& ifp = *a.ifp;
    const IpAddress address = ip6_of(&a.address);
    const unsigned prefix = a.prefix6;
    if ((ifp.if_flags & IFF_MULTICAST) != 0) {
        leave_group(ifp, solicited_group(address, ifp));
        leave_group(ifp, all_nodes);
    }
    net.remove_address(&a);
    // Another address of the same prefix keeps the way there.
    for (ifaddr* other = ifp.if_addrs; other != nullptr; other = other->next)
        if (other->family() == AF_INET6 && other->prefix6 == prefix && prefix < 128 &&
            same_prefix(ip6_of(&other->address), address, prefix)) {
            (void)add_prefix_route(ifp, other, address, prefix);
            break;
        }
}

// RFC 4291 appendix A: the card's address with ff:fe in its middle and the universal bit turned.
IpAddress Inet6::interface_address(const ifnet& ifp, const IpAddress& prefix)
{
    if (ifp.if_type != IFT_ETHER || ifp.if_addrlen != sizeof(wire::MacAddress))
        return IpAddress();
    const wire::MacAddress mac = ether_address(ifp);
    IpAddress a = prefix;
    a.bytes[8] = mac.bytes[0] ^ 2;
    a.bytes[9] = mac.bytes[1];
    a.bytes[10] = mac.bytes[2];
    a.bytes[11] = 0xff;
    a.bytes[12] = 0xfe;
    a.bytes[13] = mac.bytes[3];
    a.bytes[14] = mac.bytes[4];
    a.bytes[15] = mac.bytes[5];
    return a;
}

void Inet6::make_link_local(ifnet& ifp)
{
    IpAddress prefix;
    prefix.bytes[0] = 0xfe;
    prefix.bytes[1] = 0x80;
    IpAddress address;
    if ((ifp.if_flags & IFF_LOOPBACK) != 0) {
        address = prefix;
        address.bytes[15] = 1;
    } else {
        address = interface_address(ifp, prefix);
    }
    if (address.is_any() || link_local_of(ifp) != nullptr)
        return;
    address = address.with_zone(ifp.if_index);
    if (address_on(ifp, address) == nullptr)
        (void)add_address(ifp, {address, 64, 0, UINT32_MAX, UINT32_MAX, {}});
}

// When an interface comes up it has an address on its link (RFC 4862 5.3), and looks for routers.
void Inet6::interface_changed(ifnet& ifp)
{
    In6Interface* state = make_state(ifp);
    if (state == nullptr)
        return;
    const bool up = (ifp.if_flags & IFF_UP) != 0;
    if (up && !state->was_up) {
        state->was_up = true; // before the address is announced
        if (ip.auto_linklocal != 0)
            make_link_local(ifp);
        for (ifaddr* a = ifp.if_addrs; a != nullptr; a = a->next)
            if (a->family() == AF_INET6 && a->dad_left == 0)
                nd.start_dad(*a);
        nd.start_solicit(ifp);
    } else if (!up && state->was_up) {
        state->was_up = false;
        nd.forget(ifp);
    }
}

void Inet6::expire_addresses(uint64_t now_ns)
{
    for (ifnet* ifp = net.first_interface(); ifp != nullptr; ifp = TAILQ_NEXT(ifp, if_list))
        for (ifaddr* a = ifp->if_addrs; a != nullptr;) {
            ifaddr* next = a->next;
            if (a->family() == AF_INET6) {
                if (a->valid_until_ns != 0 && a->valid_until_ns <= now_ns)
                    remove_address(*a);
                else if (a->preferred_until_ns != 0 && a->preferred_until_ns <= now_ns)
                    a->flags6 |= IN6_IFF_DEPRECATED;
            }
            a = next;
        }
}

void Inet6::interface_gone(ifnet& ifp)
{
    nd.forget(ifp);
    In6Interface* state = state_of(ifp);
    if (state == nullptr)
        return;
    for (In6Group* g = state->groups; g != nullptr;) {
        In6Group* next = g->next;
        delete g;
        g = next;
    }
    delete state;
    ifp.if_afdata[1] = nullptr;
    raw.table.interface_gone(ifp);
}

} // namespace netmgr
