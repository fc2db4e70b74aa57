/* SPDX-License-Identifier: Apache-2.0 */
/* The IPv4 header (RFC 791), BSD names. */
#pragma once
#include <netinet/in.h>
#include <netinet/in_systm.h>
#define IPVERSION 4
struct ip {
    unsigned ip_hl : 4, ip_v : 4;
    uint8_t ip_tos;
    uint16_t ip_len, ip_id, ip_off;
    uint8_t ip_ttl, ip_p;
    uint16_t ip_sum;
    struct in_addr ip_src, ip_dst;
} __attribute__((packed, aligned(4)));
#define IP_RF 0x8000
#define IP_DF 0x4000
#define IP_MF 0x2000
#define IP_OFFMASK 0x1fff
#define IP_MAXPACKET 65535
#define MAXTTL 255
#define IPDEFTTL 64
#define IPTOS_LOWDELAY 0x10
#define IPTOS_THROUGHPUT 0x08
#define IPTOS_RELIABILITY 0x04
#define IPOPT_EOL 0
#define IPOPT_NOP 1
#define IPOPT_RR 7
#define IPOPT_LSRR 131
#define IPOPT_SSRR 137
#define IPOPT_MINOFF 4 /* where the pointer of an empty option points */
#define MAX_IPOPTLEN 40
