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
};

// 0, EEXIST, ENETUNREACH (no way to the gateway), EINVAL or ENOBUFS.
int add_ipv4_route(Net& net, const RouteChange& change);
int delete_ipv4_route(Net& net, const RouteChange& change); // ESRCH: not in table

} // namespace netmgr
