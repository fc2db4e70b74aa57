// SPDX-License-Identifier: Apache-2.0
// pci-tool: lists the devices pci-server found.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <unistd.h>

#include <abi/usage.h>
#include <pci/pci.h>

QNX_USAGE("%C - list PCI devices\n\n%C [-v]\n -v  capabilities and interrupt pin too\n")

namespace {

void details(pci_bdf_t bdf)
{
    uint8_t line = 0, pin = 0;
    uint16_t command = 0;
    pci_device_cfg_rd8(bdf, 0x3c, &line);
    pci_device_cfg_rd8(bdf, 0x3d, &pin);
    pci_device_cfg_rd16(bdf, 0x04, &command);
    std::printf("    command 0x%04x", command);
    if (pin != 0)
        std::printf("  pin %c line %u", 'A' + pin - 1, line);
    pci_capid_t id = 0;
    for (uint_t i = 0; pci_device_read_capid(bdf, &id, i) == PCI_ERR_OK; i++)
        std::printf("%s0x%02x", i == 0 ? "  capabilities " : " ", id);
    std::printf("\n");
    for (uint_t offset = 0x10; offset < 0x28; offset += 4) {
        uint32_t bar = 0;
        if (pci_device_cfg_rd32(bdf, offset, &bar) == PCI_ERR_OK && bar != 0)
            std::printf("    base address %u: 0x%08x\n", (offset - 0x10) / 4, bar);
    }
}

} // namespace

int main(int argc, char** argv)
{
    const bool verbose = argc > 1 && std::strcmp(argv[1], "-v") == 0;
    pci_bdf_t bdf = pci_device_find(0, PCI_VID_ANY, PCI_DID_ANY, PCI_CCODE_ANY);
    if (bdf == PCI_BDF_NONE) {
        std::fprintf(stderr, "pci-tool: no devices; is pci-server running?\n");
        return EXIT_FAILURE;
    }
    for (uint_t i = 1; bdf != PCI_BDF_NONE; i++) {
        pci_vid_t vid = 0;
        pci_did_t did = 0;
        pci_ccode_t ccode = 0;
        pci_device_read_vid(bdf, &vid);
        pci_device_read_did(bdf, &did);
        pci_device_read_ccode(bdf, &ccode);
        std::printf("B%03u:D%02u:F%02u vendor 0x%04x device 0x%04x class 0x%06x\n", PCI_BUS(bdf),
                    PCI_DEV(bdf), PCI_FUNC(bdf), vid, did, ccode);
        if (verbose)
            details(bdf);
        bdf = pci_device_find(i, PCI_VID_ANY, PCI_DID_ANY, PCI_CCODE_ANY);
    }
    return EXIT_SUCCESS;
}
