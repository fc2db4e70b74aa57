// SPDX-License-Identifier: Apache-2.0
// The machine as a whole: power, message-signalled interrupts, random bits, the system page.
#pragma once

#include "base/result.hpp"

#include <abi/proc_msg.h>
#include <cstdint>
#include <sys/syspage.h>

namespace arch {

[[noreturn]] void power_off(); // ACPI S5
[[noreturn]] void reset();
[[noreturn]] void halt();

/// `count` consecutive message-signalled interrupts (a power of two): first interrupt number (0x100+) and what goes into the
/// device. EAGAIN = none left, EINVAL.
base::Result<uint32_t> allocate_msi(uint32_t count, sys_msi& out);
base::Result<void> free_msi(uint32_t first, uint32_t count);

/// Physical page(s) of the system page, to map read-only into every process, and the kernel's view of it.
uint64_t syspage_paddr();
syspage_entry* syspage();
/// The image file system in memory.
const void* image();
uint64_t image_paddr();
/// procnto's own arguments and environment from the boot record, NUL-separated; counts.
struct BootArguments {
    uint16_t argc, envc;
    const char* strings;
};
BootArguments boot_arguments();
uint64_t random_seed(); // of unknown quality: TSC, RDRAND when there

uint32_t cpu_count();
uint64_t idle_ns(uint32_t cpu);

} // namespace arch
