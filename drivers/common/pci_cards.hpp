// SPDX-License-Identifier: Apache-2.0
// From a driver's options to its PCI cards: each becomes an interface.
#pragma once

#include <io-pkt/iopkt_driver.h>
#include <pci/pci.h>
#include <stdint.h>

#include "common/options.hpp"

namespace nic {

struct CardKind {
    const char* driver;
    const char* prefix; // of the interface's name
    cfattach* ca;
    uint16_t vendor;
    bool (*is_known)(uint16_t did);
};

// What the attach function gets as aux.
struct AttachArgs {
    _iopkt_self* iopkt;
    void* dll;
    const Options* options; // the driver's own
    pci_bdf_t bdf;
};

// Attaches every matching card, or the one pci= picks. Cards of another io-pkt are passed over; having found none is an error.
int attach_cards(const CardKind& kind, void* dll, _iopkt_self* iopkt, const Options& options);

// Takes the card for this process: 0, EBUSY (another's), EPERM (no right to) or EIO; logged.
int claim(const CardKind& kind, pci_bdf_t bdf, pci_devhdl_t& handle);

} // namespace nic
