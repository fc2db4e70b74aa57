// SPDX-License-Identifier: Apache-2.0
// Startup's own declarations: what each step finds out, in the order main.cpp calls them.
#pragma once

#include "startup/handoff.hpp"

#include <abi/image.h>
#include <cstdint>
#include <sys/syspage.h>

namespace startup {

// --- console.cpp
void print(const char* text);
void print_hex(uint64_t value);
[[noreturn]] void fail(const char* text);

// --- ports
inline void outb(uint16_t port, uint8_t value)
{
    asm volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}
inline uint8_t inb(uint16_t port)
{
    uint8_t value;
    asm volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}
inline uint32_t inl(uint16_t port)
{
    uint32_t value;
    asm volatile("inl %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}
/// Byte by byte upwards, so that a range may be copied into the one behind it (a match of LZ77).
inline void copy_upwards(void* to, const void* from, uint64_t count)
{
    asm volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(count) : : "memory");
}
inline uint64_t rdtsc()
{
    uint32_t lo, hi;
    asm volatile("lfence; rdtsc" : "=a"(lo), "=d"(hi));
    return (uint64_t{hi} << 32) | lo;
}

// --- memory.cpp: the loader's memory map, and a bump allocator above the image
struct MemoryRange {
    uint64_t start, end;
    uint32_t type; // 1 = RAM, else as in the ACPI address map
};
inline constexpr uint32_t max_ranges = 48;
struct Memory {
    MemoryRange ranges[max_ranges];
    uint32_t count;
    uint64_t bump_start, bump, bump_limit;
    uint64_t rsdp;
};
extern Memory memory;
void read_memory_map(uint64_t start_info, uint64_t magic);
/// Allocations come from the RAM after `from` (the end of the image and of startup).
void open_allocator(uint64_t from);
uint64_t allocate_pages(uint64_t count); // zeroed; fails the boot when there are none

// --- acpi.cpp
inline constexpr uint32_t max_cpus = 32;
inline constexpr uint32_t max_ioapics = 4;
inline constexpr uint32_t max_routes = 16;
struct Acpi {
    uint32_t cpu_count;
    uint32_t apic_ids[max_cpus];
    uint32_t ioapic_count;
    struct {
        uint32_t id, gsi_base;
        uint64_t address;
    } ioapics[max_ioapics];
    uint32_t route_count;
    irqroute_entry routes[max_routes];
    pciinfo_entry pci;
    uint64_t lapic;
    uint32_t pm1a_cnt, slp_typa, pm_timer;
    uint32_t reset_register, reset_value;
};
extern Acpi acpi;
void read_acpi(uint64_t rsdp);

// --- clock.cpp
struct Clock {
    uint64_t tsc_hz, lapic_hz, tsc_start;
    uint32_t boot_time;
};
extern Clock clock;
void calibrate();

// --- image.cpp
struct Image {
    const startup_header* header;
    const image_header* fs;
    const image_bootrec* bootrec;
    const uint8_t* kernel;
    uint64_t kernel_size;
    bool moved; // what was loaded is free again
};
extern Image image;
void find_image(); // and unpacks it

// --- inflate.cpp, lzo.cpp: false when the data is damaged or does not make exactly `size` bytes
bool inflate(const uint8_t* data, uint64_t length, uint8_t* out, uint64_t size);
bool unpack_lzo(const uint8_t* data, uint64_t length, uint8_t* out, uint64_t size);

// --- page_tables.cpp
struct Loaded {
    uint64_t root, entry, direct_map_end;
};
Loaded load_kernel();

// --- system_page.cpp
uint64_t build_syspage(const Loaded& loaded); // physical address

} // namespace startup

extern "C" {
[[noreturn]] void enter_kernel(uint64_t root, uint64_t entry, uint64_t syspage);
void startup_main(uint64_t start_info, uint64_t magic);
extern char startup_end[];
void* memset(void* to, int c, decltype(sizeof 0) n);
void* memcpy(void* to, const void* from, decltype(sizeof 0) n);
int memcmp(const void* a, const void* b, decltype(sizeof 0) n);
}
