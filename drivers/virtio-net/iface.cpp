// SPDX-License-Identifier: Apache-2.0
// The interface's methods called from the stack context: init, stop, ioctl, media, nicinfo.
#include <errno.h>

#include "virtio_net.hpp"

namespace virtio {

namespace {

// Nothing but the stack context moves packets while an object of this class lives.
class Standstill {
public:
    explicit Standstill(Softc& sc) : sc_(sc)
    {
        pthread_mutex_lock(&sc_.receive_lock);
        NW_SIGLOCK(&sc_.ifp().if_snd_ex, sc_.iopkt);
    }
    ~Standstill()
    {
        NW_SIGUNLOCK(&sc_.ifp().if_snd_ex, sc_.iopkt);
        pthread_mutex_unlock(&sc_.receive_lock);
    }
    Standstill(const Standstill&) = delete;
    Standstill& operator=(const Standstill&) = delete;

private:
    Softc& sc_;
};

int drvcom(Softc& sc, char* data)
{
    auto* cmd = reinterpret_cast<drvcom_cmd*>(data);
    switch (cmd->ifdc_cmd) {
    case DRVCOM_CONFIG:
        if (cmd->ifdc_len != sizeof(nic_config_t))
            return EINVAL;
        config_fill(sc, reinterpret_cast<drvcom_config*>(data)->dcom_config);
        return 0;
    case DRVCOM_STATS:
        if (cmd->ifdc_len != sizeof(nic_stats_t))
            return EINVAL;
        memcpy(&reinterpret_cast<drvcom_stats*>(data)->dcom_stats, &sc.stats, sizeof sc.stats);
        return 0;
    default:
        return EOPNOTSUPP;
    }
}

int media_change(ifnet* ifp)
{
    Softc& sc = *static_cast<Softc*>(ifp->if_softc);
    return IFM_SUBTYPE(sc.media.ifm_media) == IFM_AUTO ? 0 : EINVAL;
}

void media_status(ifnet* ifp, ifmediareq* req)
{
    Softc& sc = *static_cast<Softc*>(ifp->if_softc);
    req->ifm_status = IFM_AVALID | (sc.link_up ? IFM_ACTIVE : 0);
    req->ifm_active = IFM_ETHER | (sc.link_up ? IFM_AUTO : IFM_NONE);
}

} // namespace

void media_init(Softc& sc)
{
    ifmedia_init(&sc.media, static_cast<int>(IFM_IMASK), media_change, media_status);
    ifmedia_add(&sc.media, IFM_ETHER | IFM_AUTO, 0, nullptr);
    ifmedia_set(&sc.media, IFM_ETHER | IFM_AUTO);
}

void config_fill(Softc& sc, nic_config_t& config)
{
    nic_config_t& c = sc.config;
    c.duplex = 1;
    c.flags = sc.options.multicast ? NIC_FLAG_MULTICAST : 0;
    if (sc.ifp().if_flags & IFF_PROMISC)
        c.flags |= NIC_FLAG_PROMISCUOUS;
    if (!sc.link_up)
        c.flags |= NIC_FLAG_LINK_DOWN;
    c.mtu = static_cast<uint32_t>(sc.ifp().if_mtu);
    memcpy(c.current_address, CLLADDR(sc.ifp().if_sadl), ETHER_ADDR_LEN);
    memcpy(&config, &c, sizeof c);
}

int init(ifnet* ifp)
{
    Softc& sc = *static_cast<Softc*>(ifp->if_softc);
    if (ifp->if_flags & IFF_RUNNING) // called again at every address or mtu change
        return 0;
    Standstill standstill(sc);
    if (int err = device_start(sc)) {
        log(LOG_ERR, "%s: start: %s", sc.sc_dev.dv_xname, strerror(err));
        return err;
    }
    ifp->if_flags |= IFF_RUNNING;
    ifp->if_flags_tx &= ~IFF_OACTIVE;
    link_update(sc);
    return 0;
}

void stop(ifnet* ifp, int)
{
    Softc& sc = *static_cast<Softc*>(ifp->if_softc);
    Standstill standstill(sc);
    ifp->if_flags &= ~IFF_RUNNING;
    ifp->if_flags_tx &= ~IFF_OACTIVE;
    sc.transport.reset();
    if (sc.link_up) { // the link goes down with the interface, as io-pkt's drivers have it
        sc.link_up = false;
        if_link_state_change(ifp, LINK_STATE_DOWN);
    }
    IFQ_PURGE(&ifp->if_snd);
    rings_drain(sc);
}

int ioctl(ifnet* ifp, unsigned long cmd, char* data)
{
    Softc& sc = *static_cast<Softc*>(ifp->if_softc);
    switch (cmd) {
    case SIOCGDRVCOM:
        return drvcom(sc, data);
    case SIOCGIFMEDIA:
    case SIOCSIFMEDIA:
        return ifmedia_ioctl(ifp, reinterpret_cast<ifreq*>(data), &sc.media, cmd);
    default: {
        int err = ether_ioctl(ifp, cmd, data);
        // Without a control queue the device passes every frame on; ether_input sorts them.
        return err == ENETRESET ? 0 : err;
    }
    }
}

} // namespace virtio
