// SPDX-License-Identifier: Apache-2.0
// The tun interface and its device.
#include "net/if_tun.hpp"

#include <errno.h>
#include <new>
#include <stdio.h>

#include <net/bpf.h>
#include <net/if_tun.h>
#include <net/if_types.h>
#include <sys/filio.h>
#include <sys/sockio.h>

#include "wire/be.hpp"

namespace netmgr {

namespace {

constexpr uint64_t tun_mtu = 1500;
constexpr int least_mtu = 576;
constexpr int largest_mtu = 65535;
constexpr size_t family_bytes = sizeof(uint32_t);

Tun& tun_of(ifnet* ifp)
{
    return *static_cast<Tun*>(ifp->if_softc);
}

// /dev/tunN is there from the start (num_tun_control_interface).
bool has_control_node(Stack& stack, int unit)
{
    return static_cast<unsigned>(unit) < stack.options().tun_control_interfaces;
}

int control(ifnet* ifp, unsigned long cmd, char* data)
{
    switch (cmd) {
    case SIOCSIFADDR:
        ifp->if_flags |= IFF_UP;
        [[fallthrough]];
    case SIOCSIFFLAGS:
        if ((ifp->if_flags & IFF_UP) != 0 && tun_of(ifp).so != nullptr)
            ifp->if_flags |= IFF_RUNNING;
        else
            ifp->if_flags &= ~static_cast<unsigned>(IFF_RUNNING);
        return 0;
    case SIOCADDMULTI:
    case SIOCDELMULTI:
        return 0;
    case SIOCSIFMTU: {
        const int mtu = reinterpret_cast<ifreq*>(data)->ifr_mtu;
        if (mtu < least_mtu || mtu > largest_mtu)
            return EINVAL;
        ifp->if_mtu = static_cast<uint64_t>(mtu);
        return 0;
    }
    default:
        return EOPNOTSUPP;
    }
}

void start(ifnet* ifp)
{
    NW_SIGUNLOCK(&ifp->if_snd_ex, nullptr); // nothing is ever queued: output() hands over
}

bool put_head(MbufPtr& m, const Tun& tun, const sockaddr* dst)
{
    if (tun.address_head) {
        if (!m.prepend(dst->sa_len))
            return false;
        memcpy(m->m_data, dst, dst->sa_len);
    } else if (tun.family_head) {
        if (!m.prepend(family_bytes))
            return false;
        *m.as<Be32>() = dst->sa_family;
    }
    return true;
}

int output(ifnet* ifp, mbuf* packet, const sockaddr* dst, rtentry*)
{
    MbufPtr m(packet);
    Tun& tun = tun_of(ifp);
    TunProtosw& driver = *stack_of(*ifp).net().tun;
    if (!tun.ready()) {
        ++driver.out_not_ready;
        return EHOSTDOWN;
    }
    m->m_pkthdr.rcvif = nullptr;
    if (ifp->if_bpf != nullptr)
        bpf_mtap_af(ifp->if_bpf, dst->sa_family, m.get());
    const auto length = static_cast<uint64_t>(m->m_pkthdr.len);
    if (!put_head(m, tun, dst) || !tun.so->rcv.append_record(std::move(m))) {
        ifp->if_oerrors++;
        ++driver.out_full;
        return ENOBUFS;
    }
    ifp->if_opackets++;
    ifp->if_obytes += length;
    sorwakeup(*tun.so);
    return 0;
}

} // namespace

Tun* TunProtosw::find(int unit)
{
    for (Tun* t = tuns; t != nullptr; t = t->next)
        if (t->unit == unit)
            return t;
    return nullptr;
}

int TunProtosw::create(int unit, Tun** out)
{
    auto* tun = new (std::nothrow) Tun;
    if (tun == nullptr)
        return ENOMEM;
    char path[sizeof(DeviceNode::path)];
    snprintf(path, sizeof(path), "/dev/tun%d", unit);
    // Beyond the control nodes of the start, each interface has its own.
    if (!has_control_node(stack, unit))
        if (int error = stack.devices().add(*this, "tun", path, unit)) {
            delete tun;
            return error;
        }
    ifnet& ifp = tun->ifp;
    snprintf(ifp.if_xname, sizeof(ifp.if_xname), "tun%d", unit);
    ifp.if_softc = tun;
    ifp.if_type = IFT_TUNNEL;
    ifp.if_mtu = tun_mtu;
    ifp.if_flags = IFF_POINTOPOINT;
    ifp.if_output = output;
    ifp.if_start = start;
    ifp.if_ioctl = control;
    tun->unit = unit;
    tun->next = tuns;
    tuns = tun;
    stack.net().attach(ifp);
    bpfattach(&ifp, DLT_NULL, family_bytes);
    if (out != nullptr)
        *out = tun;
    return 0;
}

int TunProtosw::destroy(Tun& tun)
{
    if (tun.so != nullptr) { // its reader hears ENXIO from now on
        tun.so->pcb = nullptr;
        soseterror(*tun.so, ENXIO);
    }
    stack.net().detach(tun.ifp);
    if (!has_control_node(stack, tun.unit))
        stack.devices().remove(*this, tun.unit);
    Tun** at = &tuns;
    while (*at != &tun)
        at = &(*at)->next;
    *at = tun.next;
    delete &tun;
    return 0;
}

void TunProtosw::destroy_all()
{
    while (tuns != nullptr)
        destroy(*tuns);
}

int TunProtosw::open(Socket& so, int unit, const Cred&)
{
    Tun* tun = find(unit);
    if (tun != nullptr && tun->so != nullptr)
        return EBUSY;
    if (int error = soreserve(so, largest_mtu + 1 + sizeof(sockaddr_storage), 256 * 1024))
        return error;
    if (tun == nullptr)
        if (int error = create(unit, &tun))
            return error;
    so.pcb = tun;
    tun->so = &so;
    tun->family_head = tun->address_head = false;
    control(&tun->ifp, SIOCSIFFLAGS, nullptr);
    return 0;
}

void TunProtosw::detach(Socket& so)
{
    auto* tun = static_cast<Tun*>(so.pcb);
    so.pcb = nullptr;
    if (tun == nullptr)
        return;
    tun->so = nullptr;
    stack.net().set_flags(tun->ifp, tun->ifp.if_flags & ~static_cast<unsigned>(IFF_UP));
}

int TunProtosw::receive(Socket& so, size_t room, int, Received& out)
{
    if (so.error != 0)
        return so.take_error();
    const auto* tun = static_cast<const Tun*>(so.pcb);
    if (tun == nullptr)
        return ENXIO;
    if (!so.rcv.empty()) {
        device_take_record(so, room, out);
        return 0;
    }
    return tun->ready() ? EWOULDBLOCK : EHOSTDOWN;
}

int TunProtosw::send(Socket& so, const sockaddr*, MbufPtr m, MbufPtr, int, const Cred&)
{
    auto* tun = static_cast<Tun*>(so.pcb);
    if (tun == nullptr)
        return ENXIO;
    ifnet& ifp = tun->ifp;
    uint32_t family = AF_INET;
    m->m_pkthdr.len = m_length(m.get());
    const size_t head = tun->family_head ? family_bytes : 0;
    if (m.packet_len() <= head || m.packet_len() - head > ifp.if_mtu) {
        ++in_bad;
        return EMSGSIZE;
    }
    if ((ifp.if_flags & IFF_UP) == 0)
        return ENETDOWN;
    if (head != 0) {
        if (!m.pullup(head))
            return ENOBUFS;
        family = *m.as<Be32>();
        m_adj(m.get(), static_cast<int>(head));
    }
    const LinkResolver* protocol = stack.net().resolver(static_cast<int>(family));
    if (protocol == nullptr) {
        ++in_bad;
        return EAFNOSUPPORT;
    }
    m->m_pkthdr.rcvif = &ifp;
    m->m_pkthdr.ether_type = protocol->ether_type;
    if (ifp.if_bpf != nullptr)
        bpf_mtap_af(ifp.if_bpf, family, m.get());
    ifp.if_ipackets++;
    ifp.if_ibytes += m.packet_len();
    stack.net().queue_input(ifp, std::move(m));
    return 0;
}

int TunProtosw::set_mode(Tun& tun, int mode)
{
    constexpr unsigned kinds = IFF_POINTOPOINT | IFF_BROADCAST | IFF_MULTICAST;
    const auto wanted = static_cast<unsigned>(mode);
    const unsigned kind = wanted & (IFF_POINTOPOINT | IFF_BROADCAST);
    if ((wanted & ~kinds) != 0 || (kind != IFF_POINTOPOINT && kind != IFF_BROADCAST))
        return EINVAL;
    if ((tun.ifp.if_flags & IFF_UP) != 0)
        return EBUSY;
    tun.ifp.if_flags = (tun.ifp.if_flags & ~kinds) | wanted;
    return 0;
}

int TunProtosw::ioctl(Socket& so, unsigned cmd, std::span<uint8_t> data, size_t& reply, const Cred&)
{
    auto* tun = static_cast<Tun*>(so.pcb);
    if (tun == nullptr)
        return ENXIO;
    int value = 0;
    if (data.size() >= sizeof(value) && (cmd & IOC_IN) != 0)
        memcpy(&value, data.data(), sizeof(value));
    switch (cmd) {
    case TUNSIFHEAD:
        tun->family_head = value != 0;
        tun->address_head = tun->address_head && value == 0;
        return 0;
    case TUNSLMODE:
        tun->address_head = value != 0;
        tun->family_head = tun->family_head && value == 0;
        return 0;
    case TUNSIFMODE:
        return set_mode(*tun, value);
    case TUNSDEBUG:
        tun->debug = value;
        return 0;
    case TUNGIFHEAD:
        value = tun->family_head ? 1 : 0;
        break;
    case TUNGDEBUG:
        value = tun->debug;
        break;
    case FIONREAD:
        value = static_cast<int>(so.rcv.first_record_data());
        break;
    default:
        return ENOTTY;
    }
    memcpy(data.data(), &value, sizeof(value));
    reply = sizeof(value);
    return 0;
}

int attach_tun(Stack& stack)
{
    auto* driver = new (std::nothrow) TunProtosw(stack);
    if (driver == nullptr)
        return ENOMEM;
    Net& net = stack.net();
    net.tun = driver;
    net.add_cloner({"tun", [](Stack& s, int unit) { return s.net().tun->create(unit); },
                    [](Stack& s, ifnet& ifp) { return s.net().tun->destroy(tun_of(&ifp)); }});
    for (int unit = 0; has_control_node(stack, unit); unit++) {
        char path[sizeof(DeviceNode::path)];
        snprintf(path, sizeof(path), "/dev/tun%d", unit);
        if (int error = stack.devices().add(*driver, "tun", path, unit))
            return error;
    }
    return 0;
}

void detach_tun(Stack& stack)
{
    TunProtosw* driver = stack.net().tun;
    if (driver == nullptr)
        return;
    driver->destroy_all();
    stack.devices().remove_all(*driver);
    delete driver;
    stack.net().tun = nullptr;
}

} // namespace netmgr
