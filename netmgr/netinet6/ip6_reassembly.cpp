// SPDX-License-Identifier: Apache-2.0
// IPv6 fragment lists.
#include "netinet6/ip6_reassembly.hpp"

#include <new>

#include "netinet6/inet6.hpp"
#include "wire/tcp.hpp"

namespace netmgr {

Reassembly6::~Reassembly6()
{
    while (packets_ != nullptr)
        erase(*packets_);
}

Reassembly6::Packet* Reassembly6::find(const IpAddress& source, const IpAddress& destination,
                                       uint32_t id)
{
    for (Packet* p = packets_; p != nullptr; p = p->next)
        if (p->id == id && p->source == source && p->destination == destination)
            return p;
    return nullptr;
}

Reassembly6::Packet* Reassembly6::make(const IpAddress& source, const IpAddress& destination,
                                       uint32_t id)
{
    make_room();
    auto* p = new (std::nothrow) Packet{};
    if (p == nullptr)
        return nullptr;
    p->source = source;
    p->destination = destination;
    p->id = id;
    p->expires_ns = inet6_.stack.now_ns() + lifetime_ns;
    p->next = packets_;
    packets_ = p;
    packet_count_++;
    return p;
}

void Reassembly6::drop_pieces(Packet& packet)
{
    while (packet.pieces != nullptr) {
        Piece* piece = packet.pieces;
        packet.pieces = piece->next;
        m_freem(piece->data);
        delete piece;
    }
    m_freem(packet.head);
    m_freem(packet.quote);
    packet.head = packet.quote = nullptr;
    fragment_count_ -= packet.count;
    packet.count = 0;
}

void Reassembly6::erase(Packet& packet)
{
    Packet** link = &packets_;
    while (*link != &packet)
        link = &(*link)->next;
    *link = packet.next;
    drop_pieces(packet);
    packet_count_--;
    delete &packet;
}

// The oldest go first when the limits are met.
void Reassembly6::make_room()
{
    const auto most = static_cast<unsigned>(inet6_.ip.maxfragpackets);
    const auto most_pieces = static_cast<unsigned>(inet6_.ip.maxfrags);
    while (packets_ != nullptr && (packet_count_ >= most || fragment_count_ >= most_pieces)) {
        Packet* oldest = packets_;
        while (oldest->next != nullptr)
            oldest = oldest->next;
        ++inet6_.stats.fragment_dropped;
        erase(*oldest);
    }
}

// False: the packet is dead (RFC 5722), or out of limits.
bool Reassembly6::insert(Packet& packet, MbufPtr data, size_t start, size_t end, bool more)
{
    if (packet.end != 0 && (end > packet.end || (!more && end != packet.end)))
        return false;
    Piece** link = &packet.pieces;
    while (*link != nullptr && (*link)->start < start) {
        if ((*link)->end > start)
            return false;
        link = &(*link)->next;
    }
    if (*link != nullptr && (*link)->start == start && (*link)->end == end)
        return true; // the same again: harmless
    if (*link != nullptr && ((*link)->start < end || !more))
        return false;
    if (packet.count >= fragments_a_packet)
        return false;
    auto* piece = new (std::nothrow) Piece{*link, start, end, nullptr};
    if (piece == nullptr)
        return false;
    piece->data = data.release();
    *link = piece;
    if (!more)
        packet.end = end;
    packet.count++;
    fragment_count_++;
    return true;
}

MbufPtr Reassembly6::join(Packet& packet)
{
    size_t at = 0;
    for (const Piece* p = packet.pieces; p != nullptr; p = p->next) {
        if (p->start != at)
            return MbufPtr();
        at = p->end;
    }
    if (packet.end == 0 || at != packet.end || packet.head == nullptr)
        return MbufPtr();
    MbufPtr whole(std::exchange(packet.head, nullptr));
    const size_t head_len = whole.packet_len();
    const size_t payload = head_len - sizeof(wire::Ipv6Header) + packet.end;
    for (Piece* p = packet.pieces; p != nullptr; p = p->next) {
        mbuf* data = std::exchange(p->data, nullptr);
        data->m_flags &= ~M_PKTHDR;
        m_cat(whole.get(), data);
    }
    whole->m_pkthdr.len = static_cast<int>(head_len + packet.end);
    whole->m_pkthdr.csum_flags = 0; // hardware only saw the pieces
    const uint8_t next = packet.next_header;
    const size_t next_at = packet.head_next;
    const unsigned marks = packet.marks;
    erase(packet);
    // RFC 3168 5.3: congestion that one piece met is the packet's; by one that asked for no marks it is made up.
    const bool congestion = (marks & 1u << wire::ecn_ce) != 0;
    if (payload > wire::ipv6_payload_max ||
        (congestion && (marks & 1u << wire::ecn_not_ect) != 0) || !whole.pullup(head_len)) {
        ++inet6_.stats.fragment_dropped;
        return MbufPtr();
    }
    auto& h = *whole.as<wire::Ipv6Header>();
    h.payload_len = static_cast<uint16_t>(payload);
    if (congestion)
        h.set_flow(h.traffic_class() | wire::ecn_ce, h.flow_label());
    *whole.as<uint8_t>(next_at) = next;
    ++inet6_.stats.reassembled;
    return whole;
}

MbufPtr Reassembly6::add(MbufPtr m, const Ip6Chain& chain)
{
    Ip6Stats& stats = inet6_.stats;
    const wire::Ipv6Fragment f = *m.as<wire::Ipv6Fragment>(chain.fragment_at);
    const IpArrival a = ip_arrival(*m);
    const size_t data_at = chain.fragment_at + sizeof(f);
    const size_t size = m.packet_len() - data_at;
    const size_t end = f.start() + size;
    ++stats.fragments_received;
    if (f.has_more() && size % 8 != 0) {
        ++stats.fragment_dropped;
        inet6_.icmp_error(std::move(m), wire::icmp6_parameter, wire::parameter6_field,
                          offsetof(wire::Ipv6Header, payload_len));
        return MbufPtr();
    }
    if (end + chain.fragment_at - sizeof(wire::Ipv6Header) > wire::ipv6_payload_max) {
        ++stats.fragment_dropped;
        inet6_.icmp_error(std::move(m), wire::icmp6_parameter, wire::parameter6_field,
                          static_cast<uint32_t>(chain.fragment_at + 2));
        return MbufPtr();
    }
    if ((size == 0 && f.has_more()) || inet6_.ip.maxfragpackets == 0) {
        ++stats.fragment_dropped;
        return MbufPtr();
    }
    if (f.start() == 0 && f.has_more() && !ip6_whole_chain(*m, data_at, size, f.next)) {
        ++stats.short_first_fragment;
        inet6_.icmp_error(std::move(m), wire::icmp6_parameter, wire::parameter6_first_fragment);
        return MbufPtr();
    }
    const bool atomic = f.start() == 0 && !f.has_more(); // RFC 6946: on its own
    Packet* packet = atomic ? nullptr : find(a.source, a.destination, f.id);
    if (packet == nullptr)
        packet = make(a.source, a.destination, f.id);
    if (packet == nullptr) {
        ++stats.no_memory;
        return MbufPtr();
    }
    if (packet->dead) {
        ++stats.fragment_dropped;
        return MbufPtr();
    }
    if (f.start() == 0 && packet->head == nullptr) {
        packet->head = m_dup(m.get(), 0, static_cast<int>(chain.fragment_at), M_DONTWAIT);
        packet->quote = m_copym(m.get(), 0, M_COPYALL, M_DONTWAIT);
        packet->next_header = f.next;
        packet->head_next = chain.next_field;
        if (packet->head == nullptr) {
            ++stats.no_memory;
            erase(*packet);
            return MbufPtr();
        }
    }
    packet->marks |= 1u << (a.tos & wire::ecn_mask);
    m_adj(m.get(), static_cast<int>(data_at));
    const bool full = packet->count >= fragments_a_packet;
    if (!insert(*packet, std::move(m), f.start(), end, f.has_more())) {
        ++(full ? stats.fragment_dropped : stats.fragment_overlap);
        drop_pieces(*packet);
        packet->dead = true;
        return MbufPtr();
    }
    return join(*packet);
}

void Reassembly6::expire(uint64_t now_ns)
{
    for (Packet* p = packets_; p != nullptr;) {
        Packet* next = p->next;
        if (p->expires_ns <= now_ns) {
            ++inet6_.stats.fragment_timeout;
            MbufPtr quote(std::exchange(p->quote, nullptr));
            erase(*p);
            if (quote && quote.pullup(sizeof(wire::Ipv6Header)))
                inet6_.icmp_error(std::move(quote), wire::icmp6_time_exceeded,
                                  wire::exceeded6_reassembly);
        }
        p = next;
    }
}

} // namespace netmgr
