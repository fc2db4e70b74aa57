/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The MSI-X capability: how many vectors to use (cap_msix_set_nirq() before pci_device_cfg_cap_enable(), default all up to 32),
 * which table entry signals which of them, and the mask bit of each entry. After enabling, entries 0 .. nirq-1 are set to
 * irq 0 .. nirq-1 (unless cap_msix_set_irq_entry() said otherwise) and are unmasked.
 */
#ifndef _PCI_CAP_MSIX_H
#define _PCI_CAP_MSIX_H
#include <pci/pci.h>
#ifdef __cplusplus
extern "C" {
#endif
uint_t cap_msix_get_nirq(pci_cap_t cap);                                       /* table size */
pci_err_t cap_msix_set_nirq(pci_devhdl_t hdl, pci_cap_t cap, uint_t nirq);
pci_err_t cap_msix_set_irq_entry(pci_devhdl_t hdl, pci_cap_t cap, uint_t entry, uint_t irq_index);
pci_err_t cap_msix_mask_irq_entry(pci_devhdl_t hdl, pci_cap_t cap, uint_t entry);
pci_err_t cap_msix_unmask_irq_entry(pci_devhdl_t hdl, pci_cap_t cap, uint_t entry);
pci_err_t cap_msix_mask_irq_all(pci_devhdl_t hdl, pci_cap_t cap);
pci_err_t cap_msix_unmask_irq_all(pci_devhdl_t hdl, pci_cap_t cap);
#ifdef __cplusplus
}
#endif
#endif
