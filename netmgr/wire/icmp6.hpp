// SPDX-License-Identifier: Apache-2.0
// ICMPv6 messages (RFC 4443), those of neighbour discovery (RFC 4861) and of multicast listener discovery (RFC 2710, RFC 3810).
#pragma once
#include <stddef.h>

#include "wire/be.hpp"
#include "wire/ether.hpp"
#include "wire/ip_address.hpp"

namespace netmgr::wire {

enum Icmp6Type : uint8_t {
    icmp6_unreachable = 1,
    icmp6_too_big = 2,
    icmp6_time_exceeded = 3,
    icmp6_parameter = 4,
    icmp6_echo = 128,
    icmp6_echo_reply = 129,
    mld_query = 130,
    mld_report = 131,
    mld_done = 132,
    nd_router_solicit = 133,
    nd_router_advert = 134,
    nd_neighbour_solicit = 135,
    nd_neighbour_advert = 136,
    nd_redirect = 137,
    mld_v2_report = 143,
};
constexpr bool is_icmp6_error(uint8_t type)
{
    return type < 128;
}

enum Icmp6UnreachableCode : uint8_t {
    unreach6_no_route = 0,
    unreach6_prohibited = 1,
    unreach6_scope = 2,
    unreach6_address = 3,
    unreach6_port = 4,
    unreach6_policy = 5,
    unreach6_reject = 6,
};
enum Icmp6TimeCode : uint8_t { exceeded6_hops = 0, exceeded6_reassembly = 1 };
enum Icmp6ParameterCode : uint8_t {
    parameter6_field = 0,
    parameter6_next = 1,
    parameter6_option = 2,
    parameter6_first_fragment = 3, // RFC 7112 5
};

struct Icmp6Header {
    uint8_t type;
    uint8_t code;
    Be16 checksum;
    Be32 word; // MTU, pointer, id and sequence, flags
};
static_assert(sizeof(Icmp6Header) == 8);

struct NdTarget { // solicitations and advertisements of neighbours
    Icmp6Header header;
    uint8_t target[16];
};
static_assert(sizeof(NdTarget) == 24);

constexpr uint32_t na_router = 0x80000000;
constexpr uint32_t na_solicited = 0x40000000;
constexpr uint32_t na_override = 0x20000000;

struct NdRouterAdvert {
    Icmp6Header header; // word: hop limit, flags, lifetime
    Be32 reachable_ms;
    Be32 retrans_ms;

    uint8_t hop_limit() const { return static_cast<uint8_t>(header.word >> 24); }
    uint16_t lifetime_s() const { return static_cast<uint16_t>(header.word); }
};
static_assert(sizeof(NdRouterAdvert) == 16);

struct NdRedirect {
    Icmp6Header header;
    uint8_t target[16];
    uint8_t destination[16];
};
static_assert(sizeof(NdRedirect) == 40);

enum NdOptionType : uint8_t {
    ndopt_source_link = 1,
    ndopt_target_link = 2,
    ndopt_prefix = 3,
    ndopt_redirected = 4,
    ndopt_mtu = 5,
};
struct NdLinkOption {
    uint8_t type;
    uint8_t len; // in 8 bytes
    MacAddress mac;
};
static_assert(sizeof(NdLinkOption) == 8);

struct NdPrefixOption {
    uint8_t type;
    uint8_t len;
    uint8_t prefix_len;
    uint8_t flags;
    Be32 valid_s;
    Be32 preferred_s;
    Be32 zero;
    uint8_t prefix[16];

    static constexpr uint8_t on_link = 0x80;
    static constexpr uint8_t autonomous = 0x40;
};
static_assert(sizeof(NdPrefixOption) == 32);

struct NdMtuOption {
    uint8_t type;
    uint8_t len;
    Be16 zero;
    Be32 mtu;
};

struct MldHeader { // version 1; a version 2 query begins the same way
    uint8_t type;
    uint8_t code;
    Be16 checksum;
    Be16 max_delay_ms;
    Be16 zero;
    uint8_t group[16];
};
static_assert(sizeof(MldHeader) == 24);
constexpr size_t mld_v1_query_size = 24; // RFC 3810 8.1
constexpr size_t mld_v2_query_min = 28;

struct MldV2Report { // with one record without sources
    uint8_t type;
    uint8_t zero;
    Be16 checksum;
    Be16 zero2;
    Be16 record_count;
    uint8_t record_type; // igmp.hpp: the numbers are IGMP's
    uint8_t aux_len;
    Be16 source_count;
    uint8_t group[16];
};
static_assert(sizeof(MldV2Report) == 28);

} // namespace netmgr::wire
