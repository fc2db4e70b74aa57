// SPDX-License-Identifier: Apache-2.0
// Address resolution (RFC 826, RFC 1122 2.3.2) with conflict detection (RFC 5227 2.4).
#pragma once
#include <stdint.h>

#include "kern/callout_wheel.hpp"
#include "net/neighbour_cache.hpp"
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
struct ArpEntry : NeighbourEntry<ArpEntry, uint32_t> {
    enum class State { incomplete, reachable, down };
    static size_t hash(uint32_t address) { return address ^ address >> 8 ^ address >> 16; }

    State state = State::incomplete;
    uint64_t used_ns = 0;
    uint64_t asked_ns = 0;
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
    void forget(const ifnet& ifp)           // interface or its address goes
    {
        table_.forget(ifp);
        proxies_.forget(ifp);
    }

    ArpEntry* find(const ifnet& ifp, uint32_t ip) { return table_.find(ifp, ip); }
    int set(ifnet& ifp, uint32_t ip, const wire::MacAddress& mac, bool permanent, bool published);
    int remove(const ifnet& ifp, uint32_t ip);
    bool find_neighbour(const IpAddress& ip, Neighbour& out) override;
    int set_neighbour(const Neighbour& neighbour) override;
    int remove_neighbour(const IpAddress& ip, const ifnet* ifp, bool proxy_only) override;
    void each_neighbour(void (*fn)(void* arg, const Neighbour&), void* arg) override;

    ArpSettings settings;
    Counter requests_sent;
    Counter requests_received;
    Counter replies_sent;
    Counter replies_received;
    Counter bad;       // malformed
    Counter conflicts; // somebody else uses our address
    Counter off_link;  // not learned: the sender's address is not on this link
    Counter held_dropped;
    Counter timeouts;
    Counter table_full;

private:
    static constexpr int max_tries = 5;
    static constexpr unsigned max_held = 48; // a datagram of 64 KiB in fragments

    Neighbour describe(const ArpEntry& entry, bool proxy_only) const;
    int set_proxy(const Neighbour& neighbour);
    const ArpEntry* find_published(const ifnet& ifp, uint32_t ip);
    void learn(ArpEntry& entry, const wire::MacAddress& mac);
    void ask(ArpEntry& entry, bool unicast);
    void send(ifnet& ifp, wire::ArpOperation operation, const wire::MacAddress& sender_mac,
              uint32_t sender_ip, const wire::MacAddress& target_mac, uint32_t target_ip,
              const wire::MacAddress& to);
    void update_from(ifnet& ifp, const wire::ArpPacket& packet, bool for_us);
    bool is_neighbour(const ifnet& ifp, uint32_t ip);
    bool is_conflict(ifnet& ifp, const wire::ArpPacket& packet);
    void tick(uint64_t now);
    static void timer(void* arp);
    void expire(ArpEntry& entry, uint64_t now);
    uint64_t seconds(int32_t s) const { return static_cast<uint64_t>(s) * ns_per_s; }

    Stack& stack_;
    NeighbourCache<ArpEntry> table_;
    NeighbourCache<ArpEntry> proxies_; // answered for, never asked
    uint64_t defended_ns_ = 0;
    uint64_t pruned_ns_ = 0;
    callout timer_ = CALLOUT_INITIALIZER;
};

} // namespace netmgr
