// SPDX-License-Identifier: Apache-2.0
// Adding to the journal and reading from any place in it.
#include "journal.hpp"

#include <cstring>
#include <new>

namespace slog {

bool Journal::add(const Record& record, const char* text)
{
    const size_t size = sizeof record + record.text_len;
    std::unique_ptr<char[]> bytes(new (std::nothrow) char[size]);
    if (!bytes)
        return false;
    std::memcpy(bytes.get(), &record, sizeof record);
    std::memcpy(bytes.get() + sizeof record, text, record.text_len);
    entries_.push_back({next_++, std::move(bytes), size});
    bytes_ += size;
    while (bytes_ > limit) {
        bytes_ -= entries_.front().size;
        entries_.pop_front();
    }
    return true;
}

size_t Journal::read(uint64_t& sequence, char* out, size_t room) const
{
    if (entries_.empty())
        return 0;
    const uint64_t first = entries_.front().sequence;
    if (sequence < first)
        sequence = first; // what it would have read next is gone
    size_t done = 0;
    for (size_t i = sequence - first; i < entries_.size(); i++) {
        const Entry& entry = entries_[i];
        if (done + entry.size > room)
            break;
        std::memcpy(out + done, entry.bytes.get(), entry.size);
        done += entry.size;
        sequence = entry.sequence + 1;
    }
    return done;
}

} // namespace slog
