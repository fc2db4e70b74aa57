// SPDX-License-Identifier: Apache-2.0
// Time since boot, and the calling CPU's one-shot timer.
#pragma once

#include <cstdint>

namespace arch {

uint64_t clock_ns();
uint64_t cycles_to_ns(uint64_t cycles); // of cycles()
uint64_t ns_to_cycles(uint64_t ns);
void arm_timer(uint64_t deadline_ns); // since boot; interrupts at or soon after it

} // namespace arch
