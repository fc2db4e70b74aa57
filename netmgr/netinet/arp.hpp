// SPDX-License-Identifier: Apache-2.0
// Address resolution (RFC 826, RFC 1122 2.3.2) with conflict detection (RFC 5227 2.4).
#pragma once
#include <stdint.h>

#include "kern/callout_wheel.hpp"
#include "kern/counters.hpp"
#include "kern/mbuf_ptr.hpp"
#include "net/net.hpp"
#include "netinet/ip_settings.hpp"
#include "wire/arp.hpp"

struct ifnet;

namespace netmgr {

class Stack;

/*
 *   (none) --resolve--> incomplete --reply--> reachable --keep, unused--> (none)
 *                          | 5 tries              | keep, used: asks again, up to 5 tries
 *                          v                      v
 *                        down --down seconds--> (none)
 */
struct ArpEntry {
    enum class State { incomplete, reachable, down };
    static constexpr int max_held = 48; // a datagram of 64 KiB in fragments

    ArpEntry* next = nullptr; // in its hash chain
    ifnet* ifp = nullptr;
    uint32_t ip = 0;
    wire::MacAddress mac = {};
    State state = State::incomplete;
    bool permanent = false;
    bool published = false; // answered for others (proxy ARP)
    int tries = 0;
    uint64_t expires_ns = 0;
    uint64_t used_ns = 0;
    uint64_t asked_ns = 0;
    mbuf* held = nullptr; // waiting packets, oldest first (m_nextpkt), without link header
    int held_count = 0;
};

class Arp final : public NeighbourTable {
public:
    explicit Arp(Stack& stack);
    ~Arp();
    Arp(const Arp&) = delete;
    Arp& operator=(const Arp&) = delete;

    // See LinkResolver::resolve.
    int resolve(ifnet& ifp, MbufPtr& m, uint32_t ip, wire::MacAddress& mac);
    void input(MbufPtr m);
    void announce(ifnet& ifp, uint32_t ip); // gratuitous request
    void forget(const ifnet& ifp);          // interface or its address goes

    ArpEntry* find(const ifnet& ifp, uint32_t ip);
    int set(ifnet& ifp, uint32_t ip, const wire::MacAddress& mac, bool permanent, bool published);
    int remove(const ifnet& ifp, uint32_t ip);
    bool find_neighbour(const IpAddress& ip, Neighbour& out) override;
    int set_neighbour(const Neighbour& neighbour) override;
    int remove_neighbour(const IpAddress& ip) override;
    void each_neighbour(void (*fn)(void* arg, const Neighbour&), void* arg) override;
    template <typename Fn>
    void for_each(Fn fn)
    {
        for (ArpEntry* chain : buckets_)
            for (ArpEntry* e = chain; e != nullptr; e = e->next)
                fn(*e);
    }

    ArpSettings settings;
    Counter requests_sent;
    Counter requests_received;
    Counter replies_sent;
    Counter replies_received;
    Counter bad;       // malformed
    Counter conflicts; // somebody else uses our address
    Counter held_dropped;
    Counter timeouts;
    Counter table_full;

private:
    static constexpr unsigned bucket_count = 64;
    static constexpr int max_tries = 5;
    static constexpr unsigned max_entries = 1024;
    static constexpr unsigned max_held_in_all = 512;

    ArpEntry*& bucket(uint32_t ip) { return buckets_[(ip ^ ip >> 8 ^ ip >> 16) % bucket_count]; }
    ArpEntry* find_anywhere(uint32_t ip);
    static Neighbour describe(const ArpEntry& entry);
    ArpEntry* make(ifnet& ifp, uint32_t ip);
    void erase(ArpEntry& entry);
    void hold(ArpEntry& entry, MbufPtr m);
    void drop_held(ArpEntry& entry);
    void send_held(ArpEntry& entry);
    void learn(ArpEntry& entry, const wire::MacAddress& mac);
    void ask(ArpEntry& entry, bool unicast);
    void send(ifnet& ifp, wire::ArpOperation operation, uint32_t sender_ip,
              const wire::MacAddress& target_mac, uint32_t target_ip, const wire::MacAddress& to);
    void update_from(ifnet& ifp, const wire::ArpPacket& packet, bool for_us);
    bool is_conflict(ifnet& ifp, const wire::ArpPacket& packet);
    void tick(uint64_t now);
    static void timer(void* arp);
    void expire(ArpEntry& entry, uint64_t now);
    uint64_t seconds(int32_t s) const { return static_cast<uint64_t>(s) * ns_per_s; }

    Stack& stack_;
    ArpEntry* buckets_[bucket_count] = {};
    unsigned count_ = 0;
    unsigned held_count_ = 0;
    uint64_t defended_ns_ = 0;
    uint64_t pruned_ns_ = 0;
    callout timer_ = CALLOUT_INITIALIZER;
};

} // namespace netmgr
