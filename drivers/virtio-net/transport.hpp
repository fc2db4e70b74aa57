// SPDX-License-Identifier: Apache-2.0
// The modern virtio PCI transport: finding the configuration structures, status and feature
// negotiation, queue set-up, notification. No stack types here.
#pragma once

#include <pci/pci.h>
#include <stdint.h>

#include "virtio_pci.hpp"

namespace virtio {

class Transport {
public:
    // Maps the structures named by the vendor capabilities (4.1.4); 0 or errno. ENXIO when the
    // device is a legacy-only one. registers_at: they have to lie there (ENODEV), 0 for anywhere.
    int map(pci_devhdl_t device, uint64_t registers_at);
    void unmap();
    bool mapped() const { return common_ != nullptr; }

    void reset(); // 3.1.1 step 1; waits until the device says so
    // Acknowledge, driver, features, FEATURES_OK: 3.1.1 steps 2 to 6. 0 or ENOTSUP.
    int negotiate(uint64_t wanted, uint64_t required);
    bool has(uint64_t feature_bit) const { return (features_ & feature_bit) != 0; }
    void driver_ok();
    void fail();

    uint16_t queue_size(uint16_t queue);
    // Sets a queue's addresses and vector and enables it; 0 or ENXIO when the vector is refused.
    int enable_queue(uint16_t queue, uint16_t size, uint64_t desc, uint64_t driver, uint64_t device,
                     uint16_t vector);
    int set_config_vector(uint16_t vector);
    void notify(uint16_t queue);

    // Reads the network configuration consistently (2.4.1).
    NetCfg net_config() const;
    uint8_t read_isr() const { return *isr_; }
    uint64_t window_base() const { return window_base_; }
    uint64_t window_size() const { return window_size_; }

private:
    struct Window {
        void* mapped = nullptr;
        uint64_t bytes = 0;
    };
    int map_capability(pci_bdf_t bdf, unsigned at, const pci_ba_t* bars, int count);
    volatile uint8_t* map_range(const pci_ba_t& bar, uint64_t offset, uint64_t length);

    static constexpr unsigned max_windows = 8;
    static constexpr unsigned max_queues = 3;
    Window windows_[max_windows];
    unsigned window_count_ = 0;
    volatile CommonCfg* common_ = nullptr;
    volatile uint8_t* notify_base_ = nullptr;
    uint32_t notify_length_ = 0;
    uint32_t notify_multiplier_ = 0;
    volatile uint8_t* isr_ = nullptr;
    volatile uint8_t* device_cfg_ = nullptr;
    volatile uint16_t* notify_[max_queues] = {};
    uint64_t features_ = 0;
    uint64_t window_base_ = 0;
    uint64_t window_size_ = 0;
};

} // namespace virtio
