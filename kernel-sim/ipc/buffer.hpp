// SPDX-License-Identifier: Apache-2.0
// One side of a message: scattered memory of a process or of the kernel, and the direct copy between two of them.
#pragma once

#include "base/result.hpp"

#include <abi/kercall.h>
#include <cstdint>

namespace object {
struct Process;
}

namespace ipc {

class Buffer {
public:
    Buffer() = default;
    ~Buffer();
    Buffer(const Buffer&) = delete;
    Buffer& operator=(const Buffer&) = delete;

    /// One part of a process' memory: set_part() says which.
    explicit Buffer(object::Process& process) : process_(&process), parts_(own_), count_(1) {}
    /// Kernel memory.
    Buffer(void* data, uint64_t size);
    Buffer(const void* data, uint64_t size) : Buffer(const_cast<void*>(data), size) {}
    /// Kernel memory in several parts; the array must outlive the buffer.
    Buffer(const nto_iov* parts, uint32_t count);

    /// Takes a user's (pointer, parts) pair, copying the iov array in. EFAULT, EINVAL, EOVERFLOW, ENOMEM.
    base::Result<void> set_user(object::Process& process, uint64_t pointer, int64_t parts);

    /// Of a Buffer(process).
    void set_part(uint64_t base, uint64_t size)
    {
        size_ = size;
        own_[0] = {base, size};
    }

    object::Process& process() const { return *process_; } // of a user's buffer
    uint64_t size() const { return size_; }
    const nto_iov* parts() const { return parts_; }
    uint32_t part_count() const { return count_; }

private:
    friend class Cursor;
    static constexpr uint32_t inline_parts = 8;

    object::Process* process_ = nullptr; // nullptr = kernel memory
    const nto_iov* parts_ = nullptr;
    uint32_t count_ = 0;
    uint64_t size_ = 0;
    nto_iov own_[inline_parts];
    nto_iov* heap_ = nullptr;
};

enum class CopyFault : uint8_t { none, source, destination };

struct CopyResult {
    uint64_t bytes;
    CopyFault fault;
};

/// Moves min(from.size - from_offset, to.size - to_offset, limit) bytes.
CopyResult copy(const Buffer& to, uint64_t to_offset, const Buffer& from, uint64_t from_offset,
                uint64_t limit = ~uint64_t{0});

} // namespace ipc
