/* SPDX-License-Identifier: Apache-2.0 */
/* The tap a driver gives every frame to while ifp->if_bpf is not NULL. Includes the public <net/bpf.h> where there is one. */
#ifndef _NETMGR_NET_BPF_H
#define _NETMGR_NET_BPF_H
#if __has_include_next(<net/bpf.h>)
#include_next <net/bpf.h>
#endif
struct mbuf;
#ifdef __cplusplus
extern "C" {
#endif
void bpf_mtap(char *if_bpf, struct mbuf *m);    /* any thread; m is not consumed */
#ifdef __cplusplus
}
#endif
#endif
