/* SPDX-License-Identifier: Apache-2.0 */
/* A driver's media list, for ifconfig media. Includes the public <net/if_media.h>. */
#ifndef _NETMGR_NET_IF_MEDIA_H
#define _NETMGR_NET_IF_MEDIA_H
#include_next <net/if_media.h>
#include <net/if.h>

#ifdef __cplusplus
extern "C" {
#endif

struct ifmedia_entry {
    int ifm_media;
    int ifm_data;
    void *ifm_aux;
};
#define IFMEDIA_MAX 24

typedef int (*ifm_change_cb_t)(struct ifnet *);
typedef void (*ifm_stat_cb_t)(struct ifnet *, struct ifmediareq *);

struct ifmedia {
    int ifm_mask;
    int ifm_media;                  /* the user's choice */
    struct ifmedia_entry *ifm_cur;
    int ifm_count;
    struct ifmedia_entry ifm_list[IFMEDIA_MAX];
    ifm_change_cb_t ifm_change;
    ifm_stat_cb_t ifm_status;
};
#define IFM_INST_ANY (-1)

void ifmedia_init(struct ifmedia *ifm, int mask, ifm_change_cb_t change, ifm_stat_cb_t status);
void ifmedia_add(struct ifmedia *ifm, int word, int data, void *aux);
void ifmedia_set(struct ifmedia *ifm, int word);
/* SIOCSIFMEDIA, SIOCGIFMEDIA. The list goes to ifm_ulist, which the socket front has pointed at reply memory. */
int ifmedia_ioctl(struct ifnet *ifp, struct ifreq *ifr, struct ifmedia *ifm, unsigned long cmd);
void ifmedia_delete_instance(struct ifmedia *ifm, int instance);

#ifdef __cplusplus
}
#endif
#endif
