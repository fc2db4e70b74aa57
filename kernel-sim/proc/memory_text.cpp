// SPDX-License-Identifier: Apache-2.0
// Regions and pages as lines of text.
#include "proc/memory_text.hpp"

#include "base/bits.hpp"
#include "mm/address_space.hpp"
#include "proc/mappings.hpp"

#include <abi/proc_msg.h>
#include <cstring>

namespace proc {

namespace {

constexpr uint32_t prot_shift = 8; // the manuals show MEM_PROT_* like this

/// MAP_SHARED memory of its own never exists: what is shared is an object's.
uint64_t reserved_bytes(mm::AddressSpace& space, const mm::Region& region)
{
    if (region.kind != mm::RegionKind::anonymous) {
        return 0;
    }
    return (region.flags & MEM_MAP_LAZY) == 0 ? region.length() : resident_bytes(space, region);
}

// procnto refuses PROT_WRITE with PROT_EXEC, and nothing else.
uint32_t most_rights(const mm::Region& region)
{
    constexpr uint32_t data = (MEM_PROT_READ | MEM_PROT_WRITE) >> prot_shift;
    constexpr uint32_t code = (MEM_PROT_READ | MEM_PROT_EXEC) >> prot_shift;
    return (region.prot & MEM_PROT_EXEC) != 0 ? code : data;
}

void write_region(mm::AddressSpace& space, const mm::Region& region, TextWindow& out)
{
    const uint64_t guard = (region.flags & MEM_MAP_STACK) != 0 ? mm::page_size : 0;
    const uint32_t users = region.object != nullptr ? region.object->references() : 1;
    out.hex(region.start).text(",").hex(region.length()).text(",");
    out.hex(region.flags).text(",").hex(region.prot >> prot_shift).text(",");
    out.hex(most_rights(region)).text(",0x0,0x0,").hex(region.offset).text(",");
    out.hex(reserved_bytes(space, region)).text(",").hex(guard).text(",");
    out.hex(users).text(",").hex(users).text(",").text(mapping_name(region)).text("\n");
}

void write_page(const mm::Region& region, uint64_t vaddr, const arch::PageEntry& entry,
                TextWindow& out)
{
    const uint32_t prot = region.prot >> prot_shift;
    out.hex(vaddr).text(",").hex(region.flags).text(",0x0,").hex(prot).text(",");
    out.hex(prot).text(",").hex(prot).text(",").hex(most_rights(region)).text(",");
    out.hex(entry.paddr).text(",").hex(entry.flags).text(",");
    out.hex(mm::page_size)
        .text(",")
        .hex(region.object != nullptr ? region.object->references() : 1);
    out.text(",0x0,0x0,").hex(region.offset + (vaddr - region.start)).text(",");
    out.text(mapping_name(region)).text("\n");
}

} // namespace

uint64_t resident_bytes(mm::AddressSpace& space, const mm::Region& region)
{
    uint64_t bytes = 0;
    for (uint64_t page = space.page_table().next_mapped(region.start, region.end);
         page < region.end;
         page = space.page_table().next_mapped(page + mm::page_size, region.end)) {
        bytes += mm::page_size;
    }
    return bytes;
}

TextWindow& TextWindow::text(std::string_view part)
{
    const uint64_t begin = base::max_of(at_, offset_);
    const uint64_t end = base::min_of(at_ + part.size(), end_);
    if (begin < end) {
        std::memcpy(to_ + (begin - offset_), part.data() + (begin - at_), end - begin);
        taken_ += end - begin;
    }
    at_ += part.size();
    return *this;
}

TextWindow& TextWindow::hex(uint64_t value)
{
    char digits[18];
    char* at = digits + sizeof digits;
    do {
        *--at = "0123456789abcdef"[value & 15];
        value >>= 4;
    } while (value != 0);
    *--at = 'x';
    *--at = '0';
    return text(std::string_view(at, static_cast<size_t>(digits + sizeof digits - at)));
}

TextWindow& TextWindow::decimal(uint64_t value)
{
    char digits[20];
    char* at = digits + sizeof digits;
    do {
        *--at = static_cast<char>('0' + value % 10);
        value /= 10;
    } while (value != 0);
    return text(std::string_view(at, static_cast<size_t>(digits + sizeof digits - at)));
}

void write_pmap(const object::Process& process, TextWindow& out)
{
    out.text("vaddr,size,flags,prot,maxprot,dev,ino,offset,rsv,guardsize,refcnt,mapcnt,path\n");
    for (const mm::Region& region : process.space->regions()) {
        if (out.full()) {
            return;
        }
        write_region(*process.space, region, out);
    }
}

void write_page_mappings(const object::Process& process, TextWindow& out)
{
    out.text("mi_vaddr,ri_flags,mi_flags,mi_pte_prot,mi_prot,ri_prot,ri_maxprot,mi_paddr,"
             "mi_hwattr,mi_pgsize,mi_sharecnt,dev,ino,ri_offset,object_name\n");
    arch::PageTable& table = process.space->page_table();
    for (const mm::Region& region : process.space->regions()) {
        for (uint64_t page = table.next_mapped(region.start, region.end);
             page < region.end && !out.full();
             page = table.next_mapped(page + mm::page_size, region.end)) {
            arch::PageEntry entry;
            if (table.query(page, entry)) {
                write_page(region, page, entry, out);
            }
        }
    }
}

void write_vmstat(const object::Process& process, TextWindow& out)
{
    uint64_t regions = 0, anonymous = 0, objects = 0, physical = 0, reserved = 0, resident = 0,
             locked = 0;
    for (const mm::Region& region : process.space->regions()) {
        const uint64_t pages = region.length() / mm::page_size;
        ++regions;
        (region.kind == mm::RegionKind::anonymous  ? anonymous
         : region.kind == mm::RegionKind::physical ? physical
                                                   : objects) += pages;
        reserved += reserved_bytes(*process.space, region) / mm::page_size;
        resident += resident_bytes(*process.space, region) / mm::page_size;
        locked += region.locked ? pages : 0;
    }
    const struct {
        std::string_view name;
        uint64_t pages;
    } lines[] = {{"as_stats.regions=", regions},
                 {"as_stats.map_anonymous=", anonymous},
                 {"as_stats.map_objects=", objects},
                 {"as_stats.map_physical=", physical},
                 {"as_stats.anon_rsv=", reserved},
                 {"as_stats.resident=", resident},
                 {"as_stats.private=", process.space->page_count()},
                 {"as_stats.locked=", locked}};
    for (const auto& line : lines) {
        out.text(line.name).decimal(line.pages).text("\n");
    }
}

} // namespace proc
