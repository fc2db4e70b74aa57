// SPDX-License-Identifier: Apache-2.0
// How fast the TSC and the local APIC timer run, against the ACPI PM timer or the PIT; and what time of day it is.
#include "startup/startup.hpp"

namespace startup {

Clock clock;

namespace {

constexpr uint32_t pm_hz = 3579545;
constexpr uint32_t pit_hz = 1193182;

uint32_t read_pm()
{
    return inl(static_cast<uint16_t>(acpi.pm_timer)) & 0xffffff;
}

/// PIT channel 2 counts down from 65536.
uint32_t read_pit()
{
    outb(0x43, 0x80); // latch channel 2
    const uint32_t lo = inb(0x42);
    return 0xffff - (lo | (uint32_t{inb(0x42)} << 8));
}

void start_pit()
{
    outb(0x61, static_cast<uint8_t>((inb(0x61) & ~2) | 1)); // gate on, speaker off
    outb(0x43, 0xb4);                                       // channel 2, both bytes, mode 2
    outb(0x42, 0);
    outb(0x42, 0);
}

volatile uint32_t* lapic_register(uint32_t offset)
{
    return reinterpret_cast<volatile uint32_t*>(acpi.lapic + offset);
}

struct Sample {
    uint64_t tsc;
    uint32_t reference, lapic;
};

/// The three counters read together: the tightest of some tries, as a host may stop us in between.
Sample sample(uint32_t (*reference)())
{
    Sample best{};
    uint64_t window = ~uint64_t{0};
    for (int i = 0; i < 16; ++i) {
        const uint64_t before = rdtsc();
        const uint32_t count = reference();
        const uint32_t lapic = *lapic_register(0x390);
        const uint64_t after = rdtsc();
        if (after - before < window) {
            window = after - before;
            best = {before + window / 2, count, lapic};
        }
    }
    return best;
}

uint8_t cmos(uint8_t index)
{
    outb(0x70, index);
    return inb(0x71);
}

uint32_t from_bcd(uint8_t value)
{
    return (value >> 4) * 10u + (value & 15);
}

/// Days since 1970-01-01 in the proleptic Gregorian calendar.
int64_t days_from_civil(int64_t y, uint32_t m, uint32_t d)
{
    y -= m <= 2;
    const int64_t era = y / 400;
    const uint32_t yoe = static_cast<uint32_t>(y - era * 400);
    const uint32_t doy = (153 * (m > 2 ? m - 3 : m + 9) + 2) / 5 + d - 1;
    const uint32_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    return era * 146097 + doe - 719468;
}

uint32_t read_rtc()
{
    while (cmos(0x0a) & 0x80) { // update in progress
    }
    const bool binary = cmos(0x0b) & 4;
    uint32_t t[6]; // s min h d mon y
    constexpr uint8_t index[6] = {0, 2, 4, 7, 8, 9};
    for (int i = 0; i < 6; ++i)
        t[i] = binary ? cmos(index[i]) : from_bcd(cmos(index[i]));
    const int64_t days = days_from_civil(2000 + static_cast<int64_t>(t[5]), t[4], t[3]);
    return static_cast<uint32_t>(days * 86400 + t[2] * 3600 + t[1] * 60 + t[0]);
}

} // namespace

void calibrate()
{
    *lapic_register(0x0f0) = 0x1ff;   // enable
    *lapic_register(0x320) = 0x10000; // timer masked
    *lapic_register(0x3e0) = 0x0b;    // divide by 1
    *lapic_register(0x380) = 0xffffffff;
    bool pm = acpi.pm_timer != 0;
    if (pm) { // a PM timer that stands still is none
        const uint32_t first = read_pm();
        const uint64_t start = rdtsc();
        while (read_pm() == first && rdtsc() - start < 10000000) {
        }
        pm = read_pm() != first;
    }
    if (!pm)
        start_pit();
    uint32_t (*reference)() = pm ? read_pm : read_pit;
    const uint32_t mask = pm ? 0xffffff : 0xffff;
    const uint64_t hz = pm ? pm_hz : pit_hz;
    const Sample a = sample(reference);
    while (((reference() - a.reference) & mask) < hz / 50) { // 20 ms
    }
    const Sample b = sample(reference);
    const uint64_t ticks = (b.reference - a.reference) & mask;
    clock.tsc_hz = (b.tsc - a.tsc) * hz / ticks;
    clock.lapic_hz = uint64_t{a.lapic - b.lapic} * hz / ticks;
    *lapic_register(0x380) = 0;
    clock.boot_time = read_rtc();
    clock.tsc_start = rdtsc();
    if (clock.tsc_hz == 0 || clock.lapic_hz == 0)
        fail("clock calibration");
}

} // namespace startup
