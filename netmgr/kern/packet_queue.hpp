// SPDX-License-Identifier: Apache-2.0
// Packets on their way from layer 2 (any worker) to the stack context.
#pragma once
#include <atomic>
#include <stdint.h>

#include "kern/lock.hpp"
#include "kern/mbuf_ptr.hpp"

namespace netmgr {

class Stack;
using PacketHandler = void (*)(Stack& stack, MbufPtr m);

// One queue for all protocols keeps their order; the handler is chosen by the EtherType layer 2 stored in the packet header.
class PacketQueue {
public:
    PacketQueue() = default;
    ~PacketQueue();
    PacketQueue(const PacketQueue&) = delete;
    PacketQueue& operator=(const PacketQueue&) = delete;

    // Any thread. False and the packet freed when the queue is full. *was_empty: the stack must be woken.
    bool put(MbufPtr m, bool& was_empty);
    MbufPtr take();
    bool empty() const { return length_.load(std::memory_order_acquire) == 0; }

    bool add_handler(uint16_t ether_type, PacketHandler fn); // stack context, at attach
    PacketHandler handler(uint16_t ether_type) const;
    // Packets of an interface that goes away.
    void drop_from(const ifnet* ifp);

    int32_t limit = 2048;

private:
    static constexpr int max_handlers = 8;
    struct Entry {
        uint16_t ether_type;
        PacketHandler handler;
    };
    Entry handlers_[max_handlers] = {};
    int handler_count_ = 0;
    Mutex mutex_;
    mbuf* head_ = nullptr;
    mbuf* tail_ = nullptr;
    std::atomic<int32_t> length_{0};
};

} // namespace netmgr
