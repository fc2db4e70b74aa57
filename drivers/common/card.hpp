// SPDX-License-Identifier: Apache-2.0
// What every PCI card's softc begins with, and the parts of attach, detach and ioctl that are the same for all cards.
//
// A driver's Softc is a Card<its Options>.
#pragma once

#include <errno.h>
#include <net/if_ether.h>
#include <net/if_media.h>
#include <net/ifdrvcom.h>
#include <pci/pci.h>
#include <pthread.h>
#include <stdint.h>
#include <string.h>
#include <sys/io-pkt.h>
#include <sys/syslog.h>

#include "common/options.hpp"
#include "common/pci_cards.hpp"

namespace nic {

template <class DriverOptions>
struct Card {
    device sc_dev; // first: dev_attach allocates the softc as a device
    ethercom sc_ec;
    _iopkt_self* iopkt;
    void* dll;
    DriverOptions options;
    pci_devhdl_t pci;
    int chid; // the interrupt thread's
    int coid;
    pthread_mutex_t receive_lock; // order: stack context, receive_lock, if_snd_ex
    ifmedia media;
    void* shutdown_hook;
    nic_config_t config;
    nic_stats_t stats;

    ifnet& ifp() { return sc_ec.ec_if; }
    int priority() const // of interrupt work
    {
        return options.priority != 0 ? static_cast<int>(options.priority) : iopkt->rx_prio;
    }
};

// The options' irq=, or the line that the PCI server gives the card: 0, ENXIO.
int find_line(pci_devhdl_t pci, const Options& options, uint32_t& irq);

// chid and coid for pulses to the interrupt thread: 0 or errno. close_channel() takes what a failure left, too.
int open_channel(int& chid, int& coid);
void close_channel(int& chid, int& coid);

// What nicinfo shows of any Ethernet card.
void describe(nic_config_t& config, const Options& options, int priority, pci_bdf_t bdf);

// A packet of too many pieces as few: m is gone; nullptr, counted, when memory is out.
mbuf* defragment(mbuf* m, ifnet& ifp, nic_stats_t& stats);

// The requests that no card does otherwise; true in *groups_changed: set the receive filter anew.
int common_ioctl(ifnet* ifp, unsigned long cmd, char* data, ifmedia& media, bool& groups_changed);

struct Methods { // ifnet's
    int (*init)(ifnet*);
    void (*stop)(ifnet*, int);
    void (*start)(ifnet*);
    int (*ioctl)(ifnet*, unsigned long, char*);
};

// The interface's methods and what the options say of it, before if_attach().
template <class Softc>
void fill_interface(Softc& sc, const Methods& methods)
{
    ifnet& ifp = sc.ifp();
    strlcpy(ifp.if_xname, sc.sc_dev.dv_xname, IFNAMSIZ);
    ifp.if_softc = &sc;
    ifp.if_dev = &sc.sc_dev;
    ifp.if_mtu = sc.options.mtu;
    ifp.if_media = &sc.media;
    ifp.if_flags = IFF_BROADCAST | IFF_SIMPLEX | (sc.options.multicast ? IFF_MULTICAST : 0);
    ifp.if_init = methods.init;
    ifp.if_stop = methods.stop;
    ifp.if_start = methods.start;
    ifp.if_ioctl = methods.ioctl;
    IFQ_SET_MAXLEN(&ifp.if_snd, static_cast<int>(sc.options.transmit));
    IFQ_SET_READY(&ifp.if_snd);
}

// cfattach's ca_attach: int steps(Softc&, pci_bdf_t) does it; release(Softc&) takes back whatever had been done when they fail.
template <class Softc, auto steps, auto release>
int attach(device*, device* self, void* aux)
{
    auto* sc = reinterpret_cast<Softc*>(self);
    auto* args = static_cast<AttachArgs*>(aux);
    sc->iopkt = args->iopkt;
    sc->dll = args->dll;
    sc->sc_dev.dv_dll_hdl = args->dll;
    sc->options = *static_cast<const decltype(sc->options)*>(args->options);
    pthread_mutex_init(&sc->receive_lock, nullptr);
    const int error = steps(*sc, args->bdf);
    if (error != 0) {
        if (error != EBUSY && error != EPERM) // that was said already
            log(LOG_ERR, "%s: attach: %s", sc->sc_dev.dv_xname, strerror(error));
        release(*sc);
    }
    return error;
}

// cfattach's ca_detach.
template <class Softc, auto release>
int detach(device* self, int)
{
    auto* sc = reinterpret_cast<Softc*>(self);
    ifnet& ifp = sc->ifp();
    ifp.if_stop(&ifp, 1);
    shutdownhook_disestablish(sc->shutdown_hook);
    ether_ifdetach(&ifp);
    if_detach(&ifp);
    release(*sc);
    return 0;
}

} // namespace nic
