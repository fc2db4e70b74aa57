/* SPDX-License-Identifier: Apache-2.0 */
/* Internet addresses, protocols and the options of IP sockets (io-pkt numbers). */
#ifndef _NETINET_IN_H
#define _NETINET_IN_H
#include <stdint.h>
#include <sys/socket.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifndef __DEFINED_in_addr_t
#define __DEFINED_in_addr_t
typedef uint32_t in_addr_t;
#endif
#ifndef __DEFINED_in_port_t
#define __DEFINED_in_port_t
typedef uint16_t in_port_t;
#endif

#ifndef __DEFINED_struct_in_addr
#define __DEFINED_struct_in_addr
struct in_addr {
    in_addr_t s_addr; /* network order */
};
#endif

struct sockaddr_in {
    uint8_t sin_len;
    sa_family_t sin_family;
    in_port_t sin_port; /* network order */
    struct in_addr sin_addr;
    int8_t sin_zero[8];
};

struct in6_addr {
    union {
        uint8_t __u6_addr8[16];
        uint16_t __u6_addr16[8];
        uint32_t __u6_addr32[4];
    } __in6_union;
};
#define s6_addr __in6_union.__u6_addr8
#define s6_addr16 __in6_union.__u6_addr16
#define s6_addr32 __in6_union.__u6_addr32

struct sockaddr_in6 {
    uint8_t sin6_len;
    sa_family_t sin6_family;
    in_port_t sin6_port;
    uint32_t sin6_flowinfo;
    struct in6_addr sin6_addr;
    uint32_t sin6_scope_id;
};

struct ip_mreq {
    struct in_addr imr_multiaddr;
    struct in_addr imr_interface;
};
/* Source filters: RFC 3678. */
struct ip_mreq_source {
    struct in_addr imr_multiaddr;
    struct in_addr imr_sourceaddr;
    struct in_addr imr_interface; /* an address of it, 0.0.0.n for interface n, or 0 */
};
struct group_req {
    uint32_t gr_interface; /* 0: as the routes lead */
    struct sockaddr_storage gr_group;
};
struct group_source_req {
    uint32_t gsr_interface;
    struct sockaddr_storage gsr_group;
    struct sockaddr_storage gsr_source;
};
struct ip_msfilter {
    struct in_addr imsf_multiaddr;
    struct in_addr imsf_interface;
    uint32_t imsf_fmode; /* MCAST_INCLUDE, MCAST_EXCLUDE */
    uint32_t imsf_numsrc;
    struct in_addr imsf_slist[1];
};
#define IP_MSFILTER_SIZE(n) (sizeof(struct ip_msfilter) - sizeof(struct in_addr) + (n) * sizeof(struct in_addr))
#define MCAST_INCLUDE 1
#define MCAST_EXCLUDE 2
struct ipv6_mreq {
    struct in6_addr ipv6mr_multiaddr;
    unsigned ipv6mr_interface;
};
struct in_pktinfo {
    struct in_addr ipi_addr;
    unsigned ipi_ifindex;
};
struct in6_pktinfo {
    struct in6_addr ipi6_addr;
    unsigned ipi6_ifindex;
};

#define IPPROTO_IP 0
#define IPPROTO_HOPOPTS 0
#define IPPROTO_ICMP 1
#define IPPROTO_IGMP 2
#define IPPROTO_IPV4 4
#define IPPROTO_IPIP 4
#define IPPROTO_TCP 6
#define IPPROTO_UDP 17
#define IPPROTO_IPV6 41
#define IPPROTO_ROUTING 43
#define IPPROTO_FRAGMENT 44
#define IPPROTO_GRE 47
#define IPPROTO_ESP 50
#define IPPROTO_AH 51
#define IPPROTO_ICMPV6 58
#define IPPROTO_NONE 59
#define IPPROTO_DSTOPTS 60
#define IPPROTO_IPCOMP 108
#define IPPROTO_RAW 255
#define IPPROTO_MAX 256

#define IPPORT_RESERVED 1024
#define IPPORT_ANONMIN 49152
#define IPPORT_ANONMAX 65535
#define IPPORT_RESERVEDMIN 600
#define IPPORT_RESERVEDMAX 1023

#define INADDR_ANY ((in_addr_t)0x00000000)
#define INADDR_LOOPBACK ((in_addr_t)0x7f000001)
#define INADDR_BROADCAST ((in_addr_t)0xffffffff)
#define INADDR_NONE ((in_addr_t)0xffffffff)
#define INADDR_UNSPEC_GROUP ((in_addr_t)0xe0000000)
#define INADDR_ALLHOSTS_GROUP ((in_addr_t)0xe0000001)
#define INADDR_ALLRTRS_GROUP ((in_addr_t)0xe0000002)
#define INADDR_MAX_LOCAL_GROUP ((in_addr_t)0xe00000ff)
#define IN_LOOPBACKNET 127

#define IN_CLASSA(i) (((uint32_t)(i) & 0x80000000u) == 0)
#define IN_CLASSA_NET 0xff000000u
#define IN_CLASSB(i) (((uint32_t)(i) & 0xc0000000u) == 0x80000000u)
#define IN_CLASSB_NET 0xffff0000u
#define IN_CLASSC(i) (((uint32_t)(i) & 0xe0000000u) == 0xc0000000u)
#define IN_CLASSC_NET 0xffffff00u
#define IN_CLASSD(i) (((uint32_t)(i) & 0xf0000000u) == 0xe0000000u)
#define IN_MULTICAST(i) IN_CLASSD(i)
#define IN_EXPERIMENTAL(i) (((uint32_t)(i) & 0xf0000000u) == 0xf0000000u)
#define IN_BADCLASS(i) IN_EXPERIMENTAL(i)

#define INET_ADDRSTRLEN 16
#define INET6_ADDRSTRLEN 46

/* Level IPPROTO_IP. */
#define IP_OPTIONS 1
#define IP_HDRINCL 2
#define IP_TOS 3
#define IP_TTL 4
#define IP_RECVOPTS 5
#define IP_RECVRETOPTS 6
#define IP_RECVDSTADDR 7
#define IP_RETOPTS 8
#define IP_MULTICAST_IF 9
#define IP_MULTICAST_TTL 10
#define IP_MULTICAST_LOOP 11
#define IP_ADD_MEMBERSHIP 12
#define IP_DROP_MEMBERSHIP 13
#define IP_PORTRANGE 19
#define IP_RECVIF 20
#define IP_ERRORMTU 21
#define IP_IPSEC_POLICY 22
#define IP_RECVTTL 23
#define IP_MINTTL 24
#define IP_PKTINFO 25
#define IP_RECVPKTINFO 26

/*
 * RFC 3678 (the numbers are FreeBSD's and io-sock's). EADDRINUSE: a member already; EADDRNOTAVAIL: not a member, the sender is
 * (not) on the list already, or no such interface; EINVAL: the membership is of the other kind, or no group or sender address;
 * ENOBUFS: more than 64 senders; ETOOMANYREFS: more than IP_MAX_MEMBERSHIPS groups.
 */
#define IP_ADD_SOURCE_MEMBERSHIP 70
#define IP_DROP_SOURCE_MEMBERSHIP 71
#define IP_BLOCK_SOURCE 72
#define IP_UNBLOCK_SOURCE 73
#define MCAST_JOIN_GROUP 80
#define MCAST_LEAVE_GROUP 81
#define MCAST_JOIN_SOURCE_GROUP 82
#define MCAST_LEAVE_SOURCE_GROUP 83
#define MCAST_BLOCK_SOURCE 84
#define MCAST_UNBLOCK_SOURCE 85

#define IP_DEFAULT_MULTICAST_TTL 1
#define IP_DEFAULT_MULTICAST_LOOP 1
#define IP_MAX_MEMBERSHIPS 20
#define IP_PORTRANGE_DEFAULT 0
#define IP_PORTRANGE_HIGH 1
#define IP_PORTRANGE_LOW 2

/* Level IPPROTO_IPV6. */
#define IPV6_UNICAST_HOPS 4
#define IPV6_MULTICAST_IF 9
#define IPV6_MULTICAST_HOPS 10
#define IPV6_MULTICAST_LOOP 11
#define IPV6_JOIN_GROUP 12
#define IPV6_LEAVE_GROUP 13
#define IPV6_ADD_MEMBERSHIP IPV6_JOIN_GROUP
#define IPV6_DROP_MEMBERSHIP IPV6_LEAVE_GROUP
#define IPV6_PORTRANGE 14
#define ICMP6_FILTER 18 /* level IPPROTO_ICMPV6 */
#define IPV6_CHECKSUM 26
#define IPV6_V6ONLY 27
#define IPV6_RECVPKTINFO 36
#define IPV6_RECVHOPLIMIT 37
#define IPV6_USE_MIN_MTU 42
#define IPV6_RECVPATHMTU 43
#define IPV6_PATHMTU 44
#define IPV6_PKTINFO 46
#define IPV6_HOPLIMIT 47
#define IPV6_RECVTCLASS 57
#define IPV6_TCLASS 61
#define IPV6_DONTFRAG 62

/* sysctl net.inet.<proto>.<name>: third level is the protocol, fourth one of these. */
#define IPCTL_FORWARDING 1
#define IPCTL_SENDREDIRECTS 2
#define IPCTL_DEFTTL 3
#define IPCTL_FORWSRCRT 5
#define IPCTL_DIRECTEDBCAST 6
#define IPCTL_ALLOWSRCRT 7
#define IPCTL_SUBNETSARELOCAL 8
#define IPCTL_MTUDISC 9
#define IPCTL_ANONPORTMIN 10
#define IPCTL_ANONPORTMAX 11
#define IPCTL_MTUDISCTIMEOUT 12
#define IPCTL_MAXFLOWS 13
#define IPCTL_HOSTZEROBROADCAST 14
#define IPCTL_LOWPORTMIN 16
#define IPCTL_LOWPORTMAX 17
#define IPCTL_MAXFRAGPACKETS 18
#define IPCTL_CHECKINTERFACE 20
#define IPCTL_RANDOMID 22
#define IPCTL_LOOPBACKCKSUM 23
#define IPCTL_STATS 24
#define ICMPCTL_MASKREPL 1
#define ICMPCTL_ERRPPSLIMIT 3
#define ICMPCTL_REDIRACCEPT 4
#define ICMPCTL_REDIRTIMEOUT 5
#define ICMPCTL_STATS 6
#define ICMPCTL_BMCASTECHO 7
#define UDPCTL_CHECKSUM 1
#define UDPCTL_SENDSPACE 2
#define UDPCTL_RECVSPACE 3
#define UDPCTL_LOOPBACKCKSUM 4
#define UDPCTL_STATS 5

uint32_t htonl(uint32_t);
uint16_t htons(uint16_t);
uint32_t ntohl(uint32_t);
uint16_t ntohs(uint16_t);

/* RFC 3678, IPv4. 0 or -1 and errno: the options' errors above, EAFNOSUPPORT. *numsrc: room before, senders there are after. */
int setipv4sourcefilter(int s, struct in_addr interface, struct in_addr group, uint32_t fmode, uint32_t numsrc,
                        struct in_addr *slist);
int getipv4sourcefilter(int s, struct in_addr interface, struct in_addr group, uint32_t *fmode, uint32_t *numsrc,
                        struct in_addr *slist);
int setsourcefilter(int s, uint32_t interface, struct sockaddr *group, socklen_t grouplen, uint32_t fmode,
                    uint32_t numsrc, struct sockaddr_storage *slist);
int getsourcefilter(int s, uint32_t interface, struct sockaddr *group, socklen_t grouplen, uint32_t *fmode,
                    uint32_t *numsrc, struct sockaddr_storage *slist);

extern const struct in6_addr in6addr_any, in6addr_loopback;
#define IN6ADDR_ANY_INIT {{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}}}
#define IN6ADDR_LOOPBACK_INIT {{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}}}

#define IN6_IS_ADDR_UNSPECIFIED(a) (((a)->s6_addr32[0] | (a)->s6_addr32[1] | (a)->s6_addr32[2] | (a)->s6_addr32[3]) == 0)
#define IN6_IS_ADDR_LOOPBACK(a) \
    ((a)->s6_addr32[0] == 0 && (a)->s6_addr32[1] == 0 && (a)->s6_addr32[2] == 0 && (a)->s6_addr[12] == 0 && \
     (a)->s6_addr[13] == 0 && (a)->s6_addr[14] == 0 && (a)->s6_addr[15] == 1)
#define IN6_IS_ADDR_LINKLOCAL(a) ((a)->s6_addr[0] == 0xfe && ((a)->s6_addr[1] & 0xc0) == 0x80)
#define IN6_IS_ADDR_SITELOCAL(a) ((a)->s6_addr[0] == 0xfe && ((a)->s6_addr[1] & 0xc0) == 0xc0)
#define IN6_IS_ADDR_MULTICAST(a) ((a)->s6_addr[0] == 0xff)
#define IN6_IS_ADDR_V4MAPPED(a) \
    ((a)->s6_addr32[0] == 0 && (a)->s6_addr32[1] == 0 && (a)->s6_addr[8] == 0 && (a)->s6_addr[9] == 0 && \
     (a)->s6_addr[10] == 0xff && (a)->s6_addr[11] == 0xff)
#define IN6_IS_ADDR_V4COMPAT(a) \
    ((a)->s6_addr32[0] == 0 && (a)->s6_addr32[1] == 0 && (a)->s6_addr32[2] == 0 && (a)->s6_addr[15] > 1)
#define IN6_ARE_ADDR_EQUAL(a, b) (__builtin_memcmp((a), (b), 16) == 0)
#define IN6_IS_ADDR_MC_LINKLOCAL(a) (IN6_IS_ADDR_MULTICAST(a) && ((a)->s6_addr[1] & 0xf) == 2)
#define IN6_IS_ADDR_MC_NODELOCAL(a) (IN6_IS_ADDR_MULTICAST(a) && ((a)->s6_addr[1] & 0xf) == 1)
#define IN6_IS_ADDR_MC_SITELOCAL(a) (IN6_IS_ADDR_MULTICAST(a) && ((a)->s6_addr[1] & 0xf) == 5)
#define IN6_IS_ADDR_MC_ORGLOCAL(a) (IN6_IS_ADDR_MULTICAST(a) && ((a)->s6_addr[1] & 0xf) == 8)
#define IN6_IS_ADDR_MC_GLOBAL(a) (IN6_IS_ADDR_MULTICAST(a) && ((a)->s6_addr[1] & 0xf) == 14)

#ifdef __cplusplus
}
#endif
#endif
