// SPDX-License-Identifier: Apache-2.0
// lo0 and its clones: what goes out comes in.
#include <errno.h>
#include <new>
#include <stdio.h>

#include <net/bpf.h>
#include <net/if_types.h>
#include <sys/sockio.h>

#include "net/net.hpp"

namespace netmgr {

namespace {

constexpr uint64_t loopback_mtu = 33192;
constexpr uint64_t largest_loopback_mtu = 65535;

int loopback_ioctl(ifnet* ifp, unsigned long cmd, char* data)
{
    switch (cmd) {
    case SIOCSIFADDR:
        ifp->if_flags |= IFF_UP | IFF_RUNNING;
        return 0;
    case SIOCSIFFLAGS:
    case SIOCADDMULTI:
    case SIOCDELMULTI:
        return 0;
    case SIOCSIFMTU: {
        const int mtu = reinterpret_cast<ifreq*>(data)->ifr_mtu;
        if (mtu < 72 || static_cast<uint64_t>(mtu) > largest_loopback_mtu)
            return EINVAL;
        ifp->if_mtu = static_cast<uint64_t>(mtu);
        return 0;
    }
    default:
        return EOPNOTSUPP;
    }
}

void loopback_start(ifnet* ifp)
{
    NW_SIGUNLOCK(&ifp->if_snd_ex, nullptr); // nothing is ever queued: loopback_output delivers
}

int create_loopback(Stack& stack, int unit)
{
    auto* ifp = new (std::nothrow) ifnet{};
    if (ifp == nullptr)
        return ENOMEM;
    snprintf(ifp->if_xname, sizeof(ifp->if_xname), "lo%d", unit);
    ifp->if_type = IFT_LOOP;
    ifp->if_mtu = loopback_mtu;
    ifp->if_flags = IFF_LOOPBACK | IFF_MULTICAST | IFF_RUNNING;
    ifp->if_output = loopback_output;
    ifp->if_start = loopback_start;
    ifp->if_ioctl = loopback_ioctl;
    stack.net().attach(*ifp);
    bpfattach(ifp, DLT_NULL, sizeof(uint32_t));
    ifp->if_fibs = (1u << Net::fib_count) - 1;
    if (unit == 0)
        stack.net().loopback = ifp;
    return 0;
}

int destroy_loopback(Stack& stack, ifnet& ifp)
{
    if (&ifp == stack.net().loopback)
        return EPERM; // lo0 stays
    stack.net().detach(ifp);
    delete &ifp;
    return 0;
}

} // namespace

int loopback_output(ifnet* ifp, mbuf* m, const sockaddr* dst, rtentry* rt)
{
    MbufPtr packet(m);
    Net& net = stack_of(*ifp).net();
    if (rt != nullptr && (rt->flags & (RTF_REJECT | RTF_BLACKHOLE)) != 0)
        return (rt->flags & RTF_BLACKHOLE) != 0 ? 0
               : (rt->flags & RTF_HOST) != 0    ? EHOSTUNREACH
                                                : ENETUNREACH;
    if (ifp->if_bpf != nullptr)
        bpf_mtap_af(ifp->if_bpf, dst->sa_family, packet.get());
    packet->m_pkthdr.rcvif = ifp;
    m_tag_delete_chain(packet.get(), nullptr); // notes for a driver
    packet->m_flags |= M_LOOP;
    ifp->if_opackets++;
    ifp->if_obytes += static_cast<uint64_t>(packet->m_pkthdr.len);
    const LinkResolver* family = net.resolver(dst->sa_family);
    if (family == nullptr) {
        ++net.out_no_family;
        return EAFNOSUPPORT;
    }
    packet->m_pkthdr.ether_type = family->ether_type;
    ifp->if_ipackets++;
    ifp->if_ibytes += static_cast<uint64_t>(packet->m_pkthdr.len);
    net.queue_input(*ifp, std::move(packet));
    return 0;
}

int attach_loopback(Net& net)
{
    net.add_cloner({"lo", create_loopback, destroy_loopback});
    return create_loopback(net.stack, 0);
}

void detach_loopbacks(Net& net)
{
    net.loopback = nullptr;
    for (ifnet* ifp = net.first_interface(); ifp != nullptr;) {
        ifnet* next = TAILQ_NEXT(ifp, if_list);
        if (ifp->if_type == IFT_LOOP)
            destroy_loopback(net.stack, *ifp);
        ifp = next;
    }
}

} // namespace netmgr
