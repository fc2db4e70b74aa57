/* SPDX-License-Identifier: Apache-2.0 */
/*
 * IEEE 1588 (PTP) time stamps of a card: commands (ifd_cmd) of SIOCGDRVSPEC and SIOCSDRVSPEC, whose data lies behind struct ifdrv
 * and is ifd_len bytes. Names as in published drivers; the numbers are ours. EINVAL: ifd_len is not the structure's size; ENOENT: no
 * such time stamp; ENOTTY: not for this card.
 */
#ifndef _NETDRVR_PTP_H
#define _NETDRVR_PTP_H
#include <stdint.h>

#define PTP_GET_RX_TIMESTAMP 0x100  /* ptp_extts_t: the message's fields in, ts out */
#define PTP_GET_TX_TIMESTAMP 0x101  /* ptp_extts_t */
#define PTP_GET_TIME 0x102          /* ptp_time_t */
#define PTP_SET_TIME 0x103          /* ptp_time_t */
#define PTP_SET_COMPENSATION 0x104  /* ptp_comp_t */
#define PTP_GET_COMPENSATION 0x105  /* ptp_comp_t */

#define PTP_UDP_PORT 319            /* event messages, IEEE 1588-2008 D.2 */
#ifndef ETHERTYPE_PTP
#define ETHERTYPE_PTP 0x88f7        /* IEEE 1588-2008 F.2 */
#endif

typedef struct {
    uint32_t nsec;
    uint32_t sec;
} ptp_time_t;

typedef struct {
    uint32_t comp;      /* nanoseconds in a second */
    uint8_t positive;   /* 1: faster */
} ptp_comp_t;

/* Which message, and when it passed the card. */
typedef struct {
    uint8_t msg_type;
    uint8_t clock_identity[8];
    uint16_t sport_id;
    uint16_t sequence_id;
    ptp_time_t ts;
} ptp_extts_t;

/* Header of a version 2 message on the wire, network order; IEEE 1588-2008 13.3.1. */
typedef struct {
    uint8_t messageId;  /* low four bits: type */
    uint8_t version;    /* low four bits */
    uint16_t messageLength;
    uint8_t domainNumber;
    uint8_t reserved1;
    uint16_t flags;
    uint32_t correctionField[2];
    uint32_t reserved2;
    uint8_t clockIdentity[8];
    uint16_t sportId;
    uint16_t sequenceId;
    uint8_t control;
    int8_t logMeanMessageInterval;
} ptpv2hdr_t;
#endif
