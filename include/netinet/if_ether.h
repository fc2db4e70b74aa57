/* SPDX-License-Identifier: Apache-2.0 */
/* Ethernet and ARP over it. */
#pragma once
#include <net/ethernet.h>
#include <net/if_arp.h>
#include <netinet/in.h>
struct ether_arp {
    struct arphdr ea_hdr;
    uint8_t arp_sha[ETHER_ADDR_LEN], arp_spa[4], arp_tha[ETHER_ADDR_LEN], arp_tpa[4];
};
#define arp_hrd ea_hdr.ar_hrd
#define arp_pro ea_hdr.ar_pro
#define arp_hln ea_hdr.ar_hln
#define arp_pln ea_hdr.ar_pln
#define arp_op ea_hdr.ar_op
