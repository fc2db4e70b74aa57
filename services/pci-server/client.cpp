// SPDX-License-Identifier: Apache-2.0
// libpci.so: each call of <pci/pci.h> is one devctl to pci-server; one descriptor a process, opened at the first call.
#include "protocol.hpp"

#include <pci/cap_msi.h>
#include <pci/cap_msix.h>

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

struct pci_devhdl_ {
    uint32_t id;
    pci_bdf_t bdf;
};
struct pci_cap_ {
    pci_bdf_t bdf;
    uint32_t offset;
    uint32_t id;
    uint32_t table_size; // interrupts the device could signal
    uint32_t wanted;     // 0 = default
};

namespace {

using pci::Call;
using pci::Op;

int fd = -1;

// A process loads the library again with each driver: its descriptor goes with it.
__attribute__((destructor)) void leave_server()
{
    if (fd != -1)
        close(fd);
}

int server()
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&lock);
    if (fd == -1)
        fd = open(pci::server_path, O_RDWR | O_CLOEXEC);
    if (fd == -1 && errno == EACCES) // others may look
        fd = open(pci::server_path, O_RDONLY | O_CLOEXEC);
    pthread_mutex_unlock(&lock);
    return fd;
}

pci_err_t ask(Call& call)
{
    const int coid = server();
    if (coid == -1 || devctl(coid, pci::call_command, &call, sizeof call, nullptr) != 0)
        return PCI_ERR_SERVER;
    return static_cast<pci_err_t>(call.error);
}

template <typename T>
pci_err_t config_read(pci_bdf_t bdf, uint32_t offset, T* value)
{
    Call call{};
    call.op = Op::config_read;
    call.bdf = bdf;
    call.arg = offset;
    call.a = sizeof(T);
    const pci_err_t error = ask(call);
    if (error == PCI_ERR_OK)
        *value = static_cast<T>(call.value);
    return error;
}

template <typename T>
pci_err_t config_write(pci_devhdl_t hdl, uint32_t offset, T value, T* after)
{
    if (!hdl)
        return PCI_ERR_INVALID_HDL;
    Call call{};
    call.op = Op::config_write;
    call.handle = hdl->id;
    call.arg = offset;
    call.a = sizeof(T);
    call.value = value;
    const pci_err_t error = ask(call);
    if (error == PCI_ERR_OK && after)
        *after = static_cast<T>(call.value);
    return error;
}

/// A call about a device and one number or two.
pci_err_t on_handle(Op op, pci_devhdl_t hdl, Call& call)
{
    if (!hdl)
        return PCI_ERR_INVALID_HDL;
    call.op = op;
    call.handle = hdl->id;
    return ask(call);
}

/// The idx-th capability: its offset, 0 = none.
uint32_t capability(pci_bdf_t bdf, uint_t idx, uint8_t& id)
{
    uint8_t at = 0;
    uint16_t status = 0;
    if (config_read(bdf, 0x06, &status) != PCI_ERR_OK || !(status & 0x10) ||
        config_read(bdf, 0x34, &at) != PCI_ERR_OK)
        return 0;
    for (unsigned n = 0; n < 48 && (at &= 0xfc) >= 0x40; n++) {
        if (config_read(bdf, at, &id) != PCI_ERR_OK)
            return 0;
        if (n == idx)
            return at;
        if (config_read(bdf, at + 1u, &at) != PCI_ERR_OK)
            return 0;
    }
    return 0;
}

} // namespace

pci_bdf_t pci_device_find(uint_t idx, pci_vid_t vid, pci_did_t did, pci_ccode_t classcode)
{
    Call call{};
    call.op = Op::find;
    call.arg = idx;
    call.a = vid;
    call.b = did;
    call.c = classcode;
    return ask(call) == PCI_ERR_OK ? call.bdf : PCI_BDF_NONE;
}

pci_cs_t pci_device_chassis_slot(pci_bdf_t bdf)
{
    return PCI_DEV(bdf);
}

pci_err_t pci_device_read_vid(pci_bdf_t bdf, pci_vid_t* vid)
{
    uint16_t value = 0;
    const pci_err_t error = config_read(bdf, 0x00, &value);
    *vid = value;
    return error;
}

pci_err_t pci_device_read_did(pci_bdf_t bdf, pci_did_t* did)
{
    uint16_t value = 0;
    const pci_err_t error = config_read(bdf, 0x02, &value);
    *did = value;
    return error;
}

pci_err_t pci_device_read_ssvid(pci_bdf_t bdf, pci_ssvid_t* ssvid)
{
    uint16_t value = 0;
    const pci_err_t error = config_read(bdf, 0x2c, &value);
    *ssvid = value;
    return error;
}

pci_err_t pci_device_read_ssid(pci_bdf_t bdf, pci_ssid_t* ssid)
{
    uint16_t value = 0;
    const pci_err_t error = config_read(bdf, 0x2e, &value);
    *ssid = value;
    return error;
}

pci_err_t pci_device_read_ccode(pci_bdf_t bdf, pci_ccode_t* ccode)
{
    uint32_t value = 0;
    const pci_err_t error = config_read(bdf, 0x08, &value);
    *ccode = value >> 8;
    return error;
}

pci_err_t pci_device_read_revid(pci_bdf_t bdf, pci_revid_t* revid)
{
    return config_read(bdf, 0x08, revid);
}

pci_err_t pci_device_read_cmd(pci_bdf_t bdf, pci_cmd_t* cmd)
{
    return config_read(bdf, 0x04, cmd);
}

pci_err_t pci_device_read_status(pci_bdf_t bdf, pci_stat_t* status)
{
    return config_read(bdf, 0x06, status);
}

pci_err_t pci_device_read_capid(pci_bdf_t bdf, pci_capid_t* capid, uint_t idx)
{
    return capability(bdf, idx, *capid) != 0 ? PCI_ERR_OK : PCI_ERR_ENOENT;
}

int_t pci_device_find_capid(pci_bdf_t bdf, pci_capid_t capid)
{
    uint8_t id = 0;
    for (uint_t i = 0; capability(bdf, i, id) != 0; i++) {
        if (id == capid)
            return static_cast<int_t>(i);
    }
    return -1;
}

pci_err_t pci_device_read_cap(pci_bdf_t bdf, pci_cap_t* cap, uint_t idx)
{
    uint8_t id = 0;
    const uint32_t offset = capability(bdf, idx, id);
    if (offset == 0)
        return PCI_ERR_ENOENT;
    auto* found = static_cast<pci_cap_t>(std::calloc(1, sizeof(pci_cap_)));
    if (!found)
        return PCI_ERR_ENOMEM;
    uint16_t control = 0;
    config_read(bdf, offset + 2, &control);
    *found = {bdf, offset, id, 0, 0};
    if (id == CAPID_MSIX)
        found->table_size = (control & 0x7ffu) + 1;
    else if (id == CAPID_MSI)
        found->table_size = 1u << ((control >> 1) & 7);
    *cap = found;
    return PCI_ERR_OK;
}

pci_err_t pci_device_cfg_rd8(pci_bdf_t bdf, uint_t offset, uint8_t* val)
{
    return config_read(bdf, offset, val);
}

pci_err_t pci_device_cfg_rd16(pci_bdf_t bdf, uint_t offset, uint16_t* val)
{
    return config_read(bdf, offset, val);
}

pci_err_t pci_device_cfg_rd32(pci_bdf_t bdf, uint_t offset, uint32_t* val)
{
    return config_read(bdf, offset, val);
}

pci_err_t pci_device_cfg_rd64(pci_bdf_t bdf, uint_t offset, uint64_t* val)
{
    uint32_t low = 0, high = 0;
    pci_err_t error = config_read(bdf, offset, &low);
    if (error == PCI_ERR_OK)
        error = config_read(bdf, offset + 4, &high);
    if (error == PCI_ERR_OK)
        *val = (uint64_t{high} << 32) | low;
    return error;
}

pci_devhdl_t pci_device_attach(pci_bdf_t bdf, pci_attachFlags_t flags, pci_err_t* err)
{
    Call call{};
    call.op = Op::attach;
    call.bdf = bdf;
    call.a = static_cast<uint32_t>(flags);
    pci_err_t error = ask(call);
    auto* hdl =
        error == PCI_ERR_OK ? static_cast<pci_devhdl_t>(std::malloc(sizeof(pci_devhdl_))) : nullptr;
    if (hdl) {
        *hdl = {call.handle, bdf};
    } else if (error == PCI_ERR_OK) {
        call.op = Op::detach;
        ask(call);
        error = PCI_ERR_ENOMEM;
    }
    if (err)
        *err = error;
    return hdl;
}

pci_err_t pci_device_detach(pci_devhdl_t hdl)
{
    Call call{};
    const pci_err_t error = on_handle(Op::detach, hdl, call);
    std::free(hdl);
    return error;
}

pci_bdf_t pci_bdf(pci_devhdl_t hdl)
{
    return hdl ? hdl->bdf : PCI_BDF_NONE;
}

pci_err_t pci_device_write_cmd(pci_devhdl_t hdl, pci_cmd_t cmd, pci_cmd_t* after)
{
    return config_write(hdl, 0x04, cmd, after);
}

pci_err_t pci_device_read_ba(pci_devhdl_t hdl, int_t* nba, pci_ba_t* ba, pci_reqType_t)
{
    Call call{};
    const pci_err_t error = on_handle(Op::ranges, hdl, call);
    if (error != PCI_ERR_OK)
        return error;
    for (int_t i = 0; ba && i < *nba && i < call.count; i++)
        ba[i] = call.ranges[i];
    *nba = call.count;
    return PCI_ERR_OK;
}

pci_err_t pci_device_read_irq(pci_devhdl_t hdl, int_t* nirq, pci_irq_t* irq)
{
    Call call{};
    const pci_err_t error = on_handle(Op::irqs, hdl, call);
    if (error != PCI_ERR_OK)
        return error;
    for (int_t i = 0; irq && i < *nirq && i < call.count; i++)
        irq[i] = call.irqs[i];
    *nirq = call.count;
    return PCI_ERR_OK;
}

pci_err_t pci_device_cfg_wr8(pci_devhdl_t hdl, uint_t offset, uint8_t val, uint8_t* after)
{
    return config_write(hdl, offset, val, after);
}

pci_err_t pci_device_cfg_wr16(pci_devhdl_t hdl, uint_t offset, uint16_t val, uint16_t* after)
{
    return config_write(hdl, offset, val, after);
}

pci_err_t pci_device_cfg_wr32(pci_devhdl_t hdl, uint_t offset, uint32_t val, uint32_t* after)
{
    return config_write(hdl, offset, val, after);
}

pci_err_t pci_device_cfg_cap_enable(pci_devhdl_t hdl, pci_reqType_t, pci_cap_t cap)
{
    Call call{};
    call.arg = cap->offset;
    call.a = cap->wanted;
    return on_handle(Op::cap_enable, hdl, call);
}

pci_err_t pci_device_cfg_cap_disable(pci_devhdl_t hdl, pci_reqType_t, pci_cap_t cap)
{
    Call call{};
    call.arg = cap->offset;
    return on_handle(Op::cap_disable, hdl, call);
}

bool_t pci_device_cfg_cap_isenabled(pci_devhdl_t hdl, pci_cap_t cap)
{
    Call call{};
    call.arg = cap->offset;
    return on_handle(Op::cap_enabled, hdl, call) == PCI_ERR_OK && call.value != 0;
}

pci_err_t pci_device_map_as(pci_devhdl_t hdl, const pci_ba_t* as, pci_ba_t* translated)
{
    if (!hdl)
        return PCI_ERR_INVALID_HDL;
    *translated = *as; // bus and CPU addresses are the same on a PC
    return PCI_ERR_OK;
}

pci_err_t pci_device_reset(pci_devhdl_t hdl, pci_resetType_e)
{
    Call call{};
    return on_handle(Op::reset, hdl, call);
}

uint_t cap_msi_get_nirq(pci_cap_t cap)
{
    return cap->table_size;
}

pci_err_t cap_msi_set_nirq(pci_devhdl_t, pci_cap_t cap, uint_t nirq)
{
    if (nirq == 0 || nirq > cap->table_size)
        return PCI_ERR_EINVAL;
    cap->wanted = nirq;
    return PCI_ERR_OK;
}

uint_t cap_msix_get_nirq(pci_cap_t cap)
{
    return cap->table_size;
}

pci_err_t cap_msix_set_nirq(pci_devhdl_t hdl, pci_cap_t cap, uint_t nirq)
{
    return cap_msi_set_nirq(hdl, cap, nirq);
}

pci_err_t cap_msix_set_irq_entry(pci_devhdl_t hdl, pci_cap_t, uint_t entry, uint_t irq_index)
{
    Call call{};
    call.a = entry;
    call.b = irq_index;
    return on_handle(Op::msix_entry, hdl, call);
}

namespace {

pci_err_t set_mask(pci_devhdl_t hdl, uint_t entry, bool mask)
{
    Call call{};
    call.a = entry;
    call.b = mask;
    return on_handle(Op::msix_mask, hdl, call);
}

} // namespace

pci_err_t cap_msix_mask_irq_entry(pci_devhdl_t hdl, pci_cap_t, uint_t entry)
{
    return set_mask(hdl, entry, true);
}

pci_err_t cap_msix_unmask_irq_entry(pci_devhdl_t hdl, pci_cap_t, uint_t entry)
{
    return set_mask(hdl, entry, false);
}

pci_err_t cap_msix_mask_irq_all(pci_devhdl_t hdl, pci_cap_t)
{
    return set_mask(hdl, ~0u, true);
}

pci_err_t cap_msix_unmask_irq_all(pci_devhdl_t hdl, pci_cap_t)
{
    return set_mask(hdl, ~0u, false);
}

const char* pci_strerror(pci_err_t err)
{
    switch (err) {
    case PCI_ERR_OK:
        return "ok";
    case PCI_ERR_EINVAL:
        return "invalid argument";
    case PCI_ERR_ENOTSUP:
        return "not supported";
    case PCI_ERR_ENODEV:
        return "no such device";
    case PCI_ERR_EPERM:
        return "not permitted";
    case PCI_ERR_ENOMEM:
        return "no memory";
    case PCI_ERR_ENOENT:
        return "no such capability";
    case PCI_ERR_EALREADY:
        return "already enabled";
    case PCI_ERR_NO_RESOURCE:
        return "no interrupt vectors left";
    case PCI_ERR_MAP_FAILURE:
        return "cannot map the device's table";
    case PCI_ERR_CAP_NOT_ENABLED:
        return "capability not enabled";
    case PCI_ERR_ATTACH_OWNED:
        return "another process owns the device";
    case PCI_ERR_INVALID_HDL:
        return "invalid handle";
    case PCI_ERR_SERVER:
        return "pci-server is not running";
    default:
        return "PCI error";
    }
}
