// SPDX-License-Identifier: Apache-2.0
// Address resolution for Ethernet.
#include "netinet/arp.hpp"

#include <errno.h>
#include <new>

#include "kern/stack.hpp"
#include "net/net.hpp"
#include "net/sockaddr.hpp"
#include "netinet/inet.hpp"
#include "wire/ether.hpp"

namespace netmgr {

namespace {

constexpr uint64_t defend_interval_ns = 10 * ns_per_s; // RFC 5227 DEFEND_INTERVAL

ifaddr* ipv4_address_on(const ifnet& ifp, uint32_t ip)
{
    for (ifaddr* a = ifp.if_addrs; a != nullptr; a = a->next)
        if (a->family() == AF_INET && a->ip() == ip)
            return a;
    return nullptr;
}

// The address to put into requests: one in the target's subnet when there is one.
uint32_t sender_for(const ifnet& ifp, uint32_t target)
{
    uint32_t any = 0;
    for (const ifaddr* a = ifp.if_addrs; a != nullptr; a = a->next) {
        if (a->family() != AF_INET)
            continue;
        if ((target & a->mask()) == a->network())
            return a->ip();
        if (any == 0)
            any = a->ip();
    }
    return any;
}

} // namespace

Arp::Arp(Stack& stack)
    : requests_sent(stack.counters(), "arp.requests_sent"),
      requests_received(stack.counters(), "arp.requests_received"),
      replies_sent(stack.counters(), "arp.replies_sent"),
      replies_received(stack.counters(), "arp.replies_received"), bad(stack.counters(), "arp.bad"),
      conflicts(stack.counters(), "arp.conflicts"),
      held_dropped(stack.counters(), "arp.held_dropped"),
      timeouts(stack.counters(), "arp.timeouts"), table_full(stack.counters(), "arp.table_full"),
      stack_(stack)
{
    stack_.callouts().start(timer_, ns_per_s, timer, this);
}

Arp::~Arp()
{
    stack_.callouts().stop(timer_);
    for (ArpEntry*& chain : buckets_)
        while (chain != nullptr)
            erase(*chain);
}

ArpEntry* Arp::find(const ifnet& ifp, uint32_t ip)
{
    for (ArpEntry* e = bucket(ip); e != nullptr; e = e->next)
        if (e->ip == ip && e->ifp == &ifp)
            return e;
    return nullptr;
}

ArpEntry* Arp::make(ifnet& ifp, uint32_t ip)
{
    if (count_ >= max_entries) { // a scan of a large subnet must not eat all memory
        ++table_full;
        return nullptr;
    }
    auto* e = new (std::nothrow) ArpEntry;
    if (e == nullptr)
        return nullptr;
    e->ifp = &ifp;
    e->ip = ip;
    e->next = bucket(ip);
    bucket(ip) = e;
    count_++;
    return e;
}

void Arp::erase(ArpEntry& entry)
{
    ArpEntry** link = &bucket(entry.ip);
    while (*link != &entry)
        link = &(*link)->next;
    *link = entry.next;
    drop_held(entry);
    count_--;
    delete &entry;
}

void Arp::hold(ArpEntry& entry, MbufPtr m)
{
    mbuf** tail = &entry.held;
    while (*tail != nullptr)
        tail = &(*tail)->m_nextpkt;
    m->m_nextpkt = nullptr;
    *tail = m.release();
    held_count_++;
    if (++entry.held_count > ArpEntry::max_held || held_count_ > max_held_in_all) {
        mbuf* oldest = entry.held; // it goes (RFC 1122 2.3.2.2: keep the latest)
        entry.held = oldest->m_nextpkt;
        entry.held_count--;
        held_count_--;
        m_freem(oldest);
        ++held_dropped;
    }
}

void Arp::drop_held(ArpEntry& entry)
{
    while (entry.held != nullptr) {
        mbuf* m = entry.held;
        entry.held = m->m_nextpkt;
        m_freem(m);
        ++held_dropped;
    }
    held_count_ -= static_cast<unsigned>(entry.held_count);
    entry.held_count = 0;
}

void Arp::send_held(ArpEntry& entry)
{
    mbuf* m = entry.held;
    const sockaddr_in hop = make_sockaddr_in(entry.ip);
    entry.held = nullptr;
    held_count_ -= static_cast<unsigned>(entry.held_count);
    entry.held_count = 0;
    while (m != nullptr) {
        mbuf* next = m->m_nextpkt;
        m->m_nextpkt = nullptr;
        (void)entry.ifp->if_output(entry.ifp, m, as_sockaddr(hop),
                                   nullptr); // a full queue is counted there
        m = next;
    }
}

int Arp::resolve(ifnet& ifp, MbufPtr& m, uint32_t ip, wire::MacAddress& mac)
{
    const uint64_t now = stack_.now_ns();
    ArpEntry* e = find(ifp, ip);
    if (e == nullptr)
        e = make(ifp, ip);
    if (e == nullptr) {
        m.reset();
        return ENOBUFS;
    }
    e->used_ns = now;
    if (e->state == ArpEntry::State::reachable) {
        mac = e->mac;
        return 0;
    }
    if (e->state == ArpEntry::State::down && now < e->expires_ns) {
        m.reset();
        return EHOSTDOWN;
    }
    if (e->state == ArpEntry::State::down) {
        e->state = ArpEntry::State::incomplete;
        e->tries = 0;
    }
    hold(*e, std::move(m));
    if (e->tries == 0)
        ask(*e, false);
    return EWOULDBLOCK;
}

void Arp::ask(ArpEntry& entry, bool unicast)
{
    entry.tries++;
    entry.asked_ns = stack_.now_ns();
    send(*entry.ifp, wire::arp_request, sender_for(*entry.ifp, entry.ip), wire::MacAddress{},
         entry.ip, unicast ? entry.mac : wire::MacAddress::broadcast());
    ++requests_sent;
}

void Arp::send(ifnet& ifp, wire::ArpOperation operation, uint32_t sender_ip,
               const wire::MacAddress& target_mac, uint32_t target_ip, const wire::MacAddress& to)
{
    const auto packet =
        wire::ArpPacket::make(operation, ether_address(ifp), sender_ip, target_mac, target_ip);
    MbufPtr m = stack_.mbufs().copy_in(&packet, sizeof(packet), sizeof(wire::EtherHeader) + 2);
    if (!m)
        return;
    sockaddr raw = {};
    wire::EtherHeader header = {};
    header.destination = to;
    header.type = wire::ether_arp;
    static_assert(sizeof(header) <= sizeof(raw.sa_data));
    raw.sa_len = sizeof(raw);
    raw.sa_family = AF_UNSPEC;
    memcpy(raw.sa_data, &header, sizeof(header));
    if (to.is_broadcast())
        m->m_flags |= M_BCAST;
    (void)ifp.if_output(&ifp, m.release(), &raw, nullptr);
}

void Arp::announce(ifnet& ifp, uint32_t ip)
{
    if ((ifp.if_flags & IFF_NOARP) != 0 || ifp.if_addrlen != sizeof(wire::MacAddress))
        return;
    send(ifp, wire::arp_request, ip, wire::MacAddress{}, ip, wire::MacAddress::broadcast());
    ++requests_sent;
}

void Arp::forget(const ifnet& ifp)
{
    for (ArpEntry*& chain : buckets_)
        for (ArpEntry* e = chain; e != nullptr;) {
            ArpEntry* next = e->next;
            if (e->ifp == &ifp)
                erase(*e);
            e = next;
        }
}

int Arp::set(ifnet& ifp, uint32_t ip, const wire::MacAddress& mac, bool permanent, bool published)
{
    if (mac.is_multicast())
        return EINVAL;
    ArpEntry* e = find(ifp, ip);
    if (e == nullptr)
        e = make(ifp, ip);
    if (e == nullptr)
        return ENOBUFS;
    learn(*e, mac);
    e->permanent = permanent;
    e->published = published;
    return 0;
}

int Arp::remove(const ifnet& ifp, uint32_t ip)
{
    ArpEntry* e = find(ifp, ip);
    if (e == nullptr)
        return ESRCH;
    erase(*e);
    return 0;
}

void Arp::learn(ArpEntry& entry, const wire::MacAddress& mac)
{
    if (entry.mac != mac)
        stack_.inet().flows.flush();
    entry.mac = mac;
    entry.state = ArpEntry::State::reachable;
    entry.tries = 0;
    entry.expires_ns = stack_.now_ns() + seconds(settings.keep);
    send_held(entry);
}

// Somebody else says it has our address: counted, and defended at most once in ten seconds.
bool Arp::is_conflict(ifnet& ifp, const wire::ArpPacket& packet)
{
    if (packet.sender_ip == 0 || ipv4_address_on(ifp, packet.sender_ip) == nullptr)
        return false;
    ++conflicts;
    const uint64_t now = stack_.now_ns();
    if (defended_ns_ == 0 || now - defended_ns_ >= defend_interval_ns) {
        defended_ns_ = now;
        announce(ifp, packet.sender_ip);
    }
    return true;
}

// RFC 826: update an entry that is there; make one only when the packet is for us.
void Arp::update_from(ifnet& ifp, const wire::ArpPacket& packet, bool for_us)
{
    if (packet.sender_ip == 0) // RFC 5227 probe
        return;
    ArpEntry* e = find(ifp, packet.sender_ip);
    if (e == nullptr && for_us)
        e = make(ifp, packet.sender_ip);
    if (e != nullptr && !e->permanent)
        learn(*e, packet.sender_mac);
}

void Arp::input(MbufPtr m)
{
    ifnet& ifp = *m->m_pkthdr.rcvif;
    if (!m.pullup(sizeof(wire::ArpPacket))) {
        ++bad;
        return;
    }
    const wire::ArpPacket packet = *m.as<wire::ArpPacket>();
    if (!packet.is_ethernet_ipv4() || packet.sender_mac.is_multicast() ||
        (ifp.if_flags & IFF_NOARP) != 0) {
        ++bad;
        return;
    }
    if (packet.sender_mac == ether_address(ifp))
        return; // our own, come back
    const bool request = packet.operation == wire::arp_request;
    if (request)
        ++requests_received;
    else
        ++replies_received;
    if (is_conflict(ifp, packet))
        return;
    const ArpEntry* proxy = find(ifp, packet.target_ip);
    const bool for_us = ipv4_address_on(ifp, packet.target_ip) != nullptr;
    update_from(ifp, packet, for_us);
    if (!request || (!for_us && (proxy == nullptr || !proxy->published)))
        return;
    send(ifp, wire::arp_reply, packet.target_ip, packet.sender_mac, packet.sender_ip,
         packet.sender_mac);
    ++replies_sent;
}

void Arp::expire(ArpEntry& entry, uint64_t now)
{
    if (entry.permanent)
        return;
    const bool asking = entry.state == ArpEntry::State::incomplete || entry.tries > 0;
    if (asking && entry.state != ArpEntry::State::down) {
        if (now - entry.asked_ns < ns_per_s)
            return;
        if (entry.tries < max_tries) {
            ask(entry, entry.state == ArpEntry::State::reachable && entry.tries < max_tries - 2);
            return;
        }
        ++timeouts;
        drop_held(entry);
        entry.state = ArpEntry::State::down;
        entry.expires_ns = now + seconds(settings.down);
        return;
    }
    if (now < entry.expires_ns)
        return;
    if (entry.state == ArpEntry::State::reachable &&
        now - entry.used_ns < seconds(settings.refresh))
        ask(entry, true);
    else if (entry.state == ArpEntry::State::down || now - pruned_ns_ >= seconds(settings.prune) ||
             settings.prune == 0)
        erase(entry);
}

void Arp::tick(uint64_t now)
{
    for (ArpEntry*& chain : buckets_)
        for (ArpEntry* e = chain; e != nullptr;) {
            ArpEntry* next = e->next;
            expire(*e, now);
            e = next;
        }
    if (now - pruned_ns_ >= seconds(settings.prune))
        pruned_ns_ = now;
}

void Arp::timer(void* arp)
{
    auto& self = *static_cast<Arp*>(arp);
    self.tick(self.stack_.now_ns());
    self.stack_.callouts().start(self.timer_, ns_per_s, timer, arp);
}

} // namespace netmgr
