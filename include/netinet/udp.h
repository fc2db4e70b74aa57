/* SPDX-License-Identifier: Apache-2.0 */
/* The UDP header (RFC 768), BSD names. */
#pragma once
#include <stdint.h>
struct udphdr {
    uint16_t uh_sport, uh_dport, uh_ulen, uh_sum;
};
#define UDPCTL_CHECKSUM 1
#define UDPCTL_SENDSPACE 2
#define UDPCTL_RECVSPACE 3
