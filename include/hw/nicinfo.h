/* SPDX-License-Identifier: Apache-2.0 */
/* What a network driver tells about its hardware (nicinfo). Field names are the documented ones; layout is this project's. */
#ifndef _HW_NICINFO_H
#define _HW_NICINFO_H
#include <stdint.h>

#define NIC_CONFIG_REVISION 1
#define NIC_STATS_REVISION 1

#define NIC_FLAG_BROADCAST 0x0001
#define NIC_FLAG_MULTICAST 0x0002
#define NIC_FLAG_PROMISCUOUS 0x0004
#define NIC_FLAG_LINK_DOWN 0x0008

#define NIC_MEDIA_802_3 1
#define NIC_MEDIA_802_5 2
#define NIC_MEDIA_802_11 3

#define NIC_CONNECTOR_UTP 1
#define NIC_CONNECTOR_STP 2
#define NIC_CONNECTOR_BNC 3
#define NIC_CONNECTOR_MII 4
#define NIC_CONNECTOR_FIBRE 5
#define NIC_CONNECTOR_UNKNOWN 0xff

#define NIC_ADDR_LEN 6

typedef struct {
    uint64_t window_base;
    uint64_t window_size;
} nic_window_t;

typedef struct _nic_config {
    uint32_t revision;
    uint32_t flags;         /* NIC_FLAG_* */
    uint32_t media_rate;    /* kbit/s */
    int8_t duplex;          /* 1 full, 0 half, -1 unknown */
    uint8_t verbose;
    uint8_t phy_addr;
    uint8_t connector;
    uint32_t priority;
    uint32_t iftype;        /* IFT_* */
    uint32_t lan;
    char uptype[8];
    uint32_t mtu;
    uint32_t mru;
    uint32_t device_index;
    uint32_t num_irqs;
    uint32_t irq[4];
    uint32_t media;         /* NIC_MEDIA_* */
    uint32_t mac_length;
    uint32_t num_io_windows;
    uint32_t num_mem_windows;
    nic_window_t io_window[2];
    nic_window_t mem_window[2];
    char device_description[64];
    uint8_t permanent_address[8];
    uint8_t current_address[8];
} nic_config_t;

#define NIC_STAT_TX_FAILED_ALLOCS 0x0001
#define NIC_STAT_RX_FAILED_ALLOCS 0x0002
#define NIC_STAT_RXED_MULTICAST 0x0004
#define NIC_STAT_RXED_BROADCAST 0x0008
#define NIC_STAT_TXED_MULTICAST 0x0010
#define NIC_STAT_TXED_BROADCAST 0x0020

#define NIC_ETHER_STAT_ALIGN_ERRORS 0x0001
#define NIC_ETHER_STAT_SINGLE_COLLISIONS 0x0002
#define NIC_ETHER_STAT_MULTI_COLLISIONS 0x0004
#define NIC_ETHER_STAT_FCS_ERRORS 0x0008
#define NIC_ETHER_STAT_SQE_ERRORS 0x0010
#define NIC_ETHER_STAT_TX_DEFERRED 0x0020
#define NIC_ETHER_STAT_LATE_COLLISIONS 0x0040
#define NIC_ETHER_STAT_XCOLL_ABORTED 0x0080
#define NIC_ETHER_STAT_INTERNAL_TX_ERRORS 0x0100
#define NIC_ETHER_STAT_NO_CARRIER 0x0200
#define NIC_ETHER_STAT_INTERNAL_RX_ERRORS 0x0400
#define NIC_ETHER_STAT_OVERSIZED_PACKETS 0x0800
#define NIC_ETHER_STAT_SHORT_PACKETS 0x1000
#define NIC_ETHER_STAT_JABBER_DETECTED 0x2000
#define NIC_ETHER_STAT_TOTAL_COLLISION_FRAMES 0x4000
#define NIC_ETHER_STAT_DRIBBLE_BITS 0x8000

typedef struct {
    uint32_t valid_stats;   /* NIC_ETHER_STAT_* */
    uint32_t align_errors;
    uint32_t single_collisions;
    uint32_t multi_collisions;
    uint32_t fcs_errors;
    uint32_t sqe_errors;
    uint32_t tx_deferred;
    uint32_t late_collisions;
    uint32_t xcoll_aborted;
    uint32_t internal_tx_errors;
    uint32_t no_carrier;
    uint32_t internal_rx_errors;
    uint32_t oversized_packets;
    uint32_t short_packets;
    uint32_t jabber_detected;
    uint32_t total_collision_frames;
    uint32_t dribble_bits;
} nic_ethernet_stats_t;

typedef struct _nic_stats {
    uint32_t revision;
    uint32_t media;         /* NIC_MEDIA_*: which member of un */
    uint32_t valid_stats;   /* NIC_STAT_* */
    uint32_t zero;
    uint64_t txed_ok;
    uint64_t rxed_ok;
    uint64_t octets_txed_ok;
    uint64_t octets_rxed_ok;
    uint32_t txed_multicast;
    uint32_t txed_broadcast;
    uint32_t rxed_multicast;
    uint32_t rxed_broadcast;
    uint32_t tx_failed_allocs;
    uint32_t rx_failed_allocs;
    union {
        nic_ethernet_stats_t estats;
    } un;
} nic_stats_t;
#endif
