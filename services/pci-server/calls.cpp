// SPDX-License-Identifier: Apache-2.0
// Decoding and checking of libpci's calls. Changing anything needs root or a handle of one's own.
#include "calls.hpp"

#include <cstring>

namespace pci {

namespace {

using Devices = std::vector<Device>;

Device* find_bdf(Devices& devices, uint32_t bdf)
{
    for (Device& device : devices) {
        if (device.bdf == bdf)
            return &device;
    }
    return nullptr;
}

Device* find_handle(Devices& devices, const void* client, uint32_t handle)
{
    for (Device& device : devices) {
        if (device.client == client && device.handle == handle && handle != 0)
            return &device;
    }
    return nullptr;
}

pci_err_t find(Devices& devices, Call& call)
{
    uint32_t left = call.arg;
    for (const Device& device : devices) {
        if ((call.a == PCI_VID_ANY || call.a == device.vid) &&
            (call.b == PCI_DID_ANY || call.b == device.did) &&
            (call.c == PCI_CCODE_ANY || call.c == device.class_code) && left-- == 0) {
            call.bdf = device.bdf;
            return PCI_ERR_OK;
        }
    }
    call.bdf = PCI_BDF_NONE;
    return PCI_ERR_ENODEV;
}

pci_err_t attach(Devices& devices, const void* client, Call& call)
{
    static uint32_t next_handle;
    Device* device = find_bdf(devices, call.bdf);
    if (device == nullptr)
        return PCI_ERR_ENODEV;
    if (device->client != nullptr)
        return PCI_ERR_ATTACH_OWNED;
    if (++next_handle == 0)
        ++next_handle;
    device->client = client;
    device->handle = call.handle = next_handle;
    return PCI_ERR_OK;
}

void release(Device& device)
{
    quiesce(device);
    device.client = nullptr;
    device.handle = 0;
}

pci_err_t read_irqs(const Device& device, Call& call)
{
    call.count = 0;
    for (uint32_t i = 0; i < device.vectors.count; i++)
        call.irqs[call.count++] = static_cast<int32_t>(device.vectors.first + i);
    if (call.count == 0 && device.irq >= 0)
        call.irqs[call.count++] = device.irq;
    return PCI_ERR_OK;
}

pci_err_t config_read(Devices& devices, Call& call)
{
    if (find_bdf(devices, call.bdf) == nullptr)
        return PCI_ERR_ENODEV;
    if (!ConfigSpace::valid(call.arg, call.a))
        return PCI_ERR_EINVAL;
    call.value = ConfigSpace::read(call.bdf, call.arg, call.a);
    return PCI_ERR_OK;
}

pci_err_t config_write(Device& device, Call& call)
{
    // Base addresses and the interrupt line are the server's.
    const bool ours = call.arg >= base_address_0 && call.arg < subsystem_vendor;
    if (!ConfigSpace::valid(call.arg, call.a) || ours)
        return PCI_ERR_EINVAL;
    device.write(call.arg, call.a, static_cast<uint32_t>(call.value));
    call.value = device.read(call.arg, call.a);
    return PCI_ERR_OK;
}

pci_err_t with_handle(Device& device, Call& call)
{
    switch (call.op) {
    case Op::config_write:
        return config_write(device, call);
    case Op::detach:
        release(device);
        return PCI_ERR_OK;
    case Op::ranges:
        call.count = device.range_count;
        std::memcpy(call.ranges, device.ranges, sizeof call.ranges);
        return PCI_ERR_OK;
    case Op::irqs:
        return read_irqs(device, call);
    case Op::cap_enable:
        return enable_interrupts(device, call.arg, call.a);
    case Op::cap_disable:
        return device.enabled_cap == call.arg ? disable_interrupts(device)
                                              : PCI_ERR_CAP_NOT_ENABLED;
    case Op::cap_enabled:
        call.value = device.enabled_cap != 0 && device.enabled_cap == call.arg;
        return PCI_ERR_OK;
    case Op::msix_entry:
        return set_msix_entry(device, call.a, call.b);
    case Op::msix_mask:
        return mask_msix(device, call.a, call.b != 0);
    default:
        return PCI_ERR_ENOTSUP;
    }
}

pci_err_t dispatch(Devices& devices, const void* client, bool privileged, Call& call)
{
    if (call.op == Op::find)
        return find(devices, call);
    if (call.op == Op::config_read)
        return config_read(devices, call);
    if (!privileged)
        return PCI_ERR_EPERM;
    if (call.op == Op::attach)
        return attach(devices, client, call);
    Device* device = find_handle(devices, client, call.handle);
    return device == nullptr ? PCI_ERR_INVALID_HDL : with_handle(*device, call);
}

} // namespace

void serve(Devices& devices, const void* client, bool privileged, Call& call)
{
    call.error = dispatch(devices, client, privileged, call);
}

void forget(Devices& devices, const void* client)
{
    for (Device& device : devices) {
        if (device.client == client)
            release(device);
    }
}

} // namespace pci
