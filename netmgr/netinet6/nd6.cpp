// SPDX-License-Identifier: Apache-2.0
// The neighbour cache (RFC 4861 5, 7.3): states, timers, packets that wait for an address.
#include "netinet6/nd6.hpp"

#include <errno.h>
#include <new>

#include "net/sockaddr6.hpp"
#include "netinet6/inet6.hpp"

namespace netmgr {

Nd6::Nd6(Inet6& inet6)
    : solicits_sent(inet6.stack.counters(), "nd6.solicits_sent"),
      solicits_received(inet6.stack.counters(), "nd6.solicits_received"),
      adverts_sent(inet6.stack.counters(), "nd6.adverts_sent"),
      adverts_received(inet6.stack.counters(), "nd6.adverts_received"),
      routers_heard(inet6.stack.counters(), "nd6.routers_heard"),
      router_solicits_sent(inet6.stack.counters(), "nd6.router_solicits_sent"),
      redirects_received(inet6.stack.counters(), "nd6.redirects_received"),
      bad(inet6.stack.counters(), "nd6.bad"),
      held_dropped(inet6.stack.counters(), "nd6.held_dropped"),
      timeouts(inet6.stack.counters(), "nd6.timeouts"),
      table_full(inet6.stack.counters(), "nd6.table_full"),
      duplicates(inet6.stack.counters(), "nd6.duplicates"), inet6_(inet6)
{
    inet6_.stack.callouts().start(timer_, ns_per_s / 4, timer, this);
}

Nd6::~Nd6()
{
    inet6_.stack.callouts().stop(timer_);
    for (Nd6Entry*& chain : buckets_)
        while (chain != nullptr)
            erase(*chain, false);
}

Nd6Entry*& Nd6::bucket(const IpAddress& ip)
{
    const uint64_t mixed = ip.low() * 0x9e3779b97f4a7c15u ^ ip.high();
    return buckets_[(mixed ^ mixed >> 32) % bucket_count];
}

Nd6Entry* Nd6::find(const ifnet& ifp, const IpAddress& ip)
{
    for (Nd6Entry* e = bucket(ip); e != nullptr; e = e->next)
        if (e->ip == ip && e->ifp == &ifp)
            return e;
    return nullptr;
}

Nd6Entry* Nd6::make(ifnet& ifp, const IpAddress& ip)
{
    if (count_ >= max_entries) { // a scan of a large subnet must not eat all memory
        ++table_full;
        return nullptr;
    }
    auto* e = new (std::nothrow) Nd6Entry;
    if (e == nullptr)
        return nullptr;
    e->ifp = &ifp;
    e->ip = ip;
    e->next = bucket(ip);
    bucket(ip) = e;
    count_++;
    return e;
}

void Nd6::erase(Nd6Entry& entry, bool unreachable)
{
    Nd6Entry** link = &bucket(entry.ip);
    while (*link != &entry)
        link = &(*link)->next;
    *link = entry.next;
    count_--;
    drop_held(entry, unreachable);
    delete &entry;
}

void Nd6::hold(Nd6Entry& entry, MbufPtr m)
{
    mbuf** tail = &entry.held;
    while (*tail != nullptr)
        tail = &(*tail)->m_nextpkt;
    m->m_nextpkt = nullptr;
    *tail = m.release();
    held_count_++;
    if (++entry.held_count <= inet6_.icmp.nd6_maxqueuelen && held_count_ <= max_held_in_all)
        return;
    mbuf* oldest = entry.held; // RFC 4861 7.2.2: the latest stay
    entry.held = oldest->m_nextpkt;
    entry.held_count--;
    held_count_--;
    m_freem(oldest);
    ++held_dropped;
}

// What waited is told to be unreachable (RFC 4861 7.2.2), the first packet of it.
void Nd6::drop_held(Nd6Entry& entry, bool unreachable)
{
    mbuf* m = std::exchange(entry.held, nullptr);
    held_count_ -= static_cast<unsigned>(entry.held_count);
    entry.held_count = 0;
    while (m != nullptr) {
        mbuf* next = m->m_nextpkt;
        m->m_nextpkt = nullptr;
        ++held_dropped;
        MbufPtr packet(m);
        if (unreachable && packet.pullup(sizeof(wire::Ipv6Header))) {
            if (packet->m_pkthdr.rcvif == nullptr)
                packet->m_pkthdr.rcvif = entry.ifp;
            inet6_.icmp_error(std::move(packet), wire::icmp6_unreachable, wire::unreach6_address);
            unreachable = false;
        }
        m = next;
    }
}

void Nd6::send_held(Nd6Entry& entry)
{
    mbuf* m = std::exchange(entry.held, nullptr);
    const sockaddr_in6 hop = make_sockaddr_in6(entry.ip);
    ifnet* ifp = entry.ifp;
    held_count_ -= static_cast<unsigned>(entry.held_count);
    entry.held_count = 0;
    while (m != nullptr) {
        mbuf* next = m->m_nextpkt;
        m->m_nextpkt = nullptr;
        (void)ifp->if_output(ifp, m, as_sockaddr(hop), nullptr); // a full queue is counted there
        m = next;
    }
}

void Nd6::enter(Nd6Entry& entry, Nd6Entry::State state)
{
    const uint64_t now = inet6_.stack.now_ns();
    const In6Interface* link = inet6_.state_of(*entry.ifp);
    const uint64_t base = link != nullptr ? link->reachable_ns : 30 * ns_per_s;
    entry.state = state;
    entry.tries = 0;
    switch (state) {
    case Nd6Entry::State::
        reachable: { // RFC 4861 6.3.2: a random part between half and one and a half
        const auto ms = static_cast<uint32_t>(base / ns_per_ms);
        entry.expires_ns = now + (ms / 2 + inet6_.stack.random_below(ms + 1)) * ns_per_ms;
        break;
    }
    case Nd6Entry::State::stale: // gone when nobody asks for a day (NetBSD's nd6_gctimer)
        entry.expires_ns = now + 86400 * ns_per_s;
        break;
    case Nd6Entry::State::delay:
        entry.expires_ns = now + static_cast<uint64_t>(inet6_.icmp.nd6_delay) * ns_per_s;
        break;
    default:
        entry.expires_ns = now;
        break;
    }
}

int Nd6::resolve(ifnet& ifp, MbufPtr& m, const IpAddress& ip, wire::MacAddress& mac)
{
    if (ip.is_v6_multicast()) {
        mac = {{0x33, 0x33, ip.bytes[12], ip.bytes[13], ip.bytes[14], ip.bytes[15]}};
        return 0;
    }
    Nd6Entry* e = find(ifp, ip);
    if (e == nullptr)
        e = make(ifp, ip);
    if (e == nullptr) {
        m.reset();
        return ENOBUFS;
    }
    if (e->state == Nd6Entry::State::incomplete) {
        const bool first = e->held == nullptr && e->tries == 0;
        hold(*e, std::move(m));
        if (first)
            solicit(*e, false);
        return EWOULDBLOCK;
    }
    if (e->state == Nd6Entry::State::stale && !e->permanent)
        enter(*e, Nd6Entry::State::delay);
    mac = e->mac;
    return 0;
}

void Nd6::solicit(Nd6Entry& entry, bool unicast)
{
    const In6Interface* link = inet6_.state_of(*entry.ifp);
    const uint64_t wait = link != nullptr ? link->retrans_ns : ns_per_s;
    entry.tries++;
    entry.expires_ns = inet6_.stack.now_ns() + wait;
    // RFC 4861 7.2.2: with the address the waiting packet has.
    IpAddress source;
    if (entry.held != nullptr && entry.held->m_len >= static_cast<int>(sizeof(wire::Ipv6Header))) {
        source = reinterpret_cast<const wire::Ipv6Header*>(entry.held->m_data)
                     ->source()
                     .with_zone(entry.ifp->if_index);
        if (inet6_.address_on(*entry.ifp, source) == nullptr)
            source = IpAddress();
    }
    if (source.is_any()) {
        const ifaddr* a = inet6_.source_for(entry.ip, entry.ifp);
        if (a == nullptr)
            return;
        source = ip6_of(&a->address);
    }
    send_solicit(*entry.ifp, source, entry.ip, unicast ? entry.ip : IpAddress());
}

void Nd6::learn(ifnet& ifp, const IpAddress& ip, const wire::MacAddress& mac, bool router_known,
                bool router)
{
    if (ip.is_any() || ip.is_v6_multicast() || mac.is_multicast())
        return;
    Nd6Entry* e = find(ifp, ip);
    const bool fresh = e == nullptr;
    if (fresh)
        e = make(ifp, ip);
    if (e == nullptr)
        return;
    if (router_known)
        e->router = router;
    if (e->permanent || (!fresh && e->state != Nd6Entry::State::incomplete && e->mac == mac))
        return;
    e->mac = mac;
    enter(*e, Nd6Entry::State::stale);
    if (e->held != nullptr) {
        enter(*e, Nd6Entry::State::delay);
        send_held(*e);
    }
}

void Nd6::confirm(const IpAddress& ip)
{
    for (Nd6Entry* e = bucket(ip); e != nullptr; e = e->next)
        if (e->ip == ip && e->state != Nd6Entry::State::incomplete && !e->permanent)
            enter(*e, Nd6Entry::State::reachable);
}

void Nd6::forget(const ifnet& ifp)
{
    for (Nd6Entry*& chain : buckets_)
        for (Nd6Entry* e = chain; e != nullptr;) {
            Nd6Entry* next = e->next;
            if (e->ifp == &ifp)
                erase(*e, false);
            e = next;
        }
}

void Nd6::expire(Nd6Entry& e, uint64_t now)
{
    const Icmp6Settings& set = inet6_.icmp;
    if (e.permanent || (e.expires_ns != 0 && now < e.expires_ns))
        return;
    switch (e.state) {
    case Nd6Entry::State::incomplete:
        if (e.tries < set.nd6_mmaxtries) {
            solicit(e, false);
            return;
        }
        ++timeouts;
        erase(e, true);
        return;
    case Nd6Entry::State::reachable:
        enter(e, Nd6Entry::State::stale);
        return;
    case Nd6Entry::State::stale:
        erase(e, false);
        return;
    case Nd6Entry::State::delay:
        enter(e, Nd6Entry::State::probe);
        solicit(e, true);
        return;
    case Nd6Entry::State::probe:
        if (e.tries < set.nd6_umaxtries) {
            solicit(e, true);
            return;
        }
        ++timeouts;
        if (e.router)
            router_gone(e);
        erase(e, false);
        return;
    }
}

void Nd6::tick(uint64_t now)
{
    for (Nd6Entry*& chain : buckets_)
        for (Nd6Entry* e = chain; e != nullptr;) {
            Nd6Entry* next = e->next;
            expire(*e, now);
            e = next;
        }
    run_dad(now);
    run_solicits(now);
}

void Nd6::timer(void* arg)
{
    auto& self = *static_cast<Nd6*>(arg);
    self.tick(self.inet6_.stack.now_ns());
    self.inet6_.stack.callouts().start(self.timer_, ns_per_s / 4, timer, arg);
}

namespace {

Neighbour describe(const Nd6Entry& e)
{
    Neighbour n;
    n.ip = e.ip;
    n.ifp = e.ifp;
    n.mac = e.mac;
    n.complete = e.state != Nd6Entry::State::incomplete;
    n.permanent = e.permanent;
    n.published = e.published;
    n.expires_ns = e.permanent ? 0 : e.expires_ns;
    return n;
}

} // namespace

bool Nd6::find_neighbour(const IpAddress& ip, Neighbour& out)
{
    for (const Nd6Entry* e = bucket(ip); e != nullptr; e = e->next)
        if (e->ip == ip) {
            out = describe(*e);
            return true;
        }
    return false;
}

int Nd6::set_neighbour(const Neighbour& n)
{
    if (n.mac.is_multicast())
        return EINVAL;
    Nd6Entry* e = find(*n.ifp, n.ip);
    if (e == nullptr)
        e = make(*n.ifp, n.ip);
    if (e == nullptr)
        return ENOBUFS;
    e->mac = n.mac;
    e->permanent = n.permanent;
    e->published = n.published;
    enter(*e, Nd6Entry::State::reachable);
    if (!n.permanent && n.expires_ns != 0)
        e->expires_ns = n.expires_ns;
    send_held(*e);
    return 0;
}

int Nd6::remove_neighbour(const IpAddress& ip)
{
    for (Nd6Entry* e = bucket(ip); e != nullptr; e = e->next)
        if (e->ip == ip) {
            erase(*e, false);
            return 0;
        }
    return ESRCH;
}

void Nd6::each_neighbour(void (*fn)(void* arg, const Neighbour&), void* arg)
{
    for (const Nd6Entry* chain : buckets_)
        for (const Nd6Entry* e = chain; e != nullptr; e = e->next)
            fn(arg, describe(*e));
}

} // namespace netmgr
