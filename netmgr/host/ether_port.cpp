// SPDX-License-Identifier: Apache-2.0
// The in-memory network card.
#include "host/ether_port.hpp"

#include <errno.h>
#include <stdio.h>

#include <net/bpf.h>
#include <sys/sockio.h>

namespace netmgr::host {

EtherPort::EtherPort(Stack& stack, EtherBus& bus, const char* name, const uint8_t (&mac)[6])
    : stack_(stack), bus_(bus)
{
    ifnet& ifp = ec_.ec_if;
    current_stack = &stack;
    snprintf(ifp.if_xname, sizeof(ifp.if_xname), "%s", name);
    ifp.if_softc = this;
    ifp.if_flags = IFF_BROADCAST | IFF_SIMPLEX | IFF_MULTICAST;
    ifp.if_start = start;
    ifp.if_init = init;
    ifp.if_stop = stop;
    ifp.if_ioctl = ioctl;
    ec_.ec_capabilities = ETHERCAP_JUMBO_MTU;
    if_attach(&ifp);
    ether_ifattach(&ifp, mac);
    port_ = bus.add_port([this](const Frame& frame) { receive(frame); });
}

EtherPort::~EtherPort()
{
    current_stack = &stack_;
    bus_.remove_port(port_);
    if_detach(&ec_.ec_if);
    ether_ifdetach(&ec_.ec_if);
}

void EtherPort::receive(const Frame& frame)
{
    ifnet& ifp = ec_.ec_if;
    if ((ifp.if_flags & IFF_RUNNING) == 0)
        return;
    MbufPtr m = stack_.mbufs().copy_in(frame.data(), frame.size());
    if (!m) {
        ifp.if_ierrors++;
        return;
    }
    m->m_pkthdr.rcvif = &ifp;
    if (ifp.if_bpf != nullptr)
        bpf_mtap(ifp.if_bpf, m.get());
    ifp.if_ipackets++;
    ifp.if_input(&ifp, m.release());
}

void EtherPort::start(ifnet* ifp)
{
    auto& self = *static_cast<EtherPort*>(ifp->if_softc);
    self.starts++;
    for (mbuf* m; !self.stuck;) {
        IFQ_DEQUEUE(&ifp->if_snd, m);
        if (m == nullptr)
            break;
        if (ifp->if_bpf != nullptr)
            bpf_mtap(ifp->if_bpf, m);
        Frame frame(static_cast<size_t>(m->m_pkthdr.len));
        m_copydata(m, 0, m->m_pkthdr.len, frame.data());
        m_freem(m);
        ifp->if_opackets++;
        self.bus_.send(self.port_, std::move(frame));
    }
    NW_SIGUNLOCK_P(&ifp->if_snd_ex, nullptr, nullptr);
}

int EtherPort::init(ifnet* ifp)
{
    static_cast<EtherPort*>(ifp->if_softc)->inits++;
    ifp->if_flags |= IFF_RUNNING;
    return 0;
}

void EtherPort::stop(ifnet* ifp, int)
{
    ifp->if_flags &= ~static_cast<unsigned>(IFF_RUNNING);
}

int EtherPort::ioctl(ifnet* ifp, unsigned long cmd, char* data)
{
    const int error = ether_ioctl(ifp, cmd, data);
    if (error == ENETRESET)
        static_cast<EtherPort*>(ifp->if_softc)->filter_changes++;
    return error;
}

} // namespace netmgr::host
