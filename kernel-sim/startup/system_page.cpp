// SPDX-License-Identifier: Apache-2.0
// Writes the system page: fixed-size sections one after the other, strings last.
#include "startup/startup.hpp"

namespace startup {

namespace {

struct Builder {
    syspage_entry* page;
    uint32_t used = sizeof(syspage_entry);
    char strings[512];
    uint32_t strings_used = 1; // offset 0 is the empty string

    template <class T>
    T* add(syspage_section& section, uint32_t count)
    {
        used = (used + 7) & ~7u;
        if (used + count * sizeof(T) > SYSPAGE_SIZE)
            fail("system page too small");
        section.entry_off = static_cast<uint16_t>(used);
        section.entry_size = sizeof(T);
        section.total_size = static_cast<uint32_t>(count * sizeof(T));
        auto* start = reinterpret_cast<T*>(reinterpret_cast<char*>(page) + used);
        used += section.total_size;
        return start;
    }

    uint32_t string(const char* text)
    {
        const uint32_t at = strings_used;
        while (*text && strings_used + 1 < sizeof strings)
            strings[strings_used++] = *text++;
        strings[strings_used++] = 0;
        return at;
    }
};

void add_memory(Builder& builder)
{
    const uint32_t count = memory.count + 3;
    auto* entry = builder.add<asinfo_entry>(builder.page->asinfo, count);
    const uint32_t ram = builder.string("ram"), reserved = builder.string("reserved");
    for (uint32_t i = 0; i < memory.count; ++i) {
        const MemoryRange& range = memory.ranges[i];
        const bool is_ram = range.type == 1;
        *entry++ = {range.start,
                    range.end,
                    uint32_t{is_ram ? AS_RAM : AS_RESERVED},
                    is_ram ? ram : reserved,
                    0,
                    0};
    }
    const uint64_t fs = reinterpret_cast<uint64_t>(image.fs);
    *entry++ = {image.moved ? fs : reinterpret_cast<uint64_t>(image.header),
                fs + image.fs->image_size,
                AS_IMAGE,
                builder.string("image"),
                0,
                0};
    *entry++ = {memory.bump_start, memory.bump, AS_STARTUP, builder.string("kernel"), 0, 0};
    *entry++ = {0x100000,   reinterpret_cast<uint64_t>(startup_end),
                AS_STARTUP, builder.string("startup"),
                0,          0};
}

void cpu_brand(char (&name)[49])
{
    for (uint32_t i = 0; i < 3; ++i) {
        uint32_t a = 0x80000002 + i, b, c = 0, d;
        asm volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
        const uint32_t words[4] = {a, b, c, d};
        memcpy(name + i * 16, words, 16);
    }
    name[48] = 0;
}

void add_cpus(Builder& builder)
{
    char brand[49];
    cpu_brand(brand);
    const uint32_t name = builder.string(brand);
    auto* entry = builder.add<cpuinfo_entry>(builder.page->cpuinfo, acpi.cpu_count);
    for (uint32_t i = 0; i < acpi.cpu_count; ++i) {
        entry[i] = {};
        entry[i].cpu = i;
        entry[i].speed_mhz = static_cast<uint32_t>(clock.tsc_hz / 1000000);
        entry[i].apic_id = acpi.apic_ids[i];
        entry[i].name = name;
    }
    builder.page->num_cpu = static_cast<uint16_t>(acpi.cpu_count);
}

void add_interrupts(Builder& builder)
{
    auto* entry = builder.add<intrinfo_entry>(builder.page->intrinfo, acpi.ioapic_count + 1);
    for (uint32_t i = 0; i < acpi.ioapic_count; ++i) {
        const auto& ioapic = acpi.ioapics[i];
        entry[i] = {ioapic.gsi_base, 24, 0, ioapic.gsi_base, ioapic.address, ioapic.id, 0};
    }
    entry[acpi.ioapic_count] = {0x100, 128, 1, 0, acpi.lapic, 0, 0};
    auto* route = builder.add<irqroute_entry>(builder.page->irqroute, acpi.route_count);
    memcpy(route, acpi.routes, acpi.route_count * sizeof *route);
}

void add_platform(Builder& builder)
{
    if (acpi.pci.ecam)
        *builder.add<pciinfo_entry>(builder.page->pciinfo, 1) = acpi.pci;
    auto* platform = builder.add<platform_entry>(builder.page->platform, 1);
    *platform = {};
    platform->rsdp = memory.rsdp;
    platform->lapic = acpi.lapic;
    platform->imagefs_paddr = reinterpret_cast<uint64_t>(image.fs);
    platform->imagefs_size = image.fs->image_size;
    platform->tsc_hz = clock.tsc_hz;
    platform->pm1a_cnt = acpi.pm1a_cnt;
    platform->slp_typa = acpi.slp_typa;
    platform->acpi_reset_reg = acpi.reset_register;
    platform->acpi_reset_val = acpi.reset_value;
}

void add_clock(Builder& builder)
{
    auto* qtime = builder.add<qtime_entry>(builder.page->qtime, 1);
    *qtime = {};
    qtime->cycles_per_sec = clock.tsc_hz;
    qtime->nsec_tod_adjust = uint64_t{clock.boot_time} * 1000000000;
    qtime->nsec_inc = 1000000;
    qtime->boot_time = clock.boot_time;
    qtime->cycles_at_boot = clock.tsc_start;
    qtime->timer_scale = -15;
    qtime->rr_interval_mul = 4;
    qtime->epoch = 1970;
}

} // namespace

uint64_t build_syspage(const Loaded& loaded)
{
    const uint64_t address = allocate_pages(SYSPAGE_SIZE / 4096);
    static Builder builder;
    builder.page = reinterpret_cast<syspage_entry*>(address);
    builder.page->signature = SYSPAGE_SIGNATURE;
    builder.page->size = sizeof(syspage_entry);
    auto* handoff = builder.add<Handoff>(builder.page->system_private, 1);
    *handoff = {loaded.root,           address,
                loaded.direct_map_end, reinterpret_cast<uint64_t>(image.bootrec),
                clock.lapic_hz,        clock.tsc_start};
    add_memory(builder);
    add_cpus(builder);
    add_clock(builder);
    add_interrupts(builder);
    add_platform(builder);
    memcpy(builder.add<char>(builder.page->strings, builder.strings_used), builder.strings,
           builder.strings_used);
    builder.page->total_size = static_cast<uint16_t>(builder.used);
    return address;
}

} // namespace startup
