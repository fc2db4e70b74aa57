// SPDX-License-Identifier: Apache-2.0
// One process' memory: an ordered set of regions over the hardware page table, filled page by page on demand.
#pragma once

#include "arch/x86_64/page_table.hpp"
#include "mm/region.hpp"

#include <cstdint>

namespace mm {

/// What an access wants to do; the values are those of MEM_PROT_* so that they can be compared with a region's.
enum class Access : uint32_t { read = 0x100, write = 0x200, exec = 0x400 };

inline constexpr uint64_t page_size = 4096;
inline constexpr uint64_t user_low = 0x10000;        // nothing is ever mapped below
inline constexpr uint64_t user_top = 0x7ffffffff000; // one past the last user byte
inline constexpr uint64_t mmap_top =
    0x7fff00000000; // mappings without an address grow down from here

/// What MEM_MAP asks for, already checked for lengths (address_space.cpp checks the rest).
struct MapRequest {
    uint64_t addr = 0, length = 0;
    uint32_t prot = 0;   // MEM_PROT_*
    uint32_t flags = 0;  // MEM_MAP_*
    uint64_t offset = 0; // physical address for MAP_PHYS, byte offset for objects and image files
    uint64_t align = 0;
    SharedObject* object = nullptr; // shared memory or image file; the region takes a reference
};

/// Every function is called with the big kernel lock held and does not block.
class AddressSpace {
public:
    /// nullptr: no memory.
    static AddressSpace* create();
    /// Gives back every page, table and region, and the object itself. No thread may run in it any more.
    void destroy();
    /// A bounded part of that work; false = nothing is left but destroy()'s own.
    bool give_back_some();

    /// Page fault at vaddr (user instruction, or the kernel's copy on a user's behalf).
    /// True: the page is there now, go on. False: SIGSEGV / EFAULT.
    bool handle_fault(uint64_t vaddr, Access access);

    /// Physical address of the byte at vaddr, after bringing the page in if it is not there yet; 0 = not allowed.
    uint64_t translate(uint64_t vaddr, Access access);

    /// Each returns EOK or an errno value; on an error nothing has changed.
    int map(const MapRequest& request, uint64_t& addr_out);
    int unmap(uint64_t addr, uint64_t length);
    /// The same in bounded parts: after EOK, again until `addr` has reached the end. Only the first part can fail.
    int unmap_step(uint64_t& addr, uint64_t end);
    int protect(uint64_t addr, uint64_t length, uint32_t prot);
    /// Physical address of addr and how many bytes from there are contiguous (at most length).
    int offset_of(uint64_t addr, uint64_t length, uint64_t& paddr, uint64_t& contiguous);
    /// For fork(): copies a bounded part of `source` from `cursor` on, and moves the cursor; shared regions are shared, private
    /// pages copied. Over when the cursor is user_top. EOK or ENOMEM. The source may change between two steps.
    int clone_step(AddressSpace& source, uint64_t& cursor);

    /// Copies between kernel memory and this space whether or not it is the active one; false = EFAULT.
    bool copy_in(void* to, uint64_t from, uint64_t length);
    bool copy_out(uint64_t to, const void* from, uint64_t length);
    /// A debugger's write: also into memory the program cannot write, which becomes this space's own copy.
    bool write_forced(uint64_t to, const void* from, uint64_t length);

    const RegionSet& regions() const { return regions_; }
    const Region* find(uint64_t vaddr) const;
    arch::PageTable& page_table() { return table_; }
    /// Mappings without an address grow down from here; for the first mapping's time only.
    void set_top(uint64_t top) { top_ = top; }
    /// mlock(), munlock(): marks the regions of a range that is mapped all over (ENOMEM), then lock_step() brings pages in until
    /// `addr` has reached the end (EAGAIN: no memory).
    int set_locked(uint64_t addr, uint64_t length, bool locked);
    int lock_step(uint64_t& addr, uint64_t end);
    /// mlockall(MCL_CURRENT), but for the pages; munlockall().
    void lock_current();
    void unlock_all();
    uint64_t locked_bytes() const;
    /// mlockall(MCL_FUTURE): later mappings are locked, too (the caller brings in their pages).
    void set_lock_future(bool wanted) { lock_future_ = wanted; }
    bool lock_future() const { return lock_future_; }
    uint64_t page_count() const { return pages_; } // pages owned privately

private:
    AddressSpace() = default;
    ~AddressSpace() = default;

    Region* find_region(uint64_t vaddr);
    uint64_t find_gap(uint64_t length, uint64_t align, uint64_t ceiling) const;
    bool range_free(uint64_t start, uint64_t end) const;
    bool split_at(uint64_t vaddr);
    int check(const MapRequest& request, uint64_t length) const;
    int place(const MapRequest& request, uint64_t length, uint64_t& start) const;
    int provide(Region& region, const MapRequest& request);
    int check_protect(uint64_t addr, uint64_t end, uint32_t prot, uint64_t& promise);
    void protect_pages(const Region& region);
    int map_all(Region& region, uint64_t paddr);
    uint64_t missing_pages(uint64_t start, uint64_t end) const;
    bool copy_page(Region& region, uint64_t page, uint64_t source);
    /// For write_forced(): where that may be written; 0: nowhere.
    uint64_t translate_forced(uint64_t vaddr);
    uint64_t release_pages(uint64_t start, uint64_t end);
    void drop(Region& region);
    bool give_back_part(Region& region);
    void forget(Region& region);
    void release_tables(uint64_t start, uint64_t end);
    Region* twin_for(const Region& region, uint64_t start, uint64_t end);
    bool clone_page(Region& twin, const Region& region, uint64_t page,
                    const arch::PageEntry& entry);

    arch::PageTable table_;
    RegionSet regions_;
    uint64_t pages_ = 0;
    uint64_t top_ = mmap_top;
    bool lock_future_ = false;
};

} // namespace mm
