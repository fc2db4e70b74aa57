// SPDX-License-Identifier: Apache-2.0
// What io-pkt-v4-hc is made of.
#pragma once
#include "kern/stack.hpp"
#include "net/net.hpp"
#include "netinet/inet.hpp"

namespace netmgr {

extern const Component components_v4_hc[9];

} // namespace netmgr
