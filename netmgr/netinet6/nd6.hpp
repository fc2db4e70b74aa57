// SPDX-License-Identifier: Apache-2.0
// Neighbour discovery (RFC 4861) and address configuration (RFC 4862) of a host.
#pragma once
#include <span>
#include <stdint.h>

#include "kern/callout_wheel.hpp"
#include "net/neighbour_cache.hpp"
#include "wire/icmp6.hpp"

struct ifaddr;

namespace netmgr {

class Inet6;

/*
 *  (none) -resolve-> incomplete -advertised-> reachable -time-> stale -used-> delay -5 s-> probe -3 tries-> (none)
 *                        | 3 tries                ^                              |           |
 *                        v                        +------ a solicited advertisement, or TCP --+
 *                      (none), what waited is unreachable
 */
struct Nd6Entry : NeighbourEntry<Nd6Entry, IpAddress> {
    enum class State : uint8_t { incomplete, reachable, stale, delay, probe };
    static size_t hash(const IpAddress& address);

    State state = State::incomplete;
    bool router = false;
};

// What the options of a neighbour discovery message said.
struct NdOptions {
    bool has_source = false;
    bool has_target = false;
    wire::MacAddress source = {};
    wire::MacAddress target = {};
    uint32_t mtu = 0;
    static constexpr unsigned max_prefixes = 8;
    wire::NdPrefixOption prefixes[max_prefixes];
    unsigned prefix_count = 0;
};

class Nd6 final : public NeighbourTable {
public:
    explicit Nd6(Inet6& inet6);
    ~Nd6();
    Nd6(const Nd6&) = delete;
    Nd6& operator=(const Nd6&) = delete;

    // See LinkResolver::resolve.
    int resolve(ifnet& ifp, MbufPtr& m, const IpAddress& ip, wire::MacAddress& mac);
    // A message of types 133 to 137 whose checksum is right, contiguous; hop limit and source are looked at here.
    void input(const mbuf& m, size_t header_len, bool was_fragments);
    void forget(const ifnet& ifp) { table_.forget(ifp); }
    void confirm(const IpAddress& ip); // something above heard from it
    Nd6Entry* find(const ifnet& ifp, const IpAddress& ip) { return table_.find(ifp, ip); }

    bool find_neighbour(const IpAddress& ip, Neighbour& out) override;
    int set_neighbour(const Neighbour& neighbour) override;
    int remove_neighbour(const IpAddress& ip, const ifnet* ifp, bool proxy_only) override;
    void each_neighbour(void (*fn)(void* arg, const Neighbour&), void* arg) override;

    // Duplicate address detection (nd6_dad.cpp).
    void start_dad(ifaddr& a);
    // Router solicitations when accept_rtadv is on.
    void start_solicit(ifnet& ifp);
    void tick(uint64_t now_ns);

    Counter solicits_sent, solicits_received, adverts_sent, adverts_received, routers_heard,
        router_solicits_sent, redirects_received, bad, held_dropped, timeouts, table_full,
        duplicates;

private:
    void send_held(Nd6Entry& entry);
    void give_up(Nd6Entry& entry);
    void enter(Nd6Entry& entry, Nd6Entry::State state);
    void expire(Nd6Entry& entry, uint64_t now_ns);
    // A neighbour told its address in passing: a source link-level option.
    void learn(ifnet& ifp, const IpAddress& ip, const wire::MacAddress& mac, bool router_known,
               bool router);
    void solicit(Nd6Entry& entry, bool unicast);
    void send_solicit(ifnet& ifp, const IpAddress& source, const IpAddress& target,
                      const IpAddress& to);
    void send_advert(ifnet& ifp, const IpAddress& target, const IpAddress& to, uint32_t flags);
    bool parse_options(std::span<const uint8_t> bytes, NdOptions& out);

    struct Message {
        ifnet& ifp;
        IpAddress source, destination;
        std::span<const uint8_t> bytes; // from the ICMPv6 header
        NdOptions options;
    };
    void solicit_input(const Message& m);
    void advert_input(const Message& m);
    void router_advert_input(const Message& m);
    void router_solicit_input(const Message& m);
    void redirect_input(const Message& m);
    void take_prefix(ifnet& ifp, const wire::NdPrefixOption& prefix);
    void router_gone(Nd6Entry& entry);
    bool is_duplicate(ifnet& ifp, const IpAddress& target);
    void dad_failed(ifaddr& a);
    void run_dad(uint64_t now_ns);
    void run_solicits(uint64_t now_ns);
    static void timer(void* nd);

    Inet6& inet6_;
    NeighbourCache<Nd6Entry> table_;
    callout timer_ = CALLOUT_INITIALIZER;
};

} // namespace netmgr
