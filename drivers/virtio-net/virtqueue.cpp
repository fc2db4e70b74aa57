// SPDX-License-Identifier: Apache-2.0
// The split virtqueue's ring arithmetic and memory ordering.
#include "virtqueue.hpp"

namespace virtio {

namespace {

uint16_t load_acquire(const uint16_t* p)
{
    return __atomic_load_n(p, __ATOMIC_ACQUIRE);
}

// A free descriptor has length zero; the device only reads the table, so a completion that names a
// free one is the device's mistake.
bool in_flight(const Desc& d)
{
    return d.len != 0;
}

} // namespace

uint32_t Virtqueue::bytes_for(uint16_t size)
{
    return used_offset(size) + 6u + 8u * size;
}

void Virtqueue::init(uint16_t size, void* memory, uint64_t paddr)
{
    auto* base = static_cast<uint8_t*>(memory);
    desc_ = reinterpret_cast<Desc*>(base);
    avail_ = reinterpret_cast<Avail*>(base + avail_offset(size));
    used_ = reinterpret_cast<Used*>(base + used_offset(size));
    paddr_ = paddr;
    size_ = size;
    free_head_ = 0;
    free_count_ = size;
    avail_idx_ = 0;
    last_used_ = 0;
    for (uint16_t i = 0; i < size; i++)
        desc_[i] = Desc{0, 0, 0, static_cast<uint16_t>(i + 1)};
}

int Virtqueue::add(const Segment* segments, unsigned count, unsigned readable)
{
    if (count == 0 || count > free_count_)
        return -1;
    uint16_t head = free_head_;
    uint16_t at = head;
    for (unsigned i = 0; i < count; i++) {
        Desc& d = desc_[at];
        d.addr = segments[i].paddr;
        d.len = segments[i].len;
        d.flags = static_cast<uint16_t>((i + 1 < count ? desc_next : 0) |
                                        (i >= readable ? desc_write : 0));
        at = d.next;
    }
    free_head_ = at;
    free_count_ = static_cast<uint16_t>(free_count_ - count);
    avail_->ring[avail_idx_ & (size_ - 1)] = head;
    avail_idx_++;
    return head;
}

bool Virtqueue::publish()
{
    // 2.6.13.3: the index becomes visible after descriptors and ring entries; the flags are read
    // after that (full fence), else both sides could go to sleep.
    __atomic_store_n(&avail_->idx, avail_idx_, __ATOMIC_RELEASE);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    return (load_acquire(&used_->flags) & used_no_notify) == 0;
}

bool Virtqueue::has_used() const
{
    return load_acquire(&used_->idx) != last_used_;
}

bool Virtqueue::take(uint16_t& head, uint32_t& len)
{
    while (has_used()) {
        const UsedElem& e = used_->ring[last_used_ & (size_ - 1)];
        uint32_t id = e.id;
        len = e.len;
        last_used_++;
        if (id >= size_ || !in_flight(desc_[id])) {
            bad_completions_++;
            continue;
        }
        head = static_cast<uint16_t>(id);
        free_chain(head);
        return true;
    }
    return false;
}

void Virtqueue::free_chain(uint16_t head)
{
    uint16_t at = head;
    for (;;) {
        Desc& d = desc_[at];
        bool more = (d.flags & desc_next) != 0;
        d.len = 0;
        free_count_++;
        if (!more) {
            d.next = free_head_;
            break;
        }
        at = d.next;
    }
    free_head_ = head;
}

void Virtqueue::disable_interrupts()
{
    __atomic_store_n(&avail_->flags, avail_no_interrupt, __ATOMIC_RELAXED);
}

bool Virtqueue::enable_interrupts()
{
    __atomic_store_n(&avail_->flags, 0, __ATOMIC_RELAXED);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    return has_used();
}

} // namespace virtio
