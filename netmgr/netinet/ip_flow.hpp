// SPDX-License-Identifier: Apache-2.0
// Fast forwarding: packets of a flow that was forwarded lately go from card to card on the worker that received them.
#pragma once
#include <stdint.h>

#include "kern/counters.hpp"
#include "kern/lock.hpp"
#include "kern/mbuf_ptr.hpp"
#include "wire/ether.hpp"
#include "wire/ipv4.hpp"

struct ifnet;

namespace netmgr {

class Inet;

/*
 * The stack context forwards a flow's packet and notes the way: add(). From then on forward() sends its packets at once, until
 * the flow is lifetime_ns old, a route, an address or a neighbour changes, or somebody wants to see every packet (pfil). The next
 * packet goes through the stack again: what it checks is never older than that.
 */
class IpFlows {
public:
    static constexpr int32_t most = 1024;
    static constexpr int32_t usual = 256; // with -p tcpip fastforward=1
    static constexpr uint64_t lifetime_ns = 3'000'000'000;

    explicit IpFlows(Inet& inet);

    // Any thread. m is a unicast packet behind its link header; true: sent or dropped, m is gone.
    bool forward(const ifnet& in, MbufPtr& m);

    // Stack context.
    void add(const ifnet& in, const wire::Ipv4Header& header, ifnet& out, uint32_t hop,
             unsigned fib);
    void flush();
    void set_limit(int32_t flows); // net.inet.ip.maxflows; 0: no fast forwarding

    Counter fast_forwarded, created;

private:
    struct Flow {
        const ifnet* in = nullptr; // nullptr: free
        ifnet* out = nullptr;
        uint32_t source = 0, destination = 0;
        uint8_t tos = 0;
        unsigned fib = 0;
        uint64_t generation = 0; // of the FIB
        uint64_t expires_ns = 0;
        wire::EtherHeader header = {};
    };
    Flow& slot(uint32_t source, uint32_t destination, uint8_t tos);
    bool is_usable(const Flow& flow, const ifnet& in, const wire::Ipv4Header& h);

    Inet& inet_;
    Mutex lock_; // guards flows_ and limit_; taken before an interface's if_snd_ex
    uint32_t limit_ = 0;
    Flow flows_[most];
};

} // namespace netmgr
