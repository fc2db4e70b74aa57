// SPDX-License-Identifier: Apache-2.0
// A point-to-point interface without link layer: packets out wait in a queue.
#pragma once
#include <deque>
#include <stdint.h>
#include <vector>

#include <net/if.h>
#include <sys/mbuf.h>

namespace netmgr {
class Stack;
}

namespace netmgr::host {

class IpPort {
public:
    struct Packet {
        std::vector<uint8_t> bytes;
        uint64_t time_ns;
    };

    explicit IpPort(netmgr::Stack& stack);
    ~IpPort();
    IpPort(const IpPort&) = delete;
    IpPort& operator=(const IpPort&) = delete;

    void receive(const void* packet, size_t size);
    ifnet& interface() { return ifp_; }
    std::deque<Packet>& sent() { return sent_; }
    // May a packet to this address be for us? Scripts pick the local address; the plug takes what looks like one.
    bool accepts(uint32_t ip) const { return ip >> 24 != 0 && ip >> 24 < 224 && ip >> 24 != 127; }

private:
    static int output(ifnet* ifp, mbuf* m, const sockaddr* dst, rtentry* route);

    netmgr::Stack& stack_;
    ifnet ifp_ = {};
    std::deque<Packet> sent_;
};

} // namespace netmgr::host
