/* SPDX-License-Identifier: Apache-2.0 */
/* Facts and counters of a network adapter, as its driver reports them. */
#pragma once
#include <stdint.h>
#define NIC_CONFIG_REVISION 1
#define NIC_STATS_REVISION 1
#define NIC_FLAG_PROMISCUOUS 0x0001u
#define NIC_FLAG_MULTICAST 0x0002u
#define NIC_FLAG_BROADCAST 0x0004u
#define NIC_FLAG_LINK_DOWN 0x0008u
#define NIC_MEDIA_802_3 1
#define NIC_MEDIA_802_5 2
#define NIC_MEDIA_WLAN 3
#define NIC_CONNECTOR_UTP 1
#define NIC_CONNECTOR_STP 2
#define NIC_CONNECTOR_BNC 3
#define NIC_CONNECTOR_AUI 4
#define NIC_CONNECTOR_FIBRE 5
#define NIC_CONNECTOR_MII 6
#define NIC_RATE_UNKNOWN (-1)
#define NIC_DUPLEX_UNKNOWN (-1)
typedef struct _nic_config {
    uint32_t revision, flags;
    int32_t media_rate;  /* kb/s, -1 unknown */
    int32_t duplex;      /* 1 full, 0 half, -1 unknown */
    int32_t priority, iftype, lan;
    int32_t phy_addr;    /* -1 unknown */
    char uptype[16];
    uint32_t verbose, mtu, mru;
    uint32_t device_index;
    uint32_t num_irqs, irq[4];
    uint32_t media, mac_length, connector;
    uint32_t num_io_windows, num_mem_windows;
    uint64_t io_window_base[4], io_window_size[4];
    uint64_t mem_window_base[4], mem_window_size[4];
    uint32_t vendor_id, device_id;
    char device_description[64];
    uint8_t permanent_address[8], current_address[8];
} nic_config_t;

#define NIC_ETHER_STAT_ALIGN_ERRORS 0x00000001u
#define NIC_ETHER_STAT_SINGLE_COLLISIONS 0x00000002u
#define NIC_ETHER_STAT_MULTI_COLLISIONS 0x00000004u
#define NIC_ETHER_STAT_FCS_ERRORS 0x00000008u
#define NIC_ETHER_STAT_LATE_COLLISIONS 0x00000010u
#define NIC_ETHER_STAT_TX_DEFERRED 0x00000020u
#define NIC_ETHER_STAT_XCOLL_ABORTED 0x00000040u
#define NIC_ETHER_STAT_INTERNAL_TX_ERRORS 0x00000080u
#define NIC_ETHER_STAT_NO_CARRIER 0x00000100u
#define NIC_ETHER_STAT_INTERNAL_RX_ERRORS 0x00000200u
#define NIC_ETHER_STAT_EXCESSIVE_DEFERRALS 0x00000400u
#define NIC_ETHER_STAT_LENGTH_FIELD_OUTRANGE 0x00000800u
#define NIC_ETHER_STAT_OVERSIZED_PACKETS 0x00001000u
#define NIC_ETHER_STAT_SQE_ERRORS 0x00002000u
#define NIC_ETHER_STAT_SYMBOL_ERRORS 0x00004000u
#define NIC_ETHER_STAT_JABBER_DETECTED 0x00008000u
#define NIC_ETHER_STAT_SHORT_PACKETS 0x00010000u
#define NIC_ETHER_STAT_TOTAL_COLLISION_FRAMES 0x00020000u
#define NIC_ETHER_STAT_DRIBBLE_BITS 0x00040000u
typedef struct _nic_ethernet_stats {
    uint32_t valid_stats; /* NIC_ETHER_STAT_* */
    uint32_t align_errors, single_collisions, multi_collisions, fcs_errors, late_collisions, tx_deferred, xcoll_aborted;
    uint32_t internal_tx_errors, no_carrier, internal_rx_errors, excessive_deferrals, length_field_outrange;
    uint32_t oversized_packets, sqe_errors, symbol_errors, jabber_detected, short_packets, total_collision_frames;
    uint32_t dribble_bits;
} nic_ethernet_stats_t;

#define NIC_STAT_TX_FAILED_ALLOCS 0x0001u
#define NIC_STAT_RX_FAILED_ALLOCS 0x0002u
#define NIC_STAT_RXED_MULTICAST 0x0004u
#define NIC_STAT_RXED_BROADCAST 0x0008u
#define NIC_STAT_TXED_MULTICAST 0x0010u
#define NIC_STAT_TXED_BROADCAST 0x0020u
typedef struct _nic_stats {
    uint32_t revision, media;
    uint32_t valid_stats; /* NIC_STAT_* */
    uint32_t tx_failed_allocs, rx_failed_allocs;
    uint32_t zero;
    uint64_t rxed_multicast, rxed_broadcast, txed_multicast, txed_broadcast;
    uint64_t txed_ok, rxed_ok, octets_txed_ok, octets_rxed_ok;
    union {
        nic_ethernet_stats_t estats;
        uint32_t pad[64];
    } un;
} nic_stats_t;
