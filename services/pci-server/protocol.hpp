// SPDX-License-Identifier: Apache-2.0
// Between libpci and pci-server: one devctl on /dev/pci whose data is this structure, in both directions.
#pragma once

#include <cstdint>
#include <devctl.h>
#include <pci/pci.h>

namespace pci {

constexpr const char* server_path = "/dev/pci";
constexpr int max_ranges = 7; // six base addresses and the expansion ROM
constexpr int max_irqs = 32;

enum class Op : uint32_t {
    find,         // arg = index, a = vid, b = did, c = class code -> bdf
    config_read,  // bdf, arg = offset, a = width in bytes -> value
    config_write, // handle, arg = offset, a = width, value -> value as read back
    attach,       // bdf, a = flags -> handle
    detach,       // handle
    ranges,       // handle -> count, ranges
    irqs,         // handle -> count, irqs
    cap_enable,   // handle, arg = offset of the capability, a = interrupts wanted (0 = default)
    cap_disable,  // handle, arg = offset
    cap_enabled,  // handle, arg = offset -> value
    msix_entry,   // handle, a = entry, b = irq index: that entry signals that interrupt
    msix_mask,    // handle, a = entry (all: ~0), b = 1 mask, 0 unmask
    reset,        // handle
};

struct Call {
    Op op;
    uint32_t bdf;
    uint32_t handle;
    uint32_t arg;
    uint32_t a, b, c;
    int32_t error; // pci_err_t
    uint64_t value;
    int32_t count;
    uint32_t zero;
    pci_ba_t ranges[max_ranges];
    int32_t irqs[max_irqs];
};

constexpr int call_command = __DIOTF(_DCMD_MISC, 0x70, Call);

} // namespace pci
