// SPDX-License-Identifier: Apache-2.0
// Modern virtio PCI transport, VIRTIO 1.1 section 4.1.
#include "transport.hpp"

#include <errno.h>
#include <sys/mman.h>

namespace virtio {

namespace {

constexpr unsigned config_cap_pointer = 0x34; // PCI configuration header
constexpr uint32_t page_mask = 4095;
constexpr unsigned reset_polls = 100000;

const pci_ba_t* find_bar(const pci_ba_t* bars, int count, int number)
{
    for (int i = 0; i < count; i++)
        if (bars[i].bar_num == number && bars[i].type == pci_asType_e_MEM)
            return &bars[i];
    return nullptr;
}

} // namespace

volatile uint8_t* Transport::map_range(const pci_ba_t& bar, uint64_t offset, uint64_t length)
{
    if (window_count_ == max_windows || length == 0 || length > bar.size ||
        offset > bar.size - length)
        return nullptr;
    uint64_t start = bar.addr + offset;
    uint64_t skip = start & page_mask;
    uint64_t bytes = (skip + length + page_mask) & ~static_cast<uint64_t>(page_mask);
    void* p =
        mmap_device_memory(nullptr, bytes, PROT_READ | PROT_WRITE | PROT_NOCACHE, 0, start - skip);
    if (p == MAP_FAILED)
        return nullptr;
    windows_[window_count_++] = {p, bytes};
    window_base_ = bar.addr;
    window_size_ = bar.size;
    return static_cast<volatile uint8_t*>(p) + skip;
}

int Transport::map_capability(pci_bdf_t bdf, unsigned at, const pci_ba_t* bars, int count)
{
    uint8_t type = 0;
    uint8_t bar_number = 0;
    uint32_t offset = 0;
    uint32_t length = 0;
    pci_device_cfg_rd8(bdf, at + cap_cfg_type, &type);
    pci_device_cfg_rd8(bdf, at + cap_bar, &bar_number);
    pci_device_cfg_rd32(bdf, at + cap_offset, &offset);
    pci_device_cfg_rd32(bdf, at + cap_length, &length);
    auto kind = static_cast<CfgType>(type);
    bool wanted = (kind == CfgType::common && common_ == nullptr) ||
                  (kind == CfgType::notify && notify_base_ == nullptr) ||
                  (kind == CfgType::isr && isr_ == nullptr) ||
                  (kind == CfgType::device && device_cfg_ == nullptr);
    if (!wanted) // 4.1.4.1: the first one of each kind, unknown kinds are passed over
        return 0;
    const pci_ba_t* bar = find_bar(bars, count, bar_number);
    if (bar == nullptr)
        return 0;
    volatile uint8_t* p = map_range(*bar, offset, length);
    if (p == nullptr)
        return ENXIO;
    switch (kind) {
    case CfgType::common:
        if (length < sizeof(CommonCfg))
            return ENXIO;
        common_ = reinterpret_cast<volatile CommonCfg*>(p);
        break;
    case CfgType::notify:
        pci_device_cfg_rd32(bdf, at + cap_notify_multiplier, &notify_multiplier_);
        notify_base_ = p;
        notify_length_ = length;
        break;
    case CfgType::isr:
        isr_ = p;
        break;
    case CfgType::device:
        if (length < sizeof(NetCfg))
            return ENXIO;
        device_cfg_ = p;
        break;
    }
    return 0;
}

int Transport::map(pci_devhdl_t device, uint64_t registers_at)
{
    pci_bdf_t bdf = pci_bdf(device);
    pci_ba_t bars[7];
    int_t count = 7;
    if (pci_device_read_ba(device, &count, bars, pci_reqType_e_UNSPECIFIED) != PCI_ERR_OK)
        return EIO;
    if (count > 7)
        count = 7;
    uint8_t at = 0;
    pci_device_cfg_rd8(bdf, config_cap_pointer, &at);
    for (unsigned guard = 0; at >= 0x40 && guard < 48; guard++) {
        uint8_t id = 0;
        uint8_t next = 0;
        pci_device_cfg_rd8(bdf, at, &id);
        pci_device_cfg_rd8(bdf, at + 1u, &next);
        if (id == pci_cap_vendor) {
            if (int err = map_capability(bdf, at, bars, count))
                return err;
        }
        at = next & 0xfc;
    }
    bool complete = common_ && notify_base_ && isr_ && device_cfg_;
    if (!complete)
        return ENXIO;
    return registers_at == 0 || registers_at == window_base_ ? 0 : ENODEV;
}

void Transport::unmap()
{
    for (unsigned i = 0; i < window_count_; i++)
        munmap_device_memory(windows_[i].mapped, windows_[i].bytes);
    *this = Transport();
}

void Transport::reset()
{
    common_->device_status = 0;
    for (unsigned i = 0; i < reset_polls && common_->device_status != 0; i++)
        __builtin_ia32_pause();
}

int Transport::negotiate(uint64_t wanted, uint64_t required)
{
    common_->device_status = device_status::acknowledge;
    common_->device_status = device_status::acknowledge | device_status::driver;
    uint64_t offered = 0;
    for (uint32_t half = 0; half < 2; half++) {
        common_->device_feature_select = half;
        offered |= static_cast<uint64_t>(common_->device_feature) << (32 * half);
    }
    features_ = offered & wanted;
    if ((features_ & required) != required)
        return ENOTSUP;
    for (uint32_t half = 0; half < 2; half++) {
        common_->driver_feature_select = half;
        common_->driver_feature = static_cast<uint32_t>(features_ >> (32 * half));
    }
    common_->device_status =
        device_status::acknowledge | device_status::driver | device_status::features_ok;
    return common_->device_status & device_status::features_ok ? 0 : ENOTSUP;
}

void Transport::driver_ok()
{
    common_->device_status = device_status::acknowledge | device_status::driver |
                             device_status::features_ok | device_status::driver_ok;
}

void Transport::fail()
{
    common_->device_status = device_status::failed;
}

uint16_t Transport::queue_size(uint16_t queue)
{
    common_->queue_select = queue;
    return common_->queue_size;
}

int Transport::enable_queue(uint16_t queue, uint16_t size, uint64_t desc, uint64_t driver,
                            uint64_t device, uint16_t vector)
{
    if (queue >= max_queues)
        return EINVAL;
    common_->queue_select = queue;
    common_->queue_size = size;
    common_->queue_msix_vector = vector;
    if (common_->queue_msix_vector != vector) // 4.1.5.1.2: refused when it does not read back
        return ENXIO;
    common_->queue_desc_lo = static_cast<uint32_t>(desc);
    common_->queue_desc_hi = static_cast<uint32_t>(desc >> 32);
    common_->queue_driver_lo = static_cast<uint32_t>(driver);
    common_->queue_driver_hi = static_cast<uint32_t>(driver >> 32);
    common_->queue_device_lo = static_cast<uint32_t>(device);
    common_->queue_device_hi = static_cast<uint32_t>(device >> 32);
    uint64_t offset = static_cast<uint64_t>(common_->queue_notify_off) * notify_multiplier_;
    if (offset + sizeof(uint16_t) > notify_length_)
        return ENXIO;
    notify_[queue] = reinterpret_cast<volatile uint16_t*>(notify_base_ + offset);
    common_->queue_enable = 1;
    return 0;
}

int Transport::set_config_vector(uint16_t vector)
{
    common_->config_msix_vector = vector;
    return common_->config_msix_vector == vector ? 0 : ENXIO;
}

void Transport::notify(uint16_t queue)
{
    *notify_[queue] = queue;
}

NetCfg Transport::net_config() const
{
    NetCfg out = {};
    uint8_t before;
    do {
        before = common_->config_generation;
        for (unsigned i = 0; i < 6; i++)
            out.mac[i] = device_cfg_[i];
        if (has(feature::net_status))
            out.status = *reinterpret_cast<volatile uint16_t*>(device_cfg_ + 6);
        else
            out.status = net_link_up; // 5.1.4: without the feature the link counts as up
    } while (before != common_->config_generation);
    return out;
}

} // namespace virtio
