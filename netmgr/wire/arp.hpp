// SPDX-License-Identifier: Apache-2.0
// ARP for Ethernet and IPv4 (RFC 826).
#pragma once
#include <stddef.h>

#include "wire/be.hpp"
#include "wire/ether.hpp"

namespace netmgr::wire {

enum ArpOperation : uint16_t { arp_request = 1, arp_reply = 2 };

struct ArpPacket {
    Be16 hardware;        // 1 = Ethernet
    Be16 protocol;        // ether_ipv4
    uint8_t hardware_len; // 6
    uint8_t protocol_len; // 4
    Be16 operation;
    MacAddress sender_mac;
    Be32 sender_ip;
    MacAddress target_mac;
    Be32 target_ip;

    bool is_ethernet_ipv4() const
    {
        return hardware == 1 && protocol == ether_ipv4 && hardware_len == 6 && protocol_len == 4;
    }
    static ArpPacket make(ArpOperation operation, MacAddress sender_mac, uint32_t sender_ip,
                          MacAddress target_mac, uint32_t target_ip)
    {
        return {1, ether_ipv4, 6, 4, operation, sender_mac, sender_ip, target_mac, target_ip};
    }
};
static_assert(sizeof(ArpPacket) == 28);

} // namespace netmgr::wire
