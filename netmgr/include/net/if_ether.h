/* SPDX-License-Identifier: Apache-2.0 */
/* What Ethernet drivers share: struct ethercom, the multicast list and ether_ioctl. */
#ifndef _NET_IF_ETHER_H
#define _NET_IF_ETHER_H
#include <net/if.h>
#include <stdint.h>
#include <string.h>
#include <sys/bsd_queue.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ETHER_ADDR_LEN 6
#define ETHER_TYPE_LEN 2
#define ETHER_CRC_LEN 4
#define ETHER_HDR_LEN 14
#define ETHER_MIN_LEN 64
#define ETHER_MAX_LEN 1518
#define ETHER_VLAN_ENCAP_LEN 4
#define ETHERMTU (ETHER_MAX_LEN - ETHER_HDR_LEN - ETHER_CRC_LEN)
#define ETHERMTU_JUMBO 9000
#define ETHERMIN (ETHER_MIN_LEN - ETHER_HDR_LEN - ETHER_CRC_LEN)

#define ETHERTYPE_IP 0x0800
#define ETHERTYPE_ARP 0x0806
#define ETHERTYPE_VLAN 0x8100
#define ETHERTYPE_IPV6 0x86dd

struct ether_addr {
    uint8_t ether_addr_octet[ETHER_ADDR_LEN];
};
struct ether_header {
    uint8_t ether_dhost[ETHER_ADDR_LEN];
    uint8_t ether_shost[ETHER_ADDR_LEN];
    uint16_t ether_type;    /* network order */
};
#define ETHER_IS_MULTICAST(addr) (((addr)[0] & 0x01) != 0)

struct ether_multi {
    uint8_t enm_addrlo[ETHER_ADDR_LEN];
    uint8_t enm_addrhi[ETHER_ADDR_LEN];
    unsigned enm_refcount;
    LIST_ENTRY(ether_multi) enm_list;
};
LIST_HEAD(ether_multi_head, ether_multi);

struct ethercom {           /* first member of a driver's softc after struct device, by convention sc_ec */
    struct ifnet ec_if;
    struct ether_multi_head ec_multiaddrs;
    int ec_multicnt;
    int ec_capabilities;    /* ETHERCAP_* */
    int ec_capenable;
    int ec_nvlans;
};
#define ETHERCAP_VLAN_MTU 0x1
#define ETHERCAP_VLAN_HWTAGGING 0x2
#define ETHERCAP_JUMBO_MTU 0x4

struct ether_multistep {
    struct ether_multi *e_enm;
};
#define ETHER_NEXT_MULTI(step, enm) do { \
        if (((enm) = (step).e_enm) != 0) \
            (step).e_enm = (enm)->enm_list.le_next; \
    } while (0)
#define ETHER_FIRST_MULTI(step, ec, enm) do { \
        (step).e_enm = (ec)->ec_multiaddrs.lh_first; \
        ETHER_NEXT_MULTI((step), (enm)); \
    } while (0)
#define ETHER_LOOKUP_MULTI(lo, hi, ec, enm) do { \
        for ((enm) = (ec)->ec_multiaddrs.lh_first; (enm) != 0; (enm) = (enm)->enm_list.le_next) \
            if (memcmp((enm)->enm_addrlo, (lo), ETHER_ADDR_LEN) == 0 && \
                memcmp((enm)->enm_addrhi, (hi), ETHER_ADDR_LEN) == 0) \
                break; \
    } while (0)

extern const uint8_t etherbroadcastaddr[ETHER_ADDR_LEN];

void ether_ifattach(struct ifnet *ifp, const uint8_t *mac);    /* after if_attach */
void ether_ifdetach(struct ifnet *ifp);
/* The common part of if_ioctl. ENETRESET: flags or the multicast list changed, the hardware filter must be set anew. */
int ether_ioctl(struct ifnet *ifp, unsigned long cmd, char *data);
/* Any worker: takes m. m_pkthdr.rcvif, m_pkthdr.len, m_len set; starts with the Ethernet header. */
void ether_input(struct ifnet *ifp, struct mbuf *m);
uint32_t ether_crc32_le(const uint8_t *buf, size_t len);
uint32_t ether_crc32_be(const uint8_t *buf, size_t len);

#ifdef __cplusplus
}
#endif
#endif
