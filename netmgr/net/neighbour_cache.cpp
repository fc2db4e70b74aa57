// SPDX-License-Identifier: Apache-2.0
// The queue of packets that wait for one neighbour's address.
#include "net/neighbour_cache.hpp"

namespace netmgr {

HeldPackets::HeldPackets(HeldPackets&& other) noexcept
    : first_(std::exchange(other.first_, nullptr)), size_(std::exchange(other.size_, 0))
{
}

HeldPackets::~HeldPackets()
{
    while (pop()) {
    }
}

void HeldPackets::push(MbufPtr m)
{
    mbuf** tail = &first_;
    while (*tail != nullptr)
        tail = &(*tail)->m_nextpkt;
    m->m_nextpkt = nullptr;
    *tail = m.release();
    size_++;
}

MbufPtr HeldPackets::pop()
{
    MbufPtr m(first_);
    if (m) {
        first_ = std::exchange(m->m_nextpkt, nullptr);
        size_--;
    }
    return m;
}

} // namespace netmgr
