/* SPDX-License-Identifier: Apache-2.0 */
/* The MSI capability of a device: number of interrupts, set before pci_device_cfg_cap_enable(). */
#ifndef _PCI_CAP_MSI_H
#define _PCI_CAP_MSI_H
#include <pci/pci.h>
#ifdef __cplusplus
extern "C" {
#endif
uint_t cap_msi_get_nirq(pci_cap_t cap);
pci_err_t cap_msi_set_nirq(pci_devhdl_t hdl, pci_cap_t cap, uint_t nirq);
#ifdef __cplusplus
}
#endif
#endif
