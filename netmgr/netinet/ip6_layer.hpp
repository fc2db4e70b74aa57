// SPDX-License-Identifier: Apache-2.0
// What PCBs, UDP, TCP and ICMP's listeners need of IPv6. A variant without IPv6 has none: then there is no IPv6 address either.
#pragma once
#include <span>
#include <stdint.h>

#include "kern/cred.hpp"
#include "kern/mbuf_ptr.hpp"
#include "netinet/ip_arrival.hpp"

struct rtentry;
struct sockaddr;

namespace netmgr {

struct Inpcb;
struct IpOutput;
struct RouteCache;

// What a sender asks for with control messages (RFC 3542 6).
struct SendControl6 {
    IpAddress source; // :: = none
    uint32_t if_index = 0;
    int hops = -1;
    int traffic_class = -1;
    int dont_fragment = -1;
    int min_mtu = -2; // not said
};

class Ip6Layer {
public:
    // m starts with an IPv6 header whose flow, next header and addresses (with zones) are set; length is done here.
    virtual int output(MbufPtr m, const IpOutput& how) = 0;
    virtual rtentry* lookup_route(RouteCache& cache, const IpAddress& to, unsigned fib) = 0;
    virtual rtentry* lookup_route(const IpAddress& to, unsigned fib) = 0;
    // RFC 6724 5. 0, EADDRNOTAVAIL or ENETUNREACH.
    virtual int choose_source(const Inpcb& inp, const IpAddress& to, IpAddress& source) = 0;
    // An address a socket may be bound to.
    virtual bool may_bind(const IpAddress& ip) = 0;
    // Gives a link-local address its zone: named, or the socket's. 0, or EADDRNOTAVAIL when there is none such.
    virtual int complete_zone(const Inpcb& inp, IpAddress& ip) = 0;
    virtual bool is_member(const ifnet& ifp, const IpAddress& group) = 0;
    virtual void forget_memberships(Inpcb& inp) = 0; // the PCB goes
    virtual int default_hops() = 0;
    virtual bool v6only_by_default() = 0;

    // Level IPPROTO_IPV6, and ICMP6_FILTER.
    virtual int setopt(Inpcb& inp, int level, int name, std::span<const uint8_t> value,
                       const Cred& cred) = 0;
    virtual int getopt(Inpcb& inp, int level, int name, std::span<uint8_t> value, size_t& size) = 0;
    virtual MbufPtr received_control(const Inpcb& inp, const mbuf& m, const IpArrival& a) = 0;
    virtual int parse_control(const mbuf* control, SendControl6& out) = 0;
    virtual int control(ifnet& ifp, unsigned cmd, std::span<uint8_t> data, size_t& reply) = 0;
    virtual void interface_gone(ifnet& ifp) = 0;
    // Nobody listens at the port m, with its IPv6 header in front, was for.
    virtual void port_unreachable(MbufPtr m) = 0;

protected:
    ~Ip6Layer() = default;
};

} // namespace netmgr
