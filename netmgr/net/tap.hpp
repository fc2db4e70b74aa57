// SPDX-License-Identifier: Apache-2.0
// Listeners to an interface's frames. ifp->if_bpf points at the first; drivers hand it to bpf_mtap().
#pragma once
#include <sys/mbuf.h>

namespace netmgr {

struct TapListener {
    void (*packet)(void* arg, const mbuf* m) = nullptr; // any thread; m stays the driver's
    void* arg = nullptr;
    TapListener* next = nullptr;
};

// Stack context, with the workers quiesced or under the interface's lock.
void tap_add(ifnet& ifp, TapListener& listener);
void tap_remove(ifnet& ifp, TapListener& listener);

} // namespace netmgr
