// SPDX-License-Identifier: Apache-2.0
// IPv6 of one stack: settings, counters, addresses, routes, groups and the protocols above.
#pragma once
#include <span>
#include <stdint.h>

#include "kern/counters.hpp"
#include "net/net.hpp"
#include "netinet/inet.hpp"
#include "netinet/ip6_layer.hpp"
#include "netinet6/family_alias.hpp"
#include "netinet6/ip6_reassembly.hpp"
#include "netinet6/ip6_settings.hpp"
#include "netinet6/mld.hpp"
#include "netinet6/nd6.hpp"
#include "netinet6/raw_ip6.hpp"
#include "wire/icmp6.hpp"
#include "wire/ipv6.hpp"

namespace netmgr {

struct In6Group {
    In6Group* next = nullptr;
    IpAddress group;
    uint32_t users = 0;
    uint64_t report_at_ns = 0; // 0: nothing to report
    bool changed = false;      // the report says "joined", not "still here"
    bool reported_last = false;
};

// What IPv6 knows of an interface (if_afdata[1]).
struct In6Interface {
    In6Group* groups = nullptr;
    uint32_t mtu = 0;      // a router's; 0 = the link's
    uint8_t hop_limit = 0; // a router's; 0 = hlim
    uint64_t reachable_ns = 30 * ns_per_s;
    uint64_t retrans_ns = ns_per_s;
    uint64_t solicit_at_ns = 0; // the next router solicitation; 0 = none
    unsigned solicits = 0;
    uint64_t mld_v1_until_ns = 0; // a version 1 router was heard
    bool was_up = false;
};

struct Ip6Chain;

struct Ip6Stats {
    explicit Ip6Stats(CounterRegistry& r);
    Counter received, delivered, forwarded, sent, fragments_received, reassembled, fragmented,
        fragments_sent;
    Counter too_short, bad_version, bad_len, bad_source, bad_scope, bad_options, too_many_headers,
        routing_header;
    Counter not_for_us, no_protocol, no_route, cannot_fragment, too_big, no_memory, filtered,
        hops_exceeded, redirects_sent, rejected, blackholed;
    Counter fragment_dropped, fragment_overlap, fragment_timeout, tentative;
    Counter late_hop_by_hop;      // a hop-by-hop header that is not the first
    Counter short_first_fragment; // ends before the upper header does (RFC 7112)
};

struct Icmp6Stats {
    explicit Icmp6Stats(CounterRegistry& r);
    Counter received, reflected, errors_sent, rate_limited, bad_len, bad_checksum, bad_nd;
};

// The rate of errors we send.
class ErrorBucket {
public:
    bool take(int32_t limit, uint64_t now_ns);

private:
    uint64_t window_start_ns_ = 0;
    int32_t sent_ = 0;
};

class Inet6 final : public Ip6Layer {
public:
    explicit Inet6(Inet& inet);
    ~Inet6();
    Inet6(const Inet6&) = delete;
    Inet6& operator=(const Inet6&) = delete;

    Inet& inet;
    Stack& stack;
    Net& net;
    Ip6Settings ip;
    Icmp6Settings icmp;
    Ip6Stats stats;
    Icmp6Stats icmp_stats;
    ErrorBucket errors;
    Reassembly6 reassembly;
    Nd6 nd;
    Mld mld;
    Raw6Protosw raw;
    FamilyAlias udp;
    FamilyAlias tcp;

    // --- Ip6Layer
    int output(MbufPtr m, const IpOutput& how) override; // ip6_output.cpp
    rtentry* lookup_route(RouteCache& cache, const IpAddress& to, unsigned fib) override;
    rtentry* lookup_route(const IpAddress& to, unsigned fib) override;
    int choose_source(const Inpcb& inp, const IpAddress& to, IpAddress& source) override;
    bool may_bind(const IpAddress& ip) override;
    int complete_zone(const Inpcb& inp, IpAddress& ip) override;
    bool is_member(const ifnet& ifp, const IpAddress& group) override;
    void forget_memberships(Inpcb& inp) override;
    int default_hops() override { return ip.hlim; }
    bool v6only_by_default() override { return ip.v6only != 0; }
    int setopt(Inpcb& inp, int level, int name, std::span<const uint8_t> value,
               const Cred& cred) override;
    int getopt(Inpcb& inp, int level, int name, std::span<uint8_t> value, size_t& size) override;
    MbufPtr received_control(const Inpcb& inp, const mbuf& m, const IpArrival& a) override;
    int parse_control(const mbuf* control, SendControl6& out) override;
    void port_unreachable(MbufPtr m) override;
    int control(ifnet& ifp, unsigned cmd, std::span<uint8_t> data, size_t& reply) override;
    void interface_gone(ifnet& ifp) override;

    // --- addresses (in6_control.cpp, in6_address.cpp)
    ifaddr* address_of(const IpAddress& ip);
    ifaddr* address_on(const ifnet& ifp, const IpAddress& ip);
    ifaddr* link_local_of(const ifnet& ifp);
    // An address of ours packets may be taken for: it is neither being tried nor another's.
    bool is_ours(const IpAddress& ip);
    struct NewAddress {
        IpAddress ip;
        unsigned prefix = 64;
        uint32_t flags = 0; // IN6_IFF_*
        uint32_t preferred_s = UINT32_MAX;
        uint32_t valid_s = UINT32_MAX;
        IpAddress peer; // of a point-to-point link
    };
    int add_address(ifnet& ifp, const NewAddress& wanted);
    void remove_address(ifaddr& a);
    void set_lifetimes(ifaddr& a, uint32_t preferred_s, uint32_t valid_s);
    int add_prefix_route(ifnet& ifp, ifaddr* a, const IpAddress& ip, unsigned prefix);
    void interface_changed(ifnet& ifp); // up, down or a first address
    void make_link_local(ifnet& ifp);
    IpAddress interface_address(const ifnet& ifp, const IpAddress& prefix); // SLAAC's, EUI-64
    void expire_addresses(uint64_t now_ns);
    In6Interface* state_of(const ifnet& ifp)
    {
        return static_cast<In6Interface*>(ifp.if_afdata[1]);
    }
    In6Interface* make_state(ifnet& ifp);
    uint32_t link_mtu(const ifnet& ifp);

    // --- source addresses (in6_source.cpp): RFC 6724. nullptr: none fits.
    ifaddr* source_for(const IpAddress& to, const ifnet* ifp);
    ifaddr* source_in_route(const rtentry& route, const IpAddress& to);

    // --- routes (ip6_route.cpp)
    uint32_t path_mtu(const rtentry& route);
    void learn_path_mtu(const IpAddress& to, uint32_t mtu);
    void redirect(const IpAddress& from, const IpAddress& to, const IpAddress& gateway,
                  ifnet& rcvif);
    // How many routes of the network's teaching there are: of one length (on one interface when given).
    int32_t learned_routes(unsigned fib, unsigned least, unsigned most, const ifnet* ifp);
    void missed_route(const IpAddress& to, unsigned fib);

    // --- groups (in6_multicast.cpp)
    int join_group(ifnet& ifp, const IpAddress& group);
    void leave_group(ifnet& ifp, const IpAddress& group);
    ifnet* multicast_interface(unsigned if_index, const IpAddress& group);

    // --- packets
    void input(MbufPtr m);   // ip6_input.cpp
    void forward(MbufPtr m); // ip6_forward.cpp
    // m without its extension headers, which `chain` tells of. icmp6_input.cpp.
    void icmp_input(MbufPtr m, const Ip6Chain& chain);
    // An error about m, which starts with its IPv6 header. m is gone. icmp6_error.cpp.
    void icmp_error(MbufPtr m, wire::Icmp6Type type, uint8_t code, uint32_t word = 0);
    void redirect_sender(MbufPtr m, ifnet& ifp, const IpAddress& target, const IpAddress& to);
    // An ICMPv6 message of our own: header, checksum, output. source any: chosen.
    int icmp_send(ifnet* ifp, const IpAddress& source, const IpAddress& to, const void* message,
                  size_t size, uint8_t hops, bool router_alert = false);

private:
    friend struct In6Control;
    int alias(ifnet& ifp, std::span<uint8_t> data);
    int get_address(ifnet& ifp, unsigned cmd, std::span<uint8_t> data, size_t& reply);
    void handle_error(MbufPtr& m, size_t header_len);
    bool can_be_ours(const IpError& what, uint8_t protocol);
    bool handle_echo(MbufPtr& m, size_t header_len);
    static void slow_timer(void* arg);

    callout slow_timer_ = CALLOUT_INITIALIZER;
};

inline Inet6& inet6_of(Stack& stack)
{
    return *static_cast<Inet6*>(stack.inet().six);
}

// ip6_extension.cpp. Walks the extension headers of m from its IPv6 header; drops and answers what must not be.
struct Ip6Chain {
    uint8_t next = 0;       // the first header that is none of them, or a fragment's
    size_t at = 0;          // where it begins
    size_t next_field = 0;  // the byte that names it
    size_t fragment_at = 0; // of the fragment header, 0 = none
    bool router_alert = false;
    bool was_fragments = false; // it has been put together
};
bool ip6_walk_headers(Inet6& inet6, MbufPtr& m, Ip6Chain& chain);
// RFC 7112 5: `size` bytes of m from `at`, of the kind `next`, are all extension headers and the upper header.
bool ip6_whole_chain(const mbuf& m, size_t at, size_t size, uint8_t next);
// The hop-by-hop header alone, as a router looks at it.
bool ip6_walk_hop_by_hop(Inet6& inet6, MbufPtr& m, Ip6Chain& chain);
// The transport checksum asked for by csum_flags, computed now; m starts with an IPv6 header and no extension.
void ip6_finish_checksum(mbuf& m);

int attach_ip6_sysctl(Inet6& inet6);

int attach_inet6(Stack& stack);
void detach_inet6(Stack& stack);
constexpr Component inet6_component = {"inet6", attach_inet6, detach_inet6};

} // namespace netmgr
