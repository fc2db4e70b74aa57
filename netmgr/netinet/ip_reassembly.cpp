// SPDX-License-Identifier: Apache-2.0
// Fragment lists.
#include "netinet/ip_reassembly.hpp"

#include <new>

#include "netinet/inet.hpp"
#include "wire/checksum.hpp"
#include "wire/tcp.hpp"

namespace netmgr {

namespace {

const wire::Ipv4Header& header_of(const mbuf& m)
{
    return *reinterpret_cast<const wire::Ipv4Header*>(m.m_data);
}

size_t data_start(const mbuf& m)
{
    return header_of(m).fragment_offset();
}

size_t data_end(const mbuf& m)
{
    const wire::Ipv4Header& h = header_of(m);
    return h.fragment_offset() + h.total_len - h.header_len();
}

} // namespace

Reassembly::~Reassembly()
{
    for (Packet*& chain : buckets_)
        while (chain != nullptr)
            erase(*chain);
}

unsigned Reassembly::hash(uint32_t source, uint32_t destination, uint16_t id, uint8_t protocol)
{
    uint32_t h = source ^ destination ^ id ^ static_cast<uint32_t>(protocol) << 8;
    h ^= h >> 16;
    return (h ^ h >> 8) % bucket_count;
}

Reassembly::Packet* Reassembly::find(const mbuf& m)
{
    const wire::Ipv4Header& h = header_of(m);
    for (Packet* p = buckets_[hash(h.source, h.destination, h.id, h.protocol)]; p != nullptr;
         p = p->next)
        if (p->source == h.source && p->destination == h.destination && p->id == h.id &&
            p->protocol == h.protocol)
            return p;
    return nullptr;
}

Reassembly::Packet* Reassembly::make(const mbuf& m)
{
    const wire::Ipv4Header& h = header_of(m);
    make_room();
    auto* p = new (std::nothrow) Packet{};
    if (p == nullptr)
        return nullptr;
    Packet*& chain = buckets_[hash(h.source, h.destination, h.id, h.protocol)];
    p->source = h.source;
    p->destination = h.destination;
    p->id = h.id;
    p->protocol = h.protocol;
    p->expires_ns = inet_.stack.now_ns() + lifetime_ns;
    p->next = chain;
    chain = p;
    packet_count_++;
    return p;
}

void Reassembly::erase(Packet& packet)
{
    Packet** link = &buckets_[hash(packet.source, packet.destination, packet.id, packet.protocol)];
    while (*link != &packet)
        link = &(*link)->next;
    *link = packet.next;
    while (packet.fragments != nullptr) {
        mbuf* m = packet.fragments;
        packet.fragments = m->m_nextpkt;
        m_freem(m);
    }
    packet_count_--;
    fragment_count_ -= packet.fragment_count;
    delete &packet;
}

// The oldest incomplete packets go first when the limits are met.
void Reassembly::make_room()
{
    const auto limit = static_cast<unsigned>(inet_.ip.maxfragpackets);
    while (packet_count_ > 0 && (packet_count_ >= limit || fragment_count_ >= fragments_in_all)) {
        Packet* oldest = nullptr;
        for (Packet* chain : buckets_)
            for (Packet* p = chain; p != nullptr; p = p->next)
                if (oldest == nullptr || p->expires_ns < oldest->expires_ns)
                    oldest = p;
        ++inet_.stats.fragment_dropped;
        erase(*oldest);
    }
}

bool Reassembly::insert(Packet& packet, MbufPtr m)
{
    const size_t start = data_start(*m);
    const size_t end = data_end(*m);
    const bool last = !header_of(*m).has_more_fragments();
    if (last && packet.end != 0 && packet.end != end)
        return false;
    if (packet.end != 0 && end > packet.end)
        return false;
    mbuf** link = &packet.fragments;
    while (*link != nullptr && data_start(**link) < start) {
        if (data_end(**link) > start)
            return false;
        link = &(*link)->m_nextpkt;
    }
    if (*link != nullptr && data_start(**link) == start && data_end(**link) == end)
        return true; // the same again: harmless, m is dropped
    if (*link != nullptr && data_start(**link) < end)
        return false;
    if (last && *link != nullptr)
        return false; // data behind the end
    if (packet.fragment_count >= fragments_a_packet)
        return false;
    if (last)
        packet.end = end;
    mbuf* fragment = m.release();
    fragment->m_nextpkt = *link;
    *link = fragment;
    packet.fragment_count++;
    fragment_count_++;
    return true;
}

bool Reassembly::complete(const Packet& packet)
{
    size_t at = 0;
    for (const mbuf* m = packet.fragments; m != nullptr; m = m->m_nextpkt) {
        if (data_start(*m) != at)
            return false;
        at = data_end(*m);
    }
    return packet.end != 0 && at == packet.end;
}

// The first fragment's header serves the whole.
MbufPtr Reassembly::join(Packet& packet)
{
    MbufPtr whole(packet.fragments);
    mbuf* rest = whole->m_nextpkt;
    const size_t header_len = header_of(*whole).header_len();
    const size_t total = header_len + packet.end;
    packet.fragments = nullptr;
    whole->m_nextpkt = nullptr;
    unsigned marks = 1u << (header_of(*whole).tos & wire::ecn_mask);
    while (rest != nullptr) {
        mbuf* next = rest->m_nextpkt;
        marks |= 1u << (header_of(*rest).tos & wire::ecn_mask);
        rest->m_nextpkt = nullptr;
        m_adj(rest, static_cast<int>(header_of(*rest).header_len()));
        rest->m_flags &= ~M_PKTHDR;
        m_cat(whole.get(), rest);
        rest = next;
    }
    erase(packet);
    // RFC 3168 5.3: congestion that one piece met is the packet's; by one that asked for no marks it is made up.
    const bool congestion = (marks & 1u << wire::ecn_ce) != 0;
    if (total > wire::ipv4_packet_max || (congestion && (marks & 1u) != 0)) {
        ++inet_.stats.fragment_dropped;
        return MbufPtr();
    }
    whole->m_pkthdr.len = static_cast<int>(total);
    whole->m_pkthdr.csum_flags = 0; // hardware only saw the pieces
    auto& h = *whole.as<wire::Ipv4Header>();
    h.total_len = static_cast<uint16_t>(total);
    h.tos = static_cast<uint8_t>(h.tos | (congestion ? wire::ecn_ce : 0));
    h.fragment = static_cast<uint16_t>(0);
    h.checksum = 0;
    h.checksum = wire::checksum(&h, header_len);
    ++inet_.stats.reassembled;
    return whole;
}

MbufPtr Reassembly::add(MbufPtr m)
{
    const wire::Ipv4Header& h = header_of(*m);
    const size_t size = h.total_len - h.header_len();
    ++inet_.stats.fragments_received;
    // Every piece but the last is a multiple of 8 bytes and none ends beyond what an IP packet can be.
    if (inet_.ip.maxfragpackets == 0)
        make_room(); // none are kept
    if (size == 0 || (h.has_more_fragments() && size % 8 != 0) ||
        data_end(*m) > wire::ipv4_packet_max || inet_.ip.maxfragpackets == 0) {
        ++inet_.stats.fragment_dropped;
        return MbufPtr();
    }
    Packet* packet = find(*m);
    if (packet == nullptr)
        packet = make(*m);
    if (packet == nullptr) {
        ++inet_.stats.no_memory;
        return MbufPtr();
    }
    const bool full = packet->fragment_count >= fragments_a_packet;
    if (!insert(*packet, std::move(m))) {
        ++(full ? inet_.stats.fragment_dropped : inet_.stats.fragment_overlap);
        erase(*packet);
        return MbufPtr();
    }
    return complete(*packet) ? join(*packet) : MbufPtr();
}

void Reassembly::expire(uint64_t now_ns)
{
    for (Packet*& chain : buckets_)
        for (Packet* p = chain; p != nullptr;) {
            Packet* next = p->next;
            if (p->expires_ns <= now_ns) {
                ++inet_.stats.fragment_timeout;
                // RFC 792: only when the first fragment is there to quote.
                mbuf* first = p->fragments;
                if (first != nullptr && data_start(*first) == 0) {
                    p->fragments = first->m_nextpkt;
                    first->m_nextpkt = nullptr;
                    icmp_error(inet_, MbufPtr(first), wire::icmp_time_exceeded,
                               wire::exceeded_reassembly);
                }
                erase(*p);
            }
            p = next;
        }
}

} // namespace netmgr
