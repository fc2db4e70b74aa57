// SPDX-License-Identifier: Apache-2.0
// Message-signalled interrupts: vectors from procnto, written into the MSI registers or the MSI-X table (PCI 3.0, 6.8).
#include "device.hpp"

#include <abi/proc_msg.h>
#include <sys/mman.h>
#include <sys/neutrino.h>

namespace pci {

namespace {

constexpr uint32_t msix_on = 0x8000, msix_function_mask = 0x4000, msix_size = 0x7ff;
constexpr uint32_t msi_on = 1, msi_64 = 0x80, msi_multiple_enable = 0x70;
constexpr uint32_t entry_words = 4, entry_masked = 1;

pci_err_t allocate(Device& device, uint32_t wanted)
{
    uint32_t count = 1;
    while (count < wanted)
        count *= 2; // procnto gives powers of two
    proc_simple ask{};
    ask.type = SYS_MSI_ALLOC;
    ask.a = count;
    sys_msi reply{};
    const long first = MsgSend(SYSMGR_COID, &ask, sizeof ask, &reply, sizeof reply);
    if (first == -1)
        return PCI_ERR_NO_RESOURCE;
    device.vectors = {static_cast<uint32_t>(first), wanted, reply.address, reply.data};
    return PCI_ERR_OK;
}

void release(Device& device)
{
    uint32_t count = 1;
    while (count < device.vectors.count)
        count *= 2;
    proc_simple ask{};
    ask.type = SYS_MSI_FREE;
    ask.a = device.vectors.first;
    ask.b = count;
    if (device.vectors.count != 0)
        MsgSend(SYSMGR_COID, &ask, sizeof ask, nullptr, 0);
    device.vectors = {};
}

/// Maps the table named by the capability; its size is in entries.
bool map_table(Device& device, uint32_t cap)
{
    const uint32_t where = device.read(cap + 4, 4);
    device.msix_entries = (device.read(cap + 2, 2) & msix_size) + 1;
    const size_t bytes = device.msix_entries * entry_words * 4;
    for (int i = 0; i < device.range_count; i++) {
        const pci_ba_t& range = device.ranges[i];
        if (range.bar_num != static_cast<int>(where & 7) || range.type != pci_asType_e_MEM)
            continue;
        const uint64_t offset = where & ~7u;
        if (offset + bytes > range.size)
            return false;
        void* at = mmap_device_memory(nullptr, bytes, PROT_READ | PROT_WRITE | PROT_NOCACHE, 0,
                                      range.addr + offset);
        device.msix_table = at == MAP_FAILED ? nullptr : static_cast<volatile uint32_t*>(at);
        return device.msix_table != nullptr;
    }
    return false;
}

void fill_entry(Device& device, uint32_t entry, uint32_t irq_index)
{
    volatile uint32_t* words = device.msix_table + entry * entry_words;
    words[0] = static_cast<uint32_t>(device.vectors.address);
    words[1] = static_cast<uint32_t>(device.vectors.address >> 32);
    words[2] = device.vectors.data + irq_index;
}

pci_err_t enable_msix(Device& device, uint32_t cap, uint32_t wanted)
{
    if (!map_table(device, cap))
        return PCI_ERR_MAP_FAILURE;
    const uint32_t most = device.msix_entries < max_irqs ? device.msix_entries : max_irqs;
    if (wanted == 0)
        wanted = most;
    if (wanted > most)
        return PCI_ERR_EINVAL;
    if (const pci_err_t error = allocate(device, wanted); error != PCI_ERR_OK)
        return error;
    const uint32_t control = device.read(cap + 2, 2);
    device.write(cap + 2, 2, control | msix_on | msix_function_mask);
    for (uint32_t i = 0; i < device.msix_entries; i++) {
        fill_entry(device, i, i < wanted ? i : 0);
        device.msix_table[i * entry_words + 3] = i < wanted ? 0 : entry_masked;
    }
    device.write(cap + 2, 2, (control | msix_on) & ~msix_function_mask);
    return PCI_ERR_OK;
}

pci_err_t enable_msi(Device& device, uint32_t cap, uint32_t wanted)
{
    if (wanted > 1)
        return PCI_ERR_NO_RESOURCE; // one message is enough for what we drive
    if (const pci_err_t error = allocate(device, 1); error != PCI_ERR_OK)
        return error;
    const uint32_t control = device.read(cap + 2, 2);
    device.write(cap + 4, 4, static_cast<uint32_t>(device.vectors.address));
    if (control & msi_64)
        device.write(cap + 8, 4, static_cast<uint32_t>(device.vectors.address >> 32));
    device.write(cap + ((control & msi_64) ? 12 : 8), 2, device.vectors.data);
    device.write(cap + 2, 2, (control & ~msi_multiple_enable) | msi_on);
    return PCI_ERR_OK;
}

} // namespace

pci_err_t enable_interrupts(Device& device, uint32_t cap, uint32_t wanted)
{
    if (device.enabled_cap != 0)
        return PCI_ERR_EALREADY;
    pci_err_t error = PCI_ERR_ENOTSUP;
    if (cap != 0 && cap == device.find_capability(CAPID_MSIX))
        error = enable_msix(device, cap, wanted);
    else if (cap != 0 && cap == device.find_capability(CAPID_MSI))
        error = enable_msi(device, cap, wanted);
    if (error == PCI_ERR_OK) {
        device.enabled_cap = cap;
        device.write(command, 2, device.read(command, 2) | intx_disable);
    } else if (device.msix_table != nullptr) {
        munmap(const_cast<uint32_t*>(device.msix_table), device.msix_entries * entry_words * 4);
        device.msix_table = nullptr;
    }
    return error;
}

pci_err_t disable_interrupts(Device& device)
{
    if (device.enabled_cap == 0)
        return PCI_ERR_CAP_NOT_ENABLED;
    const bool msix = device.msix_table != nullptr;
    const uint32_t control = device.read(device.enabled_cap + 2, 2);
    device.write(device.enabled_cap + 2, 2, control & ~(msix ? msix_on : msi_on));
    if (msix)
        munmap(const_cast<uint32_t*>(device.msix_table), device.msix_entries * entry_words * 4);
    device.msix_table = nullptr;
    device.write(command, 2, device.read(command, 2) & ~uint32_t{intx_disable});
    release(device);
    device.enabled_cap = 0;
    return PCI_ERR_OK;
}

pci_err_t set_msix_entry(Device& device, uint32_t entry, uint32_t irq_index)
{
    if (device.msix_table == nullptr)
        return PCI_ERR_CAP_NOT_ENABLED;
    if (entry >= device.msix_entries || irq_index >= device.vectors.count)
        return PCI_ERR_EINVAL;
    volatile uint32_t* words = device.msix_table + entry * entry_words;
    const uint32_t mask = words[3];
    words[3] = entry_masked; // an entry may be changed only while it is masked
    fill_entry(device, entry, irq_index);
    words[3] = mask;
    return PCI_ERR_OK;
}

pci_err_t mask_msix(Device& device, uint32_t entry, bool mask)
{
    if (device.msix_table == nullptr)
        return PCI_ERR_CAP_NOT_ENABLED;
    const bool all = entry == ~0u;
    if (!all && entry >= device.msix_entries)
        return PCI_ERR_EINVAL;
    for (uint32_t i = all ? 0 : entry; i < (all ? device.msix_entries : entry + 1); i++)
        device.msix_table[i * entry_words + 3] = mask ? entry_masked : 0;
    return PCI_ERR_OK;
}

void quiesce(Device& device)
{
    device.write(command, 2, device.read(command, 2) & ~uint32_t{master_enable});
    if (device.enabled_cap != 0)
        disable_interrupts(device);
}

} // namespace pci
