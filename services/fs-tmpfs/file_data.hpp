// SPDX-License-Identifier: Apache-2.0
// The bytes of one file, in blocks; a block never written is a hole.
#pragma once
#include <cstddef>
#include <cstdint>
#include <sys/neutrino.h>
#include <vector>

namespace tmpfs {

class FileData {
public:
    static constexpr size_t block_size = 4096;

    ~FileData() { resize(0); }

    // Room for writing [offset, offset + n): how many bytes of it there are now (fewer when memory or the limit ends).
    size_t reserve(uint64_t offset, size_t n);
    // The pieces of [offset, offset + n), at most `most`; *bytes = what they cover. Holes read as zeros.
    int pieces(uint64_t offset, size_t n, iov_t* out, int most, size_t* bytes) const;
    // Cuts off what lies behind `size` and clears the rest of its last block.
    void resize(uint64_t size);
    uint64_t blocks() const { return used_; }

    static uint64_t limit;     // bytes for all files, 0 = none
    static uint64_t allocated; // by all files

private:
    std::vector<uint8_t*> blocks_;
    uint64_t used_ = 0;
};

} // namespace tmpfs
