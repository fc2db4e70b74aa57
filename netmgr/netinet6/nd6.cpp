// SPDX-License-Identifier: Apache-2.0
// The neighbour cache (RFC 4861 5, 7.3): states, timers, packets that wait for an address.
#include "netinet6/nd6.hpp"

#include <errno.h>

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
      duplicates(inet6.stack.counters(), "nd6.duplicates"), inet6_(inet6),
      table_(held_dropped, table_full)
{
    inet6_.stack.callouts().start(timer_, ns_per_s / 4, timer, this);
}

Nd6::~Nd6()
{
    inet6_.stack.callouts().stop(timer_);
}

size_t Nd6Entry::hash(const IpAddress& address)
{
    const uint64_t mixed = address.low() * 0x9e3779b97f4a7c15u ^ address.high();
    return mixed ^ mixed >> 32;
}

// Nobody answers: the first packet that waited is told to be unreachable (RFC 4861 7.2.2).
void Nd6::give_up(Nd6Entry& entry)
{
    ifnet* ifp = entry.ifp;
    MbufPtr packet = table_.take_held(entry);
    table_.erase(entry);
    if (!packet)
        return;
    ++held_dropped;
    if (!packet.pullup(sizeof(wire::Ipv6Header)))
        return;
    if (packet->m_pkthdr.rcvif == nullptr)
        packet->m_pkthdr.rcvif = ifp;
    inet6_.icmp_error(std::move(packet), wire::icmp6_unreachable, wire::unreach6_address);
}

void Nd6::send_held(Nd6Entry& entry)
{
    const sockaddr_in6 hop = make_sockaddr_in6(entry.ip);
    table_.send_held(entry, as_sockaddr(hop));
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
    Nd6Entry* e = table_.find_or_make(ifp, ip);
    if (e == nullptr) {
        m.reset();
        return ENOBUFS;
    }
    if (e->state == Nd6Entry::State::incomplete) {
        const bool first = e->held.size() == 0 && e->tries == 0;
        table_.hold(*e, std::move(m), static_cast<unsigned>(inet6_.icmp.nd6_maxqueuelen));
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
    const mbuf* waiting = entry.held.oldest();
    if (waiting != nullptr && waiting->m_len >= static_cast<int>(sizeof(wire::Ipv6Header))) {
        source = reinterpret_cast<const wire::Ipv6Header*>(waiting->m_data)
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
        e = table_.find_or_make(ifp, ip);
    if (e == nullptr)
        return;
    if (router_known)
        e->router = router;
    if (e->permanent || (!fresh && e->state != Nd6Entry::State::incomplete && e->mac == mac))
        return;
    e->mac = mac;
    enter(*e, Nd6Entry::State::stale);
    if (e->held.size() != 0) {
        enter(*e, Nd6Entry::State::delay);
        send_held(*e);
    }
}

void Nd6::confirm(const IpAddress& ip)
{
    table_.for_each_of(ip, [&](Nd6Entry& e) {
        if (e.state != Nd6Entry::State::incomplete && !e.permanent)
            enter(e, Nd6Entry::State::reachable);
    });
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
        give_up(e);
        return;
    case Nd6Entry::State::reachable:
        enter(e, Nd6Entry::State::stale);
        return;
    case Nd6Entry::State::stale:
        table_.erase(e);
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
        table_.erase(e);
        return;
    }
}

void Nd6::tick(uint64_t now)
{
    table_.for_each([&](Nd6Entry& e) { expire(e, now); });
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
    const Nd6Entry* e = table_.find_anywhere(ip);
    if (e != nullptr)
        out = describe(*e);
    return e != nullptr;
}

int Nd6::set_neighbour(const Neighbour& n)
{
    if (n.mac.is_multicast())
        return EINVAL;
    if (n.proxy_only)
        return EOPNOTSUPP;
    Nd6Entry* e = table_.find_or_make(*n.ifp, n.ip);
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

int Nd6::remove_neighbour(const IpAddress& ip, const ifnet* ifp, bool proxy_only)
{
    Nd6Entry* e = ifp != nullptr ? table_.find(*ifp, ip) : table_.find_anywhere(ip);
    if (e == nullptr || proxy_only) // no such kind here
        return ESRCH;
    table_.erase(*e);
    return 0;
}

void Nd6::each_neighbour(void (*fn)(void* arg, const Neighbour&), void* arg)
{
    table_.for_each([&](const Nd6Entry& e) { fn(arg, describe(e)); });
}

} // namespace netmgr
