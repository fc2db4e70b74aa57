// SPDX-License-Identifier: Apache-2.0
// The records slogger2 keeps: a ring of fixed size, all of it in memory from the start; the oldest records go first.
#pragma once

#include "record.hpp"

#include <cstddef>

namespace slog {

class Journal {
public:
    Journal();

    /// Takes a whole record with its text.
    void add(const Record& record, const char* text);
    void clear();
    /// Copies whole records from number `sequence` on into `out`; moves `sequence` past them. Bytes copied.
    size_t read(uint64_t& sequence, char* out, size_t room) const;

private:
    static constexpr size_t capacity = 256 * 1024;

    void put(const void* from, size_t size);
    void get(void* to, size_t offset, size_t size) const;
    size_t size_at(size_t offset) const;
    void drop_oldest();

    char ring_[capacity];
    size_t head_ = 0; // where the oldest record starts
    size_t used_ = 0;
    uint64_t first_ = 0; // number of the oldest record
    uint64_t next_ = 0;  // number the next record gets
};

} // namespace slog
