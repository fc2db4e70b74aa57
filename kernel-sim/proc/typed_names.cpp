// SPDX-License-Identifier: Apache-2.0
// From names of typed memory to physical ranges.
#include "base/bits.hpp"
#include "proc/typed_memory.hpp"

namespace proc {

namespace {

// Without '/' in front: the last components are the same. (No substr(): it could throw.)
bool matches(std::string_view path, std::string_view wanted)
{
    if (wanted.empty() || wanted.front() == '/') {
        return path == wanted;
    }
    if (path.size() <= wanted.size()) {
        return false;
    }
    const size_t head = path.size() - wanted.size();
    return path[head - 1] == '/' && std::string_view(path.data() + head, wanted.size()) == wanted;
}

int find_one(const MemoryName* names, uint32_t count, std::string_view wanted, PhysicalRanges& out)
{
    bool found = false;
    for (uint32_t i = 0; i < count; ++i) {
        if (matches(names[i].path, wanted)) {
            found = true;
            if (!out.add(names[i].start, names[i].end)) {
                return ENAMETOOLONG;
            }
        }
    }
    return found ? EOK : ENOENT;
}

} // namespace

bool PhysicalRanges::add(uint64_t start, uint64_t end)
{
    if (start >= end) {
        return true;
    }
    uint32_t at = 0;
    while (at < count_ && ranges_[at].end < start) {
        ++at;
    }
    uint32_t after = at; // the ranges [at, after) melt into the new one
    while (after < count_ && ranges_[after].start <= end) {
        start = base::min_of(start, ranges_[after].start);
        end = base::max_of(end, ranges_[after].end);
        ++after;
    }
    if (after == at) {
        if (count_ == capacity) {
            return false;
        }
        for (uint32_t i = count_; i > at; --i) {
            ranges_[i] = ranges_[i - 1];
        }
        ++count_;
    } else {
        const uint32_t gone = after - at - 1;
        for (uint32_t i = at + 1; i + gone < count_; ++i) {
            ranges_[i] = ranges_[i + gone];
        }
        count_ -= gone;
    }
    ranges_[at] = {start, end};
    return true;
}

bool PhysicalRanges::intersect(const PhysicalRanges& other)
{
    PhysicalRanges result;
    for (const Range& mine : *this) {
        for (const Range& theirs : other) {
            if (!result.add(base::max_of(mine.start, theirs.start),
                            base::min_of(mine.end, theirs.end))) {
                return false;
            }
        }
    }
    *this = result;
    return true;
}

bool PhysicalRanges::contains(uint64_t start, uint64_t length) const
{
    for (const Range& range : *this) {
        if (start >= range.start && start < range.end && length <= range.end - start) {
            return true;
        }
    }
    return false;
}

uint64_t PhysicalRanges::size() const
{
    uint64_t sum = 0;
    for (const Range& range : *this) {
        sum += range.end - range.start;
    }
    return sum;
}

int find_typed_memory(const MemoryName* names, uint32_t count, std::string_view text,
                      PhysicalRanges& out)
{
    char joint = '|';
    for (;;) {
        const size_t end = base::min_of(text.find_first_of("&|"), text.size());
        PhysicalRanges part;
        if (const int error = find_one(names, count, std::string_view(text.data(), end), part);
            error != EOK) {
            return error;
        }
        bool room = true;
        if (joint == '&') {
            room = out.intersect(part);
        } else {
            for (const PhysicalRanges::Range& range : part) {
                room = room && out.add(range.start, range.end);
            }
        }
        if (!room) {
            return ENAMETOOLONG;
        }
        if (end == text.size()) {
            return EOK;
        }
        joint = text[end];
        text.remove_prefix(end + 1);
    }
}

} // namespace proc
