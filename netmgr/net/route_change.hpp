// SPDX-License-Identifier: Apache-2.0
// Adding and deleting routes the way users ask for it: by gateway or interface.
#pragma once
#include <stdint.h>

#include "net/net.hpp"

namespace netmgr {

struct RouteChange {
    uint32_t destination = 0;
    unsigned prefix = 0;
    int flags = 0; // RTF_* beyond UP and GATEWAY
    bool has_gateway = false;
    uint32_t gateway = 0;
    int family = AF_INET;
    IpAddress destination6; // AF_INET6: instead of destination and gateway
    IpAddress gateway6;
    ifnet* ifp = nullptr;  // without a gateway, or to force the interface
    ifaddr* ifa = nullptr; // the source to use; nullptr: chosen
    uint32_t mtu = 0;
    uint64_t expires_ns = 0;
    uint32_t locks = 0;
    const rt_metrics* metrics = nullptr; // hopcount, pipes, rtt ...
    const rtentry* parent = nullptr;     // the route it is cloned from
    unsigned fib = 0;

    IpAddress to() const { return family == AF_INET6 ? destination6 : IpAddress::v4(destination); }
    IpAddress through() const { return family == AF_INET6 ? gateway6 : IpAddress::v4(gateway); }
    unsigned key_bits() const { return family == AF_INET6 ? 128 : 32; }
    bool is_valid() const { return prefix <= key_bits() && fib < Net::fib_count; }
};

// Ours, on any interface.
ifaddr* our_address(Net& net, const IpAddress& ip);

// 0, EEXIST, ENETUNREACH (no way to the gateway), EINVAL or ENOBUFS.
int add_ip_route(Net& net, const RouteChange& change);
// ESRCH: not in table. EINVAL: several lead there and no gateway says which.
int delete_ip_route(Net& net, const RouteChange& change);
// The route change names exactly, or nullptr.
rtentry* find_ip_route(Net& net, const RouteChange& change);
// New gateway, interface or source for a route that is there. 0, ENETUNREACH, EEXIST or EINVAL.
int change_ip_route(Net& net, rtentry& route, const RouteChange& change);

} // namespace netmgr
