// SPDX-License-Identifier: Apache-2.0
// IPv4 header (RFC 791 3.1) and its options' shape.
#pragma once
#include <stddef.h>

#include "wire/be.hpp"

namespace netmgr::wire {

/*
 *  0                   1                   2                   3
 * |Version|  IHL  |      TOS      |          Total length         |
 * |         Identification        |R D M|     Fragment offset     |
 * |      TTL      |   Protocol    |         Header checksum       |
 * |                        Source address                         |
 * |                     Destination address                       |
 */
struct Ipv4Header {
    uint8_t version_ihl;
    uint8_t tos;
    Be16 total_len;
    Be16 id;
    Be16 fragment; // flags and offset in units of 8 bytes
    uint8_t ttl;
    uint8_t protocol;
    Be16 checksum;
    Be32 source;
    Be32 destination;

    static constexpr uint16_t dont_fragment = 0x4000;
    static constexpr uint16_t more_fragments = 0x2000;
    static constexpr uint16_t offset_mask = 0x1fff;

    unsigned version() const { return version_ihl >> 4; }
    size_t header_len() const { return static_cast<size_t>(version_ihl & 0x0f) * 4; }
    void set_header_len(size_t bytes) { version_ihl = static_cast<uint8_t>(0x40 | bytes / 4); }
    size_t fragment_offset() const { return static_cast<size_t>(fragment & offset_mask) * 8; }
    bool has_more_fragments() const { return (fragment & more_fragments) != 0; }
    bool is_fragment() const { return (fragment & (more_fragments | offset_mask)) != 0; }
    bool may_not_fragment() const { return (fragment & dont_fragment) != 0; }
};
static_assert(sizeof(Ipv4Header) == 20);

constexpr size_t ipv4_header_max = 60;
constexpr size_t ipv4_packet_max = 65535;
constexpr size_t ipv4_mtu_min = 68; // RFC 791: every link carries this

enum IpProtocol : uint8_t { proto_icmp = 1, proto_igmp = 2, proto_tcp = 6, proto_udp = 17 };

enum Ipv4Option : uint8_t {
    opt_end = 0,
    opt_nop = 1,
    opt_record_route = 7,
    opt_timestamp = 68,
    opt_loose_source_route = 131,
    opt_strict_source_route = 137,
    opt_router_alert = 148,
};
constexpr uint8_t opt_copied = 0x80; // goes into every fragment

} // namespace netmgr::wire
