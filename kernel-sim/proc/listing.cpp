// SPDX-License-Identifier: Apache-2.0
// A directory's names, collected once and read record by record.
#include "proc/resource_server.hpp"

#include "base/bits.hpp"

#include <cstring>
#include <new>

namespace proc {

namespace {
constexpr uint32_t entry_header = sizeof(uint64_t);
}

bool Listing::contains(std::string_view name) const
{
    for (uint32_t at = 0; at < size_;) {
        const std::string_view there(data_ + at + entry_header);
        if (there == name) {
            return true;
        }
        at += entry_header + static_cast<uint32_t>(there.size()) + 1;
    }
    return false;
}

bool Listing::add(std::string_view name, uint64_t ino)
{
    if (contains(name)) {
        return true;
    }
    const auto needed = static_cast<uint32_t>(size_ + entry_header + name.size() + 1);
    if (needed > capacity_) {
        const uint32_t capacity = base::max_of(needed, capacity_ == 0 ? 512u : capacity_ * 2);
        auto* data = new (std::nothrow) char[capacity];
        if (data == nullptr) {
            return false;
        }
        if (size_ != 0) {
            std::memcpy(data, data_, size_);
        }
        delete[] data_;
        data_ = data;
        capacity_ = capacity;
    }
    std::memcpy(data_ + size_, &ino, sizeof ino);
    std::memcpy(data_ + size_ + entry_header, name.data(), name.size());
    data_[needed - 1] = '\0';
    size_ = needed;
    ++count_;
    return true;
}

uint32_t Listing::fill(uint8_t* out, uint32_t room, uint64_t& first) const
{
    uint32_t used = 0;
    uint64_t index = 0;
    for (uint32_t at = 0; at < size_; ++index) {
        const std::string_view name(data_ + at + entry_header);
        if (index >= first) {
            const auto length =
                static_cast<uint32_t>(base::align_up(_IO_DIRENT_HDR + name.size() + 1, 8));
            if (length > room - used) {
                break;
            }
            uint8_t* record = out + used;
            std::memset(record, 0, length);
            _io_dirent entry{};
            std::memcpy(&entry.d_ino, data_ + at, sizeof entry.d_ino);
            entry.d_offset = static_cast<int64_t>(index);
            entry.d_reclen = static_cast<int16_t>(length);
            entry.d_namelen = static_cast<int16_t>(name.size());
            std::memcpy(record, &entry, _IO_DIRENT_HDR);
            std::memcpy(record + _IO_DIRENT_HDR, name.data(), name.size());
            used += length;
            first = index + 1;
        }
        at += entry_header + static_cast<uint32_t>(name.size()) + 1;
    }
    return used;
}

} // namespace proc
