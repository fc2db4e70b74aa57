// SPDX-License-Identifier: Apache-2.0
// vlan interfaces: IEEE 802.1Q tags on the frames of an Ethernet interface. Stack context.
#pragma once
#include <net/if_ether.h>
#include <net/if_media.h>
#include <net/if_vlanvar.h>

#include "net/net.hpp"

namespace netmgr {

struct Vlan {
    ethercom ec = {};
    int unit = 0;
    ifnet* parent = nullptr; // nullptr: not configured
    uint16_t tag = 0;
    uint16_t priority = 0;
    Vlan* next = nullptr;

    ifnet& ifp() { return ec.ec_if; }
};

/*
 * in:  parent's ether_input --(whole frame, ether_type 0x8100)--> packet queue --> input() --> the vlan's ether_input
 * out: ether_output of the vlan --> its send queue --> start: tag put in --> parent's send queue
 */
class VlanCloner {
public:
    explicit VlanCloner(Stack& owner) : stack(owner) {}
    ~VlanCloner();
    VlanCloner(const VlanCloner&) = delete;
    VlanCloner& operator=(const VlanCloner&) = delete;

    int create(int unit);
    int destroy(Vlan& vlan);
    int configure(Vlan& vlan, const vlanreq& request);
    void input(MbufPtr frame);
    // An interface leaves, or its link, address or flags changed: the VLANs on it follow.
    void parent_gone(ifnet& parent);
    void parent_changed(const ifnet& parent);

    Stack& stack;
    Counter received{stack.counters(), "vlan.received"};
    Counter sent{stack.counters(), "vlan.sent"};
    Counter unknown_tag{stack.counters(), "vlan.unknown_tag"};
    Counter bad{stack.counters(), "vlan.bad"};

private:
    Vlan* find(const ifnet& parent, uint16_t tag);
    int check(const Vlan& vlan, const vlanreq& request, ifnet*& parent);
    void leave_parent(Vlan& vlan);

    Vlan* vlans_ = nullptr;
};

int attach_vlan(Stack& stack);
void detach_vlan(Stack& stack);
constexpr Component vlan_component = {"vlan", attach_vlan, detach_vlan};

} // namespace netmgr
