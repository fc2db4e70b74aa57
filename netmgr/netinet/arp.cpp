// SPDX-License-Identifier: Apache-2.0
// Address resolution for Ethernet.
#include "netinet/arp.hpp"

#include <errno.h>

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
      conflicts(stack.counters(), "arp.conflicts"), off_link(stack.counters(), "arp.off_link"),
      held_dropped(stack.counters(), "arp.held_dropped"),
      timeouts(stack.counters(), "arp.timeouts"), table_full(stack.counters(), "arp.table_full"),
      stack_(stack), table_(held_dropped, table_full), proxies_(held_dropped, table_full)
{
    stack_.callouts().start(timer_, ns_per_s, timer, this);
}

Arp::~Arp()
{
    stack_.callouts().stop(timer_);
}

int Arp::resolve(ifnet& ifp, MbufPtr& m, uint32_t ip, wire::MacAddress& mac)
{
    const uint64_t now = stack_.now_ns();
    ArpEntry* e = table_.find_or_make(ifp, ip);
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
    table_.hold(*e, std::move(m), max_held);
    if (e->tries == 0)
        ask(*e, false);
    return EWOULDBLOCK;
}

void Arp::ask(ArpEntry& entry, bool unicast)
{
    entry.tries++;
    entry.asked_ns = stack_.now_ns();
    send(*entry.ifp, wire::arp_request, ether_address(*entry.ifp), sender_for(*entry.ifp, entry.ip),
         wire::MacAddress{}, entry.ip, unicast ? entry.mac : wire::MacAddress::broadcast());
    ++requests_sent;
}

void Arp::send(ifnet& ifp, wire::ArpOperation operation, const wire::MacAddress& sender_mac,
               uint32_t sender_ip, const wire::MacAddress& target_mac, uint32_t target_ip,
               const wire::MacAddress& to)
{
    const auto packet =
        wire::ArpPacket::make(operation, sender_mac, sender_ip, target_mac, target_ip);
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
    send(ifp, wire::arp_request, ether_address(ifp), ip, wire::MacAddress{}, ip,
         wire::MacAddress::broadcast());
    ++requests_sent;
}

int Arp::set(ifnet& ifp, uint32_t ip, const wire::MacAddress& mac, bool permanent, bool published)
{
    if (mac.is_multicast())
        return EINVAL;
    ArpEntry* e = table_.find_or_make(ifp, ip);
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
    table_.erase(*e);
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
    const sockaddr_in hop = make_sockaddr_in(entry.ip);
    table_.send_held(entry, as_sockaddr(hop));
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

bool Arp::is_neighbour(const ifnet& ifp, uint32_t ip)
{
    const rtentry* way = stack_.inet().net.fibs[Inet::fib_of(&ifp)].lookup(PrefixKey::ipv4(ip));
    return way != nullptr && way->ifp == &ifp && (way->flags & RTF_GATEWAY) == 0;
}

// RFC 826: update an entry that is there; make one only when the packet is for us, and of a host that is on this link.
void Arp::update_from(ifnet& ifp, const wire::ArpPacket& packet, bool for_us)
{
    if (packet.sender_ip == 0) // RFC 5227 probe
        return;
    ArpEntry* e = table_.find(ifp, packet.sender_ip);
    if (e == nullptr && for_us) {
        if (is_neighbour(ifp, packet.sender_ip))
            e = table_.find_or_make(ifp, packet.sender_ip);
        else
            ++off_link;
    }
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
    const uint32_t sender = packet.sender_ip;
    const bool impossible = IN_MULTICAST(sender) || sender == INADDR_BROADCAST ||
                            (sender != 0 && stack_.inet().is_broadcast_anywhere(sender));
    const bool request = packet.operation == wire::arp_request;
    if (!packet.is_ethernet_ipv4() || packet.sender_mac.is_multicast() || impossible ||
        (!request && packet.operation != wire::arp_reply) || (ifp.if_flags & IFF_NOARP) != 0) {
        ++bad;
        return;
    }
    if (packet.sender_mac == ether_address(ifp))
        return; // our own, come back
    if (request)
        ++requests_received;
    else
        ++replies_received;
    if (is_conflict(ifp, packet))
        return;
    const bool for_us = ipv4_address_on(ifp, packet.target_ip) != nullptr;
    update_from(ifp, packet, for_us);
    const ArpEntry* proxy = request && !for_us ? find_published(ifp, packet.target_ip) : nullptr;
    if (!request || (!for_us && proxy == nullptr))
        return;
    // A published entry says where its packets shall go; that need not be here.
    send(ifp, wire::arp_reply, for_us ? ether_address(ifp) : proxy->mac, packet.target_ip,
         packet.sender_mac, packet.sender_ip, packet.sender_mac);
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
        table_.drop_held(entry);
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
        table_.erase(entry);
}

void Arp::tick(uint64_t now)
{
    table_.for_each([&](ArpEntry& e) { expire(e, now); });
    proxies_.for_each([&](ArpEntry& e) {
        if (!e.permanent && now >= e.expires_ns)
            proxies_.erase(e);
    });
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
