// SPDX-License-Identifier: Apache-2.0
// What distinguishes io-pkt-v4-hc from io-pkt-v6-hc: one variant_*.cpp is linked into each.
#pragma once
#include <span>

#include "kern/stack.hpp"

namespace netmgr {

const char* variant_name();
bool variant_has_ipv6();
std::span<const Component> variant_components();

} // namespace netmgr
