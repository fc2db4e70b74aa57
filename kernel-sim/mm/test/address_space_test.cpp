// SPDX-License-Identifier: Apache-2.0
// Regions on the host: a page table made of a std::map, and frames from an array.
#include "mm/address_space.hpp"
#include "mm/frames.hpp"

#include <abi/proc_msg.h>
#include <cstring>
#include <gtest/gtest.h>
#include <map>
#include <set>

namespace {
constexpr uint64_t device = 0xfebf0000;
std::map<uint64_t, arch::PageEntry> entries; // one space at a time
std::set<uint64_t> frames;
} // namespace

namespace arch {
bool PageTable::init()
{
    root_ = 1;
    return true;
}
void PageTable::destroy()
{
    EXPECT_TRUE(entries.empty());
}
bool PageTable::map(uint64_t vaddr, uint64_t paddr, uint32_t flags)
{
    entries[vaddr] = {paddr, flags};
    return true;
}
bool PageTable::unmap(uint64_t vaddr, PageEntry& old)
{
    return query(vaddr, old) && entries.erase(vaddr) == 1;
}
bool PageTable::protect(uint64_t vaddr, uint32_t flags)
{
    entries.at(vaddr).flags = flags;
    return true;
}
bool PageTable::query(uint64_t vaddr, PageEntry& entry) const
{
    const auto at = entries.find(vaddr);
    if (at == entries.end()) {
        return false;
    }
    entry = at->second;
    return true;
}
void PageTable::flush(uint64_t, uint64_t)
{
}
uint64_t PageTable::next_mapped(uint64_t vaddr, uint64_t end) const
{
    const auto at = entries.lower_bound(vaddr);
    return at == entries.end() || at->first >= end ? end : at->first;
}
void PageTable::release_tables(uint64_t vaddr, uint64_t end)
{
    EXPECT_EQ(next_mapped(vaddr, end), end) << "a table in use";
}
bool PageTable::prepare(uint64_t, uint64_t)
{
    return true;
}
} // namespace arch

namespace mm {
alignas(4096) char arena[256][4096];
uint64_t promised;

bool promise_pages(uint64_t pages)
{
    if (pages > free_count()) {
        return false;
    }
    promised += pages;
    return true;
}
void return_promise(uint64_t pages)
{
    EXPECT_LE(pages, promised);
    promised -= pages;
}
uint64_t alloc_promised_page(bool)
{
    EXPECT_GT(promised, 0u);
    --promised;
    return alloc_contiguous(1, 4096, ~uint64_t{0});
}

uint64_t alloc_contiguous(uint64_t pages, uint64_t, uint64_t)
{
    const uint64_t base = virt_to_phys(arena);
    for (uint64_t first = 0; first + pages <= 256; ++first) {
        uint64_t run = 0;
        while (run < pages && frames.count(base + (first + run) * 4096) == 0) {
            ++run;
        }
        if (run == pages) {
            for (uint64_t i = 0; i < pages; ++i) {
                frames.insert(base + (first + i) * 4096);
            }
            std::memset(arena[first], 0, pages * 4096);
            return base + first * 4096;
        }
    }
    return 0;
}
uint64_t alloc_within(uint64_t pages, uint64_t align, uint64_t, uint64_t end)
{
    return alloc_contiguous(pages, align, end); // ranges are the guest test's matter
}
bool take_frames(uint64_t paddr, uint64_t pages)
{
    for (uint64_t i = 0; i < pages; ++i) {
        if (!frames.insert(paddr + i * 4096).second) {
            return false;
        }
    }
    return true;
}
RamArea last_ram; // none: find_ram() is always asked
bool find_ram(uint64_t paddr)
{
    return paddr != device;
}
uint64_t free_count()
{
    return 256 - frames.size() - promised;
}
uint64_t alloc_page()
{
    return alloc_contiguous(1, 4096, ~uint64_t{0});
}
uint64_t alloc_page_uninit()
{
    return alloc_page();
}
void free_page(uint64_t paddr)
{
    EXPECT_EQ(frames.erase(paddr), 1u) << "freed twice";
}
void free_contiguous(uint64_t paddr, uint64_t pages)
{
    for (uint64_t i = 0; i < pages; ++i) {
        free_page(paddr + i * 4096);
    }
}
} // namespace mm

namespace {

constexpr uint64_t page = 4096;
constexpr uint32_t rw = MEM_PROT_READ | MEM_PROT_WRITE;
constexpr uint32_t anon = MEM_MAP_ANON | MEM_MAP_PRIVATE;

class AddressSpaceTest : public testing::Test {
protected:
    void SetUp() override { space = mm::AddressSpace::create(); }
    void TearDown() override
    {
        space->destroy();
        EXPECT_TRUE(frames.empty()) << "pages lost";
        EXPECT_EQ(mm::region_count, 0u);
        EXPECT_EQ(mm::promised, 0u);
        frames.clear();
    }
    uint64_t map(uint64_t addr, uint64_t length, uint32_t prot, uint32_t flags,
                 mm::SharedObject* object = nullptr, uint64_t offset = 0, int expected = 0)
    {
        mm::MapRequest request;
        request.addr = addr;
        request.length = length;
        request.prot = prot;
        request.flags = flags;
        request.object = object;
        request.offset = offset;
        uint64_t at = 0;
        EXPECT_EQ(space->map(request, at), expected);
        return at;
    }
    bool poke(uint64_t at, char value) { return space->copy_out(at, &value, 1); }
    int peek(uint64_t at)
    {
        unsigned char value;
        return space->copy_in(&value, at, 1) ? value : -1;
    }
    mm::AddressSpace* space = nullptr;
};

TEST_F(AddressSpaceTest, AnonymousPagesComeOnDemandAndAreZero)
{
    const uint64_t at = map(0, 10 * page, rw, anon);
    EXPECT_TRUE(frames.empty());
    EXPECT_EQ(peek(at + 5 * page), 0);
    EXPECT_EQ(frames.size(), 1u);
    EXPECT_TRUE(poke(at, 'x'));
    EXPECT_EQ(peek(at), 'x');
    EXPECT_EQ(peek(at + 10 * page), -1);
    EXPECT_EQ(peek(at - 1), -1);
}

TEST_F(AddressSpaceTest, UnmapInTheMiddleSplits)
{
    const uint64_t at = map(0, 5 * page, rw, anon);
    for (uint64_t i = 0; i < 5; ++i) {
        poke(at + i * page, static_cast<char>('a' + i));
    }
    EXPECT_EQ(space->unmap(at + 2 * page, page), 0);
    EXPECT_EQ(peek(at + 2 * page), -1);
    EXPECT_EQ(peek(at + page), 'b');
    EXPECT_EQ(peek(at + 3 * page), 'd');
    EXPECT_EQ(space->regions().size(), 2u);
    EXPECT_EQ(frames.size(), 4u);
    EXPECT_EQ(map(at + 2 * page, page, rw, anon), at + 2 * page); // the hole is used again
}

TEST_F(AddressSpaceTest, FixedReplaces)
{
    const uint64_t at = map(0, 4 * page, rw, anon);
    poke(at + page, 'x');
    map(at + page, page, rw, anon | MEM_MAP_FIXED);
    EXPECT_EQ(peek(at + page), 0);
    EXPECT_EQ(space->regions().size(), 3u);
}

TEST_F(AddressSpaceTest, ProtectionIsPerPageAndChecked)
{
    const uint64_t at = map(0, 3 * page, rw, anon);
    poke(at + page, 'x');
    EXPECT_EQ(space->protect(at + page, page, MEM_PROT_READ), 0);
    EXPECT_FALSE(poke(at + page, 'y'));
    EXPECT_EQ(peek(at + page), 'x');
    EXPECT_EQ(space->protect(at + page, page, 0), 0);
    EXPECT_EQ(peek(at + page), -1);
    EXPECT_EQ(space->protect(at + page, page, rw), 0);
    EXPECT_EQ(peek(at + page), 'x'); // kept while it was not accessible
    EXPECT_EQ(space->protect(at, page, MEM_PROT_WRITE | MEM_PROT_EXEC), 13);
    EXPECT_EQ(space->protect(at + 2 * page, 2 * page, MEM_PROT_READ), 12); // part is not mapped
}

TEST_F(AddressSpaceTest, BadRequestsChangeNothing)
{
    map(0, page, MEM_PROT_WRITE | MEM_PROT_EXEC, anon, nullptr, 0, 13);
    map(0, 0, rw, anon, nullptr, 0, 22);
    map(0x1000, page, rw, anon | MEM_MAP_FIXED, nullptr, 0, 22);             // too low
    map(0x7ffffffff000, page, rw, anon | MEM_MAP_FIXED, nullptr, 0, 22);     // too high
    map(0xffff800000000000, page, rw, anon | MEM_MAP_FIXED, nullptr, 0, 22); // the kernel's
    map(0x20001, page, rw, anon | MEM_MAP_FIXED, nullptr, 0, 22);
    map(0, ~uint64_t{0}, rw, anon, nullptr, 0, 22);
    EXPECT_EQ(space->unmap(0xffff800000000000, page), 22);
    EXPECT_EQ(space->unmap(0x20000, ~uint64_t{0}), 22);
    EXPECT_EQ(space->regions().size(), 0u);
}

TEST_F(AddressSpaceTest, MemoryThatCannotComeIsRefused)
{
    map(0, 300 * page, rw, anon, nullptr, 0, 12);
    const uint64_t kept = map(0, 50 * page, rw, anon);
    map(0, 150 * page, rw, anon, nullptr, 0, 12); // what others were promised is not given twice
    const uint64_t at = map(0, 300 * page, rw, anon | MEM_MAP_STACK);
    uint64_t got = 0;
    while (poke(at + got * page, 'x')) {
        ++got;
    }
    EXPECT_GT(got, 100u);
    EXPECT_GT(mm::free_count(), 60u); // the kernel keeps a reserve
    for (uint64_t i = 0; i < 50; ++i) {
        EXPECT_TRUE(poke(kept + i * page, 'x')); // a promise holds
    }
}

TEST_F(AddressSpaceTest, DeviceMemoryIsNotTouchedByCopies)
{
    const uint64_t at = map(0, page, rw, MEM_MAP_PHYS | MEM_MAP_SHARED, nullptr, device);
    EXPECT_EQ(space->translate(at, mm::Access::write), device);
    EXPECT_EQ(peek(at), -1);
    EXPECT_FALSE(poke(at, 'x'));
    mm::SharedObject* object = mm::SharedObject::create();
    EXPECT_EQ(object->set_physical(device, ~uint64_t{0}), 22);
    ASSERT_EQ(object->set_physical(device, page), 0);
    const uint64_t own = map(0, page, rw, MEM_MAP_PRIVATE, object);
    EXPECT_FALSE(poke(own, 'x'));
    object->release();
}

TEST_F(AddressSpaceTest, ContiguousHasOnePhysicalRun)
{
    const uint64_t at = map(0, 8 * page, rw, MEM_MAP_PHYS | MEM_MAP_ANON | MEM_MAP_SHARED);
    uint64_t paddr = 0, length = 0;
    ASSERT_EQ(space->offset_of(at + 100, 8 * page - 100, paddr, length), 0);
    EXPECT_EQ(length, 8 * page - 100);
    EXPECT_EQ(space->unmap(at + 2 * page, 2 * page), 0);
    ASSERT_EQ(space->offset_of(at, 8 * page, paddr, length), 0);
    EXPECT_EQ(length, 2 * page);
}

TEST_F(AddressSpaceTest, PromisesFollowSplitsAndProtection)
{
    const uint64_t at = map(0, 10 * page, 0, anon);
    EXPECT_EQ(mm::promised, 0u); // nothing can be put there
    EXPECT_EQ(space->protect(at + 2 * page, 4 * page, rw), 0);
    EXPECT_EQ(mm::promised, 4u);
    poke(at + 3 * page, 'x');
    EXPECT_EQ(mm::promised, 3u);
    EXPECT_EQ(space->unmap(at + 3 * page, 2 * page), 0);
    EXPECT_EQ(mm::promised, 2u);
    EXPECT_EQ(space->protect(at, 2 * page, rw), 0);
    EXPECT_EQ(space->protect(at, 2 * page, 0), 0); // what is promised stays so
    EXPECT_EQ(mm::promised, 4u);
}

TEST_F(AddressSpaceTest, GivenBackInPieces)
{
    map(0, 100 * page, rw, anon);
    const uint64_t at = map(0, 3 * page, rw, MEM_MAP_PHYS | MEM_MAP_ANON | MEM_MAP_SHARED);
    poke(at, 'x');
    int pieces = 0;
    while (space->give_back_some()) {
        ++pieces;
    }
    EXPECT_EQ(pieces, 2);
    EXPECT_TRUE(frames.empty());
}

TEST_F(AddressSpaceTest, SharedAnonymousMemoryIsAnObject)
{
    const uint64_t at = map(0, 3 * page, rw, MEM_MAP_ANON | MEM_MAP_SHARED);
    EXPECT_EQ(mm::promised, 3u);
    EXPECT_TRUE(poke(at + page, 'x'));
    EXPECT_EQ(peek(at + page), 'x');
    EXPECT_EQ(space->page_count(), 0u);
    EXPECT_EQ(space->unmap(at, 3 * page), 0);
    EXPECT_TRUE(frames.empty());
}

TEST_F(AddressSpaceTest, SharedObjectIsSharedPrivateIsCopied)
{
    mm::SharedObject* object = mm::SharedObject::create();
    ASSERT_EQ(object->resize(2 * page), 0);
    const uint64_t shared = map(0, 2 * page, rw, MEM_MAP_SHARED, object);
    const uint64_t own = map(0, 2 * page, rw, MEM_MAP_PRIVATE, object);
    poke(shared, 'x');
    EXPECT_EQ(peek(own), 'x');
    poke(own, 'y');
    EXPECT_EQ(peek(shared), 'x');
    EXPECT_EQ(peek(own), 'y');
    poke(shared + page, 'z');
    EXPECT_EQ(peek(own + page), 'z');
    char byte = 0;
    EXPECT_EQ(object->read(page, &byte, 1), 1u);
    EXPECT_EQ(byte, 'z');
    object->release();
    EXPECT_EQ(peek(shared), 'x'); // the mappings keep it
}

TEST_F(AddressSpaceTest, ShrunkObjectReadsZerosWhenItGrowsAgain)
{
    mm::SharedObject* object = mm::SharedObject::create();
    ASSERT_EQ(object->resize(2 * page), 0);
    EXPECT_EQ(object->write(100, "abc", 3), 3u);
    EXPECT_EQ(object->resize(101), 0);
    EXPECT_EQ(object->resize(2 * page), 0);
    char text[3];
    EXPECT_EQ(object->read(100, text, 3), 3u);
    EXPECT_EQ(text[0], 'a');
    EXPECT_EQ(text[1], 0);
    const uint64_t at = map(0, 4 * page, rw, MEM_MAP_SHARED, object);
    EXPECT_EQ(peek(at + 2 * page), -1); // beyond the end
    object->release();
}

TEST_F(AddressSpaceTest, ImageFileTailIsZeroNotTheNextFile)
{
    alignas(4096) static char image[2 * page];
    std::memset(image, 'i', sizeof image);
    mm::SharedObject* object = mm::SharedObject::create_image(mm::virt_to_phys(image), page + 10);
    const uint64_t at = map(0, 2 * page, rw, MEM_MAP_PRIVATE, object);
    EXPECT_EQ(peek(at), 'i');
    EXPECT_TRUE(frames.empty()); // the first page is the image's own
    EXPECT_EQ(peek(at + page + 9), 'i');
    EXPECT_EQ(peek(at + page + 10), 0);
    EXPECT_TRUE(poke(at, 'w'));
    EXPECT_EQ(image[0], 'i'); // written to a copy
    EXPECT_EQ(object->resize(0), 1);
    object->release();
}

} // namespace
