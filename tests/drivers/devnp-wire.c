/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A driver written against the documented interface only, in C, as a user would write one: its "hardware" is another io-pkt
 * process. Frames go as messages to the peer's named channel; a thread receives ours.
 *   mount -T io-pkt -o me=left,peer=right[,mac=...] devnp-wire.so
 */
#include <io-pkt/iopkt_driver.h>
#include <net/bpf.h>
#include <net/if_media.h>
#include <net/ifdrvcom.h>
#include <netdrvr/avb.h>
#include <netdrvr/nicsupport.h>
#include <netdrvr/ptp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/dispatch.h>
#include <sys/malloc.h>
#include <sys/neutrino.h>
#include <sys/syslog.h>

#define FRAME_MESSAGE 0x5000
#define PULSE_QUIESCE 1
#define SLOW_COMMAND 0x900 /* uint32_t: milliseconds to sleep ; shall the tick wake us? */
#define LONGEST_FRAME 1518
#define STATISTICS_MS 1000
#define CLOCK_LINE 0 /* with "isr": an interrupt handler on the system timer's line stands for the hardware's */
#define ISR_EVERY 16

struct wire_message {
    uint16_t type;
    uint16_t length;
    char frame[LONGEST_FRAME];
};

struct wire {
    struct device sc_dev;
    struct ethercom sc_ec;
    struct _iopkt_self *iopkt;
    nic_config_t cfg;
    nic_stats_t stats;
    struct ifmedia media;
    struct callout tick;
    void *hook;
    char me[32], peer[32];
    name_attach_t *name;
    int self_coid;
    int peer_coid;
    pthread_t thread;
    int dying;
    unsigned ticks;
    struct _iopkt_inter inter;
    int isr_id;
    volatile unsigned isr_calls;
    unsigned isr_work, isr_enables;
    unsigned sleepers; /* callers of SLOW_COMMAND */
    ptp_time_t clock;
    avb_bw_t bandwidth;
    struct wire_message out;
};

struct wire_args {
    struct _iopkt_self *iopkt;
    void *dll;
    char *options;
};

static int wire_attach(struct device *, struct device *, void *);
static int wire_detach(struct device *, int);
CFATTACH_DECL(wire, sizeof(struct wire), NULL, wire_attach, wire_detach, NULL);

static int wire_options(struct wire *w, char *text)
{
    static char *const words[] = {"me", "peer", "isr", NULL};
    char *value;
    while (text != NULL && *text != '\0') {
        char *rest = strchr(text, ',');
        char one[64];
        snprintf(one, sizeof one, "%.*s", rest != NULL ? (int)(rest - text) : (int)strlen(text), text);
        switch (getsubopt(&text, words, &value)) {
        case 0:
            strlcpy(w->me, value != NULL ? value : "", sizeof w->me);
            break;
        case 1:
            strlcpy(w->peer, value != NULL ? value : "", sizeof w->peer);
            break;
        case 2:
            w->isr_id = 0;
            break;
        default:
            if (nic_parse_options(&w->cfg, one) != EOK)
                return EINVAL;
        }
    }
    return w->me[0] != '\0' && w->peer[0] != '\0' ? EOK : EINVAL;
}

static void wire_receive(struct wire *w, const struct wire_message *msg)
{
    struct ifnet *ifp = &w->sc_ec.ec_if;
    struct mbuf *m;
    if ((ifp->if_flags & IFF_RUNNING) == 0)
        return;
    m = m_getcl_wtp(M_DONTWAIT, MT_DATA, M_PKTHDR, WTP);
    if (m == NULL) {
        w->stats.rx_failed_allocs++;
        ifp->if_iqdrops++;
        return;
    }
    memcpy(mtod(m, char *), msg->frame, msg->length);
    m->m_len = m->m_pkthdr.len = msg->length;
    m->m_pkthdr.rcvif = ifp;
    if (ifp->if_bpf != NULL)
        bpf_mtap(ifp->if_bpf, m);
    ifp->if_ipackets++;
    w->stats.rxed_ok++;
    (*ifp->if_input)(ifp, m);
}

static void wire_quiesce(void *arg)
{
    struct wire *w = arg;
    MsgSendPulse(w->self_coid, SIGEV_PULSE_PRIO_INHERIT, PULSE_QUIESCE, w->dying);
}

static int wire_thread_init(void *arg)
{
    struct wire *w = arg;
    pthread_setname_np(pthread_self(), w->sc_dev.dv_xname);
    WTP->quiesce_callout = wire_quiesce;
    WTP->quiesce_arg = w;
    return EOK;
}

static void *wire_loop(void *arg)
{
    struct wire *w = arg;
    struct wire_message msg;
    while (!w->dying) {
        struct _msg_info info;
        int rcvid = MsgReceive(w->name->chid, &msg, sizeof msg, &info);
        if (rcvid == 0) {
            struct _pulse *pulse = (struct _pulse *)&msg;
            if (pulse->code == PULSE_QUIESCE)
                quiesce_block(pulse->value.sival_int);
            else if (pulse->code == _PULSE_CODE_DISCONNECT)
                ConnectDetach(pulse->scoid);
            continue;
        }
        if (rcvid == -1)
            continue;
        if (msg.type == _IO_CONNECT) { /* name_open() of the peer */
            MsgReply(rcvid, EOK, NULL, 0);
            continue;
        }
        MsgReply(rcvid, EOK, NULL, 0);
        if (msg.type == FRAME_MESSAGE && msg.length >= ETHER_HDR_LEN && msg.length <= LONGEST_FRAME)
            wire_receive(w, &msg);
    }
    return NULL;
}

/* Entered with if_snd_ex held; leaves without it. */
static void wire_start(struct ifnet *ifp)
{
    struct wire *w = ifp->if_softc;
    struct mbuf *m;
    for (;;) {
        IFQ_POLL(&ifp->if_snd, m);
        if (m == NULL)
            break;
        IFQ_DEQUEUE(&ifp->if_snd, m);
        if (ifp->if_bpf != NULL)
            bpf_mtap(ifp->if_bpf, m);
        if (w->peer_coid == -1)
            w->peer_coid = name_open(w->peer, 0);
        w->out.type = FRAME_MESSAGE;
        w->out.length = (uint16_t)m->m_pkthdr.len;
        if (m->m_pkthdr.len > LONGEST_FRAME || w->peer_coid == -1) {
            ifp->if_oerrors++;
        } else {
            m_copydata(m, 0, m->m_pkthdr.len, w->out.frame);
            if (MsgSend(w->peer_coid, &w->out, sizeof w->out, NULL, 0) == -1) {
                name_close(w->peer_coid);
                w->peer_coid = -1;
                ifp->if_oerrors++;
            } else {
                ifp->if_opackets++;
                w->stats.txed_ok++;
            }
        }
        m_freem(m);
    }
    NW_SIGUNLOCK_P(&ifp->if_snd_ex, w->iopkt, WTP);
}

/* In an interrupt: no locks, no calls. */
static const struct sigevent *wire_isr(void *arg, int id)
{
    struct wire *w = arg;
    (void)id;
    return ++w->isr_calls % ISR_EVERY == 0 ? interrupt_queue(w->iopkt, &w->inter) : NULL;
}

static int wire_process_interrupt(void *arg, struct nw_work_thread *wtp)
{
    struct wire *w = arg;
    (void)wtp;
    return ++w->isr_work % 2; /* every other time: not done yet, once more */
}

static int wire_enable_interrupt(void *arg)
{
    struct wire *w = arg;
    w->isr_enables++;
    return 1;
}

static int wire_attach_isr(struct wire *w)
{
    int error;
    w->inter.func = wire_process_interrupt;
    w->inter.enable = wire_enable_interrupt;
    w->inter.arg = w;
    if ((error = interrupt_entry_init(&w->inter, 0, NULL, IRUPT_PRIO_DEFAULT)) != EOK)
        return error;
    w->isr_id = InterruptAttach_r(CLOCK_LINE, wire_isr, w, sizeof *w, 0);
    return w->isr_id < 0 ? -w->isr_id : EOK;
}

static void wire_tick(void *arg)
{
    struct wire *w = arg;
    w->ticks++;
    wakeup(&w->ticks);
    callout_msec(&w->tick, STATISTICS_MS, wire_tick, w);
}

static int wire_init(struct ifnet *ifp)
{
    struct wire *w = ifp->if_softc;
    if (ifp->if_flags & IFF_RUNNING) /* called again at each change */
        return EOK;
    ifp->if_flags |= IFF_RUNNING;
    NW_SIGLOCK(&ifp->if_snd_ex, w->iopkt);
    ifp->if_flags_tx &= ~IFF_OACTIVE;
    NW_SIGUNLOCK(&ifp->if_snd_ex, w->iopkt);
    if_link_state_change(ifp, LINK_STATE_UP);
    callout_msec(&w->tick, STATISTICS_MS, wire_tick, w);
    return EOK;
}

static void wire_stop(struct ifnet *ifp, int disable)
{
    struct wire *w = ifp->if_softc;
    (void)disable;
    callout_stop(&w->tick);
    ifp->if_flags &= ~IFF_RUNNING;
    NW_SIGLOCK(&ifp->if_snd_ex, w->iopkt);
    IFQ_PURGE(&ifp->if_snd);
    NW_SIGUNLOCK(&ifp->if_snd_ex, w->iopkt);
    if_link_state_change(ifp, LINK_STATE_DOWN);
}

/* Data behind struct ifdrv, as published drivers take it: with copyin() in the stack context. */
static int take(struct ifdrv *ifd, void *to, size_t size)
{
    char *data = (char *)ifd + sizeof *ifd;
    if (ifd->ifd_len != size)
        return EINVAL;
    if (!ISSTACK) {
        memcpy(to, data, size);
        return EOK;
    }
    if (copyin(data + (64 << 10), to, size) != EFAULT || copyin(ifd->ifd_data, to, size) != EFAULT)
        return EIO; /* neither is the client's data */
    return copyin(data, to, size);
}

static int give(struct ifdrv *ifd, const void *from, size_t size)
{
    return ifd->ifd_len != size ? EINVAL : copyout(from, (char *)ifd + sizeof *ifd, size);
}

static int wire_sleep(struct wire *w, struct ifdrv *ifd)
{
    uint32_t want[2]; /* milliseconds, until the tick? */
    int error = take(ifd, want, sizeof want);
    if (error == EOK) {
        w->sleepers++;
        error = ltsleep(want[1] ? (void *)&w->ticks : (void *)want, 0, "wire", (int)want[0], NULL);
        w->sleepers--;
    }
    return error;
}

static int wire_command(struct wire *w, struct ifdrv *ifd)
{
    ptp_extts_t stamp;
    int error;
    switch (ifd->ifd_cmd) {
    case PTP_SET_TIME:
        return take(ifd, &w->clock, sizeof w->clock);
    case PTP_GET_TIME:
        return give(ifd, &w->clock, sizeof w->clock);
    case PTP_GET_RX_TIMESTAMP:
        if ((error = take(ifd, &stamp, sizeof stamp)) != EOK)
            return error;
        if (stamp.sequence_id != 7)
            return ENOENT;
        stamp.ts = w->clock;
        return give(ifd, &stamp, sizeof stamp);
    case AVB_SET_BW:
        memcpy(&w->bandwidth, &ifd->ifd_data, sizeof w->bandwidth);
        return w->bandwidth.bandwidth[5] > 75000 ? EINVAL : EOK;
    case SLOW_COMMAND:
        return wire_sleep(w, ifd);
    default:
        return ENOTTY;
    }
}

static int wire_ioctl(struct ifnet *ifp, unsigned long cmd, caddr_t data)
{
    struct wire *w = ifp->if_softc;
    struct drvcom_config *config = (struct drvcom_config *)data;
    int error;
    switch (cmd) {
    case SIOCGDRVCOM:
        if (config->dcom_cmd.ifdc_cmd == DRVCOM_CONFIG) {
            if (config->dcom_cmd.ifdc_len != sizeof(nic_config_t))
                return EINVAL;
            snprintf(w->cfg.device_description, sizeof w->cfg.device_description,
                     "Wire between two io-pkt, %u+%u, %u asleep", w->isr_work, w->isr_enables, w->sleepers);
            memcpy(&config->dcom_config, &w->cfg, sizeof w->cfg);
            return EOK;
        }
        if (config->dcom_cmd.ifdc_cmd != DRVCOM_STATS || config->dcom_cmd.ifdc_len != sizeof(nic_stats_t))
            return EINVAL;
        memcpy(&((struct drvcom_stats *)data)->dcom_stats, &w->stats, sizeof w->stats);
        return EOK;
    case SIOCGIFMEDIA:
    case SIOCSIFMEDIA:
        return ifmedia_ioctl(ifp, (struct ifreq *)data, &w->media, cmd);
    case SIOCSDRVSPEC:
    case SIOCGDRVSPEC:
        return wire_command(w, (struct ifdrv *)data);
    default:
        error = ether_ioctl(ifp, cmd, data);
        return error == ENETRESET ? EOK : error;
    }
}

static int wire_media_change(struct ifnet *ifp)
{
    (void)ifp;
    return EOK;
}

static void wire_media_status(struct ifnet *ifp, struct ifmediareq *req)
{
    req->ifm_status = IFM_AVALID | (ifp->if_flags & IFF_RUNNING ? IFM_ACTIVE : 0);
    req->ifm_active = IFM_ETHER | IFM_1000_T | IFM_FDX;
}

static void wire_shutdown(void *arg)
{
    struct wire *w = arg;
    w->dying = 1;
}

static int wire_attach(struct device *parent, struct device *self, void *aux)
{
    struct wire *w = (struct wire *)self;
    struct wire_args *args = aux;
    struct ifnet *ifp = &w->sc_ec.ec_if;
    int error;
    (void)parent;
    w->iopkt = args->iopkt;
    self->dv_dll_hdl = args->dll;
    w->peer_coid = -1;
    w->isr_id = -1;
    memcpy(w->cfg.current_address, "\x02\x00\x5e\x00\x00\x01", ETHER_ADDR_LEN);
    if ((error = wire_options(w, args->options)) != EOK) {
        log(LOG_ERR, "devnp-wire: want me=name,peer=name");
        return error;
    }
    w->name = name_attach(NULL, w->me, 0);
    if (w->name == NULL)
        return errno;
    w->self_coid = ConnectAttach(0, 0, w->name->chid, _NTO_SIDE_CHANNEL, 0);
    error = nw_pthread_create(&w->thread, NULL, wire_loop, w, 0, wire_thread_init, w);
    if (error != EOK) {
        name_detach(w->name, 0);
        return error;
    }
    strlcpy(ifp->if_xname, self->dv_xname, IFNAMSIZ);
    ifp->if_softc = w;
    ifp->if_dev = self;
    ifp->if_flags = IFF_BROADCAST | IFF_SIMPLEX | IFF_MULTICAST;
    ifp->if_ioctl = wire_ioctl;
    ifp->if_start = wire_start;
    ifp->if_init = wire_init;
    ifp->if_stop = wire_stop;
    IFQ_SET_MAXLEN(&ifp->if_snd, 64);
    IFQ_SET_READY(&ifp->if_snd);
    callout_init(&w->tick);
    ifmedia_init(&w->media, IFM_IMASK, wire_media_change, wire_media_status);
    ifmedia_add(&w->media, IFM_ETHER | IFM_AUTO, 0, NULL);
    ifmedia_set(&w->media, IFM_ETHER | IFM_AUTO);
    strlcpy(w->cfg.device_description, "Wire between two io-pkt", sizeof w->cfg.device_description);
    strlcpy(w->cfg.uptype, "en", sizeof w->cfg.uptype);
    w->cfg.mtu = w->cfg.mru = ETHERMTU;
    w->cfg.mac_length = ETHER_ADDR_LEN;
    w->cfg.media = NIC_MEDIA_802_3;
    memcpy(w->cfg.permanent_address, w->cfg.current_address, ETHER_ADDR_LEN);
    w->stats.revision = NIC_STATS_REVISION;
    if_attach(ifp);
    ether_ifattach(ifp, w->cfg.current_address);
    w->hook = shutdownhook_establish(wire_shutdown, w);
    if (w->isr_id == 0 && (error = wire_attach_isr(w)) != EOK)
        log(LOG_ERR, "%s: no interrupt handler: %s", self->dv_xname, strerror(error));
    return EOK;
}

static int wire_detach(struct device *self, int flags)
{
    struct wire *w = (struct wire *)self;
    struct ifnet *ifp = &w->sc_ec.ec_if;
    (void)flags;
    wire_stop(ifp, 1);
    if (w->isr_id >= 0) {
        InterruptDetach(w->isr_id);
        interrupt_entry_remove(&w->inter, NULL);
    }
    w->dying = 1;
    MsgSendPulse(w->self_coid, SIGEV_PULSE_PRIO_INHERIT, PULSE_QUIESCE + 1, 0);
    nw_pthread_reap(w->thread);
    if (w->peer_coid != -1)
        name_close(w->peer_coid);
    ConnectDetach(w->self_coid);
    name_detach(w->name, 0);
    shutdownhook_disestablish(w->hook);
    ether_ifdetach(ifp);
    if_detach(ifp);
    return EOK;
}

static int wire_entry(void *dll_hdl, struct _iopkt_self *iopkt, char *options)
{
    struct wire_args args = {iopkt, dll_hdl, options};
    struct device *dev;
    int single;
    return dev_attach("wire", options, &wire_ca, &args, &single, &dev, NULL);
}

struct _iopkt_drvr_entry IOPKT_DRVR_ENTRY_SYM(wire) = IOPKT_DRVR_ENTRY_SYM_INIT(wire_entry);
