/* SPDX-License-Identifier: Apache-2.0 */
/* The TCP header (RFC 9293), BSD names, and TCP's socket options. */
#pragma once
#include <stdint.h>
typedef uint32_t tcp_seq;
struct tcphdr {
    uint16_t th_sport, th_dport;
    tcp_seq th_seq, th_ack;
    uint8_t th_x2 : 4, th_off : 4;
    uint8_t th_flags;
    uint16_t th_win, th_sum, th_urp;
};
#define TH_FIN 0x01
#define TH_SYN 0x02
#define TH_RST 0x04
#define TH_PUSH 0x08
#define TH_ACK 0x10
#define TH_URG 0x20
#define TCP_NODELAY 1
#define TCP_MAXSEG 2
#define TCP_KEEPALIVE 4 /* struct timeval: idle time before the first probe */
#define TCP_MD5SIG 0x10
#define TCP_MSS 536
