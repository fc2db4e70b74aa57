// SPDX-License-Identifier: Apache-2.0
// A few free stacks are kept for the next threads; more go back to the page allocator, several at a time, as every CPU has to
// forget where they were.
#include "arch/x86_64/kernel_stack.hpp"

#include "arch/console.hpp"
#include "arch/context.hpp"
#include "arch/x86_64/cpu.hpp"
#include "base/bits.hpp"
#include "mm/frames.hpp"

namespace arch {

namespace {

// Each has a slot of 32 KiB: an unmapped guard, then the stack.
constexpr uint64_t stack_base = 0xffffffffd0000000, slot_size = 32768;
constexpr uint64_t stack_pages = kernel_stack_size / mm::frame_size;
constexpr uint32_t max_stacks = 16384;
constexpr uint32_t most_kept = 32, fewest_kept = 16;

uint64_t slots[max_stacks / 64]; // 1 = has pages
uint64_t kept;                   // linked through the lowest word
uint32_t kept_count;

uint64_t& link_of(uint64_t top)
{
    return *reinterpret_cast<uint64_t*>(top - kernel_stack_size);
}

uint64_t top_of(uint32_t slot)
{
    return stack_base + (uint64_t{slot} + 1) * slot_size;
}

/// max_stacks: all are taken.
uint32_t free_slot()
{
    for (uint32_t word = 0; word < max_stacks / 64; ++word) {
        if (~slots[word] != 0)
            return word * 64 + static_cast<uint32_t>(__builtin_ctzll(~slots[word]));
    }
    return max_stacks;
}

uint64_t make_stack()
{
    const uint32_t slot = free_slot();
    const uint64_t paddr = slot == max_stacks ? 0 : mm::alloc_contiguous(stack_pages);
    if (paddr == 0)
        return 0;
    const uint64_t top = top_of(slot);
    for (uint64_t i = 0; i < kernel_stack_size; i += mm::frame_size) {
        if (!map_kernel_page(top - kernel_stack_size + i, paddr + i, false)) {
            unmap_kernel_pages(top - kernel_stack_size, i / mm::frame_size);
            flush_kernel_pages();
            mm::free_contiguous(paddr, stack_pages);
            return 0;
        }
    }
    slots[slot / 64] |= base::bit(slot % 64);
    return top;
}

/// The pages of `count` kept stacks go back.
void give_back(uint32_t count)
{
    uint64_t frames[most_kept];
    ASSERT(count <= most_kept);
    for (uint32_t i = 0; i < count; ++i) {
        const uint64_t top = kept;
        kept = link_of(top);
        --kept_count;
        frames[i] = unmap_kernel_pages(top - kernel_stack_size, stack_pages);
        const auto slot = static_cast<uint32_t>((top - stack_base) / slot_size - 1);
        slots[slot / 64] &= ~base::bit(slot % 64);
    }
    flush_kernel_pages();
    for (uint32_t i = 0; i < count; ++i)
        mm::free_contiguous(frames[i], stack_pages);
}

} // namespace

uint64_t alloc_kernel_stack()
{
    if (kept == 0)
        return make_stack();
    const uint64_t top = kept;
    kept = link_of(top);
    --kept_count;
    return top;
}

void free_kernel_stack(uint64_t top)
{
    link_of(top) = kept;
    kept = top;
    if (++kept_count == most_kept)
        give_back(most_kept - fewest_kept);
}

uint64_t spare_stack_pages()
{
    return kept_count * stack_pages;
}

} // namespace arch
