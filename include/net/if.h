/* SPDX-License-Identifier: Apache-2.0 */
/* Interfaces as clients see them: flags, capabilities and the structures of the interface ioctls. */
#ifndef _NET_IF_H
#define _NET_IF_H
#include <stdint.h>
#include <sys/socket.h>
#include <sys/time.h>

#ifdef __cplusplus
extern "C" {
#endif

#define IFNAMSIZ 16
#define IF_NAMESIZE IFNAMSIZ

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
#define IFF_SHIM 0x80000000u

/* Set by the stack and the drivers, never by ioctl. */
#define IFF_CANTCHANGE \
    (IFF_BROADCAST | IFF_POINTOPOINT | IFF_RUNNING | IFF_OACTIVE | IFF_SIMPLEX | IFF_MULTICAST | IFF_ALLMULTI | IFF_PROMISC)

/* Offload capabilities; the same bits in if_capabilities_rx and _tx. */
#define IFCAP_CSUM_IPv4 0x0001
#define IFCAP_CSUM_TCPv4 0x0002
#define IFCAP_CSUM_UDPv4 0x0004
#define IFCAP_CSUM_TCPv6 0x0008
#define IFCAP_CSUM_UDPv6 0x0010
#define IFCAP_TSOv4 0x0020

enum { LINK_STATE_UNKNOWN = 0, LINK_STATE_DOWN = 1, LINK_STATE_UP = 2 };

struct if_data {
    uint8_t ifi_type;           /* IFT_* */
    uint8_t ifi_addrlen;
    uint8_t ifi_hdrlen;
    uint8_t ifi_link_state;     /* LINK_STATE_* */
    uint32_t ifi_zero;
    uint64_t ifi_mtu;
    uint64_t ifi_metric;
    uint64_t ifi_baudrate;      /* bits a second */
    uint64_t ifi_ipackets;
    uint64_t ifi_ierrors;
    uint64_t ifi_opackets;
    uint64_t ifi_oerrors;
    uint64_t ifi_collisions;
    uint64_t ifi_ibytes;
    uint64_t ifi_obytes;
    uint64_t ifi_imcasts;
    uint64_t ifi_omcasts;
    uint64_t ifi_iqdrops;
    uint64_t ifi_noproto;
    struct timeval ifi_lastchange;
};

struct ifreq {
    char ifr_name[IFNAMSIZ];
    union {
        struct sockaddr ifru_addr;
        struct sockaddr ifru_dstaddr;
        struct sockaddr ifru_broadaddr;
        struct sockaddr_storage ifru_space;
        char ifru_newname[IFNAMSIZ];
        int ifru_flags;
        int ifru_metric;
        int ifru_mtu;
        int ifru_dlt;
        unsigned ifru_value;
        void *ifru_data;
    } ifr_ifru;
};
#define ifr_addr ifr_ifru.ifru_addr
#define ifr_dstaddr ifr_ifru.ifru_dstaddr
#define ifr_broadaddr ifr_ifru.ifru_broadaddr
#define ifr_space ifr_ifru.ifru_space
#define ifr_newname ifr_ifru.ifru_newname
#define ifr_flags ifr_ifru.ifru_flags
#define ifr_metric ifr_ifru.ifru_metric
#define ifr_mtu ifr_ifru.ifru_mtu
#define ifr_dlt ifr_ifru.ifru_dlt
#define ifr_value ifr_ifru.ifru_value
#define ifr_media ifr_ifru.ifru_metric
#define ifr_data ifr_ifru.ifru_data

struct ifcapreq {
    char ifcr_name[IFNAMSIZ];
    uint64_t ifcr_capabilities_rx;
    uint64_t ifcr_capabilities_tx;
    uint64_t ifcr_capenable_rx;
    uint64_t ifcr_capenable_tx;
};

struct ifaliasreq {
    char ifra_name[IFNAMSIZ];
    struct sockaddr ifra_addr;
    struct sockaddr ifra_dstaddr; /* or broadcast address */
    struct sockaddr ifra_mask;
};
#define ifra_broadaddr ifra_dstaddr

struct ifdatareq {
    char ifdr_name[IFNAMSIZ];
    struct if_data ifdr_data;
};

/* Over messages the media list follows the structure (the client library moves it to and from ifm_ulist). */
struct ifmediareq {
    char ifm_name[IFNAMSIZ];
    int ifm_current;
    int ifm_mask;
    int ifm_status;
    int ifm_active;
    int ifm_count;
    int *ifm_ulist;
};

struct ifdrv {
    char ifd_name[IFNAMSIZ];
    unsigned long ifd_cmd;
    size_t ifd_len;
    void *ifd_data;
};

/* Over messages the ifreq list follows the structure. Entries are variable: name + max(sizeof sockaddr, sa_len). */
struct ifconf {
    int ifc_len;
    union {
        void *ifcu_buf;
        struct ifreq *ifcu_req;
    } ifc_ifcu;
};
#define ifc_buf ifc_ifcu.ifcu_buf
#define ifc_req ifc_ifcu.ifcu_req
#define IFREQ_ENTRY_LEN(sa_len_) (IFNAMSIZ + ((sa_len_) > sizeof(struct sockaddr) ? (size_t)(sa_len_) : sizeof(struct sockaddr)))

/* Over messages the names (IFNAMSIZ each) follow the structure. */
struct if_clonereq {
    int ifcr_total;
    int ifcr_count;
    char *ifcr_buffer;
};

struct if_laddrreq {
    char iflr_name[IFNAMSIZ];
    unsigned flags;
#define IFLR_PREFIX 0x8000
#define IFLR_ACTIVE 0x4000
    unsigned prefixlen;
    struct sockaddr_storage addr;
    struct sockaddr_storage dstaddr;
};

/* Routing socket: interface and address messages. */
struct if_msghdr {
    uint16_t ifm_msglen;
    uint8_t ifm_version;
    uint8_t ifm_type;
    int32_t ifm_addrs;
    int32_t ifm_flags;
    uint16_t ifm_index;
    uint16_t ifm_zero;
    struct if_data ifm_data;
};

struct ifa_msghdr {
    uint16_t ifam_msglen;
    uint8_t ifam_version;
    uint8_t ifam_type;
    int32_t ifam_addrs;
    int32_t ifam_flags;
    int32_t ifam_metric;
    uint16_t ifam_index;
    uint16_t ifam_zero;
};

struct if_announcemsghdr {
    uint16_t ifan_msglen;
    uint8_t ifan_version;
    uint8_t ifan_type;
    uint16_t ifan_index;
    char ifan_name[IFNAMSIZ];
    uint16_t ifan_what;
};
#define IFAN_ARRIVAL 0
#define IFAN_DEPARTURE 1

struct if_nameindex {
    unsigned if_index;
    char *if_name;
};
unsigned if_nametoindex(const char *);
char *if_indextoname(unsigned, char *);
struct if_nameindex *if_nameindex(void);
void if_freenameindex(struct if_nameindex *);

#ifdef __cplusplus
}
#endif
#endif
