// SPDX-License-Identifier: Apache-2.0
// A mapped range of one address space, and the ordered set that holds them.
#pragma once

#include "mm/shared_object.hpp"

#include <boost/intrusive/set.hpp>
#include <cstdint>

namespace mm {

enum class RegionKind : uint8_t {
    anonymous, // zero pages of its own, on demand
    physical,  // somebody else's memory: device or MAP_PHYS with an offset; pages are never freed
    object, // pages of a SharedObject, contiguous memory too; private writable mappings copy on write
};

struct Region : boost::intrusive::set_base_hook<> {
    uint64_t start = 0, end = 0; // page aligned, end is one past
    uint64_t offset = 0;         // physical address or object offset of start
    uint32_t prot = 0;           // MEM_PROT_*
    uint32_t flags = 0;          // MEM_MAP_*
    RegionKind kind = RegionKind::anonymous;
    bool locked = false;   // mlock(): every page is there, and counts for RLIMIT_MEMLOCK
    bool promised = false; // every page of its own that is not there yet is set aside (frames.hpp)
    SharedObject* object = nullptr; // holds a reference

    uint64_t length() const { return end - start; }
    bool contains(uint64_t vaddr) const { return vaddr >= start && vaddr < end; }
    /// The tail from `at`, as a region of its own; the caller has allocated `tail`.
    void split(uint64_t at, Region& tail);

    friend bool operator<(const Region& a, const Region& b) { return a.start < b.start; }
};

struct RegionStart {
    using type = uint64_t;
    uint64_t operator()(const Region& region) const { return region.start; }
};
using RegionSet = boost::intrusive::set<Region, boost::intrusive::key_of_value<RegionStart>>;

/// Live regions of all address spaces, for SYS_OBJECTS.
extern uint32_t region_count;

} // namespace mm
