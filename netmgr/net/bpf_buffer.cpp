// SPDX-License-Identifier: Apache-2.0
// Storing and rotating captured packets.
#include "net/bpf_buffer.hpp"

#include <new>
#include <string.h>
#include <utility>

namespace netmgr {

bool CaptureBuffer::allocate(size_t size)
{
    store_.reset(new (std::nothrow) uint8_t[size]);
    other_.reset(new (std::nothrow) uint8_t[size]);
    if (!store_ || !other_) {
        release();
        return false;
    }
    size_ = size;
    return true;
}

void CaptureBuffer::release()
{
    store_.reset();
    other_.reset();
    clear();
}

void CaptureBuffer::clear()
{
    stored_bytes_ = held_bytes_ = 0;
}

void CaptureBuffer::rotate()
{
    if (held_bytes_ != 0 || reading_ || stored_bytes_ == 0)
        return;
    std::swap(store_, other_);
    held_bytes_ = std::exchange(stored_bytes_, 0);
}

CaptureBuffer::Put CaptureBuffer::put(const bpf_hdr& header, const mbuf& packet)
{
    const size_t needed = header.bh_hdrlen + size_t(header.bh_caplen);
    size_t at = BPF_WORDALIGN(stored_bytes_);
    bool rotated = false;
    if (at + needed > size_) {
        rotate();
        rotated = stored_bytes_ == 0;
        at = BPF_WORDALIGN(stored_bytes_);
        if (at + needed > size_)
            return Put::lost;
    }
    memset(store_.get() + stored_bytes_, 0, at - stored_bytes_);
    memset(store_.get() + at, 0, header.bh_hdrlen);
    const size_t header_bytes = offsetof(bpf_hdr, bh_hdrlen) + sizeof(header.bh_hdrlen);
    memcpy(store_.get() + at, &header, header_bytes);
    m_copydata(&packet, 0, static_cast<int>(header.bh_caplen),
               store_.get() + at + header.bh_hdrlen);
    stored_bytes_ = at + needed;
    return rotated ? Put::full : Put::stored;
}

const uint8_t* CaptureBuffer::begin_read(size_t& bytes)
{
    bytes = std::exchange(held_bytes_, 0);
    reading_ = true;
    return other_.get();
}

} // namespace netmgr
