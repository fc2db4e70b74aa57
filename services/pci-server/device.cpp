// SPDX-License-Identifier: Apache-2.0
// Enumeration: every bus reached from bus 0, every function, its base addresses and capabilities.
#include "device.hpp"

namespace pci {

namespace {

constexpr uint32_t no_device = 0xffff;
constexpr unsigned multi_function = 0x80;
constexpr unsigned max_capabilities =
    48; // 192 bytes of 4-byte capabilities: a longer chain is a loop

void scan_bus(std::vector<Device>& found, unsigned bus, unsigned depth);

void scan_function(std::vector<Device>& found, pci_bdf_t bdf, unsigned depth)
{
    Device device;
    device.bdf = bdf;
    device.vid = static_cast<uint16_t>(device.read(vendor_id, 2));
    device.did = static_cast<uint16_t>(device.read(device_id, 2));
    device.class_code = device.read(revision, 4) >> 8;
    device.bridge = (device.read(header_type, 1) & 0x7f) == 1;
    probe_ranges(device);
    found.push_back(device);
    const unsigned below = device.bridge ? device.read(secondary_bus, 1) : 0;
    if (below != 0)
        scan_bus(found, below, depth + 1);
}

void scan_bus(std::vector<Device>& found, unsigned bus, unsigned depth)
{
    if (depth > 8)
        return; // deeper than any real tree: bridges that point at each other
    for (unsigned slot = 0; slot < 32; slot++) {
        for (unsigned function = 0; function < 8; function++) {
            const pci_bdf_t bdf = PCI_BDF(bus, slot, function);
            if (ConfigSpace::read(bdf, vendor_id, 2) != no_device)
                scan_function(found, bdf, depth);
            else if (function == 0)
                break;
            if (function == 0 && !(ConfigSpace::read(bdf, header_type, 1) & multi_function))
                break;
        }
    }
}

/// One register: its size is what stays zero when all ones are written.
pci_ba_t probe(Device& device, int index)
{
    const uint32_t offset = base_address_0 + 4 * static_cast<uint32_t>(index);
    const uint32_t old = device.read(offset, 4);
    device.write(offset, 4, ~0u);
    const uint32_t mask = device.read(offset, 4);
    device.write(offset, 4, old);
    pci_ba_t range{};
    range.bar_num = index;
    if (mask == 0)
        return range;
    if (mask & 1) {
        range.type = pci_asType_e_IO;
        range.addr = old & ~3u;
        range.size = static_cast<uint16_t>(~(mask & 0xfffcu) + 1);
        return range;
    }
    range.type = pci_asType_e_MEM;
    range.addr = old & ~0xfu;
    unsigned attributes = (mask & 8) ? pci_asAttr_e_PREFETCH : pci_asAttr_e_NONE;
    uint64_t wide_mask = 0xffffffff00000000u | (mask & ~0xfu);
    if ((mask & 6) == 4) {
        attributes |= pci_asAttr_e_64BIT;
        const uint32_t high = device.read(offset + 4, 4);
        device.write(offset + 4, 4, ~0u);
        wide_mask = (uint64_t{device.read(offset + 4, 4)} << 32) | (mask & ~0xfu);
        device.write(offset + 4, 4, high);
        range.addr |= uint64_t{high} << 32;
    }
    range.attr = static_cast<pci_asAttr_e>(attributes);
    range.size = ~wide_mask + 1;
    return range;
}

} // namespace

void probe_ranges(Device& device)
{
    const uint32_t before = device.read(command, 2);
    device.write(command, 2, before & ~uint32_t{io_enable | memory_enable});
    const int registers = device.bridge ? 2 : 6;
    device.range_count = 0;
    for (int i = 0; i < registers; i++) {
        const pci_ba_t range = probe(device, i);
        if (range.size == 0)
            continue;
        device.ranges[device.range_count++] = range;
        if (range.attr & pci_asAttr_e_64BIT)
            i++;
    }
    device.write(command, 2, before);
}

uint32_t Device::find_capability(unsigned id) const
{
    constexpr uint32_t has_capabilities = 0x10;
    if (!(read(status, 2) & has_capabilities))
        return 0;
    uint32_t at = read(capabilities, 1) & 0xfc;
    for (unsigned n = 0; at >= 0x40 && n < max_capabilities; n++) {
        if (read(at, 1) == id)
            return at;
        at = read(at + 1, 1) & 0xfc;
    }
    return 0;
}

std::vector<Device>& enumerate()
{
    static std::vector<Device>& devices = *new std::vector<Device>;
    ConfigSpace::find_ecam();
    scan_bus(devices, 0, 0);
    assign_ranges(devices);
    route_interrupts(devices);
    return devices;
}

} // namespace pci
