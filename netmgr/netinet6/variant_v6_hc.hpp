// SPDX-License-Identifier: Apache-2.0
// What io-pkt-v6-hc is made of.
#pragma once
#include "kern/stack.hpp"

namespace netmgr {

extern const Component components_v6_hc[10];

} // namespace netmgr
