// SPDX-License-Identifier: Apache-2.0
// Message copy: both sides are walked part by part and page by page, and moved through the direct map.
#include "ipc/buffer.hpp"

#include "base/bits.hpp"
#include "mm/heap.hpp"
#include "mm/user_copy.hpp"
#include "mm/user_page.hpp"
#include "object/process.hpp"

#include <cstring>

namespace ipc {

using base::Err;
using base::Errno;

namespace {

constexpr uint64_t max_parts = 524288;
constexpr uint64_t max_total = 0x7fffffff;

} // namespace

/// A place in a buffer that moves forward.
class Cursor {
public:
    Cursor(const Buffer& buffer, uint64_t offset) : buffer_(buffer), pages_(buffer.process_)
    {
        while (part_ < buffer_.count_ && offset >= buffer_.parts_[part_].len) {
            offset -= buffer_.parts_[part_].len;
            ++part_;
        }
        offset_ = offset;
    }

    /// The memory here and how much of it is contiguous (at most to the end of the part or page); nullptr = fault.
    char* here(mm::Access access, uint64_t& length)
    {
        while (offset_ == buffer_.parts_[part_].len) { // empty parts
            ++part_;
            offset_ = 0;
        }
        const uint64_t at = buffer_.parts_[part_].base + offset_;
        length = buffer_.parts_[part_].len - offset_;
        if (!buffer_.process_)
            return reinterpret_cast<char*>(at);
        length = base::min_of(length, mm::frame_size - at % mm::frame_size);
        return static_cast<char*>(pages_.at(at, access));
    }

    void advance(uint64_t length) { offset_ += length; }

private:
    const Buffer& buffer_;
    uint32_t part_ = 0;
    uint64_t offset_ = 0;
    mm::UserPages pages_; // of a process' buffer
};

Buffer::~Buffer()
{
    mm::heap_free(heap_);
}

Buffer::Buffer(void* data, uint64_t size) : parts_(own_), count_(1), size_(size)
{
    own_[0] = {reinterpret_cast<uint64_t>(data), size};
}

Buffer::Buffer(const nto_iov* parts, uint32_t count) : parts_(parts), count_(count)
{
    for (uint32_t i = 0; i < count; ++i)
        size_ += parts[i].len;
}

base::Result<void> Buffer::set_user(object::Process& process, uint64_t pointer, int64_t parts)
{
    process_ = &process;
    parts_ = own_;
    if (parts <= 0) {
        count_ = 1;
        size_ = parts == 0 ? 0 : ~static_cast<uint64_t>(parts) + 1;
        if (size_ >= uint64_t{1} << 47)
            return Err(Errno::eoverflow);
        own_[0] = {pointer, size_};
        return {};
    }
    if (static_cast<uint64_t>(parts) > max_parts)
        return Err(Errno::eoverflow);
    count_ = static_cast<uint32_t>(parts);
    nto_iov* target = own_;
    if (count_ > inline_parts) {
        target = heap_ = static_cast<nto_iov*>(mm::heap_alloc(count_ * sizeof(nto_iov)));
        if (!heap_)
            return Err(Errno::enomem);
        parts_ = heap_;
    }
    if (!mm::copy_from_user(process, target, pointer, count_ * sizeof(nto_iov)))
        return Err(Errno::efault);
    size_ = 0;
    for (uint32_t i = 0; i < count_; ++i) {
        if (target[i].len > max_total || size_ + target[i].len > max_total)
            return Err(Errno::eoverflow);
        size_ += target[i].len;
    }
    return {};
}

CopyResult copy(const Buffer& to, uint64_t to_offset, const Buffer& from, uint64_t from_offset,
                uint64_t limit)
{
    if (to_offset >= to.size() || from_offset >= from.size())
        return {0, CopyFault::none};
    const uint64_t total =
        base::min_of(limit, base::min_of(to.size() - to_offset, from.size() - from_offset));
    if (total == 0)
        return {0, CopyFault::none};
    Cursor target(to, to_offset), source(from, from_offset);
    uint64_t done = 0;
    while (done < total) {
        uint64_t from_length, to_length;
        const char* s = source.here(mm::Access::read, from_length);
        if (!s)
            return {done, CopyFault::source};
        char* t = target.here(mm::Access::write, to_length);
        if (!t)
            return {done, CopyFault::destination};
        const uint64_t part = base::min_of(total - done, base::min_of(from_length, to_length));
        memcpy(t, s, part);
        done += part;
        source.advance(part);
        target.advance(part);
    }
    return {done, CopyFault::none};
}

} // namespace ipc
