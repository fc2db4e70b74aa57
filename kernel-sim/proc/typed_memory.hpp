// SPDX-License-Identifier: Apache-2.0
// Typed memory: names for ranges of physical memory, from which mmap() takes pages (posix_typed_mem_open()).
#pragma once

#include "proc/resource_server.hpp"

#include <abi/proc_msg.h>

namespace proc {

/// Physical ranges, ascending and apart from each other.
class PhysicalRanges {
public:
    struct Range {
        uint64_t start, end;
    };
    static constexpr uint32_t capacity = 32;

    /// Joins what touches; false = too many.
    bool add(uint64_t start, uint64_t end);
    bool intersect(const PhysicalRanges& other);
    bool contains(uint64_t start, uint64_t length) const;
    uint64_t size() const;
    const Range* begin() const { return ranges_; }
    const Range* end() const { return ranges_ + count_; }
    bool empty() const { return count_ == 0; }

private:
    Range ranges_[capacity] = {};
    uint32_t count_ = 0;
};

/// One name of the table: a path of address-space names, outermost first.
struct MemoryName {
    const char* path;
    uint64_t start, end;
};

/// The ranges a name means, in the form posix_typed_mem_open() documents: with '/' in front the whole path, else its end; parts
/// joined by '&' (intersection) and '|' (union) from left to right. EOK, ENOENT, or ENAMETOOLONG when there are too many ranges.
int find_typed_memory(const MemoryName* names, uint32_t count, std::string_view text,
                      PhysicalRanges& out);

} // namespace proc
