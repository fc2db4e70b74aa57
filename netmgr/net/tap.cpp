// SPDX-License-Identifier: Apache-2.0
// bpf_mtap and the listeners behind it.
#include "net/tap.hpp"

#include <net/bpf.h>
#include <net/if.h>

namespace netmgr {

void tap_add(ifnet& ifp, TapListener& listener)
{
    listener.next = reinterpret_cast<TapListener*>(ifp.if_bpf);
    ifp.if_bpf = reinterpret_cast<char*>(&listener);
}

void tap_remove(ifnet& ifp, TapListener& listener)
{
    if (ifp.if_bpf == reinterpret_cast<char*>(&listener)) {
        ifp.if_bpf = reinterpret_cast<char*>(listener.next);
        return;
    }
    for (auto* l = reinterpret_cast<TapListener*>(ifp.if_bpf); l != nullptr; l = l->next)
        if (l->next == &listener)
            l->next = listener.next;
}

} // namespace netmgr

extern "C" void bpf_mtap(char* if_bpf, struct mbuf* m)
{
    for (auto* l = reinterpret_cast<netmgr::TapListener*>(if_bpf); l != nullptr; l = l->next)
        l->packet(l->arg, m);
}
