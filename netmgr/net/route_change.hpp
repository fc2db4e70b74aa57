// SPDX-License-Identifier: Apache-2.0
// Adding and deleting IPv4 routes the way users ask for it: by gateway or interface.
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
    ifnet* ifp = nullptr;  // without a gateway, or to force the interface
    ifaddr* ifa = nullptr; // the source to use; nullptr: chosen
    uint32_t mtu = 0;
    uint64_t expires_ns = 0;
    uint32_t locks = 0;
    const rt_metrics* metrics = nullptr; // hopcount, pipes, rtt ...
    const rtentry* parent = nullptr;     // the route it is cloned from
    unsigned fib = 0;
};

// 0, EEXIST, ENETUNREACH (no way to the gateway), EINVAL or ENOBUFS.
int add_ipv4_route(Net& net, const RouteChange& change);
// ESRCH: not in table. EINVAL: several lead there and no gateway says which.
int delete_ipv4_route(Net& net, const RouteChange& change);
// The route change names exactly, or nullptr.
rtentry* find_ipv4_route(Net& net, const RouteChange& change);
// New gateway, interface or source for a route that is there. 0, ENETUNREACH, EEXIST or EINVAL.
int change_ipv4_route(Net& net, rtentry& route, const RouteChange& change);

} // namespace netmgr
