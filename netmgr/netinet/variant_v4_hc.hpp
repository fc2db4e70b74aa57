// SPDX-License-Identifier: Apache-2.0
// What io-pkt-v4-hc is made of. TCP, AF_LOCAL and AF_ROUTE join this list as they come.
#pragma once
#include "kern/stack.hpp"
#include "net/net.hpp"
#include "netinet/inet.hpp"

namespace netmgr {

extern const Component components_v4_hc[3];

} // namespace netmgr
