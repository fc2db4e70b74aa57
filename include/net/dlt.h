/* SPDX-License-Identifier: Apache-2.0 */
/* Data-link types as captures name them: the ones this system's interfaces have. */
#ifndef _NET_DLT_H_
#define _NET_DLT_H_
#define DLT_NULL 0      /* four bytes of address family in host order, then the packet: loopback, tun */
#define DLT_EN10MB 1    /* Ethernet: loopback's frames have none */
#define DLT_RAW 12      /* starts with the IP header */
#endif
