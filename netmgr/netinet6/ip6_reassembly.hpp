// SPDX-License-Identifier: Apache-2.0
// Putting IPv6 fragments together (RFC 8200 4.5). Memory is bounded; overlaps kill the packet and what comes of it (RFC 5722).
#pragma once
#include <stdint.h>

#include "kern/mbuf_ptr.hpp"
#include "wire/ip_address.hpp"

namespace netmgr {

class Inet6;
struct Ip6Chain;

class Reassembly6 {
public:
    explicit Reassembly6(Inet6& inet6) : inet6_(inet6) {}
    ~Reassembly6();
    Reassembly6(const Reassembly6&) = delete;
    Reassembly6& operator=(const Reassembly6&) = delete;

    // m: a fragment, its headers up to the fragment header contiguous. The whole packet without fragment header when this
    // completed it, else empty.
    MbufPtr add(MbufPtr m, const Ip6Chain& chain);
    void expire(uint64_t now_ns);
    unsigned packets() const { return packet_count_; }

private:
    static constexpr unsigned fragments_a_packet = 64;
    static constexpr uint64_t lifetime_ns = 60'000'000'000; // RFC 8200 4.5

    struct Piece {
        Piece* next;
        size_t start;
        size_t end;
        mbuf* data; // without headers
    };
    struct Packet {
        Packet* next;
        IpAddress source, destination;
        uint32_t id;
        uint64_t expires_ns;
        unsigned count;
        size_t end; // of the whole; 0 = last fragment not seen
        uint8_t next_header;
        mbuf* head;       // the first fragment's headers, without the fragment header
        mbuf* quote;      // the first fragment as it came, for an error
        size_t head_next; // where head names the next header
        bool dead;        // overlapped: what still comes is dropped silently
        unsigned marks;   // bit n: a fragment had ECN codepoint n
        Piece* pieces;
    };
    Packet* find(const IpAddress& source, const IpAddress& destination, uint32_t id);
    Packet* make(const IpAddress& source, const IpAddress& destination, uint32_t id);
    void erase(Packet& packet);
    void drop_pieces(Packet& packet);
    bool insert(Packet& packet, MbufPtr data, size_t start, size_t end, bool more);
    MbufPtr join(Packet& packet);
    void make_room();

    Inet6& inet6_;
    Packet* packets_ = nullptr; // newest first
    unsigned packet_count_ = 0;
    unsigned fragment_count_ = 0;
};

} // namespace netmgr
