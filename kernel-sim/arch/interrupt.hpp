// SPDX-License-Identifier: Apache-2.0
// Interrupt sources by QNX number: 0-15 legacy lines, 16-23 further I/O APIC lines, 0x100+ message-signalled.
#pragma once

#include <cstdint>

namespace arch {

inline constexpr uint32_t line_count = 24;
inline constexpr uint32_t msi_first = 0x100, msi_count = 128;

bool valid_interrupt(uint32_t intr);
/// A level-triggered line must be masked until its handler has run; edges and messages are held back in software.
bool is_level(uint32_t intr);
/// Sends a line to the lowest of the CPUs in the mask; a message goes where its address says.
void steer_line(uint32_t intr, uint32_t cpus);
uint32_t interrupt_cpu(uint32_t intr);
void mask_line(uint32_t intr);
void unmask_line(uint32_t intr);
/// Interrupt 0 comes once a tick while somebody listens (the kernel's own clock does not need it).
void start_legacy_timer(uint64_t period_ns);
void stop_legacy_timer();

} // namespace arch
