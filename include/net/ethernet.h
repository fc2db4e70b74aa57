/* SPDX-License-Identifier: Apache-2.0 */
/* Ethernet frames. */
#pragma once
#include <stdint.h>
#define ETHER_ADDR_LEN 6
#define ETHER_TYPE_LEN 2
#define ETHER_CRC_LEN 4
#define ETHER_HDR_LEN 14
#define ETHER_MIN_LEN 64
#define ETHER_MAX_LEN 1518
#define ETHERMTU 1500
#define ETHERMIN 46
struct ether_addr {
    uint8_t ether_addr_octet[ETHER_ADDR_LEN];
};
struct ether_header {
    uint8_t ether_dhost[ETHER_ADDR_LEN], ether_shost[ETHER_ADDR_LEN];
    uint16_t ether_type;
};
#define ETHERTYPE_IP 0x0800
#define ETHERTYPE_ARP 0x0806
#define ETHERTYPE_VLAN 0x8100
#define ETHERTYPE_IPV6 0x86dd
#define ETHERTYPE_QNET 0x8204
