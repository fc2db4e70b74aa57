// SPDX-License-Identifier: Apache-2.0
// Configuration space: by memory (ECAM, PCIe base spec 7.2.2) where the system page names it, else by ports 0xCF8/0xCFC.
#pragma once

#include <cstdint>
#include <pci/pci.h>

namespace pci {

// Standard header offsets (PCI local bus spec 3.0, 6.1).
enum Offset : uint32_t {
    vendor_id = 0x00,
    device_id = 0x02,
    command = 0x04,
    status = 0x06,
    revision = 0x08,
    class_code = 0x09,
    header_type = 0x0e,
    base_address_0 = 0x10,
    secondary_bus = 0x19,
    subsystem_vendor = 0x2c,
    rom_address = 0x30,
    capabilities = 0x34,
    interrupt_line = 0x3c,
    interrupt_pin = 0x3d,
};
enum Command : uint16_t {
    io_enable = 1,
    memory_enable = 2,
    master_enable = 4,
    intx_disable = 0x400
};

class ConfigSpace {
public:
    /// Call once, with I/O privilege.
    static void find_ecam();
    /// `width` is 1, 2 or 4 and `offset` a multiple of it. All ones when nobody answers or the offset does not exist.
    static uint32_t read(pci_bdf_t bdf, uint32_t offset, unsigned width);
    static void write(pci_bdf_t bdf, uint32_t offset, unsigned width, uint32_t value);
    static bool valid(uint32_t offset, unsigned width);
};

} // namespace pci
