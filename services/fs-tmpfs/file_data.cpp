// SPDX-License-Identifier: Apache-2.0
// Blocks of a file.
#include "file_data.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace tmpfs {

uint64_t FileData::limit = 0;
uint64_t FileData::allocated = 0;

static uint8_t zeros[FileData::block_size];

size_t FileData::reserve(uint64_t offset, size_t n)
{
    constexpr uint64_t most_blocks = (uint64_t{1} << 40) / block_size;
    for (uint64_t at = offset; at < offset + n;) {
        const uint64_t index = at / block_size;
        const bool known = index < blocks_.size() && blocks_[index];
        if (!known) {
            if (index >= most_blocks || (limit && allocated + block_size > limit)) {
                return static_cast<size_t>(at - offset);
            }
            uint8_t* block = static_cast<uint8_t*>(std::calloc(1, block_size));
            if (!block) {
                return static_cast<size_t>(at - offset);
            }
            if (index >= blocks_.size()) {
                blocks_.resize(index + 1, nullptr);
            }
            blocks_[index] = block;
            allocated += block_size;
            ++used_;
        }
        at = (index + 1) * block_size;
    }
    return n;
}

int FileData::pieces(uint64_t offset, size_t n, iov_t* out, int most, size_t* bytes) const
{
    int count = 0;
    size_t done = 0;
    while (done < n && count < most) {
        const uint64_t index = (offset + done) / block_size;
        const size_t within = static_cast<size_t>((offset + done) % block_size);
        const size_t piece = std::min(n - done, block_size - within);
        uint8_t* block = index < blocks_.size() && blocks_[index] ? blocks_[index] : zeros;
        SETIOV(&out[count], block + within, piece);
        ++count;
        done += piece;
    }
    *bytes = done;
    return count;
}

void FileData::resize(uint64_t size)
{
    const uint64_t keep = (size + block_size - 1) / block_size;
    for (uint64_t i = keep; i < blocks_.size(); ++i) {
        if (blocks_[i]) {
            std::free(blocks_[i]);
            allocated -= block_size;
            --used_;
        }
    }
    if (keep < blocks_.size()) {
        blocks_.resize(keep);
    }
    const size_t within = static_cast<size_t>(size % block_size);
    if (within && keep && keep <= blocks_.size() && blocks_[keep - 1]) {
        std::memset(blocks_[keep - 1] + within, 0, block_size - within);
    }
}

} // namespace tmpfs
