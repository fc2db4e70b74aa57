/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The manual page's fictitious "abc100", by a second stranger: a card on the local bus (memrange=, irq=) with a PHY. No machine has
 * one, so a window of shared memory named by memrange stands for its registers; whoever else opens the same window is the other end
 * of the cable, and a pulse stands for its interrupt line. Without memrange= the first window with a free end is taken.
 *   io-pkt-v4-hc -d abc100 [memrange=0x10064000][,irq=0x80050024][,mac=001122334455]
 */
#include <dev/mii/miivar.h>
#include <drvr/hwinfo.h>
#include <fcntl.h>
#include <io-pkt/iopkt_driver.h>
#include <net/bpf.h>
#include <net/if_types.h>
#include <net/ifdrvcom.h>
#include <netdrvr/common.h>
#include <netdrvr/eth.h>
#include <netdrvr/mdi.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/malloc.h>
#include <sys/syslog.h>

#define FIRST_WINDOW 0x10064000u
#define WINDOW_STEP 0x10000u
#define WINDOWS 8
#define DEFAULT_IRQ 0x80050024u
#define SLOTS 32u
#define PHY 0
#define PULSE_IRQ 1
#define PULSE_QUIESCE 2
#define PULSE_END 3
#define LINK_MS 100
#define PRIORITY 21

/* One end of the cable: who sits there and the frames it has sent. Written by its owner, head by the other end. */
struct abc_end {
    atomic_int pid;
    atomic_int chid;
    atomic_int running;
    atomic_uint head;
    atomic_uint tail;
    struct {
        uint16_t length;
        char data[ETH_MAX_PKT_LEN];
    } slot[SLOTS];
};
struct abc_window {
    struct abc_end end[2];
};

struct abc {
    struct device sc_dev;
    struct ethercom sc_ec;
    struct _iopkt_self *iopkt;
    nic_config_t cfg;
    nic_stats_t stats;
    mii_data_t mii;
    mdi_t *mdi;
    uint16_t bmcr;
    struct callout link_timer;
    struct abc_window *window;
    struct abc_end *mine, *other;
    int chid, self_coid, other_coid, other_pid;
    pthread_t thread;
    int thread_runs;
    int dying;
    void *hook;
};

struct abc_args {
    struct _iopkt_self *iopkt;
    void *dll;
    const nic_config_t *cfg;
};

static int abc_attach(struct device *, struct device *, void *);
static int abc_detach(struct device *, int);
CFATTACH_DECL(abc, sizeof(struct abc), NULL, abc_attach, abc_detach, NULL);

/* The address the page gives has eight digits: those are its last four bytes, the maker's first two are ours. */
static int abc_mac(nic_config_t *cfg, const char *text)
{
    char whole[2 * ETH_MAC_LEN + 1];
    snprintf(whole, sizeof whole, "%s%s", strlen(text) == 8 ? "0200" : "", text);
    return strlen(text) < sizeof whole && nic_strtomac(whole, cfg->current_address) == 0 ? EOK : EINVAL;
}

static int abc_option(nic_config_t *cfg, const char *name, const char *value)
{
    char one[64];
    char *end;
    if (value != NULL && strcmp(name, "mac") == 0)
        return abc_mac(cfg, value);
    if (value != NULL && (strcmp(name, "memrange") == 0 || strcmp(name, "irq") == 0)) {
        unsigned long number = strtoul(value, &end, 0);
        if (*value == '\0' || *end != '\0' || number > UINT32_MAX)
            return EINVAL;
        if (name[0] == 'i') {
            cfg->irq[0] = (uint32_t)number;
        } else {
            cfg->mem_window[0].window_base = number;
            cfg->num_mem_windows = 1;
        }
        return EOK;
    }
    snprintf(one, sizeof one, "%s%s%s", name, value != NULL ? "=" : "", value != NULL ? value : "");
    return nic_parse_options(cfg, one);
}

static int abc_options(nic_config_t *cfg, char *text)
{
    while (text != NULL && *text != '\0') {
        char *name = strsep(&text, ",");
        char *value = strchr(name, '=');
        if (value != NULL)
            *value++ = '\0';
        if (abc_option(cfg, name, value) != EOK) {
            log(LOG_ERR, "devnp-abc100: option %s: wrong or unknown", name);
            return EINVAL;
        }
    }
    return EOK;
}

/* What a board's system page would say; a PC's has no such device. */
static void abc_hwinfo(nic_config_t *cfg)
{
    unsigned device = hwi_find_device("abc100", 0);
    if (device == HWI_NULL_OFF)
        return;
    cfg->irq[0] = hwitag_find_ivec(device, NULL);
    hwitag_find_nicaddr(device, NULL, cfg->current_address);
}

static struct abc_window *abc_map(uint64_t base)
{
    char name[32];
    void *window = MAP_FAILED;
    int fd;
    snprintf(name, sizeof name, "/abc100-%08llx", (unsigned long long)base);
    fd = shm_open(name, O_RDWR | O_CREAT, 0600);
    if (fd == -1)
        return NULL;
    if (ftruncate(fd, sizeof *(struct abc_window *)0) == 0)
        window = mmap(NULL, sizeof(struct abc_window), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    return window == MAP_FAILED ? NULL : window;
}

static int abc_take_end(struct abc *sc, unsigned which)
{
    struct abc_end *end = &sc->window->end[which];
    int owner = atomic_load(&end->pid);
    if (owner != 0 && (kill(owner, 0) == 0 || errno != ESRCH))
        return EBUSY;
    if (!atomic_compare_exchange_strong(&end->pid, &owner, getpid()))
        return EBUSY;
    sc->mine = end;
    sc->other = &sc->window->end[1 - which];
    atomic_store(&end->running, 0);
    atomic_store(&end->head, atomic_load(&end->tail));
    atomic_store(&end->chid, sc->chid);
    return EOK;
}

static int abc_open_window(struct abc *sc)
{
    nic_window_t *where = &sc->cfg.mem_window[0];
    unsigned tries = sc->cfg.num_mem_windows != 0 ? 1 : WINDOWS;
    if (sc->cfg.num_mem_windows == 0)
        where->window_base = FIRST_WINDOW;
    for (; tries > 0; tries--, where->window_base += WINDOW_STEP) {
        sc->window = abc_map(where->window_base);
        if (sc->window == NULL)
            return errno;
        if (abc_take_end(sc, 0) == EOK || abc_take_end(sc, 1) == EOK) {
            where->window_size = sizeof(struct abc_window);
            sc->cfg.num_mem_windows = 1;
            return EOK;
        }
        munmap(sc->window, sizeof *sc->window);
        sc->window = NULL;
    }
    return EBUSY;
}

/* The PHY's registers: its link is up while the other end runs. */
static uint16_t abc_phy_read(void *handle, uint8_t phy, uint8_t reg)
{
    struct abc *sc = handle;
    int carrier = atomic_load(&sc->other->running) && kill(atomic_load(&sc->other->pid), 0) == 0;
    if (phy != PHY)
        return 0xffff;
    switch (reg) {
    case MDI_BMCR:
        return sc->bmcr;
    case MDI_BMSR:
        return 0x7808 | (carrier ? BMSR_LINK_STATUS | BMSR_AN_COMPLETE : 0);
    case MDI_ANAR:
    case MDI_ANLPAR:
        return 0x01e1;
    default:
        return 0;
    }
}

static void abc_phy_write(void *handle, uint8_t phy, uint8_t reg, uint16_t value)
{
    struct abc *sc = handle;
    if (phy == PHY && reg == MDI_BMCR)
        sc->bmcr = (uint16_t)(value & ~(BMCR_RESET | BMCR_RESTART_AN)); /* both end at once */
}

static void abc_link_changed(void *handle, uint8_t phy, uint8_t state)
{
    struct abc *sc = handle;
    int media = 0;
    struct ifnet *ifp = &sc->sc_ec.ec_if;
    sc->mii.mii_media_status = IFM_AVALID;
    sc->mii.mii_media_active = IFM_ETHER | IFM_NONE;
    sc->cfg.flags |= NIC_FLAG_LINK_DOWN;
    if (state == MDI_LINK_UP && MDI_GetActiveMedia(sc->mdi, phy, &media) == MDI_LINK_UP) {
        sc->mii.mii_media_status |= IFM_ACTIVE;
        sc->mii.mii_media_active = IFM_ETHER | IFM_100_TX | (media == MDI_100bTFD ? IFM_FDX : IFM_HDX);
        sc->cfg.flags &= ~(uint32_t)NIC_FLAG_LINK_DOWN;
        sc->cfg.media_rate = 100 * 1000;
        sc->cfg.duplex = media == MDI_100bTFD;
    }
    if_link_state_change(ifp, state == MDI_LINK_UP ? LINK_STATE_UP : LINK_STATE_DOWN);
}

static void abc_link_tick(void *arg)
{
    struct abc *sc = arg;
    MDI_MonitorPhy(sc->mdi);
    callout_msec(&sc->link_timer, LINK_MS, abc_link_tick, sc);
}

static void abc_input(struct abc *sc, const char *data, unsigned length)
{
    struct ifnet *ifp = &sc->sc_ec.ec_if;
    struct mbuf *m = m_getcl_wtp(M_DONTWAIT, MT_DATA, M_PKTHDR, WTP);
    if (m == NULL) {
        sc->stats.rx_failed_allocs++;
        ifp->if_iqdrops++;
        return;
    }
    memcpy(mtod(m, char *), data, length);
    m->m_len = m->m_pkthdr.len = (int)length;
    m->m_pkthdr.rcvif = ifp;
    if (ifp->if_bpf != NULL)
        bpf_mtap(ifp->if_bpf, m);
    ifp->if_ipackets++;
    sc->stats.rxed_ok++;
    sc->stats.octets_rxed_ok += length;
    (*ifp->if_input)(ifp, m);
}

static void abc_receive(struct abc *sc)
{
    struct abc_end *from = sc->other;
    unsigned head = atomic_load(&from->head);
    while (head != atomic_load(&from->tail)) {
        unsigned length = from->slot[head % SLOTS].length;
        if (length < ETH_HDR_LEN || length > ETH_MAX_PKT_LEN)
            sc->sc_ec.ec_if.if_ierrors++;
        else if (sc->sc_ec.ec_if.if_flags & IFF_RUNNING)
            abc_input(sc, from->slot[head % SLOTS].data, length);
        atomic_store(&from->head, ++head);
    }
}

static void *abc_loop(void *arg)
{
    struct abc *sc = arg;
    struct _pulse pulse;
    while (!sc->dying) {
        if (MsgReceivePulse(sc->chid, &pulse, sizeof pulse, NULL) == -1)
            continue;
        if (pulse.code == PULSE_QUIESCE)
            quiesce_block(pulse.value.sival_int);
        else if (pulse.code == _PULSE_CODE_DISCONNECT)
            ConnectDetach(pulse.scoid);
        else if (pulse.code == PULSE_IRQ)
            abc_receive(sc);
    }
    return NULL;
}

static void abc_quiesce(void *arg)
{
    struct abc *sc = arg;
    MsgSendPulse(sc->self_coid, SIGEV_PULSE_PRIO_INHERIT, PULSE_QUIESCE, sc->dying);
}

static int abc_thread_init(void *arg)
{
    struct abc *sc = arg;
    pthread_setname_np(pthread_self(), sc->sc_dev.dv_xname);
    WTP->quiesce_callout = abc_quiesce;
    WTP->quiesce_arg = sc;
    return EOK;
}

/* The other end's interrupt. */
static void abc_ring_bell(struct abc *sc)
{
    int pid = atomic_load(&sc->other->pid);
    if (pid != sc->other_pid) {
        if (sc->other_coid != -1)
            ConnectDetach(sc->other_coid);
        sc->other_coid = ConnectAttach(0, pid, atomic_load(&sc->other->chid), _NTO_SIDE_CHANNEL, 0);
        sc->other_pid = sc->other_coid != -1 ? pid : 0;
    }
    if (sc->other_coid != -1 && MsgSendPulse(sc->other_coid, PRIORITY, PULSE_IRQ, 0) == -1)
        sc->other_pid = 0; /* a new one will come */
}

static int abc_put(struct abc *sc, struct mbuf *m)
{
    unsigned tail = atomic_load(&sc->mine->tail);
    if (m->m_pkthdr.len > ETH_MAX_PKT_LEN || tail - atomic_load(&sc->mine->head) >= SLOTS)
        return ENOBUFS;
    sc->mine->slot[tail % SLOTS].length = (uint16_t)m->m_pkthdr.len;
    m_copydata(m, 0, m->m_pkthdr.len, sc->mine->slot[tail % SLOTS].data);
    atomic_store(&sc->mine->tail, tail + 1);
    return EOK;
}

/* Entered with if_snd_ex held; leaves without it. */
static void abc_start(struct ifnet *ifp)
{
    struct abc *sc = ifp->if_softc;
    struct mbuf *m;
    int sent = 0;
    for (;;) {
        IFQ_DEQUEUE(&ifp->if_snd, m);
        if (m == NULL)
            break;
        if (ifp->if_bpf != NULL)
            bpf_mtap(ifp->if_bpf, m);
        if (!atomic_load(&sc->other->running) || abc_put(sc, m) != EOK) {
            ifp->if_oerrors++;
        } else {
            sent = 1;
            ifp->if_opackets++;
            sc->stats.txed_ok++;
            sc->stats.octets_txed_ok += (unsigned)m->m_pkthdr.len;
        }
        m_freem(m);
    }
    if (sent)
        abc_ring_bell(sc);
    NW_SIGUNLOCK_P(&ifp->if_snd_ex, sc->iopkt, WTP);
}

static int abc_init(struct ifnet *ifp)
{
    struct abc *sc = ifp->if_softc;
    if (ifp->if_flags & IFF_RUNNING)
        return EOK;
    ifp->if_flags |= IFF_RUNNING;
    atomic_store(&sc->mine->running, 1);
    MDI_EnableMonitor(sc->mdi, 1);
    abc_link_tick(sc);
    return EOK;
}

static void abc_stop(struct ifnet *ifp, int disable)
{
    struct abc *sc = ifp->if_softc;
    (void)disable;
    callout_stop(&sc->link_timer);
    atomic_store(&sc->mine->running, 0);
    ifp->if_flags &= ~IFF_RUNNING;
    NW_SIGLOCK(&ifp->if_snd_ex, sc->iopkt);
    IFQ_PURGE(&ifp->if_snd);
    NW_SIGUNLOCK(&ifp->if_snd_ex, sc->iopkt);
}

static int abc_ioctl(struct ifnet *ifp, unsigned long cmd, caddr_t data)
{
    struct abc *sc = ifp->if_softc;
    struct drvcom_config *config = (struct drvcom_config *)data;
    int error;
    switch (cmd) {
    case SIOCGDRVCOM:
        if (config->dcom_cmd.ifdc_cmd == DRVCOM_CONFIG && config->dcom_cmd.ifdc_len == sizeof(nic_config_t))
            memcpy(&config->dcom_config, &sc->cfg, sizeof sc->cfg);
        else if (config->dcom_cmd.ifdc_cmd == DRVCOM_STATS && config->dcom_cmd.ifdc_len == sizeof(nic_stats_t))
            memcpy(&((struct drvcom_stats *)data)->dcom_stats, &sc->stats, sizeof sc->stats);
        else
            return EINVAL;
        return EOK;
    case SIOCGIFMEDIA:
    case SIOCSIFMEDIA:
        return ifmedia_ioctl(ifp, (struct ifreq *)data, &sc->mii.mii_media, cmd);
    default:
        error = ether_ioctl(ifp, cmd, data);
        return error == ENETRESET ? EOK : error;
    }
}

static int abc_media_change(struct ifnet *ifp)
{
    struct abc *sc = ifp->if_softc;
    return MDI_AutoNegotiate(sc->mdi, PHY, NoWait) == MDI_SUCCESS ? EOK : EIO;
}

static void abc_media_status(struct ifnet *ifp, struct ifmediareq *req)
{
    struct abc *sc = ifp->if_softc;
    req->ifm_status = sc->mii.mii_media_status;
    req->ifm_active = sc->mii.mii_media_active;
}

static void abc_release(struct abc *sc)
{
    sc->dying = 1;
    if (sc->thread_runs) {
        MsgSendPulse(sc->self_coid, SIGEV_PULSE_PRIO_INHERIT, PULSE_END, 0);
        nw_pthread_reap(sc->thread);
    }
    if (sc->window != NULL) {
        atomic_store(&sc->mine->running, 0);
        atomic_store(&sc->mine->pid, 0);
        munmap(sc->window, sizeof *sc->window);
    }
    if (sc->other_coid != -1)
        ConnectDetach(sc->other_coid);
    if (sc->self_coid != -1)
        ConnectDetach(sc->self_coid);
    if (sc->chid != -1)
        ChannelDestroy(sc->chid);
    if (sc->mdi != NULL)
        MDI_DeRegister(&sc->mdi);
}

static void abc_shutdown(void *arg)
{
    struct abc *sc = arg;
    atomic_store(&sc->mine->running, 0);
}

static int abc_hardware(struct abc *sc)
{
    int error;
    if ((sc->chid = ChannelCreate(_NTO_CHF_DISCONNECT)) == -1 ||
        (sc->self_coid = ConnectAttach(0, 0, sc->chid, _NTO_SIDE_CHANNEL, 0)) == -1)
        return errno;
    if ((error = abc_open_window(sc)) != EOK)
        return error;
    if (MDI_Register_Extended(sc, abc_phy_write, abc_phy_read, abc_link_changed, &sc->mdi, NULL, 0, 0) != MDI_SUCCESS ||
        MDI_FindPhy(sc->mdi, PHY) != MDI_SUCCESS || MDI_InitPhy(sc->mdi, PHY) != MDI_SUCCESS)
        return EIO;
    error = nw_pthread_create(&sc->thread, NULL, abc_loop, sc, 0, abc_thread_init, sc);
    sc->thread_runs = error == EOK;
    return error;
}

static void abc_describe(struct abc *sc)
{
    nic_config_t *cfg = &sc->cfg;
    cfg->revision = NIC_CONFIG_REVISION;
    cfg->flags = NIC_FLAG_LINK_DOWN | NIC_FLAG_MULTICAST;
    cfg->iftype = IFT_ETHER;
    cfg->media = NIC_MEDIA_802_3;
    cfg->mac_length = ETH_MAC_LEN;
    cfg->connector = NIC_CONNECTOR_MII;
    cfg->phy_addr = PHY;
    cfg->num_irqs = 1;
    cfg->mtu = cfg->mru = ETH_MAX_DATA_LEN;
    strlcpy(cfg->uptype, "en", sizeof cfg->uptype);
    strlcpy(cfg->device_description, "ABC100 Ethernet Controller", sizeof cfg->device_description);
    memcpy(cfg->permanent_address, cfg->current_address, ETH_MAC_LEN);
    sc->stats.revision = NIC_STATS_REVISION;
}

static int abc_attach(struct device *parent, struct device *self, void *aux)
{
    struct abc *sc = (struct abc *)self;
    struct abc_args *args = aux;
    struct ifnet *ifp = &sc->sc_ec.ec_if;
    int error;
    (void)parent;
    sc->iopkt = args->iopkt;
    self->dv_dll_hdl = args->dll;
    sc->cfg = *args->cfg;
    sc->chid = sc->self_coid = sc->other_coid = -1;
    if ((error = abc_hardware(sc)) != EOK) {
        log(LOG_ERR, "%s: %s", self->dv_xname, strerror(error));
        abc_release(sc);
        return error;
    }
    abc_describe(sc);
    strlcpy(ifp->if_xname, self->dv_xname, IFNAMSIZ);
    ifp->if_softc = sc;
    ifp->if_dev = self;
    ifp->if_flags = IFF_BROADCAST | IFF_SIMPLEX | IFF_MULTICAST;
    ifp->if_ioctl = abc_ioctl;
    ifp->if_start = abc_start;
    ifp->if_init = abc_init;
    ifp->if_stop = abc_stop;
    IFQ_SET_MAXLEN(&ifp->if_snd, IFQ_MAXLEN);
    IFQ_SET_READY(&ifp->if_snd);
    callout_init(&sc->link_timer);
    sc->mii.mii_ifp = ifp;
    sc->mii.mii_media_status = IFM_AVALID;
    sc->mii.mii_media_active = IFM_ETHER | IFM_NONE;
    ifmedia_init(&sc->mii.mii_media, IFM_IMASK, abc_media_change, abc_media_status);
    ifmedia_add(&sc->mii.mii_media, IFM_ETHER | IFM_AUTO, 0, NULL);
    ifmedia_set(&sc->mii.mii_media, IFM_ETHER | IFM_AUTO);
    if_attach(ifp);
    ether_ifattach(ifp, sc->cfg.current_address);
    sc->hook = shutdownhook_establish(abc_shutdown, sc);
    if (sc->cfg.verbose)
        nic_dump_config(&sc->cfg);
    return EOK;
}

static int abc_detach(struct device *self, int flags)
{
    struct abc *sc = (struct abc *)self;
    struct ifnet *ifp = &sc->sc_ec.ec_if;
    (void)flags;
    abc_stop(ifp, 1);
    shutdownhook_disestablish(sc->hook);
    ether_ifdetach(ifp);
    if_detach(ifp);
    ifmedia_delete_instance(&sc->mii.mii_media, IFM_INST_ANY);
    abc_release(sc);
    return EOK;
}

static int abc_entry(void *dll_hdl, struct _iopkt_self *iopkt, char *options)
{
    nic_config_t cfg = {.irq = {DEFAULT_IRQ}, .current_address = {0x02, 0, 0, 0xab, 0xc1, 0x00}};
    struct abc_args args = {iopkt, dll_hdl, &cfg};
    struct device *dev;
    int single, error;
    abc_hwinfo(&cfg);
    if ((error = abc_options(&cfg, options)) != EOK)
        return error;
    return dev_attach("abc", NULL, &abc_ca, &args, &single, &dev, NULL);
}

struct _iopkt_drvr_entry IOPKT_DRVR_ENTRY_SYM(abc100) = IOPKT_DRVR_ENTRY_SYM_INIT(abc_entry);
