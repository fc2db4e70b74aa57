/* SPDX-License-Identifier: Apache-2.0 */
/* 802.1Q interfaces: what SIOCSETVLAN and SIOCGETVLAN carry behind ifr_data (NetBSD's vlan(4)). */
#ifndef _NET_IF_VLANVAR_H
#define _NET_IF_VLANVAR_H
#include <net/if.h>
#include <stdint.h>
#include <sys/sockio.h>

struct vlanreq {
    char vlr_parent[IFNAMSIZ];  /* "": not configured; set so, it is taken off its parent */
    uint16_t vlr_tag;           /* 1..4094 */
    uint16_t vlr_prio;          /* 0..7: the priority of frames sent (ifconfig's vlanprio) */
};

/*
 * Errors of SIOCSETVLAN: EINVAL (tag or priority out of range), ENOENT (no such parent), EPROTONOSUPPORT (the parent is not
 * Ethernet, or a VLAN itself), EBUSY (has another parent or tag already), EEXIST (the parent has an interface of that tag), EPERM.
 */
#define SIOCSETVLAN SIOCSIFGENERIC
#define SIOCGETVLAN SIOCGIFGENERIC
#endif
