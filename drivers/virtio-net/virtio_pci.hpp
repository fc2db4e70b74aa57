// SPDX-License-Identifier: Apache-2.0
// The virtio PCI transport and network device layouts this driver uses. Sections cited are of
// "Virtual I/O Device (VIRTIO) Version 1.1" (OASIS). Only bits in use are defined.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace virtio {

inline constexpr uint16_t pci_vendor = 0x1af4;
inline constexpr uint16_t pci_net_transitional = 0x1000; // 4.1.2.1
inline constexpr uint16_t pci_net_modern = 0x1041;       // 0x1040 + device id 1

// Vendor capability, 4.1.4: offsets in PCI configuration space from the capability's start.
inline constexpr uint8_t pci_cap_vendor = 0x09;
inline constexpr unsigned cap_cfg_type = 3;
inline constexpr unsigned cap_bar = 4;
inline constexpr unsigned cap_offset = 8;
inline constexpr unsigned cap_length = 12;
inline constexpr unsigned cap_notify_multiplier = 16;

enum class CfgType : uint8_t { common = 1, notify = 2, isr = 3, device = 4 };

// Common configuration structure, 4.1.4.3
struct CommonCfg {
    uint32_t device_feature_select;
    uint32_t device_feature;
    uint32_t driver_feature_select;
    uint32_t driver_feature;
    uint16_t config_msix_vector;
    uint16_t num_queues;
    uint8_t device_status;
    uint8_t config_generation;
    uint16_t queue_select;
    uint16_t queue_size;
    uint16_t queue_msix_vector;
    uint16_t queue_enable;
    uint16_t queue_notify_off;
    uint32_t queue_desc_lo, queue_desc_hi;
    uint32_t queue_driver_lo, queue_driver_hi;
    uint32_t queue_device_lo, queue_device_hi;
};
static_assert(sizeof(CommonCfg) == 56);
static_assert(offsetof(CommonCfg, queue_select) == 22);
static_assert(offsetof(CommonCfg, queue_desc_lo) == 32);

inline constexpr uint16_t no_vector = 0xffff; // VIRTIO_MSI_NO_VECTOR, 4.1.5.1.2

// Device status, 2.1
namespace device_status {
inline constexpr uint8_t acknowledge = 1;
inline constexpr uint8_t driver = 2;
inline constexpr uint8_t driver_ok = 4;
inline constexpr uint8_t features_ok = 8;
inline constexpr uint8_t needs_reset = 64;
inline constexpr uint8_t failed = 128;
} // namespace device_status

// ISR status, 4.1.4.5: reading clears
inline constexpr uint8_t isr_queue = 1;
inline constexpr uint8_t isr_config = 2;

// Feature bits, 5.1.3 and 6
namespace feature {
inline constexpr uint64_t net_csum = 1ull << 0;       // the device makes transport checksums
inline constexpr uint64_t net_guest_csum = 1ull << 1; // it may leave them out, or have checked them
inline constexpr uint64_t net_mac = 1ull << 5;
inline constexpr uint64_t net_mrg_rxbuf = 1ull << 15; // a frame may take several buffers
inline constexpr uint64_t net_status = 1ull << 16;
inline constexpr uint64_t net_ctrl_vq = 1ull << 17;
inline constexpr uint64_t net_ctrl_rx = 1ull << 18;
inline constexpr uint64_t net_ctrl_mac_addr = 1ull << 23;
inline constexpr uint64_t version_1 = 1ull << 32;
} // namespace feature

// Network device configuration, 5.1.4
struct NetCfg {
    uint8_t mac[6];
    uint16_t status;
};
static_assert(sizeof(NetCfg) == 8);
inline constexpr uint16_t net_link_up = 1;

// Header before every frame, 5.1.6; num_buffers is always there with VIRTIO_F_VERSION_1.
struct NetHdr {
    uint8_t flags;
    uint8_t gso_type;
    uint16_t hdr_len;
    uint16_t gso_size;
    uint16_t csum_start;
    uint16_t csum_offset;
    uint16_t num_buffers;
};
static_assert(sizeof(NetHdr) == 12);

inline constexpr uint8_t net_hdr_needs_csum = 1;
inline constexpr uint8_t net_hdr_data_valid = 2;

inline constexpr unsigned queue_receive = 0; // 5.1.2
inline constexpr unsigned queue_transmit = 1;
inline constexpr unsigned queue_control = 2; // without several queue pairs

// Control commands, 5.1.6.5
namespace ctrl {
inline constexpr uint8_t ok = 0;
inline constexpr uint8_t error = 1;
inline constexpr uint8_t receive = 0; // class
inline constexpr uint8_t promiscuous = 0;
inline constexpr uint8_t all_multicast = 1;
inline constexpr uint8_t mac = 1; // class
inline constexpr uint8_t table_set = 0;
inline constexpr uint8_t address_set = 1;
} // namespace ctrl

// Split virtqueue, 2.6
struct Desc {
    uint64_t addr;
    uint32_t len;
    uint16_t flags;
    uint16_t next;
};
static_assert(sizeof(Desc) == 16);
inline constexpr uint16_t desc_next = 1;
inline constexpr uint16_t desc_write = 2;

struct Avail {
    uint16_t flags;
    uint16_t idx;
    uint16_t ring[];
};
inline constexpr uint16_t avail_no_interrupt = 1; // 2.6.6

struct UsedElem {
    uint32_t id;
    uint32_t len;
};
struct Used {
    uint16_t flags;
    uint16_t idx;
    UsedElem ring[];
};
static_assert(sizeof(UsedElem) == 8);
inline constexpr uint16_t used_no_notify = 1; // 2.6.10

} // namespace virtio
