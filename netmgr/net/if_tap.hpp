// SPDX-License-Identifier: Apache-2.0
// tap interfaces: Ethernet whose wire is a file descriptor of /dev/tap. Stack context.
#pragma once
#include <net/if_ether.h>
#include <net/if_media.h>

#include "kern/device.hpp"
#include "net/net.hpp"

namespace netmgr {

struct Tap {
    ethercom ec = {};
    ifmedia media = {};
    int unit = 0;
    bool cloned = false; // made by an open of /dev/tap: goes with it
    Socket* so = nullptr;
    Tap* next = nullptr;

    ifnet& ifp() { return ec.ec_if; }
};

class TapProtosw final : public DeviceProtosw {
public:
    explicit TapProtosw(Stack& owner) : DeviceProtosw(pr_own_buffer), stack(owner) {}

    int open(Socket& so, int unit, const Cred& cred) override;
    void detach(Socket& so) override;
    int send(Socket& so, const sockaddr*, MbufPtr data, MbufPtr, int, const Cred&) override;
    int receive(Socket& so, size_t room, int flags, Received& out) override;
    bool readable(Socket& so) override { return so.pcb == nullptr || !so.rcv.empty(); }
    int ioctl(Socket& so, unsigned cmd, std::span<uint8_t> data, size_t& reply,
              const Cred&) override;

    int create(int unit, bool cloned, Tap** out = nullptr);
    int destroy(Tap& tap);
    void destroy_all();

    Stack& stack;
    Tap* taps = nullptr;
    Counter out_not_open{stack.counters(), "tap.not_open"};
    Counter out_full{stack.counters(), "tap.queue_full"};

private:
    Tap* find(int unit);
    unsigned count() const;
    void attach_interface(Tap& tap);
};

int attach_tap(Stack& stack);
void detach_tap(Stack& stack);
constexpr Component tap_component = {"tap", attach_tap, detach_tap};

} // namespace netmgr
