/* SPDX-License-Identifier: Apache-2.0 */
/* ARP numbers and the request form of arp(8). */
#ifndef _NET_IF_ARP_H
#define _NET_IF_ARP_H
#include <stdint.h>
#include <sys/socket.h>

#define ARPHRD_ETHER 1
#define ARPOP_REQUEST 1
#define ARPOP_REPLY 2
#define ARPOP_REVREQUEST 3
#define ARPOP_REVREPLY 4

struct arphdr {
    uint16_t ar_hrd; /* all in network order */
    uint16_t ar_pro;
    uint8_t ar_hln;
    uint8_t ar_pln;
    uint16_t ar_op;
};

struct arpreq {
    struct sockaddr arp_pa;
    struct sockaddr arp_ha;
    int arp_flags;
};
#define ATF_INUSE 0x01
#define ATF_COM 0x02
#define ATF_PERM 0x04
#define ATF_PUBL 0x08
#define ATF_USETRAILERS 0x10
#endif
