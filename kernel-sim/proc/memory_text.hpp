// SPDX-License-Identifier: Apache-2.0
// The memory of a process as text: /proc/<pid>/pmap, mappings and vmstat.
#pragma once

#include "mm/address_space.hpp"
#include "object/process.hpp"

#include <cstdint>
#include <string_view>

namespace proc {

/// Takes the bytes offset..offset+size of a text that is made anew for every read.
class TextWindow {
public:
    TextWindow(uint64_t offset, uint8_t* to, uint64_t size)
        : offset_(offset), to_(to), end_(offset + size)
    {
    }
    TextWindow& text(std::string_view part);
    TextWindow& hex(uint64_t value); // with 0x before it
    TextWindow& decimal(uint64_t value);
    /// Nothing that comes now is wanted.
    bool full() const { return at_ >= end_; }
    uint64_t taken() const { return taken_; }

private:
    uint64_t offset_, at_ = 0, taken_ = 0;
    uint8_t* to_;
    uint64_t end_;
};

/// Of a region: bytes of it that are there.
uint64_t resident_bytes(mm::AddressSpace& space, const mm::Region& region);

/// A line for each region, with the columns of the manual's "pmap parameters". The process has an address space, as for the others.
void write_pmap(const object::Process& process, TextWindow& out);
/// A line for each page that is there, with the columns of the manual's "mappings file".
void write_page_mappings(const object::Process& process, TextWindow& out);
/// name=value lines: counters of the regions by kind, in pages.
void write_vmstat(const object::Process& process, TextWindow& out);

} // namespace proc
