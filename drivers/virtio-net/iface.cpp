// SPDX-License-Identifier: Apache-2.0
// The interface's methods called from the stack context: init, stop, ioctl, media, nicinfo.
#include <errno.h>

#include "common/interface.hpp"
#include "virtio_net.hpp"

namespace virtio {

namespace {

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

static void config_update(Softc& sc)
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
}

int init(ifnet* ifp)
{
    Softc& sc = *static_cast<Softc*>(ifp->if_softc);
    if (ifp->if_flags & IFF_RUNNING) { // called again at every address or mtu change
        set_filter(sc);
        return 0;
    }
    nic::Standstill standstill(sc.receive_lock, *ifp, sc.iopkt);
    if (int err = device_start(sc)) {
        log(LOG_ERR, "%s: start: %s", sc.sc_dev.dv_xname, strerror(err));
        return err;
    }
    ifp->if_flags |= IFF_RUNNING;
    ifp->if_flags_tx &= ~IFF_OACTIVE;
    set_address(sc);
    set_filter(sc);
    link_update(sc);
    return 0;
}

void stop(ifnet* ifp, int)
{
    Softc& sc = *static_cast<Softc*>(ifp->if_softc);
    nic::Standstill standstill(sc.receive_lock, *ifp, sc.iopkt);
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
        config_update(sc);
        return nic::drvcom(data, sc.config, sc.stats);
    case SIOCSIFCAP: // checksums on arrival are agreed on at the start
        if (ifp->if_flags & IFF_RUNNING) {
            stop(ifp, 0);
            return init(ifp);
        }
        return 0;
    default: {
        bool groups_changed;
        const int error = nic::common_ioctl(ifp, cmd, data, sc.media, groups_changed);
        if (groups_changed)
            set_filter(sc);
        return error;
    }
    }
}

} // namespace virtio
