// SPDX-License-Identifier: Apache-2.0
// io-pkt's entries in the path name space.
#pragma once
#include <stdint.h>

namespace netmgr {

class Stack;
struct ServerOptions;

// The handle of a connect message says which entry was opened: an address family, or mounting.
constexpr uint32_t mount_handle = 0x10000;

int attach_paths(const Stack& stack, int chid, const ServerOptions& options);

} // namespace netmgr
