// SPDX-License-Identifier: Apache-2.0
// Putting fragments together (RFC 791 3.2, RFC 815's idea with a sorted list). Memory is bounded; overlaps kill the packet.
#pragma once
#include <stdint.h>

#include "kern/mbuf_ptr.hpp"

namespace netmgr {

class Inet;

class Reassembly {
public:
    explicit Reassembly(Inet& inet) : inet_(inet) {}
    ~Reassembly();
    Reassembly(const Reassembly&) = delete;
    Reassembly& operator=(const Reassembly&) = delete;

    // m: a checked fragment with its IP header contiguous in front. The whole packet when this completed it, else empty.
    MbufPtr add(MbufPtr m);
    void expire(uint64_t now_ns);
    unsigned packets() const { return packet_count_; }
    unsigned fragments() const { return fragment_count_; }

private:
    static constexpr unsigned bucket_count = 32;
    static constexpr unsigned fragments_a_packet = 64; // 64 KiB in 1024-byte pieces
    static constexpr unsigned fragments_in_all = 1024;
    static constexpr uint64_t lifetime_ns =
        30'000'000'000; // RFC 1122 3.3.2 allows 60..120 s; memory is scarcer than that

    struct Packet {
        Packet* next;
        uint32_t source;
        uint32_t destination;
        uint16_t id;
        uint8_t protocol;
        uint64_t expires_ns;
        unsigned fragment_count;
        size_t end;      // of the whole data; 0 = last fragment not seen
        mbuf* fragments; // sorted by offset, m_nextpkt; IP headers still in front
    };

    Packet* find(const mbuf& m);
    Packet* make(const mbuf& m);
    void erase(Packet& packet);
    bool insert(Packet& packet, MbufPtr m); // false: the packet must go
    static bool complete(const Packet& packet);
    MbufPtr join(Packet& packet);
    void make_room();
    static unsigned hash(uint32_t source, uint32_t destination, uint16_t id, uint8_t protocol);

    Inet& inet_;
    Packet* buckets_[bucket_count] = {};
    unsigned packet_count_ = 0;
    unsigned fragment_count_ = 0;
};

} // namespace netmgr
