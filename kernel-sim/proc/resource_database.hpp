// SPDX-License-Identifier: Apache-2.0
// rsrcdbmgr_*(): which process has which interrupts, ports, memory ... by agreement.
#pragma once

#include "proc/request.hpp"

namespace proc {

/// What every PC has: interrupt lines, ports, DMA channels, and the memory of the system page. At boot.
void seed_resources();
/// PROC_RSRC.
int handle_resources(Request& request);
/// What the process had reserved is free.
void forget_resources(const object::Process& process);

} // namespace proc
