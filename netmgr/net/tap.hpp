// SPDX-License-Identifier: Apache-2.0
// Listeners to an interface's frames. While there is one, ifp->if_bpf points at the interface, and drivers hand it to bpf_mtap().
#pragma once
#include <sys/mbuf.h>

namespace netmgr {

// A frame as it passes: still the driver's.
struct TapPacket {
    const mbuf* chain; // its first mbuf may have no packet header
    size_t length;
    bool sent; // by us; else it came in
};

struct TapListener {
    void (*packet)(void* arg, const TapPacket& packet) = nullptr; // any thread, Net::taps held
    void (*gone)(void* arg) =
        nullptr; // stack context: the interface leaves; the listener is off its list already
    void* arg = nullptr;
    TapListener* next = nullptr;
};

// Stack context. Returned from tap_remove(), the listener hears nothing more.
void tap_add(ifnet& ifp, TapListener& listener);
void tap_remove(ifnet& ifp, TapListener& listener);

} // namespace netmgr
