// SPDX-License-Identifier: Apache-2.0
// Binding, connecting and finding PCBs.
#include "netinet/in_pcb.hpp"

#include <errno.h>
#include <new>

#include "kern/protosw.hpp"
#include "kern/stack.hpp"
#include "net/net.hpp"
#include "net/sockaddr.hpp"
#include "netinet/inet.hpp"

namespace netmgr {

Inpcb* InpcbTable::create(Socket& so)
{
    auto* inp = new (std::nothrow) Inpcb(so);
    if (inp != nullptr) {
        inp->ttl = static_cast<uint8_t>(inet_.ip.ttl);
        so.pcb = inp;
        insert(*inp);
    }
    return inp;
}

void InpcbTable::destroy(Inpcb& inp)
{
    unlink(inp);
    for (GroupMember& member : inp.multicast.memberships)
        if (member.if_index != 0)
            inet_.leave_group(member);
    inp.so.pcb = nullptr;
    delete &inp;
}

Inpcb*& InpcbTable::tuple_bucket(uint32_t local_ip, uint16_t local_port, uint32_t foreign_ip,
                                 uint16_t foreign_port)
{
    uint32_t h = foreign_ip * 2654435761u ^ local_ip ^
                 (static_cast<uint32_t>(foreign_port) << 16 | local_port) * 2246822519u;
    h ^= h >> 15;
    return tuples_[h % tuple_count];
}

void InpcbTable::insert(Inpcb& inp)
{
    Inpcb*& head = inp.connected() ? connected_bucket(inp.local_port) : bucket(inp.local_port);
    inp.next = head;
    inp.prev_next = &head;
    if (head != nullptr)
        head->prev_next = &inp.next;
    head = &inp;
    if (!inp.connected())
        return;
    Inpcb*& tuple = tuple_bucket(inp.local_ip, inp.local_port, inp.foreign_ip, inp.foreign_port);
    inp.tuple_next = tuple;
    inp.tuple_prev_next = &tuple;
    if (tuple != nullptr)
        tuple->tuple_prev_next = &inp.tuple_next;
    tuple = &inp;
}

void InpcbTable::unlink(Inpcb& inp)
{
    *inp.prev_next = inp.next;
    if (inp.next != nullptr)
        inp.next->prev_next = inp.prev_next;
    if (inp.tuple_prev_next == nullptr)
        return;
    *inp.tuple_prev_next = inp.tuple_next;
    if (inp.tuple_next != nullptr)
        inp.tuple_next->tuple_prev_next = inp.tuple_prev_next;
    inp.tuple_prev_next = nullptr;
}

void InpcbTable::set_port(Inpcb& inp, uint16_t port)
{
    unlink(inp);
    inp.local_port = port;
    insert(inp);
}

// Another socket on this port that forbids sharing it (BSD's SO_REUSEADDR and SO_REUSEPORT rules).
Inpcb* InpcbTable::conflicting(const Inpcb& inp, uint32_t ip, uint16_t port)
{
    const uint32_t ours = inp.so.options;
    const bool group = IN_MULTICAST(ip);
    const bool share_port = (ours & SO_REUSEPORT) != 0 || (group && (ours & SO_REUSEADDR) != 0);
    Inpcb* found = nullptr;
    for_each_on_port(port, [&](Inpcb& other) {
        Inpcb* p = &other;
        if (p == &inp || found != nullptr)
            return;
        const bool same = p->local_ip == ip;
        const bool overlap = same || p->local_ip == 0 || ip == 0;
        if (!overlap || (p->connected() && !same))
            return;
        const uint32_t theirs = p->so.options;
        if (share_port && (theirs & (group ? SO_REUSEPORT | SO_REUSEADDR : SO_REUSEPORT)) != 0)
            return;
        // SO_REUSEADDR: a wildcard and an address may coexist, and a finished connection's port is free again.
        if ((ours & SO_REUSEADDR) != 0 &&
            (!same || (p->connected() && inp.so.proto.type == SOCK_STREAM)))
            return;
        found = p;
    });
    return found;
}

int InpcbTable::bind(Inpcb& inp, const sockaddr* name, const Cred& cred)
{
    if (inp.local_port != 0 || inp.local_ip != 0)
        return EINVAL;
    if (name->sa_len < sizeof(sockaddr_in) - 8)
        return EINVAL;
    if (name->sa_family != AF_INET)
        return EAFNOSUPPORT;
    const uint32_t ip = ip_of(name);
    const uint16_t port = port_of(name);
    if (ip != 0 && !IN_MULTICAST(ip) && inet_.net.address_of(ip) == nullptr &&
        !inet_.is_broadcast_anywhere(ip))
        return EADDRNOTAVAIL;
    if (port != 0) {
        if (port < IPPORT_RESERVED && !cred.has(able_privport))
            return EACCES;
        if (conflicting(inp, ip, port) != nullptr)
            return EADDRINUSE;
    }
    inp.local_ip = ip;
    if (port != 0) {
        set_port(inp, port);
        return 0;
    }
    const int error = choose_port(inp, cred);
    if (error != 0)
        inp.local_ip = 0;
    return error;
}

// RFC 6056 3.3.1: a random start, then upwards until one is free.
int InpcbTable::choose_port(Inpcb& inp, const Cred& cred)
{
    int32_t low = inet_.ip.anonportmin;
    int32_t high = inet_.ip.anonportmax;
    if (inp.port_range == IP_PORTRANGE_LOW) {
        if (!cred.has(able_privport))
            return EACCES;
        low = inet_.ip.lowportmin;
        high = inet_.ip.lowportmax;
    }
    if (low > high)
        return EADDRNOTAVAIL;
    const auto range = static_cast<uint32_t>(high - low + 1);
    uint32_t at = inet_.stack.random_below(range);
    for (uint32_t tries = 0; tries < range; ++tries, at = at + 1 == range ? 0 : at + 1) {
        const auto port = static_cast<uint16_t>(static_cast<uint32_t>(low) + at);
        if (inet_.is_reserved_port(port))
            continue;
        bool used = false;
        for_each_on_port(port, [&](const Inpcb& p) {
            used = used || p.local_ip == 0 || inp.local_ip == 0 || p.local_ip == inp.local_ip;
        });
        if (used)
            continue;
        set_port(inp, port);
        inp.flags |= inp_anonport;
        return 0;
    }
    return EADDRNOTAVAIL;
}

int InpcbTable::choose_source(Inpcb& inp, uint32_t ip, uint32_t& source)
{
    if (IN_MULTICAST(ip)) {
        ifnet* ifp = inet_.multicast_interface(inp.multicast.if_index, ip);
        const ifaddr* a = ifp != nullptr ? inet_.first_address(*ifp) : nullptr;
        if (a == nullptr)
            return EADDRNOTAVAIL;
        source = a->ip();
        return 0;
    }
    const rtentry* route = inet_.lookup_route(inp.route, ip, inp.so.fib);
    if (route == nullptr && ip == INADDR_BROADCAST)
        return inet_.default_broadcast_source(source);
    if (route == nullptr) {
        inet_.missed_route(ip, inp.so.fib);
        return ENETUNREACH;
    }
    const ifaddr* a = route->ifa != nullptr ? route->ifa : inet_.first_address(*route->ifp);
    if (a == nullptr)
        return EADDRNOTAVAIL;
    source = a->ip();
    return 0;
}

int InpcbTable::connect(Inpcb& inp, const sockaddr* name, const Cred& cred)
{
    if (name->sa_family != AF_INET)
        return EAFNOSUPPORT;
    if (name->sa_len < sizeof(sockaddr_in) - 8)
        return EINVAL;
    uint32_t ip = ip_of(name);
    const uint16_t port = port_of(name);
    if (port == 0)
        return EADDRNOTAVAIL;
    if (ip == 0) // BSD: "this host"
        ip = INADDR_LOOPBACK;
    uint32_t source = inp.local_ip;
    if (source == 0)
        if (int error = choose_source(inp, ip, source))
            return error;
    if (inp.local_port == 0) {
        const uint32_t bound_ip = inp.local_ip;
        inp.local_ip = source;
        const int error = choose_port(inp, cred);
        inp.local_ip = bound_ip;
        if (error != 0)
            return error;
    }
    if (lookup_exact(source, inp.local_port, ip, port) != nullptr)
        return EADDRINUSE;
    unlink(inp);
    inp.local_ip = source;
    inp.foreign_ip = ip;
    inp.foreign_port = port;
    insert(inp);
    return 0;
}

void InpcbTable::disconnect(Inpcb& inp)
{
    unlink(inp);
    inp.foreign_ip = 0;
    inp.foreign_port = 0;
    insert(inp);
}

void InpcbTable::adopt(Inpcb& inp, const Inpcb& listener, uint32_t local_ip, uint16_t local_port,
                       uint32_t foreign_ip, uint16_t foreign_port)
{
    unlink(inp);
    inp.local_ip = local_ip;
    inp.local_port = local_port;
    inp.foreign_ip = foreign_ip;
    inp.foreign_port = foreign_port;
    inp.ttl = listener.ttl;
    inp.tos = listener.tos;
    inp.min_ttl = listener.min_ttl;
    inp.options = listener.options;
    insert(inp);
}

Inpcb* InpcbTable::listener_on(const Inpcb& inp)
{
    Inpcb* found = nullptr;
    for_each_on_port(inp.local_port, [&](Inpcb& p) {
        if (&p != &inp && !p.connected() && (p.so.state & ss_listening) != 0 &&
            p.local_ip == inp.local_ip)
            found = &p;
    });
    return found;
}

// -1: no match; else higher is better.
int InpcbTable::match_score(const Inpcb& p, uint32_t local_ip, uint32_t foreign_ip,
                            uint16_t foreign_port)
{
    int score = 0;
    if (p.local_ip != 0) {
        if (p.local_ip != local_ip)
            return -1;
        score += 1;
    }
    if (p.foreign_ip != 0) {
        if (p.foreign_ip != foreign_ip || p.foreign_port != foreign_port)
            return -1;
        score += 2;
    }
    return score;
}

Inpcb* InpcbTable::lookup(uint32_t local_ip, uint16_t local_port, uint32_t foreign_ip,
                          uint16_t foreign_port)
{
    if (Inpcb* exact = lookup_exact(local_ip, local_port, foreign_ip, foreign_port))
        return exact;
    Inpcb* best = nullptr;
    int best_score = -1;
    for (Inpcb* p = bucket(local_port); p != nullptr; p = p->next) {
        if (p->local_port != local_port)
            continue;
        const int score = match_score(*p, local_ip, foreign_ip, foreign_port);
        if (score > best_score) {
            best = p;
            best_score = score;
        }
    }
    return best;
}

Inpcb* InpcbTable::lookup_exact(uint32_t local_ip, uint16_t local_port, uint32_t foreign_ip,
                                uint16_t foreign_port)
{
    if (foreign_ip == 0)
        return nullptr;
    for (Inpcb* p = tuple_bucket(local_ip, local_port, foreign_ip, foreign_port); p != nullptr;
         p = p->tuple_next)
        if (p->local_ip == local_ip && p->local_port == local_port && p->foreign_ip == foreign_ip &&
            p->foreign_port == foreign_port)
            return p;
    return nullptr;
}

void InpcbTable::interface_gone(const ifnet& ifp)
{
    for_each([&](Inpcb& p) {
        p.route = RouteCache();
        if (p.multicast.if_index == ifp.if_index)
            p.multicast.if_index = 0;
        for (GroupMember& member : p.multicast.memberships)
            if (member.if_index == ifp.if_index)
                member = {};
        if (p.so.bound_if == ifp.if_index)
            p.so.bound_if = 0;
    });
}

} // namespace netmgr
