/* SPDX-License-Identifier: Apache-2.0 */
/* Ethernet's numbers (IEEE 802.3, 3.1 and 4.4.2) under the names drivers of io-pkt use. Lengths are bytes. */
#ifndef _NETDRVR_ETH_H
#define _NETDRVR_ETH_H
#include <hw/nicinfo.h>
#include <stdint.h>

#define ETH_MAC_LEN 6
#define ETH_HDR_LEN 14
#define ETH_CRC_LEN 4
#define ETH_MIN_DATA_LEN 46
#define ETH_MAX_DATA_LEN 1500
#define ETH_MIN_PKT_LEN (ETH_HDR_LEN + ETH_MIN_DATA_LEN)    /* without the check sequence */
#define ETH_MAX_PKT_LEN (ETH_HDR_LEN + ETH_MAX_DATA_LEN)
#endif
