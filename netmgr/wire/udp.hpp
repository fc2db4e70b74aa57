// SPDX-License-Identifier: Apache-2.0
// UDP header (RFC 768).
#pragma once
#include "wire/be.hpp"

namespace netmgr::wire {

struct UdpHeader {
    Be16 source_port;
    Be16 destination_port;
    Be16 length;   // header and data
    Be16 checksum; // 0 = the sender made none
};
static_assert(sizeof(UdpHeader) == 8);

} // namespace netmgr::wire
