/* SPDX-License-Identifier: Apache-2.0 */
/* ARP's addresses in routing messages (NetBSD's netinet/if_inarp.h). */
#ifndef _NETINET_IF_INARP_H
#define _NETINET_IF_INARP_H
#include <netinet/in.h>

/* A sockaddr_in whose unused end says more; of the same size. */
struct sockaddr_inarp {
    uint8_t sin_len;
    sa_family_t sin_family;
    in_port_t sin_port;
    struct in_addr sin_addr;
    struct in_addr sin_srcaddr;
    uint16_t sin_tos;
    uint16_t sin_other; /* SIN_PROXY */
};
#define SIN_PROXY 1 /* only answered for; packets of our own find their way by themselves */
#endif
