// SPDX-License-Identifier: Apache-2.0
// Four-level page tables, the kernel's own mappings, and taking stale translations away from every CPU.
#include "arch/x86_64/page_table.hpp"

#include "arch/console.hpp"
#include "arch/x86_64/asm.hpp"
#include "arch/x86_64/cpu.hpp"
#include "base/bits.hpp"
#include "mm/frames.hpp"

#include <atomic>
#include <cstring>

namespace arch {

namespace {

constexpr uint64_t present = 1, writable = 2, user = 4, write_through = 8, cache_disable = 0x10,
                   global = 0x100, owned = 0x200, no_execute = uint64_t{1} << 63;
constexpr uint64_t address_mask = 0x000ffffffffff000;
constexpr uint64_t device_base = 0xffffffffc0000000, device_limit = 0xffffffffd0000000;
constexpr uint32_t request_flush = 1, request_leave = 2, request_kernel = 3;

uint64_t kernel_table;
uint64_t next_device = device_base;

uint64_t* entries_at(uint64_t entry)
{
    return static_cast<uint64_t*>(mm::phys_to_virt(entry & address_mask));
}

uint64_t alloc_table()
{
    const uint64_t page = mm::alloc_page();
    mm::page_use.tables += page != 0 ? 1 : 0;
    return page;
}

void free_table(uint64_t table)
{
    --mm::page_use.tables;
    mm::free_page(table);
}

uint64_t* entry_in(uint64_t root, uint64_t vaddr, bool create, uint64_t table_flags)
{
    uint64_t* table = entries_at(root);
    for (int shift = 39; shift > 12; shift -= 9) {
        uint64_t& entry = table[(vaddr >> shift) & 511];
        if (!(entry & present)) {
            const uint64_t page = create ? alloc_table() : 0;
            if (page == 0)
                return nullptr;
            entry = page | present | writable | table_flags;
        }
        table = entries_at(entry);
    }
    return &table[(vaddr >> 12) & 511];
}

uint64_t encode(uint64_t paddr, uint32_t flags)
{
    uint64_t entry = paddr & address_mask;
    if (flags & (page_read | page_write | page_exec))
        entry |= present;
    if (flags & page_write)
        entry |= writable;
    if (!(flags & page_exec))
        entry |= no_execute;
    if (flags & page_user)
        entry |= user;
    if (flags & page_nocache)
        entry |= cache_disable | write_through;
    if (flags & page_owned)
        entry |= owned;
    return entry;
}

PageEntry decode(uint64_t entry)
{
    PageEntry out{entry & address_mask, 0};
    if (entry & present)
        out.flags |= page_read;
    if (entry & writable)
        out.flags |= page_write;
    if ((entry & present) && !(entry & no_execute))
        out.flags |= page_exec;
    if (entry & user)
        out.flags |= page_user;
    if (entry & cache_disable)
        out.flags |= page_nocache;
    if (entry & owned)
        out.flags |= page_owned;
    return out;
}

bool write_and_exec(uint32_t flags)
{
    return (flags & page_write) && (flags & page_exec);
}

void free_tables(uint64_t table, int level)
{
    uint64_t* entries = entries_at(table);
    const int count = level == 4 ? 256 : 512; // the upper half of the root is the kernel's
    for (int i = 0; level > 1 && i < count; ++i) {
        if (entries[i] & present)
            free_tables(entries[i] & address_mask, level - 1);
    }
    free_table(table);
}

/// Asks every other CPU that has `root` loaded (0: every other CPU), and waits: they answer from user mode, from idle, and while they
/// wait for the big lock (which the caller holds).
void ask_others(uint64_t root, uint32_t request)
{
    Cpu& self = this_cpu();
    for (uint32_t i = 0; i < max_cpus; ++i) {
        Cpu& cpu = cpu_at(i);
        if (&cpu == &self || !cpu.online || (root != 0 && cpu.loaded_root != root))
            continue;
        if (request == request_flush && cpu.sched.current == cpu.sched.idle) {
            cpu.stale = true; // uses no user memory: it flushes when it leaves the idle loop
            continue;
        }
        __atomic_store_n(&cpu.flush_request, request, __ATOMIC_RELEASE);
        send_ipi(cpu.apic_id, vector_flush);
    }
    for (uint32_t i = 0; i < max_cpus; ++i) {
        Cpu& cpu = cpu_at(i);
        while (&cpu != &self && __atomic_load_n(&cpu.flush_request, __ATOMIC_ACQUIRE))
            asm volatile("pause");
    }
}

} // namespace

/// Global pages outlive a new CR3.
void flush_global_pages()
{
    constexpr uint64_t cr4_pge = 1 << 7;
    const uint64_t cr4 = read_cr4();
    write_cr4(cr4 & ~cr4_pge);
    write_cr4(cr4);
}

void set_kernel_root(uint64_t boot_root)
{
    kernel_table = alloc_table();
    ASSERT(kernel_table != 0);
    memcpy(entries_at(kernel_table) + 256, entries_at(boot_root) + 256, 256 * 8);
    load_root(kernel_table);
}

uint64_t kernel_root()
{
    return kernel_table;
}

void handle_flush_request()
{
    Cpu& cpu = this_cpu();
    const uint32_t request = __atomic_load_n(&cpu.flush_request, __ATOMIC_ACQUIRE);
    if (request == 0)
        return;
    if (request == request_kernel)
        flush_global_pages();
    load_root(request == request_leave ? kernel_table : cpu.loaded_root);
    __atomic_store_n(&cpu.flush_request, 0, __ATOMIC_RELEASE);
}

bool map_kernel_page(uint64_t vaddr, uint64_t paddr, bool device)
{
    uint64_t* entry = entry_in(kernel_table, vaddr, true, 0);
    if (!entry)
        return false;
    *entry = encode(paddr, page_read | page_write | (device ? page_nocache : 0u)) | global;
    return true;
}

uint64_t unmap_kernel_pages(uint64_t vaddr, uint64_t pages)
{
    uint64_t first = 0;
    for (uint64_t i = 0; i < pages; ++i) {
        uint64_t* entry = entry_in(kernel_table, vaddr + i * mm::frame_size, false, 0);
        ASSERT(entry && (*entry & present));
        first = i == 0 ? *entry & address_mask : first;
        *entry = 0;
    }
    return first;
}

void flush_kernel_pages()
{
    flush_global_pages();
    ask_others(0, request_kernel);
}

uint64_t map_device(uint64_t paddr, uint64_t size)
{
    const uint64_t offset = paddr & (mm::frame_size - 1);
    const uint64_t pages = base::div_up(offset + size, mm::frame_size);
    if (pages > (device_limit - next_device) / mm::frame_size)
        return 0;
    const uint64_t at = next_device;
    for (uint64_t i = 0; i < pages; ++i) {
        if (!map_kernel_page(at + i * mm::frame_size, paddr - offset + i * mm::frame_size, true))
            return 0;
    }
    next_device += pages * mm::frame_size;
    return at + offset;
}

bool PageTable::init()
{
    root_ = alloc_table();
    if (root_ == 0)
        return false;
    memcpy(entries_at(root_) + 256, entries_at(kernel_table) + 256, 256 * 8);
    return true;
}

void PageTable::destroy()
{
    if (root_ == 0)
        return;
    if (this_cpu().loaded_root == root_)
        load_root(kernel_table);
    ask_others(root_, request_leave);
    free_tables(root_, 4);
    root_ = 0;
}

uint64_t* PageTable::walk(uint64_t vaddr, bool create) const
{
    return entry_in(root_, vaddr, create, user);
}

bool PageTable::map(uint64_t vaddr, uint64_t paddr, uint32_t flags)
{
    if (write_and_exec(flags) || vaddr >= uint64_t{1} << 47)
        return false;
    uint64_t* entry = walk(vaddr, true);
    if (!entry)
        return false;
    *entry = encode(paddr, flags);
    return true;
}

bool PageTable::unmap(uint64_t vaddr, PageEntry& old)
{
    uint64_t* entry = walk(vaddr, false);
    if (!entry || *entry == 0)
        return false;
    old = decode(*entry);
    *entry = 0;
    return true;
}

bool PageTable::protect(uint64_t vaddr, uint32_t flags)
{
    uint64_t* entry = walk(vaddr, false);
    if (!entry || *entry == 0 || write_and_exec(flags))
        return false;
    *entry = encode(*entry, flags);
    return true;
}

bool PageTable::query(uint64_t vaddr, PageEntry& out) const
{
    const uint64_t* entry = vaddr < uint64_t{1} << 47 ? walk(vaddr, false) : nullptr;
    if (!entry || *entry == 0)
        return false;
    out = decode(*entry);
    return true;
}

uint64_t PageTable::next_mapped(uint64_t vaddr, uint64_t end) const
{
    while (vaddr < end) {
        const uint64_t* table = entries_at(root_);
        int shift = 39;
        while (shift > 12 && (table[(vaddr >> shift) & 511] & present)) {
            table = entries_at(table[(vaddr >> shift) & 511]);
            shift -= 9;
        }
        if (shift == 12 && table[(vaddr >> 12) & 511] != 0)
            return vaddr;
        const uint64_t step = uint64_t{1} << shift; // nothing there: on to the next page or table
        vaddr = (vaddr & ~(step - 1)) + step;
    }
    return end;
}

bool PageTable::prepare(uint64_t vaddr, uint64_t end)
{
    for (uint64_t at = base::align_down(vaddr, table_span); at < end; at += table_span) {
        if (!walk(at, true))
            return false;
    }
    return true;
}

void PageTable::release_tables(uint64_t vaddr, uint64_t end)
{
    constexpr uint32_t batch = 64;
    uint64_t tables[batch];
    while (vaddr < end) {
        uint32_t held = 0;
        const uint64_t first = vaddr;
        while (vaddr < end && held < batch) {
            int shift = 39;
            uint64_t* entry = entries_at(root_) + ((vaddr >> shift) & 511);
            while (shift > 21 && (*entry & present)) {
                shift -= 9;
                entry = entries_at(*entry) + ((vaddr >> shift) & 511);
            }
            if (*entry & present) {
                tables[held++] = *entry & address_mask;
                *entry = 0;
            }
            const uint64_t step = uint64_t{1} << shift;
            vaddr = (vaddr & ~(step - 1)) + step;
        }
        if (held == 0)
            continue;
        flush(first, (vaddr - first) / mm::frame_size); // CPUs remember tables, too
        for (uint32_t i = 0; i < held; ++i)
            free_table(tables[i]);
    }
}

void PageTable::flush(uint64_t vaddr, uint64_t pages)
{
    if (this_cpu().loaded_root == root_) {
        if (pages > 32) {
            write_cr3(root_);
        } else {
            for (uint64_t i = 0; i < pages; ++i)
                invlpg(vaddr + i * mm::frame_size);
        }
    }
    ask_others(root_, request_flush);
}

} // namespace arch
