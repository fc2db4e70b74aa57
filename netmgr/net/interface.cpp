// SPDX-License-Identifier: Apache-2.0
// Interfaces: coming, going, flags, addresses, queues.
#include <errno.h>
#include <new>
#include <stdio.h>
#include <string.h>

#include <net/bpf.h>
#include <net/if_dl.h>
#include <sys/sockio.h>

#include "kern/stack.hpp"
#include "net/if_vlan.hpp"
#include "net/net.hpp"

namespace netmgr {

ifnet* Net::find_interface(const char* name)
{
    ifnet* ifp;
    TAILQ_FOREACH(ifp, &interfaces_, if_list)
    if (strncmp(ifp->if_xname, name, IFNAMSIZ) == 0)
        return ifp;
    return nullptr;
}

ifnet* Net::find_interface(unsigned index)
{
    ifnet* ifp;
    TAILQ_FOREACH(ifp, &interfaces_, if_list)
    if (ifp->if_index == index)
        return ifp;
    return nullptr;
}

unsigned Net::interface_count() const
{
    unsigned n = 0;
    for (const ifnet* ifp = TAILQ_FIRST(&interfaces_); ifp != nullptr;
         ifp = TAILQ_NEXT(ifp, if_list))
        n++;
    return n;
}

ifaddr* Net::address_of(uint32_t ip)
{
    ifnet* ifp;
    TAILQ_FOREACH(ifp, &interfaces_, if_list)
    for (ifaddr* a = ifp->if_addrs; a != nullptr; a = a->next)
        if (a->family() == AF_INET && a->ip() == ip)
            return a;
    return nullptr;
}

ifnet* Net::interface_of_address(uint32_t ip)
{
    const ifaddr* a = address_of(ip);
    return a != nullptr ? a->ifp : nullptr;
}

void Net::attach(ifnet& ifp)
{
    ifp.if_stack = &stack;
    ifp.if_index = ++last_index_;
    ifp.if_addrs = nullptr;
    ifp.if_fibs = 1;
    ifp.if_snd.ifq_head = ifp.if_snd.ifq_tail = nullptr;
    ifp.if_snd.ifq_len = 0;
    if (ifp.if_snd.ifq_maxlen == 0)
        ifp.if_snd.ifq_maxlen = IFQ_MAXLEN;
    NW_EX_INIT(&ifp.if_snd_ex);
    callout_init(&ifp.if_link_task);
    ifp.if_sadl = new (std::nothrow) sockaddr_dl{};
    if (ifp.if_sadl != nullptr) {
        const size_t name = strnlen(ifp.if_xname, IFNAMSIZ - 1);
        ifp.if_sadl->sdl_len = sizeof(sockaddr_dl);
        ifp.if_sadl->sdl_family = AF_LINK;
        ifp.if_sadl->sdl_index = ifp.if_index;
        ifp.if_sadl->sdl_type = ifp.if_type;
        ifp.if_sadl->sdl_nlen = static_cast<uint8_t>(name);
        memcpy(ifp.if_sadl->sdl_data, ifp.if_xname, name);
    }
    TAILQ_INSERT_TAIL(&interfaces_, &ifp, if_list);
    announce(NetEvent::if_arrival, &ifp);
}

void Net::detach(ifnet& ifp)
{
    bpfdetach(&ifp);
    if (vlans != nullptr)
        vlans->parent_gone(ifp);
    if (interface_gone != nullptr)
        interface_gone(stack, ifp);
    while (ifp.if_addrs != nullptr)
        remove_address(ifp.if_addrs);
    remove_routes_if([&](const rtentry& r) { return r.ifp == &ifp; });
    TAILQ_REMOVE(&interfaces_, &ifp, if_list);
    stack.callouts().stop(ifp.if_link_task);
    NW_SIGLOCK(&ifp.if_snd_ex, nullptr);
    IFQ_PURGE(&ifp.if_snd);
    NW_SIGUNLOCK(&ifp.if_snd_ex, nullptr);
    stack.input().drop_from(&ifp);
    announce(NetEvent::if_departure, &ifp);
    NW_EX_DESTROY(&ifp.if_snd_ex);
    delete ifp.if_sadl;
    ifp.if_sadl = nullptr;
    ifp.if_stack = nullptr;
}

void Net::add_address(ifnet& ifp, ifaddr* ifa)
{
    ifa->ifp = &ifp;
    ifaddr** link = &ifp.if_addrs;
    while (*link != nullptr)
        link = &(*link)->next;
    *link = ifa;
    touch_routes();
}

void Net::remove_address(ifaddr* ifa)
{
    ifaddr** link = &ifa->ifp->if_addrs;
    while (*link != ifa)
        link = &(*link)->next;
    *link = ifa->next;
    remove_routes_if([&](const rtentry& r) { return r.ifa == ifa; });
    announce(NetEvent::addr_removed, ifa->ifp, ifa);
    delete ifa;
}

void Net::remove_route(rtentry* route)
{
    RouteTable& table = table_of(route->family, route->fib);
    if ((route->flags & RTF_CLONING) != 0)
        table.remove_if([&](const rtentry& r) { return r.parent == route; });
    announce(NetEvent::route_removed, route->ifp, route->ifa, route);
    table.remove(route);
}

// Only the bits a user may change; the driver is told and starts or stops the hardware.
int Net::set_flags(ifnet& ifp, unsigned flags)
{
    const unsigned old = ifp.if_flags;
    ifp.if_flags = (old & IFF_CANTCHANGE) | (flags & ~static_cast<unsigned>(IFF_CANTCHANGE));
    ifreq request = {};
    memcpy(request.ifr_name, ifp.if_xname, IFNAMSIZ);
    request.ifr_flags = static_cast<int>(ifp.if_flags);
    int error = ifp.if_ioctl != nullptr
                    ? ifp.if_ioctl(&ifp, SIOCSIFFLAGS, reinterpret_cast<char*>(&request))
                    : 0;
    if (error == ENETRESET)
        error = 0;
    if (error != 0) {
        ifp.if_flags =
            (ifp.if_flags & IFF_CANTCHANGE) | (old & ~static_cast<unsigned>(IFF_CANTCHANGE));
        return error;
    }
    if ((old & IFF_UP) != 0 && (ifp.if_flags & IFF_UP) == 0) {
        NW_SIGLOCK(&ifp.if_snd_ex, nullptr);
        IFQ_PURGE(&ifp.if_snd);
        NW_SIGUNLOCK(&ifp.if_snd_ex, nullptr);
    }
    if (old != ifp.if_flags) {
        touch_routes();
        announce(NetEvent::if_change, &ifp);
    }
    return 0;
}

int Net::set_promiscuous(ifnet& ifp, bool on)
{
    if (on ? ifp.if_pcount++ != 0 : --ifp.if_pcount != 0)
        return 0;
    const unsigned old = ifp.if_flags;
    ifp.if_flags = on ? old | IFF_PROMISC : old & ~static_cast<unsigned>(IFF_PROMISC);
    ifreq request = {};
    memcpy(request.ifr_name, ifp.if_xname, IFNAMSIZ);
    request.ifr_flags = static_cast<int>(ifp.if_flags);
    int error = 0;
    if ((ifp.if_flags & IFF_UP) != 0 && ifp.if_ioctl != nullptr)
        error = ifp.if_ioctl(&ifp, SIOCSIFFLAGS, reinterpret_cast<char*>(&request));
    if (error == 0 || error == ENETRESET) {
        announce(NetEvent::if_change, &ifp);
        return 0;
    }
    ifp.if_pcount += on ? -1 : 1;
    ifp.if_flags = old;
    return error;
}

int Net::enqueue_output(ifnet& ifp, MbufPtr m)
{
    const auto len = static_cast<uint64_t>(m->m_pkthdr.len);
    const bool multicast = (m->m_flags & (M_MCAST | M_BCAST)) != 0;
    if ((ifp.if_flags & (IFF_UP | IFF_RUNNING)) != (IFF_UP | IFF_RUNNING))
        return ENETDOWN;
    NW_SIGLOCK(&ifp.if_snd_ex, nullptr);
    if (IF_QFULL(&ifp.if_snd)) {
        IF_DROP(&ifp.if_snd);
        NW_SIGUNLOCK(&ifp.if_snd_ex, nullptr);
        ++out_queue_full;
        return ENOBUFS;
    }
    m->m_pkthdr.rcvif = nullptr; // a forwarded packet is ours from here on
    mbuf* packet = m.release();
    IF_ENQUEUE(&ifp.if_snd, packet);
    ifp.if_obytes += len;
    if (multicast)
        ifp.if_omcasts++;
    if ((ifp.if_flags_tx & IFF_OACTIVE) == 0)
        ifp.if_start(&ifp); // releases if_snd_ex
    else
        NW_SIGUNLOCK(&ifp.if_snd_ex, nullptr);
    return 0;
}

void Net::queue_input(ifnet& ifp, MbufPtr m)
{
    if (stack.input().handler(m->m_pkthdr.ether_type) == nullptr) {
        __atomic_add_fetch(&ifp.if_noproto, 1, __ATOMIC_RELAXED);
        ++in_no_proto;
        return;
    }
    bool was_empty = false;
    if (!stack.input().put(std::move(m), was_empty)) {
        __atomic_add_fetch(&ifp.if_iqdrops, 1, __ATOMIC_RELAXED);
        ++in_queue_full;
    } else if (was_empty) {
        stack.platform().wake_stack();
    }
}

// Once a second: drivers that asked for it hear that their time is over.
void Net::watchdogs(void* arg)
{
    auto& net = *static_cast<Net*>(arg);
    ifnet* ifp;
    TAILQ_FOREACH(ifp, &net.interfaces_, if_list)
    if (ifp->if_timer != 0 && --ifp->if_timer == 0 && ifp->if_watchdog != nullptr)
        ifp->if_watchdog(ifp);
    net.stack.callouts().start(net.watchdog_, ns_per_s, watchdogs, arg);
}

namespace {

// In the stack context: a link that comes back restarts a queue the driver stopped looking at.
void link_changed(void* arg)
{
    auto& ifp = *static_cast<ifnet*>(arg);
    Net& net = stack_of(ifp).net();
    if (ifp.if_link_state == LINK_STATE_UP && (ifp.if_flags & IFF_RUNNING) != 0) {
        NW_SIGLOCK(&ifp.if_snd_ex, nullptr);
        if ((ifp.if_flags_tx & IFF_OACTIVE) == 0 && !IFQ_IS_EMPTY(&ifp.if_snd))
            ifp.if_start(&ifp);
        else
            NW_SIGUNLOCK(&ifp.if_snd_ex, nullptr);
    }
    net.announce(NetEvent::if_change, &ifp);
    if (net.vlans != nullptr)
        net.vlans->parent_changed(ifp);
}

} // namespace

} // namespace netmgr

using namespace netmgr;

extern "C" {

struct ifnet* ifnet_first(void)
{
    return current_stack->net().first_interface();
}

void if_attach(struct ifnet* ifp)
{
    current_stack->net().attach(*ifp);
}

void if_detach(struct ifnet* ifp)
{
    stack_of(*ifp).net().detach(*ifp);
}

void if_link_state_change(struct ifnet* ifp, int state)
{
    if (ifp->if_link_state == state)
        return;
    ifp->if_link_state = static_cast<uint8_t>(state);
    stack_of(*ifp).callouts().start(ifp->if_link_task, 0, link_changed, ifp);
}

} // extern "C"
