// SPDX-License-Identifier: Apache-2.0
// The queue between layer 2 and the stack context.
#include "kern/packet_queue.hpp"

namespace netmgr {

PacketQueue::~PacketQueue()
{
    while (take()) {
    }
}

bool PacketQueue::put(MbufPtr m, bool& was_empty)
{
    Guard guard(mutex_);
    const int32_t length = length_.load(std::memory_order_relaxed);
    was_empty = length == 0;
    if (length >= limit)
        return false;
    mbuf* packet = m.release();
    packet->m_nextpkt = nullptr;
    if (tail_ != nullptr)
        tail_->m_nextpkt = packet;
    else
        head_ = packet;
    tail_ = packet;
    length_.store(length + 1, std::memory_order_release);
    return true;
}

MbufPtr PacketQueue::take()
{
    Guard guard(mutex_);
    mbuf* packet = head_;
    if (packet == nullptr)
        return MbufPtr();
    head_ = packet->m_nextpkt;
    if (head_ == nullptr)
        tail_ = nullptr;
    packet->m_nextpkt = nullptr;
    length_.fetch_sub(1, std::memory_order_release);
    return MbufPtr(packet);
}

bool PacketQueue::add_handler(uint16_t ether_type, PacketHandler fn)
{
    if (handler_count_ == max_handlers)
        return false;
    handlers_[handler_count_++] = {ether_type, fn};
    return true;
}

PacketHandler PacketQueue::handler(uint16_t ether_type) const
{
    for (int i = 0; i < handler_count_; ++i)
        if (handlers_[i].ether_type == ether_type)
            return handlers_[i].handler;
    return nullptr;
}

void PacketQueue::drop_from(const ifnet* ifp)
{
    Guard guard(mutex_);
    mbuf** link = &head_;
    tail_ = nullptr;
    while (*link != nullptr) {
        mbuf* packet = *link;
        if (packet->m_pkthdr.rcvif == ifp) {
            *link = packet->m_nextpkt;
            m_freem(packet);
            length_.fetch_sub(1, std::memory_order_release);
        } else {
            tail_ = packet;
            link = &packet->m_nextpkt;
        }
    }
}

} // namespace netmgr
