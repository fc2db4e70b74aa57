// SPDX-License-Identifier: Apache-2.0
// Checked copies through the direct map, page by page.
#include "mm/user_copy.hpp"

#include "base/bits.hpp"
#include "mm/user_page.hpp"
#include "object/process.hpp"

#include <cstring>

namespace mm {

void* user_page(object::Process& process, uint64_t vaddr, Access access)
{
    return UserPages(&process).at(vaddr, access);
}

void* UserPages::at(uint64_t vaddr, Access access)
{
    if (vaddr < user_low || vaddr >= user_top || !process_->space)
        return nullptr;
    if (const uint64_t span = vaddr / arch::PageTable::table_span; span != span_) {
        span_ = span;
        leaf_ = process_->space->page_table().user_leaf(vaddr);
    }
    uint64_t paddr = arch::PageTable::user_paddr(leaf_, vaddr, access == Access::write);
    if (paddr == 0) {
        paddr = process_->space->translate(vaddr, access);
        span_ = nowhere; // there may be a table now
    }
    if (paddr == 0 || !is_ram(paddr))
        return nullptr;
    return phys_to_virt(paddr);
}

namespace {

template <class F>
bool for_each_page(object::Process& process, uint64_t vaddr, uint64_t length, Access access, F&& f)
{
    uint64_t end;
    if (length == 0)
        return true;
    if (!base::add_checked(vaddr, length, end) || end > user_top)
        return false;
    UserPages pages(&process);
    while (vaddr < end) {
        const uint64_t part = base::min_of(end - vaddr, frame_size - vaddr % frame_size);
        void* at = pages.at(vaddr, access);
        if (!at)
            return false;
        f(static_cast<char*>(at), part);
        vaddr += part;
    }
    return true;
}

} // namespace

bool copy_from_user(object::Process& process, void* to, uint64_t from, uint64_t length)
{
    auto* target = static_cast<char*>(to);
    return for_each_page(process, from, length, Access::read, [&](const char* at, uint64_t part) {
        memcpy(target, at, part);
        target += part;
    });
}

bool copy_to_user(object::Process& process, uint64_t to, const void* from, uint64_t length)
{
    const auto* source = static_cast<const char*>(from);
    return for_each_page(process, to, length, Access::write, [&](char* at, uint64_t part) {
        memcpy(at, source, part);
        source += part;
    });
}

bool copy_string_from_user(object::Process& process, char* to, uint64_t from, uint64_t size)
{
    for (uint64_t done = 0; done < size;) {
        const uint64_t part = base::min_of(size - done, frame_size - (from + done) % frame_size);
        const auto* at = static_cast<const char*>(user_page(process, from + done, Access::read));
        if (!at)
            return false;
        for (uint64_t i = 0; i < part; ++i) {
            to[done + i] = at[i];
            if (at[i] == 0)
                return true;
        }
        done += part;
    }
    return false;
}

bool user_readable(object::Process& process, uint64_t from, uint64_t length)
{
    return for_each_page(process, from, length, Access::read, [](const char*, uint64_t) {});
}

bool user_writable(object::Process& process, uint64_t to, uint64_t length)
{
    return for_each_page(process, to, length, Access::write, [](char*, uint64_t) {});
}

uint32_t* user_word(object::Process& process, uint64_t address, uint64_t* paddr)
{
    if (!base::is_aligned(address, 4))
        return nullptr;
    void* at = user_page(process, address, Access::write);
    if (at && paddr)
        *paddr = virt_to_phys(at);
    return static_cast<uint32_t*>(at);
}

} // namespace mm
