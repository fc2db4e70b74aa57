// SPDX-License-Identifier: Apache-2.0
// Local APIC and I/O APIC: IPIs, interrupt lines, message-signalled vectors (Intel SDM vol. 3 ch. 11, 82093AA).
#include "arch/console.hpp"
#include "arch/context.hpp"
#include "arch/interrupt.hpp"
#include "arch/machine.hpp"
#include "arch/x86_64/asm.hpp"
#include "arch/x86_64/cpu.hpp"
#include "base/mmio.hpp"
#include "mm/frames.hpp"

namespace arch {

namespace {

enum LapicRegister : uint32_t {
    lapic_eoi = 0x0b0,
    lapic_spurious = 0x0f0,
    lapic_icr_low = 0x300,
    lapic_icr_high = 0x310,
    lapic_lvt_timer = 0x320,
    lapic_lvt_lint0 = 0x350,
    lapic_lvt_lint1 = 0x360,
};
constexpr uint32_t lvt_masked = 0x10000;
constexpr uint32_t route_masked = 0x10000, route_level = 0x8000, route_low = 0x2000;

struct Line {
    uint32_t gsi;
    bool level, low;
    uint32_t cpu = 0; // where it goes
};

base::MmioRegion lapic;
struct {
    base::MmioRegion registers;
    uint32_t gsi_base, count;
} ioapics[4];
uint32_t ioapic_total;
Line lines[line_count];
uint64_t msi_used[msi_count / 64];
uint8_t msi_cpu[msi_count];

uint32_t ioapic_read(uint32_t index, uint32_t offset)
{
    ioapics[index].registers.write32(0, offset);
    return ioapics[index].registers.read32(0x10);
}

void ioapic_write(uint32_t index, uint32_t offset, uint32_t value)
{
    ioapics[index].registers.write32(0, offset);
    ioapics[index].registers.write32(0x10, value);
}

void route(uint32_t intr, bool masked, bool first = false)
{
    const Line& line = lines[intr];
    for (uint32_t i = 0; i < ioapic_total; ++i) {
        const uint32_t pin = line.gsi - ioapics[i].gsi_base;
        if (line.gsi < ioapics[i].gsi_base || pin >= ioapics[i].count)
            continue;
        const uint32_t low = (uint32_t{vector_lines} + intr) | (line.level ? route_level : 0u) |
                             (line.low ? route_low : 0u) | (masked ? route_masked : 0u);
        if (first)
            ioapic_write(i, 0x11 + 2 * pin, cpu_at(line.cpu).apic_id << 24);
        ioapic_write(i, 0x10 + 2 * pin, low);
        return;
    }
}

void read_routes()
{
    for (uint32_t i = 0; i < line_count; ++i)
        lines[i] = {i, i >= 16, i >= 16, 0};
    const syspage_entry* page = syspage();
    const auto* entry = _SYSPAGE_ENTRY(page, irqroute);
    for (uint32_t i = 0; i < page->irqroute.total_size / sizeof *entry; ++i) {
        if (entry[i].irq >= 16)
            continue;
        Line& line = lines[entry[i].irq];
        line.gsi = entry[i].gsi;
        line.low = (entry[i].flags & 3) == 3;
        line.level = ((entry[i].flags >> 2) & 3) == 3;
    }
}

} // namespace

void init_apic()
{
    const syspage_entry* page = syspage();
    const auto* entry = _SYSPAGE_ENTRY(page, intrinfo);
    for (uint32_t i = 0; i < page->intrinfo.total_size / sizeof *entry; ++i) {
        const uint64_t at = map_device(entry[i].mmio, mm::frame_size);
        ASSERT(at != 0);
        if (entry[i].flags & 1) {
            lapic = base::MmioRegion(reinterpret_cast<void*>(at));
            continue;
        }
        auto& ioapic = ioapics[ioapic_total++];
        ioapic.registers = base::MmioRegion(reinterpret_cast<void*>(at));
        ioapic.gsi_base = entry[i].gsi_base;
        ioapic.count = ((ioapic_read(ioapic_total - 1, 1) >> 16) & 0xff) + 1;
    }
    read_routes();
    stop_legacy_timer();
    outb(0x21, 0xff); // the legacy controllers stay silent
    outb(0xa1, 0xff);
    for (uint32_t i = 0; i < line_count; ++i)
        route(i, true, true);
}

void init_local_apic()
{
    lapic.write32(lapic_spurious, 0x100 | vector_spurious);
    lapic.write32(lapic_lvt_lint0, lvt_masked);
    lapic.write32(lapic_lvt_lint1, lvt_masked);
    lapic.write32(lapic_lvt_timer, vector_timer); // one-shot
    lapic.write32(0x3e0, 0x0b);                   // divide by 1
    lapic.write32(lapic_eoi, 0);
}

void end_of_interrupt()
{
    lapic.write32(lapic_eoi, 0);
}

void lapic_set_timer(uint32_t count)
{
    lapic.write32(0x380, count);
}

static void write_icr(uint32_t apic_id, uint32_t low)
{
    while (lapic.read32(lapic_icr_low) & 0x1000) { // delivery pending
    }
    lapic.write32(lapic_icr_high, apic_id << 24);
    lapic.write32(lapic_icr_low, low);
}

void send_ipi(uint32_t apic_id, uint8_t vector)
{
    write_icr(apic_id, 0x4000u | vector);
}

void send_init(uint32_t apic_id)
{
    write_icr(apic_id, 0x4500);
}

void send_startup(uint32_t apic_id, uint32_t page)
{
    write_icr(apic_id, 0x4600 | page);
}

void stop_other_cpus()
{
    if (lapic)
        write_icr(0, 0xc4000u | vector_stop); // all but self
}

void send_reschedule(uint32_t cpu)
{
    send_ipi(cpu_at(cpu).apic_id, vector_resched);
}

bool valid_interrupt(uint32_t intr)
{
    if (intr >= msi_first)
        return intr - msi_first < msi_count;
    return intr < line_count;
}

bool is_level(uint32_t intr)
{
    return intr < line_count && lines[intr].level;
}

void steer_line(uint32_t intr, uint32_t cpus)
{
    if (intr >= line_count)
        return;
    uint32_t cpu = 0;
    while (cpu < cpu_count() && !(cpus & (uint32_t{1} << cpu)))
        ++cpu;
    lines[intr].cpu = cpu < cpu_count() ? cpu : 0;
    route(intr, true, true);
}

uint32_t interrupt_cpu(uint32_t intr)
{
    if (intr < line_count)
        return lines[intr].cpu;
    return valid_interrupt(intr) ? msi_cpu[intr - msi_first] : 0;
}

void mask_line(uint32_t intr)
{
    if (intr < line_count)
        route(intr, true);
}

void unmask_line(uint32_t intr)
{
    if (intr < line_count)
        route(intr, false);
}

void start_legacy_timer(uint64_t period_ns)
{
    constexpr uint64_t pit_hz = 1193182;
    const uint64_t count = period_ns * pit_hz / 1000000000;
    const auto divisor = static_cast<uint16_t>(count < 65535 ? count : 65535);
    outb(0x43, 0x34); // channel 0, both bytes, rate generator
    outb(0x40, static_cast<uint8_t>(divisor));
    outb(0x40, static_cast<uint8_t>(divisor >> 8));
}

void stop_legacy_timer()
{
    outb(0x43, 0x30); // one-shot and no count: silent
}

base::Result<uint32_t> allocate_msi(uint32_t count, sys_msi& out)
{
    using base::Errno;
    if (count == 0 || count > 32 || (count & (count - 1)))
        return base::Err(Errno::einval);
    const uint64_t run = (uint64_t{1} << count) - 1;
    for (uint32_t first = 0; first + count <= msi_count; first += count) {
        uint64_t& word = msi_used[first / 64];
        if (word & (run << (first % 64)))
            continue;
        word |= run << (first % 64);
        // The messages of one allocation go together; allocations take turns.
        static uint32_t turn;
        const uint32_t cpu = turn++ % cpu_count();
        for (uint32_t i = 0; i < count; ++i)
            msi_cpu[first + i] = static_cast<uint8_t>(cpu);
        out.address = 0xfee00000 | (cpu_at(cpu).apic_id << 12);
        out.data = vector_msi + first;
        out.count = count;
        return msi_first + first;
    }
    return base::Err(Errno::eagain);
}

base::Result<void> free_msi(uint32_t first, uint32_t count)
{
    if (first < msi_first || count == 0 || count > msi_count ||
        first - msi_first > msi_count - count)
        return base::Err(base::Errno::einval);
    for (uint32_t i = first - msi_first; count > 0; ++i, --count)
        msi_used[i / 64] &= ~(uint64_t{1} << (i % 64));
    return {};
}

} // namespace arch
