/* SPDX-License-Identifier: Apache-2.0 */
/* struct ifnet: an interface as its driver and the stack share it. Includes the public <net/if.h>. */
#ifndef _NETMGR_NET_IF_H
#define _NETMGR_NET_IF_H
#include_next <net/if.h>
#include <siglock.h>
#include <sys/bsd_queue.h>
#include <sys/callout.h>
#include <sys/mbuf.h>

#ifdef __cplusplus
extern "C" {
#endif

struct rtentry;
struct ifaddr;
struct ifmedia;
struct device;
struct sockaddr_dl;

/* Output queue; under if_snd_ex. */
struct ifqueue {
    struct mbuf *ifq_head;
    struct mbuf *ifq_tail;
    int ifq_len;
    int ifq_maxlen;
    uint64_t ifq_drops;
};
#define ifaltq ifqueue
#define IFQ_MAXLEN 256

#define IF_QFULL(q) ((q)->ifq_len >= (q)->ifq_maxlen)
#define IF_DROP(q) ((q)->ifq_drops++)
#define IF_ENQUEUE(q, m) do { \
        (m)->m_nextpkt = 0; \
        if ((q)->ifq_tail == 0) \
            (q)->ifq_head = (m); \
        else \
            (q)->ifq_tail->m_nextpkt = (m); \
        (q)->ifq_tail = (m); \
        (q)->ifq_len++; \
    } while (0)
#define IF_PREPEND(q, m) do { \
        (m)->m_nextpkt = (q)->ifq_head; \
        if ((q)->ifq_tail == 0) \
            (q)->ifq_tail = (m); \
        (q)->ifq_head = (m); \
        (q)->ifq_len++; \
    } while (0)
#define IF_POLL(q, m) ((m) = (q)->ifq_head)
#define IF_DEQUEUE(q, m) do { \
        (m) = (q)->ifq_head; \
        if (m) { \
            if (((q)->ifq_head = (m)->m_nextpkt) == 0) \
                (q)->ifq_tail = 0; \
            (m)->m_nextpkt = 0; \
            (q)->ifq_len--; \
        } \
    } while (0)
#define IF_PURGE(q) do { \
        struct mbuf *m_purge_; \
        for (;;) { \
            IF_DEQUEUE((q), m_purge_); \
            if (m_purge_ == 0) \
                break; \
            m_freem(m_purge_); \
        } \
    } while (0)
#define IF_IS_EMPTY(q) ((q)->ifq_len == 0)
#define IFQ_SET_READY(q) ((void)(q))
#define IFQ_SET_MAXLEN(q, n) ((q)->ifq_maxlen = (n))
#define IFQ_POLL(q, m) IF_POLL((q), (m))
#define IFQ_DEQUEUE(q, m) IF_DEQUEUE((q), (m))
#define IFQ_IS_EMPTY(q) IF_IS_EMPTY(q)
#define IFQ_PURGE(q) IF_PURGE(q)

TAILQ_HEAD(ifnet_head, ifnet);

struct ifnet {
    void *if_softc;
    TAILQ_ENTRY(ifnet) if_list;
    struct ifaddr *if_addrs;            /* stack context only */
    char if_xname[IFNAMSIZ];
    void *if_stack;                     /* netmgr::Stack it is attached to */
    struct device *if_dev;
    char *if_bpf;                       /* non-NULL: somebody listens, call bpf_mtap() */
    int if_pcount;                      /* promiscuous listeners */
    uint16_t if_index;
    short if_timer;                     /* seconds until if_watchdog, 0 = off */
    unsigned if_flags;                  /* IFF_*, stack context */
    unsigned if_flags_tx;               /* IFF_OACTIVE, under if_snd_ex */
    struct if_data if_data;

    /* Methods: 0 or an errno. if_start is entered with if_snd_ex held and releases it. */
    int (*if_output)(struct ifnet *, struct mbuf *, const struct sockaddr *, struct rtentry *);
    void (*if_input)(struct ifnet *, struct mbuf *);
    void (*if_start)(struct ifnet *);
    int (*if_ioctl)(struct ifnet *, unsigned long, char *);
    int (*if_init)(struct ifnet *);
    void (*if_stop)(struct ifnet *, int disable);
    void (*if_watchdog)(struct ifnet *);

    struct ifqueue if_snd;
    struct nw_siglock if_snd_ex;

    struct sockaddr_dl *if_sadl;        /* link-level address, made by if_attach */
    const uint8_t *if_broadcastaddr;
    uint64_t if_capabilities_rx;        /* IFCAP_* the hardware can */
    uint64_t if_capabilities_tx;
    uint64_t if_capenable_rx;           /* and that are on */
    uint64_t if_capenable_tx;
    int if_csum_flags_tx;               /* M_CSUM_* for the enabled ones */
    int if_csum_flags_rx;
    struct ifmedia *if_media;
    void *if_pfil;                      /* packet filter head (IFNET type) */
    void *if_afdata[2];                 /* per family state: [0] inet, [1] inet6 */
    struct callout if_link_task;        /* link changes, on their way to the stack context */
    void *if_bpf_tap;                   /* listeners, see bpfattach() */
    uint16_t if_dlt;                    /* DLT_* of a capture */
    uint16_t if_dlt_hdrlen;             /* 0: cannot be captured */
    uint32_t if_fibs;                   /* forwarding tables it belongs to, a bit each; if_attach: the first */
};
#define if_type if_data.ifi_type
#define if_addrlen if_data.ifi_addrlen
#define if_hdrlen if_data.ifi_hdrlen
#define if_link_state if_data.ifi_link_state
#define if_mtu if_data.ifi_mtu
#define if_metric if_data.ifi_metric
#define if_baudrate if_data.ifi_baudrate
#define if_ipackets if_data.ifi_ipackets
#define if_ierrors if_data.ifi_ierrors
#define if_opackets if_data.ifi_opackets
#define if_oerrors if_data.ifi_oerrors
#define if_collisions if_data.ifi_collisions
#define if_ibytes if_data.ifi_ibytes
#define if_obytes if_data.ifi_obytes
#define if_imcasts if_data.ifi_imcasts
#define if_omcasts if_data.ifi_omcasts
#define if_iqdrops if_data.ifi_iqdrops
#define if_noproto if_data.ifi_noproto
#define if_lastchange if_data.ifi_lastchange

#define IFNET_FOREACH(ifp) for ((ifp) = ifnet_first(); (ifp); (ifp) = (ifp)->if_list.tqe_next)
struct ifnet *ifnet_first(void);

/* Stack context. if_xname, if_flags, if_mtu and the methods are set before if_attach. */
void if_attach(struct ifnet *ifp);
void if_detach(struct ifnet *ifp);
void if_link_state_change(struct ifnet *ifp, int state);    /* any thread: LINK_STATE_* */

#ifdef __cplusplus
}
#endif
#endif
