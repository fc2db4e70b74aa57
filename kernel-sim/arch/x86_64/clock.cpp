// SPDX-License-Identifier: Apache-2.0
// Time from the TSC, and the local APIC's one-shot timer.
#include "arch/clock.hpp"

#include "arch/machine.hpp"
#include "arch/x86_64/asm.hpp"
#include "arch/x86_64/cpu.hpp"
#include "startup/handoff.hpp"

namespace arch {

void lapic_set_timer(uint32_t count);
const startup::Handoff& handoff();

namespace {

uint64_t tsc_start;
uint64_t ns_per_tsc; // 32.32 fixed point
uint64_t lapic_per_ns;
uint64_t tsc_per_ns;

uint64_t scale(uint64_t value, uint64_t factor)
{
    return static_cast<uint64_t>((static_cast<unsigned __int128>(value) * factor) >> 32);
}

} // namespace

void init_clock()
{
    const uint64_t hz = _SYSPAGE_ENTRY(syspage(), qtime)->cycles_per_sec;
    tsc_start = handoff().tsc_start;
    ns_per_tsc = (uint64_t{1000000000} << 32) / hz;
    tsc_per_ns = (hz << 32) / 1000000000;
    lapic_per_ns = (handoff().lapic_hz << 32) / 1000000000;
}

uint64_t clock_ns()
{
    return scale(rdtsc() - tsc_start, ns_per_tsc);
}

uint64_t cycles_to_ns(uint64_t cycles)
{
    return scale(cycles, ns_per_tsc);
}

uint64_t ns_to_cycles(uint64_t ns)
{
    return scale(ns, tsc_per_ns);
}

void arm_timer(uint64_t deadline_ns)
{
    const uint64_t now = clock_ns();
    const uint64_t wait = deadline_ns > now ? deadline_ns - now : 0;
    const uint64_t count = scale(wait, lapic_per_ns) + 1;
    lapic_set_timer(count < 0xffffffff ? static_cast<uint32_t>(count) : 0xffffffff);
}

} // namespace arch
