/* SPDX-License-Identifier: Apache-2.0 */
/* What io-pkt keeps when it drops root (sysctl -w qnx.kern.droproot=0xBITS), and the abilities it asks its clients for.
 * (QNX utilities reference, io-pkt, option -U; core networking, abilities) */
#ifndef _SYS_IOPKT_ABILITY_H
#define _SYS_IOPKT_ABILITY_H

#define QNX_DROPROOT_STD 0x0001             /* nothing beyond the standard ones */
#define QNX_DROPROOT_INTERRUPT 0x0002       /* PROCMGR_AID_INTERRUPT */
#define QNX_DROPROOT_CONNECTION 0x0004      /* PROCMGR_AID_CONNECTION */
#define QNX_DROPROOT_TIMER 0x0008           /* PROCMGR_AID_TIMER */
#define QNX_DROPROOT_PROT_EXEC 0x0010       /* PROCMGR_AID_PROT_EXEC */
#define QNX_DROPROOT_PATHSPACE 0x0020       /* no effect: PROCMGR_AID_PATHSPACE is always kept */
#define QNX_DROPROOT_QNET 0x0040            /* PROCMGR_AID_QNET */
#define QNX_DROPROOT_PUBLIC_CHANNEL 0x0080  /* PROCMGR_AID_PUBLIC_CHANNEL */
#define QNX_DROPROOT_ALL 0x00ff             /* every bit there is */

/* Custom abilities, created by io-pkt (procmgr_ability_create); root has them by default. */
#define _IOPKT_ABILITY_NW_BIND_PRIVPORT "network/bind/privport"             /* bind() to a port below 1024 */
#define _IOPKT_ABILITY_NW_INTERFACE_GETPRIV "network/interface/getpriv"     /* SIOCGDRVSPEC */
#define _IOPKT_ABILITY_NW_INTERFACE_SETPRIV "network/interface/setpriv"     /* SIOCS..., interfaces and ARP */
#define _IOPKT_ABILITY_NW_ROUTE_SET "network/route/set"                     /* RTM_ADD, RTM_DELETE, RTM_CHANGE */
#define _IOPKT_ABILITY_NW_SOCKET_RAWSOCK "network/socket/rawsock"           /* SOCK_RAW */

#endif
