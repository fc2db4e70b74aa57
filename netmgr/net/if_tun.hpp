// SPDX-License-Identifier: Apache-2.0
// tun interfaces: what is routed to tunN is read from /dev/tunN; what is written there comes in. Stack context.
#pragma once
#include <net/if.h>

#include "kern/device.hpp"
#include "net/net.hpp"

namespace netmgr {

struct Tun {
    ifnet ifp = {};
    int unit = 0;
    Socket* so = nullptr;      // its opener
    bool family_head = false;  // TUNSIFHEAD
    bool address_head = false; // TUNSLMODE
    int debug = 0;
    Tun* next = nullptr;

    bool ready() const
    {
        return so != nullptr && (ifp.if_flags & IFF_UP) != 0 && ifp.if_addrs != nullptr;
    }
};

class TunProtosw final : public DeviceProtosw {
public:
    explicit TunProtosw(Stack& owner) : DeviceProtosw(pr_own_buffer), stack(owner) {}

    int open(Socket& so, int unit, const Cred& cred) override;
    void detach(Socket& so) override;
    int send(Socket& so, const sockaddr*, MbufPtr data, MbufPtr, int, const Cred&) override;
    int receive(Socket& so, size_t room, int flags, Received& out) override;
    bool readable(Socket& so) override { return so.pcb == nullptr || !so.rcv.empty(); }
    int ioctl(Socket& so, unsigned cmd, std::span<uint8_t> data, size_t& reply,
              const Cred&) override;

    int create(int unit, Tun** out = nullptr);
    int destroy(Tun& tun);
    Tun* find(int unit);
    void destroy_all();

    Stack& stack;
    Tun* tuns = nullptr;
    Counter in_bad{stack.counters(), "tun.bad_write"};
    Counter out_not_ready{stack.counters(), "tun.not_ready"};
    Counter out_full{stack.counters(), "tun.queue_full"};

private:
    int set_mode(Tun& tun, int mode);
};

int attach_tun(Stack& stack);
void detach_tun(Stack& stack);
constexpr Component tun_component = {"tun", attach_tun, detach_tun};

} // namespace netmgr
