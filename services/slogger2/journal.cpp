// SPDX-License-Identifier: Apache-2.0
// Adding to the journal and reading from any place in it. Records wrap around the end of the ring.
#include "journal.hpp"

#include <algorithm>
#include <cstring>

namespace slog {

Journal::Journal()
{
    // Memory is given on first touch; a log that is full must not need more than an empty one.
    constexpr size_t page = 4096;
    for (size_t i = 0; i < capacity; i += page)
        *static_cast<volatile char*>(ring_ + i) = 0;
}

void Journal::put(const void* from, size_t size)
{
    const size_t tail = (head_ + used_) % capacity;
    const size_t first = std::min(size, capacity - tail);
    std::memcpy(ring_ + tail, from, first);
    std::memcpy(ring_, static_cast<const char*>(from) + first, size - first);
    used_ += size;
}

void Journal::get(void* to, size_t offset, size_t size) const
{
    const size_t at = (head_ + offset) % capacity;
    const size_t first = std::min(size, capacity - at);
    std::memcpy(to, ring_ + at, first);
    std::memcpy(static_cast<char*>(to) + first, ring_, size - first);
}

size_t Journal::size_at(size_t offset) const
{
    Record record;
    get(&record, offset, sizeof record);
    return sizeof record + record.text_len;
}

void Journal::drop_oldest()
{
    const size_t size = size_at(0);
    head_ = (head_ + size) % capacity;
    used_ -= size;
    first_++;
}

void Journal::add(const Record& record, const char* text)
{
    while (used_ + sizeof record + record.text_len > capacity)
        drop_oldest();
    put(&record, sizeof record);
    put(text, record.text_len);
    next_++;
}

void Journal::clear()
{
    head_ = used_ = 0;
    first_ = next_;
}

size_t Journal::read(uint64_t& sequence, char* out, size_t room) const
{
    sequence = std::max(sequence, first_); // what it would have read next may be gone
    size_t offset = 0;
    for (uint64_t skipped = first_; skipped < sequence && offset < used_; skipped++)
        offset += size_at(offset);
    size_t done = 0;
    while (sequence < next_ && offset < used_) {
        const size_t size = size_at(offset);
        if (done + size > room)
            break;
        get(out + done, offset, size);
        done += size;
        offset += size;
        sequence++;
    }
    return done;
}

} // namespace slog
