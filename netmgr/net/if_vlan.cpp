// SPDX-License-Identifier: Apache-2.0
// The vlan interface: tags put on, taken off, and what it takes over from its parent.
#include "net/if_vlan.hpp"

#include <errno.h>
#include <new>
#include <stdio.h>

#include <net/bpf.h>
#include <net/if_dl.h>
#include <net/if_types.h>
#include <sys/sockio.h>

namespace netmgr {

namespace {

constexpr uint16_t tag_mask = 0xfff;
constexpr unsigned priority_shift = 13;
constexpr size_t tagged_header = sizeof(wire::EtherHeader) + sizeof(wire::VlanTag);

Vlan& vlan_of(ifnet* ifp)
{
    return *static_cast<Vlan*>(ifp->if_softc);
}

VlanCloner& cloner_of(const ifnet& ifp)
{
    return *stack_of(ifp).net().vlans;
}

// A parent that cannot take 4 bytes more than its MTU gives them from ours.
uint64_t largest_mtu(const ifnet& parent)
{
    const auto& ec = reinterpret_cast<const ethercom&>(parent);
    const bool room = (ec.ec_capabilities & ETHERCAP_VLAN_MTU) != 0;
    return parent.if_mtu - (room ? 0 : ETHER_VLAN_ENCAP_LEN);
}

int set_mtu(Vlan& vlan, int mtu)
{
    if (vlan.parent == nullptr)
        return ENOENT;
    if (mtu < ETHERMIN || static_cast<uint64_t>(mtu) > largest_mtu(*vlan.parent))
        return EINVAL;
    vlan.ifp().if_mtu = static_cast<uint64_t>(mtu);
    return 0;
}

// Groups are in our list and, as often, in the parent's.
int change_group(Vlan& vlan, unsigned long cmd, char* data)
{
    const int error = ether_ioctl(&vlan.ifp(), cmd, data);
    if (error != ENETRESET)
        return error;
    if (vlan.parent == nullptr)
        return 0;
    ifreq request = {};
    memcpy(&request, data, sizeof(request));
    const int above = vlan.parent->if_ioctl(vlan.parent, cmd, reinterpret_cast<char*>(&request));
    return above == ENETRESET ? 0 : above;
}

int control(ifnet* ifp, unsigned long cmd, char* data)
{
    Vlan& vlan = vlan_of(ifp);
    auto& request = *reinterpret_cast<ifreq*>(data);
    switch (cmd) {
    case SIOCSETVLAN:
        return cloner_of(*ifp).configure(vlan, *static_cast<const vlanreq*>(request.ifr_data));
    case SIOCGETVLAN: {
        vlanreq& out = *static_cast<vlanreq*>(request.ifr_data);
        out = {};
        if (vlan.parent != nullptr)
            memcpy(out.vlr_parent, vlan.parent->if_xname, IFNAMSIZ);
        out.vlr_tag = vlan.tag;
        out.vlr_prio = vlan.priority;
        return 0;
    }
    case SIOCSIFMTU:
        return set_mtu(vlan, request.ifr_mtu);
    case SIOCADDMULTI:
    case SIOCDELMULTI:
        return change_group(vlan, cmd, data);
    default:
        break;
    }
    const int error = ether_ioctl(ifp, cmd, data);
    return error == ENETRESET ? 0 : error;
}

int init(ifnet* ifp)
{
    Vlan& vlan = vlan_of(ifp);
    if (vlan.parent == nullptr) {
        ifp->if_flags &= ~static_cast<unsigned>(IFF_UP);
        return EINVAL; // NetBSD's answer to "up" without a parent
    }
    ifp->if_flags |= IFF_RUNNING;
    return 0;
}

void stop(ifnet* ifp, int)
{
    ifp->if_flags &= ~static_cast<unsigned>(IFF_RUNNING);
}

// The tag goes between the addresses and the type.
bool put_tag(MbufPtr& m, uint16_t control)
{
    wire::EtherHeader header = *m.as<wire::EtherHeader>();
    m_adj(m.get(), sizeof(header));
    if (!m.prepend(tagged_header))
        return false;
    const wire::VlanTag tag = {.control = control, .type = header.type};
    header.type = static_cast<uint16_t>(wire::ether_vlan);
    memcpy(m.as<uint8_t>(), &header, sizeof(header));
    memcpy(m.as<uint8_t>(sizeof(header)), &tag, sizeof(tag));
    return true;
}

void send(Vlan& vlan, MbufPtr m)
{
    ifnet& ifp = vlan.ifp();
    if (ifp.if_bpf != nullptr)
        bpf_mtap(ifp.if_bpf, m.get());
    const auto control = static_cast<uint16_t>(vlan.priority << priority_shift | vlan.tag);
    if (vlan.parent == nullptr || !m.pullup(sizeof(wire::EtherHeader)) || !put_tag(m, control) ||
        stack_of(ifp).net().enqueue_output(*vlan.parent, std::move(m)) != 0) {
        ifp.if_oerrors++;
        return;
    }
    ifp.if_opackets++;
    ++cloner_of(ifp).sent;
}

// Entered with if_snd_ex held; the parent's is taken only when ours is free.
void start(ifnet* ifp)
{
    ifqueue frames = ifp->if_snd;
    ifp->if_snd.ifq_head = ifp->if_snd.ifq_tail = nullptr;
    ifp->if_snd.ifq_len = 0;
    NW_SIGUNLOCK(&ifp->if_snd_ex, nullptr);
    for (mbuf* m;;) {
        IF_DEQUEUE(&frames, m);
        if (m == nullptr)
            break;
        send(vlan_of(ifp), MbufPtr(m));
    }
}

void set_address(ifnet& ifp, const ifnet& parent)
{
    ifp.if_sadl->sdl_alen = parent.if_sadl->sdl_alen;
    memcpy(LLADDR(ifp.if_sadl), CLLADDR(parent.if_sadl), ETHER_ADDR_LEN);
}

template <typename Fn>
void each_group(Vlan& vlan, Fn fn)
{
    const ether_multi* enm;
    LIST_FOREACH(enm, &vlan.ec.ec_multiaddrs, enm_list)
    (void)fn(*vlan.parent, wire::MacAddress::from(enm->enm_addrlo));
}

} // namespace

VlanCloner::~VlanCloner()
{
    while (vlans_ != nullptr)
        destroy(*vlans_);
}

Vlan* VlanCloner::find(const ifnet& parent, uint16_t tag)
{
    for (Vlan* v = vlans_; v != nullptr; v = v->next)
        if (v->parent == &parent && v->tag == tag)
            return v;
    return nullptr;
}

int VlanCloner::create(int unit)
{
    auto* vlan = new (std::nothrow) Vlan;
    if (vlan == nullptr)
        return ENOMEM;
    ifnet& ifp = vlan->ifp();
    vlan->unit = unit;
    snprintf(ifp.if_xname, sizeof(ifp.if_xname), "vlan%d", unit);
    ifp.if_softc = vlan;
    ifp.if_flags = IFF_BROADCAST | IFF_SIMPLEX | IFF_MULTICAST;
    ifp.if_start = start;
    ifp.if_init = init;
    ifp.if_stop = stop;
    ifp.if_ioctl = control;
    ifp.if_link_state = LINK_STATE_DOWN;
    stack.net().attach(ifp);
    const uint8_t none[ETHER_ADDR_LEN] = {};
    ether_ifattach(&ifp, none);
    ifp.if_sadl->sdl_alen = 0; // the parent's, when there is one
    vlan->next = vlans_;
    vlans_ = vlan;
    return 0;
}

int VlanCloner::destroy(Vlan& vlan)
{
    if (vlan.parent != nullptr)
        leave_parent(vlan);
    stack.net().detach(vlan.ifp());
    ether_ifdetach(&vlan.ifp());
    Vlan** at = &vlans_;
    while (*at != &vlan)
        at = &(*at)->next;
    *at = vlan.next;
    delete &vlan;
    return 0;
}

int VlanCloner::check(const Vlan& vlan, const vlanreq& request, ifnet*& parent)
{
    if (request.vlr_tag == 0 || request.vlr_tag >= tag_mask || request.vlr_prio > 7)
        return EINVAL;
    if (memchr(request.vlr_parent, '\0', IFNAMSIZ) == nullptr)
        return EINVAL;
    parent = stack.net().find_interface(request.vlr_parent);
    if (parent == nullptr)
        return ENOENT;
    if (parent->if_type != IFT_ETHER || parent->if_ioctl == control)
        return EPROTONOSUPPORT;
    if (vlan.parent != nullptr)
        return vlan.parent == parent && vlan.tag == request.vlr_tag ? 0 : EBUSY;
    return find(*parent, request.vlr_tag) != nullptr ? EEXIST : 0;
}

int VlanCloner::configure(Vlan& vlan, const vlanreq& request)
{
    if (request.vlr_parent[0] == '\0') {
        if (vlan.parent != nullptr)
            leave_parent(vlan);
        return 0;
    }
    ifnet* parent = nullptr;
    if (const int error = check(vlan, request, parent))
        return error;
    vlan.priority = request.vlr_prio;
    if (vlan.parent != nullptr)
        return 0;
    ifnet& ifp = vlan.ifp();
    vlan.parent = parent;
    vlan.tag = request.vlr_tag;
    ifp.if_mtu = largest_mtu(*parent);
    each_group(vlan, ether_join);
    reinterpret_cast<ethercom*>(parent)->ec_nvlans++;
    parent_changed(*parent);
    return 0;
}

void VlanCloner::leave_parent(Vlan& vlan)
{
    each_group(vlan, ether_leave);
    reinterpret_cast<ethercom*>(vlan.parent)->ec_nvlans--;
    vlan.parent = nullptr;
    vlan.tag = 0;
    vlan.priority = 0;
    ifnet& ifp = vlan.ifp();
    (void)stack.net().set_flags(ifp, ifp.if_flags & ~static_cast<unsigned>(IFF_UP));
    stop(&ifp, 1);
    ifp.if_sadl->sdl_alen = 0;
    if_link_state_change(&ifp, LINK_STATE_DOWN);
}

void VlanCloner::parent_gone(ifnet& parent)
{
    for (Vlan* v = vlans_; v != nullptr; v = v->next)
        if (v->parent == &parent)
            leave_parent(*v);
}

void VlanCloner::parent_changed(const ifnet& parent)
{
    for (Vlan* v = vlans_; v != nullptr; v = v->next) {
        if (v->parent != &parent)
            continue;
        set_address(v->ifp(), parent);
        if_link_state_change(&v->ifp(), parent.if_link_state);
    }
}

// A frame whose type is 0x8100, or whose tag the hardware took off (M_VLANTAG).
void VlanCloner::input(MbufPtr m)
{
    ifnet& parent = *m->m_pkthdr.rcvif;
    uint16_t control = m->m_pkthdr.vlan_tag;
    ++received;
    if ((m->m_flags & M_VLANTAG) == 0) {
        if (m.packet_len() < tagged_header || !m.pullup(tagged_header)) {
            ++bad;
            return;
        }
        wire::EtherHeader header = *m.as<wire::EtherHeader>();
        const wire::VlanTag tag = *m.as<wire::VlanTag>(sizeof(header));
        control = tag.control;
        header.type = tag.type;
        m_adj(m.get(), sizeof(tag));
        memcpy(m.as<uint8_t>(), &header, sizeof(header));
    }
    m->m_flags &= ~M_VLANTAG;
    if ((control & tag_mask) == 0) { // only a priority: the parent's own frame
        if (static_cast<uint16_t>(m.as<wire::EtherHeader>()->type) == wire::ether_vlan)
            ++bad;
        else
            parent.if_input(&parent, m.release());
        return;
    }
    Vlan* vlan = find(parent, control & tag_mask);
    if (vlan == nullptr) {
        ++unknown_tag;
        parent.if_noproto++;
        return;
    }
    ifnet& ifp = vlan->ifp();
    m->m_pkthdr.rcvif = &ifp;
    if (ifp.if_bpf != nullptr)
        bpf_mtap(ifp.if_bpf, m.get());
    ifp.if_ipackets++;
    ifp.if_input(&ifp, m.release());
}

int attach_vlan(Stack& stack)
{
    auto* cloner = new (std::nothrow) VlanCloner(stack);
    if (cloner == nullptr)
        return ENOMEM;
    Net& net = stack.net();
    net.vlans = cloner;
    net.add_cloner({"vlan", [](Stack& s, int unit) { return s.net().vlans->create(unit); },
                    [](Stack& s, ifnet& ifp) { return s.net().vlans->destroy(vlan_of(&ifp)); }});
    const bool added = stack.input().add_handler(
        wire::ether_vlan, [](Stack& s, MbufPtr frame) { s.net().vlans->input(std::move(frame)); });
    return added ? 0 : ENOMEM;
}

void detach_vlan(Stack& stack)
{
    delete stack.net().vlans;
    stack.net().vlans = nullptr;
}

} // namespace netmgr
