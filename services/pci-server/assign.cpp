// SPDX-License-Identifier: Apache-2.0
// Addresses for base address registers that the firmware left empty (qboot assigns none), between the ones that have some.
#include "device.hpp"

#include <algorithm>

namespace pci {

namespace {

// Windows that q35 and pc leave to PCI: memory below the I/O APIC, ports above the chipset's own.
constexpr uint64_t memory_start = 0xe0000000, memory_end = 0xfe000000;
constexpr uint64_t port_start = 0xc000, port_end = 0xf000;

bool overlaps(const std::vector<Device>& devices, pci_asType_e type, uint64_t start, uint64_t size,
              uint64_t& next)
{
    for (const Device& device : devices) {
        for (int i = 0; i < device.range_count; i++) {
            const pci_ba_t& range = device.ranges[i];
            if (range.type == type && range.addr != 0 && start < range.addr + range.size &&
                range.addr < start + size) {
                next = range.addr + range.size;
                return true;
            }
        }
    }
    return false;
}

/// The lowest free place of that size, aligned to it; 0 = none.
uint64_t find_room(const std::vector<Device>& devices, const pci_ba_t& range)
{
    const bool port = range.type == pci_asType_e_IO;
    const uint64_t end = port ? port_end : memory_end;
    const uint64_t align = std::max<uint64_t>(range.size, port ? 4 : 4096);
    uint64_t at = port ? port_start : memory_start;
    for (;;) {
        at = (at + align - 1) & ~(align - 1);
        if (at + range.size > end)
            return 0;
        uint64_t next = 0;
        if (!overlaps(devices, range.type, at, range.size, next))
            return at;
        at = next;
    }
}

void program(Device& device, const pci_ba_t& range)
{
    const uint32_t offset = base_address_0 + 4 * static_cast<uint32_t>(range.bar_num);
    device.write(offset, 4, static_cast<uint32_t>(range.addr));
    if (range.attr & pci_asAttr_e_64BIT)
        device.write(offset + 4, 4, static_cast<uint32_t>(range.addr >> 32));
}

} // namespace

void assign_ranges(std::vector<Device>& devices)
{
    for (Device& device : devices) {
        if (device.bridge)
            continue;
        uint32_t decode = 0;
        for (int i = 0; i < device.range_count; i++) {
            pci_ba_t& range = device.ranges[i];
            if (range.addr == 0) {
                range.addr = find_room(devices, range);
                if (range.addr != 0)
                    program(device, range);
            }
            if (range.addr != 0)
                decode |= range.type == pci_asType_e_IO ? io_enable : memory_enable;
        }
        const uint32_t now = device.read(command, 2);
        if ((now & decode) != decode)
            device.write(command, 2, now | decode);
    }
}

} // namespace pci
