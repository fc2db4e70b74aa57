// SPDX-License-Identifier: Apache-2.0
// Where INTx pins arrive. Firmware that set the lines up wrote the result into each function; where it did not (qboot), the
// chipset's own routers are set: ICH9 (q35) by its fixed swizzle to I/O APIC lines 20-23, PIIX3 (pc) to lines 10 and 11.
#include "device.hpp"

#include <hw/inout.h>

namespace pci {

namespace {

constexpr pci_bdf_t ich9_lpc = PCI_BDF(0, 31, 0), piix3_isa = PCI_BDF(0, 1, 0);
constexpr uint32_t intel_ich9_lpc = 0x29188086, intel_piix3 = 0x70008086;
constexpr uint32_t piix_route = 0x60;
constexpr uint32_t edge_level_control = 0x4d0;
constexpr int piix_lines[4] = {10, 11, 10, 11};

bool firmware_line(unsigned line)
{
    return line >= 1 && line <= 15;
}

/// PIIX3 routes PIRQA-D to ISA lines (82371SB datasheet, 4.1.10); those lines become level-triggered.
void program_piix()
{
    unsigned level = 0;
    for (uint32_t i = 0; i < 4; i++) {
        ConfigSpace::write(piix3_isa, piix_route + i, 1, static_cast<uint32_t>(piix_lines[i]));
        level |= 1u << piix_lines[i];
    }
    out8(edge_level_control, static_cast<uint8_t>(in8(edge_level_control) | (level & 0xff)));
    out8(edge_level_control + 1, static_cast<uint8_t>(in8(edge_level_control + 1) | (level >> 8)));
}

} // namespace

void route_interrupts(std::vector<Device>& devices)
{
    const bool piix = ConfigSpace::read(piix3_isa, vendor_id, 4) == intel_piix3;
    const bool ich9 = ConfigSpace::read(ich9_lpc, vendor_id, 4) == intel_ich9_lpc;
    bool programmed = false;
    for (Device& device : devices) {
        const unsigned pin = device.read(interrupt_pin, 1);
        const unsigned line = device.read(interrupt_line, 1);
        if (pin == 0 || pin > 4)
            continue;
        if (firmware_line(line)) {
            device.irq = static_cast<int>(line);
            continue;
        }
        const unsigned slot = PCI_DEV(device.bdf);
        if (ich9 && slot < 25) {
            device.irq = static_cast<int>(20 + ((slot + pin - 1) & 3));
        } else if (piix) {
            if (!programmed)
                program_piix();
            programmed = true;
            device.irq = piix_lines[(slot - 1 + pin - 1) & 3];
        }
        if (device.irq >= 0)
            device.write(interrupt_line, 1, static_cast<uint32_t>(device.irq));
    }
}

} // namespace pci
