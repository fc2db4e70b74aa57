// SPDX-License-Identifier: Apache-2.0
// One PCI function: what enumeration learned of it, who is attached, and its message-signalled interrupts.
#pragma once

#include "config_space.hpp"
#include "protocol.hpp"

#include <cstdint>
#include <vector>

namespace pci {

/// A run of message-signalled vectors from procnto. `count` 0 = none.
struct Vectors {
    uint32_t first = 0, count = 0;
    uint64_t address = 0;
    uint32_t data = 0;
};

struct Device {
    pci_bdf_t bdf = PCI_BDF_NONE;
    uint16_t vid = 0, did = 0;
    uint32_t class_code = 0;
    bool bridge = false;
    int irq = -1; // of its INTx pin
    pci_ba_t ranges[max_ranges]{};
    int range_count = 0;

    const void* client = nullptr; // the open (ocb) that is attached
    uint32_t handle = 0;
    Vectors vectors;
    uint32_t enabled_cap = 0; // offset of the MSI or MSI-X capability in use
    volatile uint32_t* msix_table = nullptr;
    uint32_t msix_entries = 0;

    uint32_t read(uint32_t offset, unsigned width) const
    {
        return ConfigSpace::read(bdf, offset, width);
    }
    void write(uint32_t offset, unsigned width, uint32_t value)
    {
        ConfigSpace::write(bdf, offset, width, value);
    }
    /// Offset of the first capability of that id; 0 = none.
    uint32_t find_capability(unsigned id) const;
};

/// Every function that answered, in order of bus, device and function. Base addresses and interrupt lines are valid afterwards.
std::vector<Device>& enumerate();

/// Reads sizes and addresses of the base address registers (decoding is off meanwhile).
void probe_ranges(Device& device);
/// Gives an address to each range the firmware left without one, and turns decoding on.
void assign_ranges(std::vector<Device>& devices);
/// The interrupt its INTx pin arrives at.
void route_interrupts(std::vector<Device>& devices);

pci_err_t enable_interrupts(Device& device, uint32_t cap, uint32_t wanted);
pci_err_t disable_interrupts(Device& device);
pci_err_t set_msix_entry(Device& device, uint32_t entry, uint32_t irq_index);
pci_err_t mask_msix(Device& device, uint32_t entry, bool mask);
/// What a client leaves behind: no bus master, no message-signalled interrupts.
void quiesce(Device& device);

} // namespace pci
