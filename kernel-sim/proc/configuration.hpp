// SPDX-License-Identifier: Apache-2.0
// Things of the whole system that processes set and ask: configuration strings, interrupts reserved for drivers.
#pragma once

#include <cstdint>
#include <string_view>

namespace object {
struct Process;
}

namespace proc {

/// confstr() values by _CS_* number; libc has defaults for those never set. False: not set.
bool configuration(int64_t name, std::string_view& value);
/// EOK, EINVAL (number out of range), ENOSPC, ENOMEM.
int set_configuration(int64_t name, std::string_view value);

/// Message-signalled interrupts a process holds; given back when it goes.
bool remember_msi(const object::Process& process, uint32_t first,
                  uint32_t count); // false = no memory
bool forget_msi(const object::Process& process, uint32_t first,
                uint32_t count); // false = not its own
void release_msi(const object::Process& process);

} // namespace proc
