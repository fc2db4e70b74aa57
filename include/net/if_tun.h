/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /dev/tun0 ...: the other end of the interface tun0 ..., as NetBSD's tun(4) describes it. One packet a read() or write(); one
 * opener at a time (EBUSY). Opening makes the interface; closing takes it down.
 *
 *   read()   EHOSTDOWN: the interface has no address or is down. A longer packet than asked for is cut.
 *   write()  EMSGSIZE: longer than the MTU; EAFNOSUPPORT: TUNSIFHEAD names an unknown family; ENETDOWN.
 */
#ifndef _NET_IF_TUN_H_
#define _NET_IF_TUN_H_
#include <sys/ioccom.h>

#define TUNGIFHEAD __IOC_R('t', 65, int)
#define TUNSIFHEAD __IOC_W('t', 66, int)    /* 1: four bytes of address family, network order, before each packet */
#define TUNSLMODE __IOC_W('t', 87, int)     /* 1: the destination's sockaddr before each packet read */
#define TUNSIFMODE __IOC_W('t', 88, int)    /* IFF_POINTOPOINT or IFF_BROADCAST, perhaps with IFF_MULTICAST. EBUSY: it is up */
#define TUNGDEBUG __IOC_R('t', 89, int)
#define TUNSDEBUG __IOC_W('t', 90, int)
#endif
