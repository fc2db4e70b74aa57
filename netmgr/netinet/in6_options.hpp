// SPDX-License-Identifier: Apache-2.0
// What an AF_INET6 socket has beside an AF_INET one: the options of RFC 3493 and RFC 3542.
#pragma once
#include <stdint.h>

#include "wire/ip_address.hpp"

namespace netmgr {

enum In6Flags : uint32_t {
    in6_v6only = 0x01,
    in6_recvpktinfo = 0x02,
    in6_recvhoplimit = 0x04,
    in6_recvtclass = 0x08,
    in6_dontfrag = 0x10,
    in6_recvpathmtu = 0x20,
    in6_faith_off = 0x40,
};

struct In6Options {
    static constexpr int max_memberships = 20;
    struct Membership {
        IpAddress group;
        uint16_t if_index = 0; // 0: free slot
    };
    uint32_t flags = 0;
    int16_t hops = -1;             // IPV6_UNICAST_HOPS; -1: the default
    int16_t traffic_class = -1;    // IPV6_TCLASS
    int16_t multicast_hops = 1;    // IPV6_MULTICAST_HOPS
    int8_t min_mtu = -1;           // IPV6_USE_MIN_MTU: 1 always, 0 never, -1 for groups
    bool multicast_loop = true;    // IPV6_MULTICAST_LOOP
    uint16_t multicast_if = 0;     // IPV6_MULTICAST_IF
    uint16_t source_if = 0;        // IPV6_PKTINFO, sticky
    int32_t checksum_at = -1;      // IPV6_CHECKSUM of raw sockets
    uint32_t icmp6_filter[8] = {}; // ICMP6_FILTER: a set bit keeps the type out
    IpAddress source;              // IPV6_PKTINFO, sticky; :: = chosen
    Membership memberships[max_memberships];
};

} // namespace netmgr
