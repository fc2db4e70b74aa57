// SPDX-License-Identifier: Apache-2.0
// Both ways to configuration space.
#include "config_space.hpp"

#include <hw/inout.h>
#include <sys/mman.h>
#include <sys/syspage.h>

namespace pci {

namespace {

constexpr uint32_t address_port = 0xcf8, data_port = 0xcfc;
constexpr uint32_t ports_size = 256, ecam_size = 4096;
constexpr size_t bus_size = 1u << 20;

uint64_t ecam_base;
unsigned ecam_first, ecam_last;
volatile uint8_t* ecam_bus[256]; // mapped when first asked for

volatile uint8_t* ecam_of(pci_bdf_t bdf)
{
    const unsigned bus = PCI_BUS(bdf);
    if (ecam_base == 0 || bus < ecam_first || bus > ecam_last)
        return nullptr;
    if (ecam_bus[bus] == nullptr) {
        void* at = mmap_device_memory(nullptr, bus_size, PROT_READ | PROT_WRITE | PROT_NOCACHE, 0,
                                      ecam_base + (bus - ecam_first) * bus_size);
        if (at == MAP_FAILED)
            return nullptr;
        ecam_bus[bus] = static_cast<volatile uint8_t*>(at);
    }
    return ecam_bus[bus] + ((bdf & 0xffu) << 12);
}

/// Selects a register for the data port; false when the ports cannot reach it.
bool select(pci_bdf_t bdf, uint32_t offset)
{
    if (offset >= ports_size)
        return false;
    out32(address_port, 0x80000000u | ((bdf & 0xffffu) << 8) | (offset & 0xfcu));
    return true;
}

uint32_t all_ones(unsigned width)
{
    return width == 4 ? 0xffffffffu : (1u << (width * 8)) - 1;
}

} // namespace

void ConfigSpace::find_ecam()
{
    if (SYSPAGE_ENTRY_SIZE(pciinfo) < sizeof(pciinfo_entry))
        return;
    const pciinfo_entry* info = SYSPAGE_ENTRY(pciinfo);
    ecam_base = info->ecam;
    ecam_first = info->bus_start;
    ecam_last = info->bus_end;
}

bool ConfigSpace::valid(uint32_t offset, unsigned width)
{
    return (width == 1 || width == 2 || width == 4) && offset % width == 0 && offset < ecam_size;
}

uint32_t ConfigSpace::read(pci_bdf_t bdf, uint32_t offset, unsigned width)
{
    if (volatile uint8_t* space = ecam_of(bdf)) {
        switch (width) {
        case 1:
            return space[offset];
        case 2:
            return *reinterpret_cast<volatile uint16_t*>(space + offset);
        default:
            return *reinterpret_cast<volatile uint32_t*>(space + offset);
        }
    }
    if (!select(bdf, offset))
        return all_ones(width);
    switch (width) {
    case 1:
        return in8(data_port + (offset & 3));
    case 2:
        return in16(data_port + (offset & 2));
    default:
        return in32(data_port);
    }
}

void ConfigSpace::write(pci_bdf_t bdf, uint32_t offset, unsigned width, uint32_t value)
{
    if (volatile uint8_t* space = ecam_of(bdf)) {
        switch (width) {
        case 1:
            space[offset] = static_cast<uint8_t>(value);
            return;
        case 2:
            *reinterpret_cast<volatile uint16_t*>(space + offset) = static_cast<uint16_t>(value);
            return;
        default:
            *reinterpret_cast<volatile uint32_t*>(space + offset) = value;
            return;
        }
    }
    if (!select(bdf, offset))
        return;
    switch (width) {
    case 1:
        out8(data_port + (offset & 3), static_cast<uint8_t>(value));
        return;
    case 2:
        out16(data_port + (offset & 2), static_cast<uint16_t>(value));
        return;
    default:
        out32(data_port, value);
        return;
    }
}

} // namespace pci
