// SPDX-License-Identifier: Apache-2.0
// One split virtqueue (VIRTIO 1.1, 2.6): descriptor chains in, completed chains out. Not locked:
// each queue belongs to one side of the driver (receive: its thread, transmit: if_snd_ex).
#pragma once

#include <stdint.h>

#include "virtio_pci.hpp"

namespace virtio {

struct Segment {
    uint64_t paddr;
    uint32_t len;
};

class Virtqueue {
public:
    // Lays the three parts out in zeroed DMA memory of at least bytes_for(size) bytes.
    // size is a power of two, at most 32768.
    void init(uint16_t size, void* memory, uint64_t paddr);

    static uint32_t bytes_for(uint16_t size);

    uint64_t desc_paddr() const { return paddr_; }
    uint64_t driver_paddr() const { return paddr_ + avail_offset(size_); }
    uint64_t device_paddr() const { return paddr_ + used_offset(size_); }
    uint16_t size() const { return size_; }
    uint16_t free_descriptors() const { return free_count_; }

    // What add() will return next.
    uint16_t next_head() const { return free_head_; }
    // Queues a chain; returns its head or -1 when too few descriptors are free. The first
    // `readable` segments are read by the device, the others written. Not visible to the device
    // before publish().
    int add(const Segment* segments, unsigned count, unsigned readable);
    // Makes added chains visible; true when the device wants a notification.
    bool publish();

    // Takes one completed chain and frees its descriptors; false when there is none.
    // A device that names a chain which is not in flight is counted and ignored.
    bool take(uint16_t& head, uint32_t& len);
    bool has_used() const;

    // Interrupt requests on or off; enable returns true when something completed meanwhile.
    void disable_interrupts();
    bool enable_interrupts();

    uint64_t bad_completions() const { return bad_completions_; }

private:
    static uint32_t avail_offset(uint16_t size) { return 16u * size; }
    static uint32_t used_offset(uint16_t size)
    {
        return (avail_offset(size) + 6u + 2u * size + 3u) & ~3u; // 2.6: aligned to 4
    }
    void free_chain(uint16_t head);

    Desc* desc_ = nullptr;
    Avail* avail_ = nullptr;
    Used* used_ = nullptr;
    uint64_t paddr_ = 0;
    uint64_t bad_completions_ = 0;
    uint16_t size_ = 0;
    uint16_t free_head_ = 0;
    uint16_t free_count_ = 0;
    uint16_t avail_idx_ = 0; // next to publish
    uint16_t last_used_ = 0;
};

} // namespace virtio
