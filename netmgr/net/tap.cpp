// SPDX-License-Identifier: Apache-2.0
// bpf_mtap and the listeners behind it.
#include "net/tap.hpp"

#include <net/bpf.h>
#include <net/if.h>

#include "net/net.hpp"

namespace netmgr {

namespace {

TapListener* first_listener(const ifnet& ifp)
{
    return static_cast<TapListener*>(ifp.if_bpf_tap);
}

// Under Net::taps.
void set_first(ifnet& ifp, TapListener* listener)
{
    ifp.if_bpf_tap = listener;
    char* self = listener != nullptr ? reinterpret_cast<char*>(&ifp) : nullptr;
    __atomic_store_n(&ifp.if_bpf, self, __ATOMIC_RELEASE);
}

void tell(char* if_bpf, const TapPacket& packet)
{
    auto& ifp = *reinterpret_cast<ifnet*>(if_bpf);
    Guard guard(stack_of(ifp).net().taps);
    for (TapListener* l = first_listener(ifp); l != nullptr; l = l->next)
        l->packet(l->arg, packet);
}

bool was_sent(const char* if_bpf, const mbuf& m)
{
    return m.m_pkthdr.rcvif != reinterpret_cast<const ifnet*>(if_bpf);
}

} // namespace

void tap_add(ifnet& ifp, TapListener& listener)
{
    Guard guard(stack_of(ifp).net().taps);
    listener.next = first_listener(ifp);
    set_first(ifp, &listener);
}

void tap_remove(ifnet& ifp, TapListener& listener)
{
    Guard guard(stack_of(ifp).net().taps);
    if (first_listener(ifp) == &listener) {
        set_first(ifp, listener.next);
        return;
    }
    for (TapListener* l = first_listener(ifp); l != nullptr; l = l->next)
        if (l->next == &listener)
            l->next = listener.next;
}

} // namespace netmgr

using namespace netmgr;

extern "C" {

void bpfattach(struct ifnet* ifp, unsigned dlt, unsigned header_len)
{
    ifp->if_dlt = static_cast<uint16_t>(dlt);
    ifp->if_dlt_hdrlen = static_cast<uint16_t>(header_len);
}

void bpfdetach(struct ifnet* ifp)
{
    while (TapListener* listener = first_listener(*ifp)) {
        tap_remove(*ifp, *listener);
        listener->gone(listener->arg);
    }
    ifp->if_dlt_hdrlen = 0;
}

void bpf_mtap(char* if_bpf, struct mbuf* m)
{
    size_t length = static_cast<size_t>(m->m_pkthdr.len);
    if ((m->m_flags & M_HASFCS) != 0 && length >= ETHER_CRC_LEN)
        length -= ETHER_CRC_LEN;
    tell(if_bpf, {m, length, was_sent(if_bpf, *m)});
}

void bpf_mtap2(char* if_bpf, const void* header, unsigned len, struct mbuf* m)
{
    mbuf front = {};
    front.m_next = m;
    front.m_data = static_cast<char*>(const_cast<void*>(header));
    front.m_len = static_cast<int>(len);
    tell(if_bpf, {&front, len + static_cast<size_t>(m->m_pkthdr.len), was_sent(if_bpf, *m)});
}

void bpf_mtap_af(char* if_bpf, uint32_t family, struct mbuf* m)
{
    bpf_mtap2(if_bpf, &family, sizeof(family), m);
}

void bpf_tap(char* if_bpf, const uint8_t* packet, unsigned len)
{
    mbuf whole = {};
    whole.m_data = reinterpret_cast<char*>(const_cast<uint8_t*>(packet));
    whole.m_len = static_cast<int>(len);
    tell(if_bpf, {&whole, len, true});
}

} // extern "C"
