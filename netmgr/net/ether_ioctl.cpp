// SPDX-License-Identifier: Apache-2.0
// The common part of Ethernet drivers' if_ioctl, and the multicast list.
#include <errno.h>
#include <new>

#include <net/if_dl.h>
#include <net/if_ether.h>
#include <netinet/in.h>
#include <sys/sockio.h>

#include "net/net.hpp"
#include "net/sockaddr.hpp"

namespace netmgr {

namespace {

ethercom& ethercom_of(ifnet& ifp)
{
    return *reinterpret_cast<ethercom*>(&ifp); // ec_if is the first member
}

// Does a change, tells the driver; ENETRESET is its way to say "filter set".
int tell_driver(ifnet& ifp, unsigned long cmd, const wire::MacAddress& group)
{
    ifreq request = {};
    memcpy(request.ifr_name, ifp.if_xname, IFNAMSIZ);
    request.ifr_addr.sa_len = sizeof(sockaddr);
    request.ifr_addr.sa_family = AF_UNSPEC;
    memcpy(request.ifr_addr.sa_data, group.bytes, sizeof(group.bytes));
    const int error = ifp.if_ioctl(&ifp, cmd, reinterpret_cast<char*>(&request));
    return error == ENETRESET ? 0 : error;
}

int group_of(const sockaddr& sa, wire::MacAddress& group)
{
    if (sa.sa_family == AF_UNSPEC)
        group = wire::MacAddress::from(sa.sa_data);
    else if (sa.sa_family == AF_INET)
        group = wire::MacAddress::of_ipv4_group(ip_of(&sa));
    else
        return EAFNOSUPPORT;
    return group.is_multicast() ? 0 : EINVAL;
}

int add_multi(ethercom& ec, const wire::MacAddress& group)
{
    ether_multi* enm;
    ETHER_LOOKUP_MULTI(group.bytes, group.bytes, &ec, enm);
    if (enm != nullptr) {
        enm->enm_refcount++;
        return 0;
    }
    enm = new (std::nothrow) ether_multi{};
    if (enm == nullptr)
        return ENOBUFS;
    memcpy(enm->enm_addrlo, group.bytes, ETHER_ADDR_LEN);
    memcpy(enm->enm_addrhi, group.bytes, ETHER_ADDR_LEN);
    enm->enm_refcount = 1;
    LIST_INSERT_HEAD(&ec.ec_multiaddrs, enm, enm_list);
    ec.ec_multicnt++;
    return ENETRESET;
}

int delete_multi(ethercom& ec, const wire::MacAddress& group)
{
    ether_multi* enm;
    ETHER_LOOKUP_MULTI(group.bytes, group.bytes, &ec, enm);
    if (enm == nullptr)
        return ENXIO;
    if (--enm->enm_refcount != 0)
        return 0;
    LIST_REMOVE(enm, enm_list);
    delete enm;
    ec.ec_multicnt--;
    return ENETRESET;
}

int reinit(ifnet* ifp)
{
    return ifp->if_init != nullptr ? ifp->if_init(ifp) : 0;
}

int flags_changed(ifnet* ifp)
{
    switch (ifp->if_flags & (IFF_UP | IFF_RUNNING)) {
    case IFF_RUNNING:
        if (ifp->if_stop != nullptr)
            ifp->if_stop(ifp, 1);
        return 0;
    case IFF_UP:
    case IFF_UP | IFF_RUNNING: // promiscuous mode and the like may have changed
        return reinit(ifp);
    default:
        return 0;
    }
}

int set_mtu(ifnet* ifp, int mtu)
{
    const bool jumbo = (ethercom_of(*ifp).ec_capabilities & ETHERCAP_JUMBO_MTU) != 0;
    if (mtu < ETHERMIN || mtu > (jumbo ? ETHERMTU_JUMBO : ETHERMTU))
        return EINVAL;
    ifp->if_mtu = static_cast<uint64_t>(mtu);
    return (ifp->if_flags & IFF_RUNNING) != 0 ? reinit(ifp) : 0;
}

} // namespace

int ether_join(ifnet& ifp, const wire::MacAddress& group)
{
    return tell_driver(ifp, SIOCADDMULTI, group);
}

int ether_leave(ifnet& ifp, const wire::MacAddress& group)
{
    return tell_driver(ifp, SIOCDELMULTI, group);
}

} // namespace netmgr

using namespace netmgr;

extern "C" int ether_ioctl(struct ifnet* ifp, unsigned long cmd, char* data)
{
    auto* request = reinterpret_cast<ifreq*>(data);
    wire::MacAddress group;
    switch (cmd) {
    case SIOCSIFADDR: // data: the struct ifaddr. An address implies up.
        if ((ifp->if_flags & (IFF_UP | IFF_RUNNING)) == (IFF_UP | IFF_RUNNING))
            return 0;
        ifp->if_flags |= IFF_UP;
        return reinit(ifp);
    case SIOCSIFFLAGS:
        return flags_changed(ifp);
    case SIOCSIFMTU:
        return set_mtu(ifp, request->ifr_mtu);
    case SIOCSIFCAP:
        return (ifp->if_flags & IFF_RUNNING) != 0 ? reinit(ifp) : 0;
    case SIOCADDMULTI:
    case SIOCDELMULTI:
        if (int error = group_of(request->ifr_addr, group))
            return error;
        return cmd == SIOCADDMULTI ? add_multi(ethercom_of(*ifp), group)
                                   : delete_multi(ethercom_of(*ifp), group);
    default:
        return ENOTTY;
    }
}
