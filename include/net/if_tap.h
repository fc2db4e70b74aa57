/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /dev/tap: the other end of an Ethernet interface, as NetBSD's tap(4) describes it. Every open of /dev/tap makes an interface,
 * which goes with the last close; /dev/tapN belongs to what `ifconfig tapN create` made. One frame a read() or write().
 *
 *   open()   EBUSY: num_tap_interface= interfaces are there already, or /dev/tapN is open
 *   write()  EMSGSIZE: no whole header, or longer than the MTU; ENETDOWN
 */
#ifndef _NET_IF_TAP_H_
#define _NET_IF_TAP_H_
#include <sys/ioccom.h>

#define TAPGIFNAME __IOC_R('e', 0, struct ifreq)    /* ifr_name: the interface's */
#endif
