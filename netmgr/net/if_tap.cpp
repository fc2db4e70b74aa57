// SPDX-License-Identifier: Apache-2.0
// The tap interface and its device.
#include "net/if_tap.hpp"

#include <errno.h>
#include <new>
#include <stdio.h>

#include <net/bpf.h>
#include <net/if_tap.h>
#include <sys/filio.h>
#include <sys/sockio.h>

namespace netmgr {

namespace {

constexpr size_t longest_frame = ETHER_HDR_LEN + ETHER_VLAN_ENCAP_LEN + ETHERMTU_JUMBO;

Tap& tap_of(ifnet* ifp)
{
    return *static_cast<Tap*>(ifp->if_softc);
}

int control(ifnet* ifp, unsigned long cmd, char* data)
{
    if (cmd == SIOCGIFMEDIA || cmd == SIOCSIFMEDIA)
        return ifmedia_ioctl(ifp, reinterpret_cast<ifreq*>(data), &tap_of(ifp).media, cmd);
    const int error = ether_ioctl(ifp, cmd, data);
    return error == ENETRESET ? 0 : error; // nothing filters here
}

int init(ifnet* ifp)
{
    ifp->if_flags |= IFF_RUNNING;
    return 0;
}

void stop(ifnet* ifp, int)
{
    ifp->if_flags &= ~static_cast<unsigned>(IFF_RUNNING);
}

void hand_over(Tap& tap, MbufPtr m)
{
    ifnet& ifp = tap.ifp();
    TapProtosw& driver = *stack_of(ifp).net().tap;
    if (ifp.if_bpf != nullptr)
        bpf_mtap(ifp.if_bpf, m.get());
    if (tap.so == nullptr) {
        ++driver.out_not_open;
    } else if (tap.so->rcv.append_record(std::move(m))) {
        ifp.if_opackets++;
        sorwakeup(*tap.so);
    } else {
        ifp.if_oerrors++;
        ++driver.out_full;
    }
}

void start(ifnet* ifp)
{
    for (mbuf* m;;) {
        IFQ_DEQUEUE(&ifp->if_snd, m);
        if (m == nullptr)
            break;
        hand_over(tap_of(ifp), MbufPtr(m));
    }
    NW_SIGUNLOCK(&ifp->if_snd_ex, nullptr);
}

int media_change(ifnet*)
{
    return 0;
}

// There is a carrier while somebody holds the other end.
void media_status(ifnet* ifp, ifmediareq* r)
{
    const bool open = tap_of(ifp).so != nullptr;
    r->ifm_status = IFM_AVALID | (open ? IFM_ACTIVE : 0);
    r->ifm_active = IFM_ETHER | (open ? IFM_AUTO : IFM_NONE);
}

} // namespace

Tap* TapProtosw::find(int unit)
{
    for (Tap* t = taps; t != nullptr; t = t->next)
        if (t->unit == unit)
            return t;
    return nullptr;
}

unsigned TapProtosw::count() const
{
    unsigned n = 0;
    for (const Tap* t = taps; t != nullptr; t = t->next)
        n++;
    return n;
}

void TapProtosw::attach_interface(Tap& tap)
{
    ifnet& ifp = tap.ifp();
    snprintf(ifp.if_xname, sizeof(ifp.if_xname), "tap%d", tap.unit);
    ifp.if_softc = &tap;
    ifp.if_flags = IFF_BROADCAST | IFF_SIMPLEX | IFF_MULTICAST;
    ifp.if_start = start;
    ifp.if_init = init;
    ifp.if_stop = stop;
    ifp.if_ioctl = control;
    ifp.if_link_state = LINK_STATE_DOWN;
    tap.ec.ec_capabilities = ETHERCAP_VLAN_MTU | ETHERCAP_JUMBO_MTU;
    ifmedia_init(&tap.media, 0, media_change, media_status);
    ifmedia_add(&tap.media, IFM_ETHER | IFM_AUTO, 0, nullptr);
    ifmedia_set(&tap.media, IFM_ETHER | IFM_AUTO);
    stack.net().attach(ifp);
    // A locally administered address; the first three bytes are NetBSD's for tap.
    uint8_t mac[ETHER_ADDR_LEN] = {0xf2, 0x0b, 0xa4};
    stack.platform().random_bytes(mac + 3, 3);
    ether_ifattach(&ifp, mac);
}

// unit -1: the first free one.
int TapProtosw::create(int unit, bool cloned, Tap** out)
{
    if (count() >= stack.options().tap_interfaces)
        return EBUSY;
    for (int n = 0; unit < 0; n++) {
        char name[IFNAMSIZ];
        snprintf(name, sizeof(name), "tap%d", n);
        if (find(n) == nullptr && stack.net().find_interface(name) == nullptr)
            unit = n;
    }
    auto* tap = new (std::nothrow) Tap;
    if (tap == nullptr)
        return ENOMEM;
    tap->unit = unit;
    tap->cloned = cloned;
    if (!cloned) {
        char path[sizeof(DeviceNode::path)];
        snprintf(path, sizeof(path), "/dev/tap%d", unit);
        if (int error = stack.devices().add(*this, "tap", path, unit)) {
            delete tap;
            return error;
        }
    }
    attach_interface(*tap);
    tap->next = taps;
    taps = tap;
    if (out != nullptr)
        *out = tap;
    return 0;
}

int TapProtosw::destroy(Tap& tap)
{
    if (tap.so != nullptr) { // its reader hears ENXIO from now on
        tap.so->pcb = nullptr;
        soseterror(*tap.so, ENXIO);
    }
    ether_ifdetach(&tap.ifp());
    stack.net().detach(tap.ifp());
    if (!tap.cloned)
        stack.devices().remove(*this, tap.unit);
    Tap** at = &taps;
    while (*at != &tap)
        at = &(*at)->next;
    *at = tap.next;
    delete &tap;
    return 0;
}

void TapProtosw::destroy_all()
{
    while (taps != nullptr)
        destroy(*taps);
}

int TapProtosw::open(Socket& so, int unit, const Cred&)
{
    if (int error = soreserve(so, longest_frame, 256 * 1024))
        return error;
    Tap* tap = unit >= 0 ? find(unit) : nullptr;
    if (unit >= 0 && tap == nullptr)
        return ENXIO;
    if (tap != nullptr && tap->so != nullptr)
        return EBUSY;
    if (tap == nullptr)
        if (int error = create(-1, true, &tap))
            return error;
    so.pcb = tap;
    tap->so = &so;
    if_link_state_change(&tap->ifp(), LINK_STATE_UP);
    return 0;
}

void TapProtosw::detach(Socket& so)
{
    auto* tap = static_cast<Tap*>(so.pcb);
    so.pcb = nullptr;
    if (tap == nullptr)
        return;
    tap->so = nullptr;
    if (tap->cloned)
        destroy(*tap);
    else
        if_link_state_change(&tap->ifp(), LINK_STATE_DOWN);
}

int TapProtosw::receive(Socket& so, size_t room, int, Received& out)
{
    if (so.error != 0)
        return so.take_error();
    if (so.pcb == nullptr)
        return ENXIO;
    if (so.rcv.empty())
        return EWOULDBLOCK;
    device_take_record(so, room, out);
    return 0;
}

int TapProtosw::send(Socket& so, const sockaddr*, MbufPtr m, MbufPtr, int, const Cred&)
{
    auto* tap = static_cast<Tap*>(so.pcb);
    if (tap == nullptr)
        return ENXIO;
    ifnet& ifp = tap->ifp();
    m->m_pkthdr.len = m_length(m.get());
    if (m.packet_len() < ETHER_HDR_LEN ||
        m.packet_len() > ifp.if_mtu + ETHER_HDR_LEN + ETHER_VLAN_ENCAP_LEN)
        return EMSGSIZE;
    if ((ifp.if_flags & (IFF_UP | IFF_RUNNING)) != (IFF_UP | IFF_RUNNING))
        return ENETDOWN;
    m->m_pkthdr.rcvif = &ifp;
    if (ifp.if_bpf != nullptr)
        bpf_mtap(ifp.if_bpf, m.get());
    ifp.if_ipackets++;
    ifp.if_input(&ifp, m.release());
    return 0;
}

int TapProtosw::ioctl(Socket& so, unsigned cmd, std::span<uint8_t> data, size_t& reply, const Cred&)
{
    auto* tap = static_cast<Tap*>(so.pcb);
    if (tap == nullptr)
        return ENXIO;
    if (cmd == TAPGIFNAME) {
        ifreq r = {};
        memcpy(r.ifr_name, tap->ifp().if_xname, IFNAMSIZ);
        memcpy(data.data(), &r, sizeof(r));
        reply = sizeof(r);
        return 0;
    }
    if (cmd == FIONREAD) {
        const auto size = static_cast<int>(so.rcv.first_record_data());
        memcpy(data.data(), &size, sizeof(size));
        reply = sizeof(size);
        return 0;
    }
    return ENOTTY;
}

int attach_tap(Stack& stack)
{
    auto* driver = new (std::nothrow) TapProtosw(stack);
    if (driver == nullptr)
        return ENOMEM;
    Net& net = stack.net();
    net.tap = driver;
    net.add_cloner({"tap", [](Stack& s, int unit) { return s.net().tap->create(unit, false); },
                    [](Stack& s, ifnet& ifp) { return s.net().tap->destroy(tap_of(&ifp)); }});
    return stack.devices().add(*driver, "tap", "/dev/tap", -1);
}

void detach_tap(Stack& stack)
{
    TapProtosw* driver = stack.net().tap;
    if (driver == nullptr)
        return;
    driver->destroy_all();
    stack.devices().remove_all(*driver);
    delete driver;
    stack.net().tap = nullptr;
}

} // namespace netmgr
