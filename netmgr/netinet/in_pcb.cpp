// SPDX-License-Identifier: Apache-2.0
// Binding, connecting and finding PCBs.
#include "netinet/in_pcb.hpp"

#include <errno.h>
#include <new>

#include "kern/protosw.hpp"
#include "kern/stack.hpp"
#include "net/net.hpp"
#include "net/sockaddr6.hpp"
#include "netinet/inet.hpp"
#include "netinet/ip6_layer.hpp"

namespace netmgr {

namespace {

bool is_multicast(const IpAddress& ip)
{
    return ip.is_v4() ? IN_MULTICAST(ip.ip4()) : ip.is_v6_multicast();
}

IpAddress any_of(const Socket& so)
{
    return so.proto.domain == AF_INET6 ? IpAddress() : IpAddress::v4(0);
}

// Could a packet of some family be for both?
bool share_family(const Inpcb& a, const Inpcb& b)
{
    return (a.flags & b.flags & (inp_v4 | inp_v6)) != 0;
}

} // namespace

Inpcb* InpcbTable::create(Socket& so)
{
    auto* inp = new (std::nothrow) Inpcb(so);
    if (inp == nullptr)
        return nullptr;
    inp->ttl = static_cast<uint8_t>(inet_.ip.ttl);
    inp->local = inp->foreign = any_of(so);
    if (so.proto.domain == AF_INET6) {
        inp->six = new (std::nothrow) In6Options;
        if (inp->six == nullptr) {
            delete inp;
            return nullptr;
        }
        inp->six->flags = inet_.six->v6only_by_default() ? uint32_t{in6_v6only} : 0u;
    }
    choose_families(*inp);
    so.pcb = inp;
    insert(*inp);
    return inp;
}

void InpcbTable::destroy(Inpcb& inp)
{
    unlink(inp);
    for (GroupMember& member : inp.multicast.memberships)
        if (member.if_index != 0)
            inet_.leave_group(member);
    if (inp.six != nullptr)
        inet_.six->forget_memberships(inp);
    delete inp.six;
    inp.so.pcb = nullptr;
    delete &inp;
}

// Which packets can be for it: by its socket's domain, IPV6_V6ONLY and what it is bound to.
void InpcbTable::choose_families(Inpcb& inp)
{
    inp.flags &= ~static_cast<uint32_t>(inp_v4 | inp_v6);
    const bool mapped = inp.local.is_v4();
    if (inp.six == nullptr)
        inp.flags |= inp_v4;
    else if (mapped || (inp.local.is_any() && (inp.six->flags & in6_v6only) == 0))
        inp.flags |= mapped ? inp_v4 : inp_v4 | inp_v6;
    else
        inp.flags |= inp_v6;
}

int InpcbTable::decode_name(const Inpcb& inp, const sockaddr* name, IpAddress& ip, uint16_t& port)
{
    if (name->sa_family != inp.so.proto.domain)
        return EAFNOSUPPORT;
    if (inp.six == nullptr) {
        if (name->sa_len < sizeof(sockaddr_in) - 8)
            return EINVAL;
        ip = IpAddress::v4(ip_of(name));
        port = port_of(name);
        return 0;
    }
    if (name->sa_len < sizeof(sockaddr_in6))
        return EINVAL;
    ip = ip6_of(name);
    port = port_of(name);
    if (ip.is_v4())
        return (inp.six->flags & in6_v6only) != 0 ? EINVAL : 0;
    return ip.has_zone() ? inet_.six->complete_zone(inp, ip) : 0;
}

void InpcbTable::encode_name(const Socket& so, const IpAddress& ip, uint16_t port,
                             sockaddr_storage& name, socklen_t& len)
{
    if (so.proto.domain == AF_INET) {
        store_sockaddr_in(name, len, ip.ip4(), port);
        return;
    }
    const sockaddr_in6 sin = make_sockaddr_in6(ip, port);
    name = {};
    memcpy(&name, &sin, sizeof(sin));
    len = sizeof(sin);
}

Inpcb*& InpcbTable::tuple_bucket(const IpAddress& local, uint16_t local_port,
                                 const IpAddress& foreign, uint16_t foreign_port)
{
    const uint64_t mixed = foreign.low() * 0x9e3779b97f4a7c15u ^ foreign.high() ^ local.low();
    uint32_t h = static_cast<uint32_t>(mixed ^ mixed >> 32) ^
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
    Inpcb*& tuple = tuple_bucket(inp.local, inp.local_port, inp.foreign, inp.foreign_port);
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
Inpcb* InpcbTable::conflicting(const Inpcb& inp, const IpAddress& ip, uint16_t port)
{
    const uint32_t ours = inp.so.options;
    const bool group = is_multicast(ip);
    const bool share_port = (ours & SO_REUSEPORT) != 0 || (group && (ours & SO_REUSEADDR) != 0);
    Inpcb* found = nullptr;
    for_each_on_port(port, [&](Inpcb& other) {
        Inpcb* p = &other;
        if (p == &inp || found != nullptr || !share_family(inp, *p))
            return;
        const bool same = p->local == ip || (p->local.is_any() && ip.is_any());
        const bool overlap = same || p->local.is_any() || ip.is_any();
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

bool InpcbTable::is_bindable(const IpAddress& ip)
{
    if (ip.is_any() || is_multicast(ip))
        return true;
    return ip.is_v4()
               ? inet_.net.address_of(ip.ip4()) != nullptr || inet_.is_broadcast_anywhere(ip.ip4())
               : inet_.six->may_bind(ip);
}

bool InpcbTable::is_ours(const IpAddress& ip)
{
    return ip.is_v4() ? inet_.net.address_of(ip.ip4()) != nullptr
                      : !ip.is_v6_multicast() && inet_.six->may_bind(ip);
}

bool InpcbTable::may_send_from(const IpAddress& ip)
{
    return !ip.is_any() && !is_multicast(ip) &&
           (!ip.is_v4() || !inet_.is_broadcast_anywhere(ip.ip4()));
}

int InpcbTable::bind(Inpcb& inp, const sockaddr* name, const Cred& cred)
{
    IpAddress ip;
    uint16_t port = 0;
    if (inp.local_port != 0 || !inp.local.is_any())
        return EINVAL;
    if (int error = decode_name(inp, name, ip, port))
        return error;
    if (!is_bindable(ip))
        return EADDRNOTAVAIL;
    const IpAddress before = inp.local;
    inp.local = ip;
    choose_families(inp);
    int error = 0;
    if (port == 0)
        error = choose_port(inp, cred);
    else if (port < IPPORT_RESERVED && !cred.has(able_privport))
        error = EACCES;
    else if (conflicting(inp, ip, port) != nullptr)
        error = EADDRINUSE;
    else
        set_port(inp, port);
    if (error != 0) {
        inp.local = before;
        choose_families(inp);
    }
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
            used = used || (share_family(inp, p) &&
                            (p.local.is_any() || inp.local.is_any() || p.local == inp.local));
        });
        if (used)
            continue;
        set_port(inp, port);
        inp.flags |= inp_anonport;
        return 0;
    }
    return EADDRNOTAVAIL;
}

int InpcbTable::choose_source(Inpcb& inp, const IpAddress& to, IpAddress& source)
{
    if (!to.is_v4())
        return inet_.six->choose_source(inp, to, source);
    const uint32_t ip = to.ip4();
    uint32_t found = 0;
    if (IN_MULTICAST(ip)) {
        ifnet* ifp = inet_.multicast_interface(inp.multicast.if_index, ip);
        const ifaddr* a = ifp != nullptr ? inet_.first_address(*ifp) : nullptr;
        if (a == nullptr)
            return EADDRNOTAVAIL;
        source = IpAddress::v4(a->ip());
        return 0;
    }
    const rtentry* route = inet_.lookup_route(inp.route, ip, inp.so.fib);
    if (route == nullptr && ip == INADDR_BROADCAST) {
        const int error = inet_.default_broadcast_source(found);
        source = IpAddress::v4(found);
        return error;
    }
    if (route == nullptr) {
        inet_.missed_route(ip, inp.so.fib);
        return ENETUNREACH;
    }
    const ifaddr* a = route->ifa != nullptr ? route->ifa : inet_.first_address(*route->ifp);
    if (a == nullptr)
        return EADDRNOTAVAIL;
    source = IpAddress::v4(a->ip());
    return 0;
}

int InpcbTable::connect(Inpcb& inp, const sockaddr* name, const Cred& cred)
{
    IpAddress ip;
    uint16_t port = 0;
    if (int error = decode_name(inp, name, ip, port))
        return error;
    if (port == 0)
        return EADDRNOTAVAIL;
    if (ip.is_any()) // BSD: "this host"
        ip = ip.is_v4() ? IpAddress::v4(INADDR_LOOPBACK) : IpAddress::v6_loopback();
    IpAddress source = inp.local;
    if (source.is_any()) {
        if (int error = choose_source(inp, ip, source))
            return error;
    } else if (source.is_v4() != ip.is_v4()) {
        return EINVAL;
    }
    if (inp.local_port == 0) {
        const IpAddress bound = inp.local;
        inp.local = source;
        const int error = choose_port(inp, cred);
        inp.local = bound;
        if (error != 0)
            return error;
    }
    if (lookup_exact(source, inp.local_port, ip, port) != nullptr)
        return EADDRINUSE;
    unlink(inp);
    inp.local = source;
    inp.foreign = ip;
    inp.foreign_port = port;
    insert(inp);
    return 0;
}

void InpcbTable::disconnect(Inpcb& inp)
{
    unlink(inp);
    inp.foreign = any_of(inp.so);
    inp.foreign_port = 0;
    insert(inp);
}

void InpcbTable::adopt(Inpcb& inp, const Inpcb& listener, const IpAddress& local,
                       uint16_t local_port, const IpAddress& foreign, uint16_t foreign_port)
{
    unlink(inp);
    inp.local = local;
    inp.local_port = local_port;
    inp.foreign = foreign;
    inp.foreign_port = foreign_port;
    inp.ttl = listener.ttl;
    inp.tos = listener.tos;
    inp.min_ttl = listener.min_ttl;
    inp.options = listener.options;
    if (inp.six != nullptr) {
        *inp.six = *listener.six;
        for (In6Options::Membership& m : inp.six->memberships)
            m = {}; // those are the listener's own
        choose_families(inp);
    }
    insert(inp);
}

Inpcb* InpcbTable::listener_on(const Inpcb& inp)
{
    Inpcb* found = nullptr;
    for_each_on_port(inp.local_port, [&](Inpcb& p) {
        if (&p != &inp && !p.connected() && (p.so.state & ss_listening) != 0 &&
            share_family(p, inp) &&
            (p.local == inp.local || (p.local.is_any() && inp.local.is_any())))
            found = &p;
    });
    return found;
}

// -1: no match; else higher is better: a peer before an address before the packet's own family.
int InpcbTable::match_score(const Inpcb& p, const IpAddress& local, const IpAddress& foreign,
                            uint16_t foreign_port)
{
    if (!p.accepts(local))
        return -1;
    int score = p.six == nullptr || !local.is_v4() ? 1 : 0;
    if (!p.local.is_any()) {
        if (p.local != local)
            return -1;
        score += 2;
    }
    if (p.connected()) {
        if (p.foreign != foreign || p.foreign_port != foreign_port)
            return -1;
        score += 4;
    }
    return score;
}

Inpcb* InpcbTable::lookup(const IpAddress& local, uint16_t local_port, const IpAddress& foreign,
                          uint16_t foreign_port)
{
    if (Inpcb* exact = lookup_exact(local, local_port, foreign, foreign_port))
        return exact;
    Inpcb* best = nullptr;
    int best_score = -1;
    for (Inpcb* p = bucket(local_port); p != nullptr; p = p->next) {
        if (p->local_port != local_port)
            continue;
        const int score = match_score(*p, local, foreign, foreign_port);
        if (score > best_score) {
            best = p;
            best_score = score;
        }
    }
    return best;
}

Inpcb* InpcbTable::lookup_exact(const IpAddress& local, uint16_t local_port,
                                const IpAddress& foreign, uint16_t foreign_port)
{
    if (foreign.is_any())
        return nullptr;
    for (Inpcb* p = tuple_bucket(local, local_port, foreign, foreign_port); p != nullptr;
         p = p->tuple_next)
        if (p->local == local && p->local_port == local_port && p->foreign == foreign &&
            p->foreign_port == foreign_port)
            return p;
    return nullptr;
}

void InpcbTable::set_v6only(Inpcb& inp, bool on)
{
    inp.six->flags =
        on ? inp.six->flags | in6_v6only : inp.six->flags & ~static_cast<uint32_t>(in6_v6only);
    choose_families(inp);
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
        if (p.six == nullptr)
            return;
        if (p.six->multicast_if == ifp.if_index)
            p.six->multicast_if = 0;
        if (p.six->source_if == ifp.if_index)
            p.six->source_if = 0;
        for (In6Options::Membership& membership : p.six->memberships)
            if (membership.if_index == ifp.if_index)
                membership = {};
    });
}

} // namespace netmgr
