/* SPDX-License-Identifier: Apache-2.0 */
/* Routing socket messages and route flags (NetBSD layout). */
#ifndef _NET_ROUTE_H
#define _NET_ROUTE_H
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

#define RTF_UP 0x1
#define RTF_GATEWAY 0x2
#define RTF_HOST 0x4
#define RTF_REJECT 0x8
#define RTF_DYNAMIC 0x10
#define RTF_MODIFIED 0x20
#define RTF_DONE 0x40
#define RTF_MASK 0x80
#define RTF_CLONING 0x100
#define RTF_XRESOLVE 0x200
#define RTF_LLINFO 0x400
#define RTF_STATIC 0x800
#define RTF_BLACKHOLE 0x1000
#define RTF_CLONED 0x2000
#define RTF_PROTO2 0x4000
#define RTF_PROTO1 0x8000
#define RTF_BROADCAST 0x10000
#define RTF_ANNOUNCE RTF_PROTO2 /* with RTF_LLINFO: published (proxy ARP) */

#define RTM_VERSION 4
#define RTM_ADD 0x1
#define RTM_DELETE 0x2
#define RTM_CHANGE 0x3
#define RTM_GET 0x4
#define RTM_LOSING 0x5
#define RTM_REDIRECT 0x6
#define RTM_MISS 0x7
#define RTM_LOCK 0x8
#define RTM_RESOLVE 0xb
#define RTM_NEWADDR 0xc
#define RTM_DELADDR 0xd
#define RTM_IFANNOUNCE 0x10
#define RTM_SETGATE 0x12
#define RTM_IFINFO 0x14

#define RTV_MTU 0x1
#define RTV_HOPCOUNT 0x2
#define RTV_EXPIRE 0x4
#define RTV_RPIPE 0x8
#define RTV_SPIPE 0x10
#define RTV_SSTHRESH 0x20
#define RTV_RTT 0x40
#define RTV_RTTVAR 0x80

#define RTA_DST 0x1
#define RTA_GATEWAY 0x2
#define RTA_NETMASK 0x4
#define RTA_GENMASK 0x8
#define RTA_IFP 0x10
#define RTA_IFA 0x20
#define RTA_AUTHOR 0x40
#define RTA_BRD 0x80

#define RTAX_DST 0
#define RTAX_GATEWAY 1
#define RTAX_NETMASK 2
#define RTAX_GENMASK 3
#define RTAX_IFP 4
#define RTAX_IFA 5
#define RTAX_AUTHOR 6
#define RTAX_BRD 7
#define RTAX_MAX 8

/* sysctl {CTL_NET, AF_ROUTE, 0, family, one of these, flags or interface index[, FIB]} */
#define NET_RT_DUMP 1
#define NET_RT_FLAGS 2
#define NET_RT_IFLIST 4

/* sockaddrs in a routing message are rounded up to 8 bytes; an empty one takes 8. */
#define RT_ROUNDUP(a) ((a) > 0 ? (1 + (((size_t)(a)-1) | (sizeof(uint64_t) - 1))) : sizeof(uint64_t))

struct rt_metrics {
    uint64_t rmx_locks;
    uint64_t rmx_mtu;
    uint64_t rmx_hopcount;
    uint64_t rmx_recvpipe;
    uint64_t rmx_sendpipe;
    uint64_t rmx_ssthresh;
    uint64_t rmx_rtt;
    uint64_t rmx_rttvar;
    int64_t rmx_expire;
    int64_t rmx_pksent;
};

struct rt_msghdr {
    uint16_t rtm_msglen;
    uint8_t rtm_version;
    uint8_t rtm_type;
    uint16_t rtm_index;
    uint16_t rtm_zero;
    int32_t rtm_flags;
    int32_t rtm_addrs;
    int32_t rtm_pid;
    int32_t rtm_seq;
    int32_t rtm_errno;
    int32_t rtm_use;
    int32_t rtm_inits;
    struct rt_metrics rtm_rmx;
};

/* SIOCADDRT/SIOCDELRT: the plain way to set a route; the routing socket is the full one. */
struct ortentry {
    uint32_t rt_hash;
    struct sockaddr rt_dst;
    struct sockaddr rt_gateway;
    int16_t rt_flags;
    int16_t rt_refcnt;
    uint32_t rt_use;
    struct sockaddr rt_genmask; /* netmask; family 0 = host or default */
};
#endif
