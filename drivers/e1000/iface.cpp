// SPDX-License-Identifier: Apache-2.0
// The interface's methods called from the stack context: init, stop, ioctl, address filter.
#include <errno.h>
#include <net/if_dl.h>
#include <string.h>

#include "common/interface.hpp"
#include "e1000.hpp"

namespace e1000 {

void set_filter(Softc& sc)
{
    ifnet& ifp = sc.ifp();
    uint32_t mode = rctl::en | rctl::bam | rctl::bsize_2048 | rctl::secrc;
    if (ifp.if_mtu > 1500)
        mode |= rctl::lpe;
    ifp.if_flags &= ~IFF_ALLMULTI;
    sc.hw.clear_multicast();
    if (ifp.if_flags & IFF_PROMISC) {
        ifp.if_flags |= IFF_ALLMULTI;
        mode |= rctl::upe | rctl::mpe;
    } else if (sc.options.multicast) {
        ether_multistep step;
        ether_multi* enm;
        ETHER_FIRST_MULTI(step, &sc.sc_ec, enm);
        while (enm != nullptr) {
            // A range of addresses: the table has no ranges, take them all.
            if (memcmp(enm->enm_addrlo, enm->enm_addrhi, ETHER_ADDR_LEN) != 0) {
                ifp.if_flags |= IFF_ALLMULTI;
                mode |= rctl::mpe;
                break;
            }
            sc.hw.add_multicast(enm->enm_addrlo);
            ETHER_NEXT_MULTI(step, enm);
        }
    }
    sc.hw.set_receive_mode(mode);
}

int init(ifnet* ifp)
{
    Softc& sc = *static_cast<Softc*>(ifp->if_softc);
    if (ifp->if_flags & IFF_RUNNING) { // called again at every address or mtu change
        set_filter(sc);
        return 0;
    }
    nic::Standstill standstill(sc.receive_lock, *ifp, sc.iopkt);
    if (int err = sc.hw.reset()) {
        log(LOG_ERR, "%s: reset: %s", sc.sc_dev.dv_xname, strerror(err));
        return err;
    }
    if (int err = receive_fill(sc))
        return err;
    transmit_drain(sc);
    sc.hw.set_station_address(reinterpret_cast<const uint8_t*>(CLLADDR(ifp->if_sadl)));
    sc.hw.set_interrupt_rate(sc.options.interrupts_per_second);
    sc.hw.start_receive({sc.rx.memory.paddr, sc.rx.memory.bytes}, sc.rx.count);
    sc.hw.check_received(ifp->if_capenable_rx != 0);
    sc.hw.start_transmit({sc.tx.memory.paddr, sc.tx.memory.bytes});
    media_apply(sc);
    sc.tx.context = {};
    ifp->if_flags |= IFF_RUNNING;
    ifp->if_flags_tx &= ~IFF_OACTIVE;
    set_filter(sc);
    sc.causes = 0;
    link_update(sc);
    (*sc.inter.enable)(&sc);
    return 0;
}

void stop(ifnet* ifp, int)
{
    Softc& sc = *static_cast<Softc*>(ifp->if_softc);
    if (ifp->if_flags & IFF_RUNNING)
        stats_update(sc); // reset clears the counters
    nic::Standstill standstill(sc.receive_lock, *ifp, sc.iopkt);
    ifp->if_flags &= ~IFF_RUNNING;
    ifp->if_flags_tx &= ~IFF_OACTIVE;
    if (sc.hw.reset() != 0)
        sc.hw.quiesce();
    if (sc.link.up) { // the link goes down with the interface, as io-pkt's drivers have it
        sc.link.up = false;
        if_link_state_change(ifp, LINK_STATE_DOWN);
    }
    IFQ_PURGE(&ifp->if_snd);
    receive_drain(sc);
    transmit_drain(sc);
}

int ioctl(ifnet* ifp, unsigned long cmd, char* data)
{
    Softc& sc = *static_cast<Softc*>(ifp->if_softc);
    switch (cmd) {
    case SIOCGDRVCOM:
        stats_update(sc);
        config_update(sc);
        return nic::drvcom(data, sc.config, sc.stats);
    case SIOCSIFCAP:
        sc.hw.check_received(ifp->if_capenable_rx != 0);
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

} // namespace e1000
