/* SPDX-License-Identifier: Apache-2.0 */
/* Network interfaces: flags and ioctl structures. */
#pragma once
#include <sys/socket.h>
#include <sys/types.h>
#include <time.h>
#include <sys/time.h>

#define IFNAMSIZ 16
#define IF_NAMESIZE 16

#define IFF_UP 0x0001
#define IFF_BROADCAST 0x0002
#define IFF_DEBUG 0x0004
#define IFF_LOOPBACK 0x0008
#define IFF_POINTOPOINT 0x0010
#define IFF_NOTRAILERS 0x0020
#define IFF_RUNNING 0x0040
#define IFF_NOARP 0x0080
#define IFF_PROMISC 0x0100
#define IFF_ALLMULTI 0x0200
#define IFF_OACTIVE 0x0400
#define IFF_SIMPLEX 0x0800
#define IFF_LINK0 0x1000
#define IFF_LINK1 0x2000
#define IFF_LINK2 0x4000
#define IFF_MULTICAST 0x8000
#define IFF_IP6FORWARDING 0x20000000
#define IFF_ACCEPTRTADV 0x40000000
#define IFF_SHIM 0x80000000

#define LINK_STATE_UNKNOWN 0
#define LINK_STATE_DOWN 1
#define LINK_STATE_UP 2

#define IFCAP_TSOv4 0x00080
#define IFCAP_CSUM_IPv4_Rx 0x00100
#define IFCAP_CSUM_IPv4_Tx 0x00200
#define IFCAP_CSUM_TCPv4_Rx 0x00400
#define IFCAP_CSUM_TCPv4_Tx 0x00800
#define IFCAP_CSUM_UDPv4_Rx 0x01000
#define IFCAP_CSUM_UDPv4_Tx 0x02000
#define IFCAP_CSUM_TCPv6_Rx 0x04000
#define IFCAP_CSUM_TCPv6_Tx 0x08000
#define IFCAP_CSUM_UDPv6_Rx 0x10000
#define IFCAP_CSUM_UDPv6_Tx 0x20000
/* capabilities as QNX prints them: one set for receive, one for transmit */
#define IFCAP_CSUM_IPv4 0x01
#define IFCAP_CSUM_TCPv4 0x02
#define IFCAP_CSUM_UDPv4 0x04
#define IFCAP_CSUM_TCPv6 0x08
#define IFCAP_CSUM_UDPv6 0x10
#define IFCAP_TSO4 0x20

struct if_data {
    uint8_t ifi_type, ifi_addrlen, ifi_hdrlen;
    int32_t ifi_link_state;
    uint64_t ifi_mtu, ifi_metric, ifi_baudrate;
    uint64_t ifi_ipackets, ifi_ierrors, ifi_opackets, ifi_oerrors, ifi_collisions;
    uint64_t ifi_ibytes, ifi_obytes, ifi_imcasts, ifi_omcasts, ifi_iqdrops, ifi_noproto;
    struct timespec ifi_lastchange;
};
struct ifreq {
    char ifr_name[IFNAMSIZ];
    union {
        struct sockaddr ifru_addr, ifru_dstaddr, ifru_broadaddr;
        struct sockaddr_storage ifru_space;
        short ifru_flags;
        int ifru_metric, ifru_mtu, ifru_dlt, ifru_media;
        unsigned ifru_value;
        int ifru_index;
        void *ifru_data;
        char ifru_newname[IFNAMSIZ];
    } ifr_ifru;
};
#define ifr_addr ifr_ifru.ifru_addr
#define ifr_dstaddr ifr_ifru.ifru_dstaddr
#define ifr_broadaddr ifr_ifru.ifru_broadaddr
#define ifr_space ifr_ifru.ifru_space
#define ifr_flags ifr_ifru.ifru_value /* 32 bits: QNX has flags above 0xffff */
#define ifr_metric ifr_ifru.ifru_metric
#define ifr_mtu ifr_ifru.ifru_mtu
#define ifr_dlt ifr_ifru.ifru_dlt
#define ifr_value ifr_ifru.ifru_value
#define ifr_media ifr_ifru.ifru_media
#define ifr_index ifr_ifru.ifru_index
#define ifr_data ifr_ifru.ifru_data
#define ifr_newname ifr_ifru.ifru_newname

struct ifcapreq {
    char ifcr_name[IFNAMSIZ];
    uint32_t ifcr_capabilities_rx, ifcr_capabilities_tx;
    uint32_t ifcr_capenable_rx, ifcr_capenable_tx;
};
struct ifdatareq {
    char ifdr_name[IFNAMSIZ];
    struct if_data ifdr_data;
};
struct ifaliasreq {
    char ifra_name[IFNAMSIZ];
    struct sockaddr ifra_addr, ifra_dstaddr;
    struct sockaddr ifra_mask;
};
#define ifra_broadaddr ifra_dstaddr
struct ifmediareq {
    char ifm_name[IFNAMSIZ];
    int ifm_current, ifm_mask, ifm_status, ifm_active;
    int ifm_count;
    int *ifm_ulist;
};
struct ifdrv {
    char ifd_name[IFNAMSIZ];
    unsigned long ifd_cmd;
    size_t ifd_len;
    void *ifd_data;
};
/* One entry for each address, of variable length: name and sockaddr, at least sizeof(struct sockaddr). Walk with _SIZEOF_ADDR_IFREQ. */
struct ifconf {
    int ifc_len;
    union {
        char *ifcu_buf;
        struct ifreq *ifcu_req;
    } ifc_ifcu;
};
#define ifc_buf ifc_ifcu.ifcu_buf
#define ifc_req ifc_ifcu.ifcu_req
#define _SIZEOF_ADDR_IFREQ(ifr)                                             \
    ((ifr).ifr_addr.sa_len > sizeof(struct sockaddr)                        \
         ? (IFNAMSIZ + (((size_t)(ifr).ifr_addr.sa_len + 7u) & ~(size_t)7u)) \
         : (IFNAMSIZ + sizeof(struct sockaddr)))
struct if_clonereq {
    int ifcr_total, ifcr_count;
    char *ifcr_buffer;
};
struct if_nameindex {
    unsigned if_index;
    char *if_name;
};
#ifdef __cplusplus
extern "C" {
#endif
unsigned if_nametoindex(const char *);
char *if_indextoname(unsigned, char *);
struct if_nameindex *if_nameindex(void);
void if_freenameindex(struct if_nameindex *);
#ifdef __cplusplus
}
#endif
