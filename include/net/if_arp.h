/* SPDX-License-Identifier: Apache-2.0 */
/* ARP packets (RFC 826). */
#pragma once
#include <stdint.h>
#include <sys/socket.h>
struct arphdr {
    uint16_t ar_hrd, ar_pro;
    uint8_t ar_hln, ar_pln;
    uint16_t ar_op;
};
#define ARPHRD_ETHER 1
#define ARPOP_REQUEST 1
#define ARPOP_REPLY 2
