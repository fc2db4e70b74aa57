// SPDX-License-Identifier: Apache-2.0
// The hardware page table of one address space: 4 KiB user pages below a kernel half that all tables share.
#pragma once

#include "mm/frames.hpp"

#include <cstdint>

namespace arch {

/// Rights and kind of a mapping. write and exec together are refused (W^X).
enum PageFlags : uint32_t {
    page_read = 1,
    page_write = 2,
    page_exec = 4,
    page_user = 8,
    page_nocache = 16,
    page_owned = 32, // software bit, for the owner of the table
};

struct PageEntry {
    uint64_t paddr = 0;
    uint32_t flags = 0; // PageFlags
};

/// Every function runs under the big kernel lock.
class PageTable {
public:
    PageTable() = default;
    PageTable(const PageTable&) = delete;
    PageTable& operator=(const PageTable&) = delete;

    /// A table with the kernel half only. False: no memory.
    bool init();
    /// Gives the tables back (not the pages mapped). No thread may run in it; CPUs that still have it loaded leave it.
    void destroy();

    /// False: no memory for a table, or a mapping that is writable and executable. Replaces what was there;
    /// the caller flushes then.
    bool map(uint64_t vaddr, uint64_t paddr, uint32_t flags);
    /// False: nothing was mapped. The caller flushes before it gives the page away.
    bool unmap(uint64_t vaddr, PageEntry& old);
    /// Changes the rights of a present page; false: nothing there (or W+X). The caller flushes.
    bool protect(uint64_t vaddr, uint32_t flags);
    bool query(uint64_t vaddr, PageEntry& entry) const;
    /// The first page at or above vaddr (page aligned) that is mapped; `end` when there is none below it.
    uint64_t next_mapped(uint64_t vaddr, uint64_t end) const;
    /// Makes every table that pages of [vaddr, end) can need, so that map() cannot fail there. False: no memory.
    bool prepare(uint64_t vaddr, uint64_t end);
    /// Gives back the last-level tables of [vaddr, end), where nothing is mapped; both are multiples of table_span.
    void release_tables(uint64_t vaddr, uint64_t end);
    static constexpr uint64_t table_span = uint64_t{1} << 21;
    /// Physical address of a byte the user may read (write), 0 = not so: for every copy, so without detours.
    uint64_t user_paddr(uint64_t vaddr, bool write) const
    {
        return user_paddr(user_leaf(vaddr), vaddr, write);
    }
    /// The same in two steps, for copies that stay in one table_span: its entries (nullptr = none), and the byte by them.
    const uint64_t* user_leaf(uint64_t vaddr) const
    {
        // Tables allow everything: the rights are the last entry's.
        uint64_t entry = table_at(root_)[(vaddr >> 39) & 511];
        if (!(entry & 1)) [[unlikely]]
            return nullptr;
        entry = table_at(entry)[(vaddr >> 30) & 511];
        if (!(entry & 1)) [[unlikely]]
            return nullptr;
        entry = table_at(entry)[(vaddr >> 21) & 511];
        return entry & 1 ? table_at(entry) : nullptr;
    }
    static uint64_t user_paddr(const uint64_t* leaf, uint64_t vaddr, bool write)
    {
        const uint64_t wanted = write ? 7 : 5; // present, user; writable
        const uint64_t entry = leaf ? leaf[(vaddr >> 12) & 511] : 0;
        return (entry & wanted) == wanted ? (entry & 0x000ffffffffff000) | (vaddr & 4095) : 0;
    }
    /// Forgets cached translations of [vaddr, vaddr + pages * 4096) on every CPU that uses this table.
    void flush(uint64_t vaddr, uint64_t pages);

    uint64_t root() const { return root_; }

private:
    static const uint64_t* table_at(uint64_t entry)
    {
        return static_cast<const uint64_t*>(mm::phys_to_virt(entry & 0x000ffffffffff000));
    }
    uint64_t* walk(uint64_t vaddr, bool create) const;

    uint64_t root_ = 0;
};

} // namespace arch
