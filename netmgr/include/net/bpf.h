/* SPDX-License-Identifier: Apache-2.0 */
/* The tap a driver gives every frame to while ifp->if_bpf is not NULL. Includes the public <net/bpf.h>. */
#ifndef _NETMGR_NET_BPF_H
#define _NETMGR_NET_BPF_H
#include_next <net/bpf.h>
#ifdef __cplusplus
extern "C" {
#endif
struct ifnet;
struct mbuf;
/* Stack context. An interface without bpfattach() cannot be captured; ether_ifattach() does it for Ethernet. */
void bpfattach(struct ifnet *ifp, unsigned dlt, unsigned header_len);
void bpfdetach(struct ifnet *ifp);
/* Any thread; m is not consumed. if_bpf is the interface's. */
void bpf_mtap(char *if_bpf, struct mbuf *m);
void bpf_mtap_af(char *if_bpf, uint32_t family, struct mbuf *m);    /* DLT_NULL: m has no link header */
void bpf_mtap2(char *if_bpf, const void *header, unsigned len, struct mbuf *m);
void bpf_tap(char *if_bpf, const uint8_t *packet, unsigned len);    /* counts as sent */
#ifdef __cplusplus
}
#endif
#endif
