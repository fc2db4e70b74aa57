// SPDX-License-Identifier: Apache-2.0
// IPv6 header (RFC 8200 3) and its extension headers (4).
#pragma once
#include <stddef.h>

#include "wire/be.hpp"
#include "wire/ip_address.hpp"

namespace netmgr::wire {

/*
 * |Version| Traffic Class |           Flow Label                  |
 * |         Payload Length        |  Next Header  |   Hop Limit   |
 * |                    Source Address (16 bytes)                  |
 * |                 Destination Address (16 bytes)                |
 */
struct Ipv6Header {
    Be32 flow; // version, class, label
    Be16 payload_len;
    uint8_t next;
    uint8_t hop_limit;
    uint8_t source_bytes[16];
    uint8_t destination_bytes[16];

    unsigned version() const { return static_cast<uint32_t>(flow) >> 28; }
    uint8_t traffic_class() const
    {
        return static_cast<uint8_t>(static_cast<uint32_t>(flow) >> 20);
    }
    uint32_t flow_label() const { return flow & 0xfffff; }
    void set_flow(uint8_t traffic_class, uint32_t label)
    {
        flow = 6u << 28 | static_cast<uint32_t>(traffic_class) << 20 | (label & 0xfffff);
    }
    IpAddress source() const { return IpAddress::from(source_bytes); }
    IpAddress destination() const { return IpAddress::from(destination_bytes); }
    void set_source(const IpAddress& a) { memcpy(source_bytes, a.bytes, sizeof(source_bytes)); }
    void set_destination(const IpAddress& a)
    {
        memcpy(destination_bytes, a.bytes, sizeof(destination_bytes));
    }
};
static_assert(sizeof(Ipv6Header) == 40);

constexpr size_t ipv6_mtu_min = 1280;      // RFC 8200 5
constexpr size_t ipv6_payload_max = 65535; // without jumbograms

enum Ipv6Next : uint8_t { // what is no transport protocol
    next_hop_by_hop = 0,
    next_routing = 43,
    next_fragment = 44,
    next_icmp6 = 58,
    next_none = 59,
    next_destination = 60,
};

struct Ipv6Extension { // hop-by-hop, destination, routing
    uint8_t next;
    uint8_t len; // in 8 bytes, without the first

    size_t size() const { return (static_cast<size_t>(len) + 1) * 8; }
};

struct Ipv6Routing {
    uint8_t next;
    uint8_t len;
    uint8_t type;
    uint8_t segments_left;
};

struct Ipv6Fragment {
    uint8_t next;
    uint8_t zero;
    Be16 offset; // in 8 bytes, times 8; bit 0: more
    Be32 id;

    static constexpr uint16_t more = 1;
    size_t start() const { return offset & 0xfff8; }
    bool has_more() const { return (offset & more) != 0; }
};
static_assert(sizeof(Ipv6Fragment) == 8);

enum Ipv6Option : uint8_t { opt6_pad1 = 0, opt6_padn = 1, opt6_router_alert = 5 };
// RFC 8200 4.2: what a node does that does not know the option.
constexpr unsigned opt6_action(uint8_t type)
{
    return type >> 6; // 0 skip, 1 drop, 2 report, 3 report unless to a group
}

} // namespace netmgr::wire
