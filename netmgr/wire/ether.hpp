// SPDX-License-Identifier: Apache-2.0
// Ethernet II frames (IEEE 802.3 clause 3) and 802.1Q tags.
#pragma once
#include <string.h>

#include "wire/be.hpp"

namespace netmgr::wire {

struct MacAddress {
    uint8_t bytes[6];

    bool operator==(const MacAddress&) const = default;
    bool is_multicast() const { return (bytes[0] & 1) != 0; } // broadcast too
    bool is_broadcast() const { return *this == broadcast(); }
    bool is_zero() const { return *this == MacAddress{}; }
    static constexpr MacAddress broadcast() { return {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}}; }
    static MacAddress from(const void* six)
    {
        MacAddress mac;
        memcpy(mac.bytes, six, sizeof(mac.bytes));
        return mac;
    }
    // RFC 1112 6.4: the low 23 bits of the group.
    static MacAddress of_ipv4_group(uint32_t group)
    {
        return {{0x01, 0x00, 0x5e, static_cast<uint8_t>(group >> 16 & 0x7f),
                 static_cast<uint8_t>(group >> 8), static_cast<uint8_t>(group)}};
    }
};

enum EtherType : uint16_t {
    ether_ipv4 = 0x0800,
    ether_arp = 0x0806,
    ether_vlan = 0x8100,
    ether_ipv6 = 0x86dd
};

struct EtherHeader {
    MacAddress destination;
    MacAddress source;
    Be16 type; // below 0x600: an 802.3 length
};
static_assert(sizeof(EtherHeader) == 14);

struct VlanTag {
    Be16 control; // 3 bits priority, 1 bit DEI, 12 bits VLAN
    Be16 type;
};
static_assert(sizeof(VlanTag) == 4);

} // namespace netmgr::wire
