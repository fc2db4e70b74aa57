// SPDX-License-Identifier: Apache-2.0
// IPv4 of one stack: settings, counters, addresses, routes, groups and the protocols above.
#pragma once
#include <span>
#include <stdint.h>

#include "kern/counters.hpp"
#include "kern/stack.hpp"
#include "net/net.hpp"
#include "net/route.hpp"
#include "netinet/arp.hpp"
#include "netinet/in_pcb.hpp"
#include "netinet/ip_flow.hpp"
#include "netinet/ip_id.hpp"
#include "netinet/ip_reassembly.hpp"
#include "netinet/ip_settings.hpp"
#include "wire/icmp.hpp"
#include "wire/ipv4.hpp"

namespace netmgr {

class UdpProtosw;
class RawProtosw;
class Tcp;
class Icmp;
class Igmp;
class Ip6Layer;

// What an ICMP error means to a protocol.
struct IpError {
    int error = 0;         // EHOSTUNREACH, ECONNREFUSED, EMSGSIZE ...
    bool hard = true;      // false: a hint, connections live on
    uint32_t next_mtu = 0; // EMSGSIZE
    IpAddress source;      // of our packet that caused it
    IpAddress destination;
    std::span<const uint8_t> payload; // its first bytes behind the IP header, at least 8
};

// A protocol over IPv4. input gets the packet with its IP header in front, contiguous; header_len bytes of it.
struct IpProtocolHandler {
    void (*input)(Inet& inet, MbufPtr m, size_t header_len) = nullptr;
    void (*error)(Inet& inet, const IpError& what) = nullptr;
};

struct InetGroup {
    InetGroup* next = nullptr;
    uint32_t group = 0;
    GroupMember* members = nullptr;
    SourceFilter filter; // what the members want together
    // IGMP's (igmp.cpp).
    uint64_t report_at_ns = 0; // a router asked: 0 for nothing to report
    bool asked_all = false;    // else about the senders in asked
    SourceList asked;
    uint64_t retry_at_ns = 0; // a change is said once more
    bool retry_mode = false;  // the whole filter; else the senders in retry_sources
    SourceList retry_sources;
    bool reported_last = false; // of all hosts, by us (version 2)

    uint32_t users() const
    {
        uint32_t n = 0;
        for (const GroupMember* m = members; m != nullptr; m = m->next)
            n++;
        return n;
    }
};

struct IpOutput {
    enum Flags : unsigned { forwarding = 1, raw_header = 2, dont_route = 4, allow_broadcast = 8 };

    unsigned flags = 0;
    RouteCache* route = nullptr; // the PCB's; may be null
    const MulticastOptions* multicast = nullptr;
    std::span<const uint8_t> options; // IP options to insert
    uint32_t first_hop = 0;           // of a source route among them; the header names the last
    uint32_t via_interface = 0;       // SO_BINDTODEVICE, IP_PKTINFO
    unsigned fib = 0;                 // SO_FIB, or the receiving interface's
    int tx_priority = -1;             // SO_TXPRIO, for drivers with several queues; -1: none
    const In6Options* six = nullptr;  // an AF_INET6 socket's; may be null
    int dont_fragment6 = -1;          // of this packet; -1: the socket's
    int min_mtu6 = -2;                // of this packet; -2: the socket's

    void set_options(const IpOptions& o)
    {
        options = {o.bytes, o.len};
        first_hop = o.first_hop;
    }
};

struct IpStats {
    explicit IpStats(CounterRegistry& r);
    Counter received, delivered, forwarded, sent, fragments_received, reassembled, fragmented,
        fragments_sent;
    Counter too_short, bad_version, bad_header_len, bad_checksum, bad_len, bad_source, bad_options,
        source_routed, source_route_followed;
    Counter not_for_us, no_protocol, no_route, cannot_fragment, no_memory, filtered, ttl_exceeded,
        redirects_sent, rejected, blackholed;
    Counter fragment_dropped, fragment_overlap, fragment_timeout;
};

class Inet {
public:
    explicit Inet(Stack& stack);
    ~Inet();
    Inet(const Inet&) = delete;
    Inet& operator=(const Inet&) = delete;

    Stack& stack;
    Net& net;
    IpSettings ip;
    IcmpSettings icmp;
    UdpSettings udp_settings;
    int32_t tcp_loopback_cksum = 0; // set by TCP's do_loopback_cksum
    IpStats stats;
    Arp arp;
    IpIds ids;
    Reassembly reassembly;
    IpFlows flows;
    IpProtocolHandler protocols[256];

    // --- routes (ip_route.cpp)
    rtentry* lookup_route(RouteCache& cache, uint32_t destination, unsigned fib = 0);
    rtentry* lookup_route(uint32_t destination, unsigned fib = 0);
    // Of either family.
    rtentry* lookup_route(RouteCache& cache, const IpAddress& destination, unsigned fib);
    rtentry* lookup_route(const IpAddress& destination, unsigned fib);
    uint32_t path_mtu(const rtentry& route) const;
    void learn_path_mtu(uint32_t destination, uint32_t mtu);
    // False: not believed.
    bool redirect(uint32_t from, uint32_t destination, uint32_t gateway, const ifnet& rcvif);
    static unsigned fib_of(const ifnet* ifp)
    {
        return ifp != nullptr && ifp->if_fibs != 0
                   ? static_cast<unsigned>(__builtin_ctz(ifp->if_fibs))
                   : 0;
    }
    void missed_route(uint32_t destination, unsigned fib); // counted and announced
    // A user's cloning route: a host route of its own for this destination.
    rtentry* clone_route(rtentry& parent, uint32_t destination);
    void expire_routes();

    // --- addresses (in_control.cpp)
    int control(ifnet& ifp, unsigned cmd, std::span<uint8_t> data, size_t& reply);
    int add_address(ifnet& ifp, uint32_t ip, uint32_t mask, uint32_t broadcast_or_peer);
    ifaddr* first_address(const ifnet& ifp) const;
    ifaddr* address_on(const ifnet& ifp, uint32_t ip) const;
    // On a net of ours, or with subnetsarelocal on a subnet of a (classful) network that we are on.
    bool is_local(uint32_t ip) const;
    bool is_broadcast_on(const ifnet& ifp, uint32_t ip) const;
    bool is_broadcast_anywhere(uint32_t ip) const;
    int default_broadcast_source(uint32_t& source) const;
    bool is_reserved_port(uint16_t port) const
    {
        return reserved_ports_[port / 8] >> (port % 8) & 1;
    }
    int reserve_port(uint16_t port, bool reserve);

    // --- groups (in_multicast.cpp)
    // member.filter is set; on an error member is free again.
    int join_group(unsigned if_index, uint32_t group, GroupMember& member);
    void leave_group(GroupMember& member); // free afterwards
    void filter_changed(const GroupMember& member);
    void join_all_hosts(ifnet& ifp); // the card's filter lets 224.0.0.1 in from now on
    bool is_member(const ifnet& ifp, uint32_t group) const;
    ifnet* multicast_interface(unsigned if_index, uint32_t group);

    void interface_gone(ifnet& ifp);
    void fibs_changed(ifnet& ifp);

    // Tables that hear of interfaces going away (UDP, raw, later TCP).
    static constexpr int max_tables = 4;
    InpcbTable* tables[max_tables] = {};
    bool add_table(InpcbTable& table);
    void remove_table(InpcbTable& table);

    Ip6Layer* six = nullptr; // IPv6's component, when the variant has it
    UdpProtosw* udp = nullptr;
    RawProtosw* raw = nullptr;
    Tcp* tcp = nullptr; // a component of its own (tcp.hpp)
    Icmp* icmp_state = nullptr;
    Igmp* igmp = nullptr;
    void raw_input_of(MbufPtr m, size_t header_len); // to raw sockets only

private:
    friend struct InetControl;
    int group_on(ifnet& ifp, uint32_t group, InetGroup*& out);
    void merge(ifnet& ifp, InetGroup& g);
    int set_address(ifnet& ifp, const sockaddr& address);
    int set_netmask(ifnet& ifp, uint32_t mask);
    int set_destination(ifnet& ifp, uint32_t ip, bool broadcast);
    int alias(ifnet& ifp, std::span<uint8_t> data);
    int add_address_routes(ifaddr& a);
    int add_address_routes(ifaddr& a, unsigned fib);
    void learn_path_mtu(rtentry& route, uint32_t destination, uint32_t mtu);
    void replace_routes(ifaddr& a);
    static void slow_timer(void* inet);

    uint8_t reserved_ports_[65536 / 8] = {};
    callout slow_timer_ = CALLOUT_INITIALIZER;
};

// ip_input.cpp, ip_forward.cpp, ip_output.cpp
void ip_input(Stack& stack, MbufPtr m);
// source_routed: our address was one of the hops its sender named.
void ip_forward(Inet& inet, MbufPtr m, bool source_routed = false);
// m starts with an IP header whose tos, ttl, protocol, addresses and flags are set; length, id and checksum are done here
// (unless raw_header / forwarding). 0 or an errno; m is gone.
int ip_output(Inet& inet, MbufPtr m, const IpOutput& how);
// The transport checksum asked for by csum_flags, computed now.
void ip_finish_checksum(mbuf& m);

// icmp.cpp: an error about m, which starts with its IP header. m is gone.
void icmp_error(Inet& inet, MbufPtr m, wire::IcmpType type, uint8_t code,
                uint32_t next_mtu_or_gateway = 0);

// ip_send.cpp: either family's output for a header made by make_ip_header(), and that header.
size_t ip_header_size(const IpAddress& destination);
void make_ip_header(Inet& inet, void* at, const Inpcb* inp, const IpAddress& source,
                    const IpAddress& destination, uint8_t protocol);
int ip_send(Inet& inet, MbufPtr m, const IpOutput& how);
// The time to live or hop limit, and the service byte or traffic class, of a PCB's packets (the default's without one).
uint8_t ip_hops(const Inet& inet, const Inpcb* inp, const IpAddress& destination);
uint8_t ip_class(const Inpcb* inp, const IpAddress& destination);
// A socket of either family: levels IPPROTO_IP and IPPROTO_IPV6. ENOPROTOOPT for others.
int internet_setopt(Inet& inet, Inpcb& inp, int level, int name, std::span<const uint8_t> value,
                    const Cred& cred);
int internet_getopt(Inet& inet, Inpcb& inp, int level, int name, std::span<uint8_t> value,
                    size_t& size);

// ip_sockopt.cpp: level IPPROTO_IP of a PCB.
// ip_membership.cpp
int ip_set_membership(Inet& inet, Inpcb& inp, int name, std::span<const uint8_t> value);
int ip_filter_ioctl(Inet& inet, Inpcb& inp, unsigned cmd, std::span<uint8_t> data, size_t& reply);
// The interface an option names by address; group 0: address 0 is "none". EADDRNOTAVAIL.
int interface_of(Inet& inet, const in_addr& address, uint32_t group, unsigned& index);

int ip_setopt(Inet& inet, Inpcb& inp, int name, std::span<const uint8_t> value, const Cred& cred);
int ip_getopt(Inet& inet, Inpcb& inp, int name, std::span<uint8_t> value, size_t& size);
// SO_BINDTODEVICE.
int bind_to_device(Inet& inet, Inpcb& inp, std::span<const uint8_t> value);

// ip_control.cpp: control messages a receiver asked for, and those a sender gave.
MbufPtr ip_received_control(Inet& inet, const Inpcb& inp, const mbuf& m,
                            const wire::Ipv4Header& header);
struct SendControl {
    uint32_t source = 0;
    uint32_t if_index = 0;
};
int ip_parse_control(const mbuf* control, SendControl& out);

int attach_ip_sysctl(Inet& inet);

int attach_inet(Stack& stack);
void detach_inet(Stack& stack);
constexpr Component inet_component = {"inet", attach_inet, detach_inet};

} // namespace netmgr
