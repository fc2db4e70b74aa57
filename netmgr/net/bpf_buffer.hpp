// SPDX-License-Identifier: Apache-2.0
// A capture's two buffers: packets go into the store; what was rotated is held until it is read. Both have one size, fixed when
// they are made, and no more is ever kept: what does not fit while the other is held is lost (and counted by the caller).
#pragma once
#include <memory>
#include <stddef.h>
#include <stdint.h>

#include <net/bpf.h>
#include <sys/mbuf.h>

namespace netmgr {

class CaptureBuffer {
public:
    bool allocate(size_t size); // false: out of memory
    void release();
    bool allocated() const { return store_ != nullptr; }

    enum class Put { stored, full, lost }; // full: stored, and the held buffer wants to be read
    Put put(const bpf_hdr& header, const mbuf& packet);
    // Moves the store to the reader when nothing is held and nobody reads.
    void rotate();
    void clear();

    size_t held() const { return held_bytes_; }
    size_t stored() const { return stored_bytes_; }
    // The held bytes, for one reader; its buffer is not filled again before end_read().
    const uint8_t* begin_read(size_t& bytes);
    void end_read() { reading_ = false; }

private:
    size_t size_ = 0;
    std::unique_ptr<uint8_t[]> store_;
    std::unique_ptr<uint8_t[]> other_; // held, being read, or free
    size_t stored_bytes_ = 0;
    size_t held_bytes_ = 0;
    bool reading_ = false;
};

} // namespace netmgr
