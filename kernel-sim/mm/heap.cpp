// SPDX-License-Identifier: Apache-2.0
// Kernel heap over page frames: a page holds objects of one size class; an empty page goes back unless it is the last of its class.
#include "mm/heap.hpp"

#include "arch/console.hpp"
#include "base/bits.hpp"
#include "mm/alloc_failure.hpp"
#include "mm/frame_info.hpp"
#include "mm/frames.hpp"

#include <cstring>

namespace mm {

namespace {

constexpr uint16_t class_size[] = {32, 64, 96, 128, 192, 256, 384, 512, 672, 800, 1024, 1360, 2048};
constexpr uint8_t class_count = sizeof class_size / sizeof *class_size;
constexpr uint8_t large_kind = 0xff;
constexpr uint16_t none = 0xffff;

uint32_t partial[class_count]; // frame number of the first page with free objects

FrameInfo& info_of(uint32_t frame)
{
    return frame_info(uint64_t{frame} * frame_size);
}

uint16_t& link_at(uint32_t frame, uint16_t slot)
{
    return *reinterpret_cast<uint16_t*>(
        static_cast<char*>(phys_to_virt(uint64_t{frame} * frame_size)) + slot * 16);
}

bool add_page(uint8_t size_class)
{
    const uint64_t page = alloc_page_uninit();
    if (page == 0)
        return false;
    ++page_use.heap;
    const auto frame = static_cast<uint32_t>(page / frame_size);
    FrameInfo& info = info_of(frame);
    info = {};
    info.kind = static_cast<uint8_t>(size_class + 1);
    info.free_head = none;
    const uint32_t size = class_size[size_class];
    for (uint32_t offset = 0; offset + size <= frame_size; offset += size) {
        link_at(frame, static_cast<uint16_t>(offset / 16)) = info.free_head;
        info.free_head = static_cast<uint16_t>(offset / 16);
    }
    info.next = partial[size_class];
    partial[size_class] = frame;
    return true;
}

void* alloc_small(uint8_t size_class)
{
    if (partial[size_class] == 0 && !add_page(size_class))
        return nullptr;
    const uint32_t frame = partial[size_class];
    FrameInfo& info = info_of(frame);
    const uint16_t slot = info.free_head;
    uint16_t& link = link_at(frame, slot);
    info.free_head = link;
    ++info.in_use;
    if (info.free_head == none)
        partial[size_class] = info.next;
    return &link;
}

void unlink_page(uint8_t size_class, uint32_t frame)
{
    for (uint32_t* at = &partial[size_class]; *at; at = &info_of(*at).next) {
        if (*at == frame) {
            *at = info_of(frame).next;
            return;
        }
    }
}

void free_small(uint64_t paddr, FrameInfo& info)
{
    const auto size_class = static_cast<uint8_t>(info.kind - 1);
    const auto frame = static_cast<uint32_t>(paddr / frame_size);
    const auto slot = static_cast<uint16_t>((paddr % frame_size) / 16);
    ASSERT(info.in_use > 0);
    if (info.free_head == none) {
        info.next = partial[size_class];
        partial[size_class] = frame;
    }
    link_at(frame, slot) = info.free_head;
    info.free_head = slot;
    if (--info.in_use == 0 && (partial[size_class] != frame || info.next != 0)) {
        unlink_page(size_class, frame);
        info.kind = 0;
        --page_use.heap;
        free_page(uint64_t{frame} * frame_size);
    }
}

void* alloc_large(size_t size)
{
    const uint64_t pages = base::div_up(size, frame_size);
    const uint64_t paddr = pages == 1 ? alloc_page_uninit() : alloc_contiguous(pages);
    if (paddr == 0)
        return nullptr;
    FrameInfo& info = frame_info(paddr);
    info = {};
    info.kind = large_kind;
    info.pages = static_cast<uint32_t>(pages);
    page_use.heap += pages;
    return phys_to_virt(paddr);
}

} // namespace

void* heap_alloc(size_t size)
{
    if (allocation_fails())
        return nullptr;
    for (uint8_t i = 0; i < class_count; ++i) {
        if (size <= class_size[i])
            return alloc_small(i);
    }
    return alloc_large(size);
}

void heap_free(void* p)
{
    if (!p)
        return;
    const uint64_t paddr = virt_to_phys(p);
    FrameInfo& info = frame_info(paddr);
    if (info.kind == large_kind) {
        const uint64_t pages = info.pages;
        info.kind = 0;
        page_use.heap -= pages;
        free_contiguous(paddr, pages);
        return;
    }
    ASSERT(info.kind >= 1 && info.kind <= class_count);
    free_small(paddr, info);
}

} // namespace mm

const std::nothrow_t std::nothrow{};

void* operator new(size_t size, const std::nothrow_t&) noexcept
{
    return mm::heap_alloc(size);
}

void* operator new[](size_t size, const std::nothrow_t&) noexcept
{
    return mm::heap_alloc(size);
}

void operator delete(void* p) noexcept
{
    mm::heap_free(p);
}

void operator delete[](void* p) noexcept
{
    mm::heap_free(p);
}

void operator delete(void* p, size_t) noexcept
{
    mm::heap_free(p);
}

void operator delete[](void* p, size_t) noexcept
{
    mm::heap_free(p);
}
