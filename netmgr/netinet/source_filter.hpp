// SPDX-License-Identifier: Apache-2.0
// Which senders of a group are wanted (RFC 3376 2): the listed ones, or all but the listed ones.
#pragma once
#include <memory>
#include <span>
#include <stddef.h>
#include <stdint.h>

namespace netmgr {

// Addresses in order, none twice. A list that memory was short for stays as it was.
class SourceList {
public:
    static constexpr size_t max_sources = 64;

    size_t size() const { return count_; }
    bool empty() const { return count_ == 0; }
    std::span<const uint32_t> all() const { return {list_.get(), count_}; }
    bool has(uint32_t source) const { return list_ != nullptr && place(source) != nullptr; }
    bool add(uint32_t source); // false: no room. True when it is there already.
    void remove(uint32_t source);
    void clear() { count_ = 0; }
    bool set(std::span<const uint32_t> sources);
    bool set(const SourceList& other) { return set(other.all()); }
    bool operator==(const SourceList& other) const;

private:
    uint32_t* place(uint32_t source) const; // nullptr: not there

    std::unique_ptr<uint32_t[]> list_;
    size_t count_ = 0;
};

struct SourceFilter {
    bool include = true; // include nobody: not a member
    SourceList sources;

    bool allows(uint32_t source) const { return sources.has(source) == include; }
    bool nobody() const { return include && sources.empty(); }
    bool set(bool included, std::span<const uint32_t> list)
    {
        if (!sources.set(list))
            return false;
        include = included;
        return true;
    }
    bool set(const SourceFilter& other) { return set(other.include, other.sources.all()); }
    bool operator==(const SourceFilter& other) const
    {
        return include == other.include && sources == other.sources;
    }
};

} // namespace netmgr
