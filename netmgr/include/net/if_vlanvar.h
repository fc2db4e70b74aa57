/* SPDX-License-Identifier: Apache-2.0 */
/* The 802.1Q tag as drivers see it (IEEE 802.1Q, 9.6). Includes the public <net/if_vlanvar.h>. No card is asked to put tags in: vlan interfaces do it. */
#ifndef _NETMGR_NET_IF_VLANVAR_H
#define _NETMGR_NET_IF_VLANVAR_H
#include_next <net/if_vlanvar.h>
#include <net/if_ether.h>
#include <stdint.h>

struct ether_vlan_header {
    uint8_t evl_dhost[ETHER_ADDR_LEN];
    uint8_t evl_shost[ETHER_ADDR_LEN];
    uint16_t evl_encap_proto;   /* network order: ETHERTYPE_VLAN */
    uint16_t evl_tag;           /* network order */
    uint16_t evl_proto;         /* network order */
};
#define EVL_VLID_MASK 0x0fff
#define EVL_VLANOFTAG(tag) ((tag) & EVL_VLID_MASK)
#define EVL_PRIOFTAG(tag) (((tag) >> 13) & 7)
#endif
