// SPDX-License-Identifier: Apache-2.0
// An interface without link layer.
#include "host/ip_port.hpp"

#include <errno.h>
#include <net/if_types.h>
#include <stdio.h>
#include <sys/sockio.h>

#include "net/net.hpp"
#include "wire/checksum.hpp"
#include "wire/ether.hpp"

namespace netmgr::host {

namespace {

constexpr uint64_t tun_mtu = 1500;

int control(ifnet* ifp, unsigned long cmd, char*)
{
    if (cmd == SIOCSIFADDR)
        ifp->if_flags |= IFF_UP | IFF_RUNNING;
    return cmd == SIOCSIFADDR || cmd == SIOCSIFFLAGS ? 0 : EOPNOTSUPP;
}

void start(ifnet* ifp)
{
    NW_SIGUNLOCK(&ifp->if_snd_ex, nullptr);
}

} // namespace

IpPort::IpPort(Stack& stack) : stack_(stack)
{
    snprintf(ifp_.if_xname, sizeof(ifp_.if_xname), "tun0");
    ifp_.if_softc = this;
    ifp_.if_type = IFT_OTHER;
    ifp_.if_mtu = tun_mtu;
    ifp_.if_flags = IFF_BROADCAST | IFF_UP | IFF_RUNNING | IFF_NOARP;
    ifp_.if_output = output;
    ifp_.if_start = start;
    ifp_.if_ioctl = control;
    stack.net().attach(ifp_);
}

IpPort::~IpPort()
{
    stack_.net().detach(ifp_);
}

int IpPort::output(ifnet* ifp, mbuf* m, const sockaddr*, rtentry*)
{
    auto& self = *static_cast<IpPort*>(ifp->if_softc);
    MbufPtr packet(m);
    Packet p;
    p.bytes.resize(packet.packet_len());
    p.time_ns = self.stack_.now_ns();
    m_copydata(packet.get(), 0, packet->m_pkthdr.len, p.bytes.data());
    self.sent_.push_back(std::move(p));
    return 0;
}

void IpPort::receive(const void* packet, size_t size)
{
    MbufPtr m = stack_.mbufs().copy_in(packet, size);
    if (!m)
        return;
    m->m_pkthdr.rcvif = &ifp_;
    const bool six = size != 0 && static_cast<const uint8_t*>(packet)[0] >> 4 == 6;
    m->m_pkthdr.ether_type = six ? wire::ether_ipv6 : wire::ether_ipv4;
    stack_.net().queue_input(ifp_, std::move(m));
}

} // namespace netmgr::host
