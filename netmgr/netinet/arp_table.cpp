// SPDX-License-Identifier: Apache-2.0
// ARP's table as others see and change it: the routing socket, ioctls, listings.
#include <errno.h>

#include "kern/stack.hpp"
#include "netinet/arp.hpp"

namespace netmgr {

Neighbour Arp::describe(const ArpEntry& entry)
{
    Neighbour n;
    n.ip = IpAddress::v4(entry.ip);
    n.ifp = entry.ifp;
    n.mac = entry.mac;
    n.complete = entry.state == ArpEntry::State::reachable;
    n.permanent = entry.permanent;
    n.published = entry.published;
    n.expires_ns = entry.permanent ? 0 : entry.expires_ns;
    return n;
}

bool Arp::find_neighbour(const IpAddress& ip, Neighbour& out)
{
    const ArpEntry* e = table_.find_anywhere(ip.ip4());
    if (e != nullptr)
        out = describe(*e);
    return e != nullptr;
}

int Arp::set_neighbour(const Neighbour& n)
{
    if (int error = set(*n.ifp, n.ip.ip4(), n.mac, n.permanent, n.published))
        return error;
    if (!n.permanent && n.expires_ns != 0)
        find(*n.ifp, n.ip.ip4())->expires_ns = n.expires_ns;
    return 0;
}

int Arp::remove_neighbour(const IpAddress& ip)
{
    ArpEntry* e = table_.find_anywhere(ip.ip4());
    if (e == nullptr)
        return ESRCH;
    table_.erase(*e);
    return 0;
}

void Arp::each_neighbour(void (*fn)(void* arg, const Neighbour&), void* arg)
{
    table_.for_each([&](const ArpEntry& e) { fn(arg, describe(e)); });
}

} // namespace netmgr
