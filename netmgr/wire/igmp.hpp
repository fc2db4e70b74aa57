// SPDX-License-Identifier: Apache-2.0
// IGMP messages (RFC 1112 appendix I, RFC 2236, RFC 3376).
#pragma once
#include <stddef.h>

#include "wire/be.hpp"

namespace netmgr::wire {

enum IgmpType : uint8_t {
    igmp_query = 0x11,
    igmp_v1_report = 0x12,
    igmp_v2_report = 0x16,
    igmp_v2_leave = 0x17,
    igmp_v3_report = 0x22,
};

struct IgmpHeader {
    uint8_t type;
    uint8_t max_response; // tenths of a second; 0: a version 1 query
    Be16 checksum;
    Be32 group;
};
static_assert(sizeof(IgmpHeader) == 8);

constexpr size_t igmp_v3_query_min = 12;

// A version 3 query goes on: 4 bits, 1 bit, 3 bits robustness; the router's interval; a count and so many senders.
struct IgmpV3QueryTail {
    uint8_t robustness;
    uint8_t interval;
    Be16 source_count;
};
static_assert(sizeof(IgmpV3QueryTail) == 4);

// RFC 3376 4.2.12
enum IgmpRecordType : uint8_t {
    igmp_is_include = 1,
    igmp_is_exclude = 2, // still a member
    igmp_to_include = 3, // with no sources: left
    igmp_to_exclude = 4, // joined
    igmp_allow = 5,
    igmp_block = 6,
};
// Version 3 report with one record; its senders follow.
struct IgmpV3Report {
    uint8_t type;
    uint8_t zero;
    Be16 checksum;
    Be16 zero2;
    Be16 record_count;
    uint8_t record_type;
    uint8_t aux_len;
    Be16 source_count;
    Be32 group;
};
static_assert(sizeof(IgmpV3Report) == 16);

constexpr uint32_t igmp_v3_routers = 0xe0000016; // 224.0.0.22

// RFC 3376 4.1.1: up to 127 as it is, above as mantissa and exponent.
constexpr uint32_t igmp_v3_tenths(uint8_t code)
{
    return code < 128 ? code : (static_cast<uint32_t>(code & 15) | 16) << ((code >> 4 & 7) + 3);
}

} // namespace netmgr::wire
