/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The PCI client library (libpci.so), after the public "PCI Server" manual of QNX 7: find a device, attach to it, read its
 * address ranges and interrupts, use its capabilities. All calls are served by pci-server. Numbers are this project's own.
 */
#ifndef _PCI_PCI_H
#define _PCI_PCI_H
#include <stdbool.h>
#include <stdint.h>
#ifdef __cplusplus
extern "C" {
#endif

typedef unsigned int uint_t;
typedef int int_t;
typedef bool bool_t;

typedef uint32_t pci_bdf_t;      /* bus << 8 | device << 3 | function; segment in bits 16.. */
typedef uint32_t pci_cs_t;       /* chassis << 16 | slot */
typedef uint32_t pci_vid_t, pci_did_t;
typedef uint32_t pci_ssvid_t, pci_ssid_t;
typedef uint32_t pci_ccode_t;    /* class << 16 | subclass << 8 | register interface */
typedef uint8_t pci_revid_t;
typedef uint16_t pci_cmd_t, pci_stat_t;
typedef uint8_t pci_capid_t;
typedef int_t pci_irq_t;         /* for InterruptAttach*(); negative = none */
typedef struct pci_devhdl_ *pci_devhdl_t;
typedef struct pci_cap_ *pci_cap_t;  /* from pci_device_read_cap(); free() it when done */

#define PCI_VID_ANY ((pci_vid_t)0xffffffffu)
#define PCI_DID_ANY ((pci_did_t)0xffffffffu)
#define PCI_CCODE_ANY ((pci_ccode_t)0xffffffffu)
#define PCI_BDF_NONE ((pci_bdf_t)0xffffffffu)

#define PCI_BUS(bdf) (((bdf) >> 8) & 0xffu)
#define PCI_DEV(bdf) (((bdf) >> 3) & 0x1fu)
#define PCI_FUNC(bdf) ((bdf) & 7u)
#define PCI_BDF(bus, dev, func) ((pci_bdf_t)(((uint32_t)(bus) << 8) | ((uint32_t)(dev) << 3) | (uint32_t)(func)))
#define PCI_DEVFUNC(dev, func) (((dev) << 3) | (func))
#define PCI_CHASSIS(cs) ((cs) >> 16)
#define PCI_SLOT(cs) ((cs) & 0xffffu)

typedef enum {
    PCI_ERR_OK = 0,
    PCI_ERR_EINVAL, PCI_ERR_ENOTSUP, PCI_ERR_EOVERFLOW, PCI_ERR_NOT_IN_CACHE, PCI_ERR_ENODEV, PCI_ERR_EPERM, PCI_ERR_ENOMEM,
    PCI_ERR_EBUSY, PCI_ERR_ENOENT, PCI_ERR_EALREADY, PCI_ERR_ETYPE, PCI_ERR_NO_RESOURCE, PCI_ERR_CONFLICT, PCI_ERR_LOCK_FAILURE,
    PCI_ERR_MAP_FAILURE, PCI_ERR_ISR_ATTACH_FAILURE, PCI_ERR_NO_MODULE, PCI_ERR_CAP_NOT_ENABLED, PCI_ERR_ATTACH_EXCLUSIVE,
    PCI_ERR_ATTACH_SHARED, PCI_ERR_ATTACH_OWNED, PCI_ERR_ATTACH_LIMIT, PCI_ERR_NOT_ATTACHED, PCI_ERR_INVALID_SLOT, PCI_ERR_INVALID_HDL,
    PCI_ERR_SERVER, /* pci-server is not running or did not answer */
} pci_err_t;

typedef enum {
    pci_attachFlags_DEFAULT = 0,
    pci_attachFlags_EXCLUSIVE = 1,
    pci_attachFlags_SHARED = 2,
    pci_attachFlags_OWNER = 4,
    pci_attachFlags_MULTI_OWNER = 8,
    pci_attachFlags_EXCLUSIVE_OWNER = 5,
} pci_attachFlags_t;

typedef enum { pci_reqType_e_UNSPECIFIED, pci_reqType_e_MANDATORY, pci_reqType_e_ADVISORY } pci_reqType_t;
typedef enum { pci_asType_e_NONE, pci_asType_e_IO, pci_asType_e_MEM } pci_asType_e;
typedef enum {
    pci_asAttr_e_NONE = 0,
    pci_asAttr_e_PREFETCH = 1,
    pci_asAttr_e_64BIT = 2,
    pci_asAttr_e_EXPANSION_ROM = 4,
} pci_asAttr_e;
typedef enum { pci_resetType_e_FUNCTION, pci_resetType_e_BUS } pci_resetType_e;

typedef struct {
    uint64_t addr;      /* CPU physical address, or port */
    uint64_t size;
    pci_asType_e type;
    pci_asAttr_e attr;
    int_t bar_num;
} pci_ba_t;

/* standard capability ids */
enum { CAPID_PMI = 1, CAPID_MSI = 5, CAPID_VEND = 9, CAPID_PCIe = 0x10, CAPID_MSIX = 0x11 };

/* finding and reading: no attachment needed */
pci_bdf_t pci_device_find(uint_t idx, pci_vid_t vid, pci_did_t did, pci_ccode_t classcode);
pci_cs_t pci_device_chassis_slot(pci_bdf_t bdf);
pci_err_t pci_device_read_vid(pci_bdf_t bdf, pci_vid_t *vid);
pci_err_t pci_device_read_did(pci_bdf_t bdf, pci_did_t *did);
pci_err_t pci_device_read_ssvid(pci_bdf_t bdf, pci_ssvid_t *ssvid);
pci_err_t pci_device_read_ssid(pci_bdf_t bdf, pci_ssid_t *ssid);
pci_err_t pci_device_read_ccode(pci_bdf_t bdf, pci_ccode_t *ccode);
pci_err_t pci_device_read_revid(pci_bdf_t bdf, pci_revid_t *revid);
pci_err_t pci_device_read_cmd(pci_bdf_t bdf, pci_cmd_t *cmd);
pci_err_t pci_device_read_status(pci_bdf_t bdf, pci_stat_t *status);
pci_err_t pci_device_read_capid(pci_bdf_t bdf, pci_capid_t *capid, uint_t idx);
int_t pci_device_find_capid(pci_bdf_t bdf, pci_capid_t capid);   /* index of it, -1 = not there */
pci_err_t pci_device_read_cap(pci_bdf_t bdf, pci_cap_t *cap, uint_t idx);
pci_err_t pci_device_cfg_rd8(pci_bdf_t bdf, uint_t offset, uint8_t *val);
pci_err_t pci_device_cfg_rd16(pci_bdf_t bdf, uint_t offset, uint16_t *val);
pci_err_t pci_device_cfg_rd32(pci_bdf_t bdf, uint_t offset, uint32_t *val);
pci_err_t pci_device_cfg_rd64(pci_bdf_t bdf, uint_t offset, uint64_t *val);

/* a handle is needed */
pci_devhdl_t pci_device_attach(pci_bdf_t bdf, pci_attachFlags_t flags, pci_err_t *err);
pci_err_t pci_device_detach(pci_devhdl_t hdl);
pci_bdf_t pci_bdf(pci_devhdl_t hdl);
pci_err_t pci_device_write_cmd(pci_devhdl_t hdl, pci_cmd_t cmd, pci_cmd_t *after);
pci_err_t pci_device_read_ba(pci_devhdl_t hdl, int_t *nba, pci_ba_t *ba, pci_reqType_t reqtype); /* nba: in room, out number */
pci_err_t pci_device_read_irq(pci_devhdl_t hdl, int_t *nirq, pci_irq_t *irq);                    /* MSI(-X) ones when enabled */
pci_err_t pci_device_cfg_wr8(pci_devhdl_t hdl, uint_t offset, uint8_t val, uint8_t *after);
pci_err_t pci_device_cfg_wr16(pci_devhdl_t hdl, uint_t offset, uint16_t val, uint16_t *after);
pci_err_t pci_device_cfg_wr32(pci_devhdl_t hdl, uint_t offset, uint32_t val, uint32_t *after);
pci_err_t pci_device_cfg_cap_enable(pci_devhdl_t hdl, pci_reqType_t reqtype, pci_cap_t cap);
pci_err_t pci_device_cfg_cap_disable(pci_devhdl_t hdl, pci_reqType_t reqtype, pci_cap_t cap);
bool_t pci_device_cfg_cap_isenabled(pci_devhdl_t hdl, pci_cap_t cap);
pci_err_t pci_device_map_as(pci_devhdl_t hdl, const pci_ba_t *as, pci_ba_t *translated);
pci_err_t pci_device_reset(pci_devhdl_t hdl, pci_resetType_e type);

const char *pci_strerror(pci_err_t err);

#ifdef __cplusplus
}
#endif
#endif
