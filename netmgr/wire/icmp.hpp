// SPDX-License-Identifier: Apache-2.0
// ICMP messages (RFC 792, RFC 1191 for the next-hop MTU).
#pragma once
#include "wire/be.hpp"

namespace netmgr::wire {

enum IcmpType : uint8_t {
    icmp_echo_reply = 0,
    icmp_unreachable = 3,
    icmp_source_quench = 4,
    icmp_redirect = 5,
    icmp_echo = 8,
    icmp_time_exceeded = 11,
    icmp_parameter = 12,
    icmp_timestamp = 13,
    icmp_timestamp_reply = 14,
};

enum IcmpUnreachableCode : uint8_t {
    unreach_net = 0,
    unreach_host = 1,
    unreach_protocol = 2,
    unreach_port = 3,
    unreach_need_fragment = 4,
    unreach_source_route = 5,
    unreach_net_prohibited = 9,
    unreach_host_prohibited = 10,
    unreach_admin_prohibited = 13,
};
enum IcmpTimeExceededCode : uint8_t { exceeded_ttl = 0, exceeded_reassembly = 1 };
enum IcmpRedirectCode : uint8_t { redirect_net = 0, redirect_host = 1 };

struct IcmpHeader {
    uint8_t type;
    uint8_t code;
    Be16 checksum;
    union {
        struct {
            Be16 id;
            Be16 sequence;
        } echo;
        struct {
            Be16 zero;
            Be16 next_mtu;
        } need_fragment;
        Be32 gateway;
        struct {
            uint8_t pointer;
            uint8_t zero[3];
        } parameter;
        Be32 word;
    };
};
static_assert(sizeof(IcmpHeader) == 8);

// Milliseconds since midnight, universal time (RFC 792).
struct IcmpTimestamp {
    IcmpHeader header;
    Be32 originate;
    Be32 receive;
    Be32 transmit;
};
static_assert(sizeof(IcmpTimestamp) == 20);

constexpr bool is_icmp_error(uint8_t type)
{
    return type == icmp_unreachable || type == icmp_source_quench || type == icmp_redirect ||
           type == icmp_time_exceeded || type == icmp_parameter;
}

} // namespace netmgr::wire
