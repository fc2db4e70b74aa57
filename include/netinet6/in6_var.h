/* SPDX-License-Identifier: Apache-2.0 */
/* Interface address requests of IPv6 (NetBSD's names and layout; times in seconds). */
#ifndef _NETINET6_IN6_VAR_H
#define _NETINET6_IN6_VAR_H
#include <net/if.h>
#include <netinet/in.h>
#include <sys/ioccom.h>
#include <sys/types.h>

struct in6_addrlifetime {
    int64_t ia6t_expire;    /* calendar times; 0 = never */
    int64_t ia6t_preferred;
    uint32_t ia6t_vltime;   /* seconds; ND6_INFINITE_LIFETIME = for ever */
    uint32_t ia6t_pltime;
};
#define ND6_INFINITE_LIFETIME 0xffffffffu

struct in6_ifreq {
    char ifr_name[IFNAMSIZ];
    union {
        struct sockaddr_in6 ifru_addr;
        struct sockaddr_in6 ifru_dstaddr;
        int ifru_flags6;
        struct in6_addrlifetime ifru_lifetime;
        char ifru_space[272];
    } ifr_ifru;
};
#define ifr6_addr ifr_ifru.ifru_addr
#define ifr6_flags ifr_ifru.ifru_flags6
#define ifr6_lifetime ifr_ifru.ifru_lifetime

struct in6_aliasreq {
    char ifra_name[IFNAMSIZ];
    struct sockaddr_in6 ifra_addr;
    struct sockaddr_in6 ifra_dstaddr;
    struct sockaddr_in6 ifra_prefixmask;
    int ifra_flags; /* IN6_IFF_ANYCAST, _NODAD */
    struct in6_addrlifetime ifra_lifetime;
};

#define IN6_IFF_ANYCAST 0x01
#define IN6_IFF_TENTATIVE 0x02
#define IN6_IFF_DUPLICATED 0x04
#define IN6_IFF_DETACHED 0x08
#define IN6_IFF_DEPRECATED 0x10
#define IN6_IFF_NODAD 0x20
#define IN6_IFF_AUTOCONF 0x40

#define SIOCSIFADDR_IN6 __IOC_W('i', 12, struct in6_ifreq)
#define SIOCGIFADDR_IN6 __IOC_WR('i', 33, struct in6_ifreq)
#define SIOCGIFDSTADDR_IN6 __IOC_WR('i', 34, struct in6_ifreq)
#define SIOCGIFNETMASK_IN6 __IOC_WR('i', 37, struct in6_ifreq)
#define SIOCDIFADDR_IN6 __IOC_W('i', 25, struct in6_ifreq)
#define SIOCAIFADDR_IN6 __IOC_W('i', 26, struct in6_aliasreq)
#define SIOCGIFAFLAG_IN6 __IOC_WR('i', 73, struct in6_ifreq)
#define SIOCGIFALIFETIME_IN6 __IOC_WR('i', 81, struct in6_ifreq)
#endif
