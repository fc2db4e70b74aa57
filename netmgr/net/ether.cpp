// SPDX-License-Identifier: Apache-2.0
// Ethernet: frames in (on any worker), frames out, attaching drivers.
#include <errno.h>

#include <net/bpf.h>
#include <net/if_dl.h>
#include <net/if_ether.h>
#include <net/if_types.h>

#include "net/if_vlan.hpp"
#include "net/net.hpp"

namespace netmgr {

wire::MacAddress ether_address(const ifnet& ifp)
{
    return wire::MacAddress::from(CLLADDR(ifp.if_sadl));
}

namespace {

// M_BCAST and M_MCAST from the destination. False: unicast for somebody else (seen because of promiscuous mode).
bool classify(const ifnet& ifp, mbuf& m, const wire::EtherHeader& header)
{
    m.m_flags &= ~(M_BCAST | M_MCAST);
    if (header.destination.is_broadcast())
        m.m_flags |= M_BCAST;
    else if (header.destination.is_multicast())
        m.m_flags |= M_MCAST;
    else
        return header.destination == ether_address(ifp);
    return true;
}

void input(ifnet& ifp, MbufPtr m)
{
    Net& net = stack_of(ifp).net();
    if ((m->m_flags & M_HASFCS) != 0) {
        m_adj(m.get(), -ETHER_CRC_LEN);
        m->m_flags &= ~M_HASFCS;
    }
    if ((ifp.if_flags & IFF_UP) == 0) {
        ++net.in_down;
        return;
    }
    if (m->m_pkthdr.len < ETHER_HDR_LEN || !m.pullup(ETHER_HDR_LEN)) {
        ++net.in_short;
        return;
    }
    __atomic_add_fetch(&ifp.if_ibytes, static_cast<uint64_t>(m->m_pkthdr.len), __ATOMIC_RELAXED);
    const wire::EtherHeader header = *m.as<wire::EtherHeader>();
    if (!classify(ifp, *m, header)) {
        ++net.in_not_for_us;
        return;
    }
    if ((m->m_flags & (M_BCAST | M_MCAST)) != 0)
        __atomic_add_fetch(&ifp.if_imcasts, 1, __ATOMIC_RELAXED);
    m->m_pkthdr.rcvif = &ifp;
    m->m_pkthdr.ether_type = header.type;
    if (header.type == wire::ether_vlan || (m->m_flags & M_VLANTAG) != 0) { // goes on whole
        m->m_pkthdr.ether_type = wire::ether_vlan;
        net.queue_input(ifp, std::move(m));
        return;
    }
    m_adj(m.get(), ETHER_HDR_LEN);
    if (header.type == wire::ether_ipv4 && net.fast_forward != nullptr &&
        net.fast_forward(net.stack, ifp, m))
        return;
    net.queue_input(ifp, std::move(m));
}

} // namespace

int ether_output(ifnet* ifp, mbuf* m0, const sockaddr* dst, rtentry* rt)
{
    MbufPtr m(m0);
    Stack& stack = stack_of(*ifp);
    wire::EtherHeader header = {};
    if ((ifp->if_flags & (IFF_UP | IFF_RUNNING)) != (IFF_UP | IFF_RUNNING))
        return ENETDOWN;
    if (dst->sa_family == AF_UNSPEC) { // the caller made the header (ARP, BPF)
        memcpy(static_cast<void*>(&header), dst->sa_data, sizeof(header));
    } else {
        const LinkResolver* resolver = stack.net().resolver(dst->sa_family);
        if (resolver == nullptr) {
            ++stack.net().out_no_family;
            return EAFNOSUPPORT;
        }
        const int error = resolver->resolve(stack, *ifp, m, dst, rt, header.destination);
        if (error != 0)
            return error == EWOULDBLOCK ? 0 : error;
        header.type = resolver->ether_type;
    }
    // A simplex interface does not hear itself.
    if ((m->m_flags & M_BCAST) != 0 && (ifp->if_flags & IFF_SIMPLEX) != 0 &&
        dst->sa_family != AF_UNSPEC)
        if (mbuf* copy = m_copym(m.get(), 0, M_COPYALL, M_DONTWAIT)) {
            copy->m_pkthdr.rcvif = ifp;
            copy->m_flags |= M_LOOP;
            copy->m_pkthdr.ether_type = header.type;
            stack.net().queue_input(*ifp, MbufPtr(copy));
        }
    header.source = ether_address(*ifp);
    if (!m.prepend(sizeof(header)))
        return ENOBUFS;
    *m.as<wire::EtherHeader>() = header;
    return stack.net().enqueue_output(*ifp, std::move(m));
}

int ether_change_address(ifnet& ifp, const wire::MacAddress& mac)
{
    if (ifp.if_sadl == nullptr || ifp.if_sadl->sdl_alen != ETHER_ADDR_LEN || mac.is_multicast() ||
        mac.is_zero())
        return EINVAL;
    memcpy(LLADDR(ifp.if_sadl), mac.bytes, ETHER_ADDR_LEN);
    if (VlanCloner* vlans = stack_of(ifp).net().vlans)
        vlans->parent_changed(ifp);
    if ((ifp.if_flags & IFF_RUNNING) != 0 && ifp.if_init != nullptr)
        return ifp.if_init(&ifp);
    return 0;
}

} // namespace netmgr

using namespace netmgr;

extern "C" {

const uint8_t etherbroadcastaddr[ETHER_ADDR_LEN] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

void ether_input(struct ifnet* ifp, struct mbuf* m)
{
    input(*ifp, MbufPtr(m));
}

void ether_ifattach(struct ifnet* ifp, const uint8_t* mac)
{
    auto* ec = reinterpret_cast<ethercom*>(ifp);
    ifp->if_type = IFT_ETHER;
    ifp->if_addrlen = ETHER_ADDR_LEN;
    ifp->if_hdrlen = ETHER_HDR_LEN;
    if (ifp->if_mtu == 0)
        ifp->if_mtu = ETHERMTU;
    ifp->if_output = ether_output;
    ifp->if_input = ether_input;
    ifp->if_broadcastaddr = etherbroadcastaddr;
    if (ifp->if_baudrate == 0)
        ifp->if_baudrate = 10000000;
    bpfattach(ifp, DLT_EN10MB, ETHER_HDR_LEN);
    LIST_INIT(&ec->ec_multiaddrs);
    ec->ec_multicnt = 0;
    if (ifp->if_sadl != nullptr) {
        ifp->if_sadl->sdl_type = IFT_ETHER;
        ifp->if_sadl->sdl_alen = ETHER_ADDR_LEN;
        memcpy(LLADDR(ifp->if_sadl), mac, ETHER_ADDR_LEN);
    }
}

void ether_ifdetach(struct ifnet* ifp)
{
    auto* ec = reinterpret_cast<ethercom*>(ifp);
    while (!LIST_EMPTY(&ec->ec_multiaddrs)) {
        ether_multi* enm = LIST_FIRST(&ec->ec_multiaddrs);
        LIST_REMOVE(enm, enm_list);
        delete enm;
    }
    ec->ec_multicnt = 0;
}

// Reflected CRC-32 (IEEE 802.3), bits as they arrive; multicast hash filters of NICs use it.
uint32_t ether_crc32_le(const uint8_t* buf, size_t len)
{
    uint32_t crc = 0xffffffff;
    for (size_t i = 0; i < len; ++i) {
        crc ^= buf[i];
        for (int bit = 0; bit < 8; ++bit)
            crc = (crc & 1) != 0 ? crc >> 1 ^ 0xedb88320 : crc >> 1;
    }
    return crc;
}

uint32_t ether_crc32_be(const uint8_t* buf, size_t len)
{
    uint32_t crc = 0xffffffff;
    for (size_t i = 0; i < len; ++i)
        for (unsigned bit = 0, byte = buf[i]; bit < 8; ++bit, byte >>= 1) {
            const bool carry = ((crc >> 31) ^ (byte & 1)) != 0;
            crc = carry ? crc << 1 ^ 0x04c11db7 : crc << 1;
        }
    return crc;
}

} // extern "C"
