// SPDX-License-Identifier: Apache-2.0
// The search for cards and their exclusive ownership.
#include "common/pci_cards.hpp"

#include <errno.h>
#include <sys/syslog.h>

namespace nic {

namespace {

pci_bdf_t find_card(const CardKind& kind, const Options& options, unsigned nth)
{
    pci_vid_t vid = options.vid >= 0 ? static_cast<pci_vid_t>(options.vid) : kind.vendor;
    pci_did_t did = options.did >= 0 ? static_cast<pci_did_t>(options.did) : PCI_DID_ANY;
    unsigned seen = 0;
    for (unsigned i = 0;; i++) {
        pci_bdf_t bdf = pci_device_find(i, vid, did, PCI_CCODE_ANY);
        if (bdf == PCI_BDF_NONE)
            return bdf;
        pci_did_t found = 0;
        if (options.did < 0 &&
            (pci_device_read_did(bdf, &found) != PCI_ERR_OK || !kind.is_known(found)))
            continue;
        if (seen++ == nth)
            return bdf;
    }
}

int errno_of(pci_err_t err)
{
    switch (err) {
    case PCI_ERR_ATTACH_OWNED:
    case PCI_ERR_ATTACH_EXCLUSIVE:
    case PCI_ERR_ATTACH_SHARED:
    case PCI_ERR_EBUSY:
        return EBUSY;
    case PCI_ERR_EPERM:
        return EPERM;
    default:
        return EIO;
    }
}

} // namespace

int claim(const CardKind& kind, pci_bdf_t bdf, pci_devhdl_t& handle)
{
    pci_err_t err = PCI_ERR_OK;
    handle = pci_device_attach(bdf, pci_attachFlags_EXCLUSIVE_OWNER, &err);
    if (handle != nullptr)
        return 0;
    log(LOG_NOTICE, "%s: pci device %x: %s", kind.driver, bdf, pci_strerror(err));
    return errno_of(err);
}

int attach_cards(const CardKind& kind, void* dll, _iopkt_self* iopkt, const Options& options)
{
    unsigned attached = 0;
    int result = ENODEV;
    for (unsigned n = options.pci_index >= 0 ? static_cast<unsigned>(options.pci_index) : 0;; n++) {
        pci_bdf_t bdf = find_card(kind, options, n);
        if (bdf == PCI_BDF_NONE)
            break;
        AttachArgs args = {iopkt, dll, &options, bdf};
        int single = 0;
        device* dev = nullptr;
        int err = dev_attach(kind.prefix, nullptr, kind.ca, &args, &single, &dev, nullptr);
        if (err == 0)
            attached++;
        else
            result = err;
        if (options.pci_index >= 0 || single != 0)
            break;
    }
    return attached != 0 ? 0 : result;
}

} // namespace nic
