// SPDX-License-Identifier: Apache-2.0
// The records slogger2 keeps: a bounded queue; the oldest go first.
#pragma once

#include "record.hpp"

#include <cstddef>
#include <deque>
#include <memory>

namespace slog {

class Journal {
public:
    struct Entry {
        uint64_t sequence;
        std::unique_ptr<char[]> bytes; // a Record and its text
        size_t size;
    };

    /// Takes a whole record. False: no memory.
    bool add(const Record& record, const char* text);
    void clear() { entries_.clear(), bytes_ = 0; }
    /// Copies whole records from number `sequence` on into `out`; moves `sequence` past them. Bytes copied.
    size_t read(uint64_t& sequence, char* out, size_t room) const;

private:
    static constexpr size_t limit = 256 * 1024;
    std::deque<Entry> entries_;
    size_t bytes_ = 0;
    uint64_t next_ = 0;
};

} // namespace slog
