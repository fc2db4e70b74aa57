// SPDX-License-Identifier: Apache-2.0
// ARP's table as others see and change it: the routing socket, ioctls, listings.
#include <errno.h>

#include "kern/stack.hpp"
#include "netinet/arp.hpp"

namespace netmgr {

Neighbour Arp::describe(const ArpEntry& entry, bool proxy_only) const
{
    Neighbour n;
    n.ip = IpAddress::v4(entry.ip);
    n.ifp = entry.ifp;
    n.mac = entry.mac;
    n.complete = entry.state == ArpEntry::State::reachable;
    n.permanent = entry.permanent;
    n.published = entry.published;
    n.proxy_only = proxy_only;
    n.expires_ns = entry.permanent ? 0 : entry.expires_ns;
    return n;
}

bool Arp::find_neighbour(const IpAddress& ip, Neighbour& out)
{
    const ArpEntry* e = table_.find_anywhere(ip.ip4());
    if (e != nullptr)
        out = describe(*e, false);
    return e != nullptr;
}

int Arp::set_proxy(const Neighbour& n)
{
    if (n.mac.is_multicast() || !n.published)
        return EINVAL;
    ArpEntry* e = proxies_.find_or_make(*n.ifp, n.ip.ip4());
    if (e == nullptr)
        return ENOBUFS;
    e->mac = n.mac;
    e->state = ArpEntry::State::reachable;
    e->published = true;
    e->permanent = n.permanent;
    e->expires_ns = n.expires_ns;
    return 0;
}

// Who is to be answered for; an entry's time may be over before tick() takes it away.
const ArpEntry* Arp::find_published(const ifnet& ifp, uint32_t ip)
{
    if (const ArpEntry* e = proxies_.find(ifp, ip))
        if (e->permanent || stack_.now_ns() < e->expires_ns)
            return e;
    const ArpEntry* e = table_.find(ifp, ip);
    return e != nullptr && e->published && e->state == ArpEntry::State::reachable ? e : nullptr;
}

int Arp::set_neighbour(const Neighbour& n)
{
    if (n.proxy_only)
        return set_proxy(n);
    if (int error = set(*n.ifp, n.ip.ip4(), n.mac, n.permanent, n.published))
        return error;
    if (!n.permanent && n.expires_ns != 0)
        find(*n.ifp, n.ip.ip4())->expires_ns = n.expires_ns;
    return 0;
}

int Arp::remove_neighbour(const IpAddress& ip, const ifnet* ifp, bool proxy_only)
{
    NeighbourCache<ArpEntry>& from = proxy_only ? proxies_ : table_;
    ArpEntry* e = ifp != nullptr ? from.find(*ifp, ip.ip4()) : from.find_anywhere(ip.ip4());
    if (e == nullptr)
        return ESRCH;
    from.erase(*e);
    return 0;
}

void Arp::each_neighbour(void (*fn)(void* arg, const Neighbour&), void* arg)
{
    table_.for_each([&](const ArpEntry& e) { fn(arg, describe(e, false)); });
    proxies_.for_each([&](const ArpEntry& e) { fn(arg, describe(e, true)); });
}

} // namespace netmgr
