// SPDX-License-Identifier: Apache-2.0
// /dev/tymem: typed memory objects over the system page's asinfo section.
#include "proc/typed_memory.hpp"

#include "arch/machine.hpp"
#include "base/bits.hpp"
#include "mm/address_space.hpp"
#include "mm/frames.hpp"
#include "proc/process_info.hpp"

#include <new>

namespace proc {

namespace {

constexpr uint32_t mode_file = 0100000, mode_directory = 0040000;
constexpr uint64_t first_ino = 0x500000000;
constexpr uint64_t end_isa = uint64_t{1} << 24, end_4g = uint64_t{1} << 32,
                   end_of_memory = uint64_t{1} << 46;
// POSIX_TYPED_MEM_*; 0 and MAP_ALLOCATABLE map the place that mmap()'s offset names.
constexpr uint32_t tflag_allocate = 1, tflag_contig = 2, tflag_allocatable = 4;

struct NameTable {
    static constexpr uint32_t capacity = 96;
    MemoryName names[capacity];
    uint32_t count = 0;

    void add(const char* path, uint64_t start, uint64_t end)
    {
        if (start < end && count < capacity) {
            names[count++] = {path, start, end};
        }
    }
};

// A RAM range has a name in each of the zones that devices care about. sysram is what procnto hands out; dma is what 32-bit bus
// masters reach, under the name that io-pkt's manual page has in its example of pkt_typed_mem=.
void add_ram(NameTable& table, uint64_t start, uint64_t end)
{
    struct Zone {
        uint64_t start, end;
        const char *ram, *sysram, *dma;
    };
    static constexpr Zone zones[] = {
        {0, end_isa, "/memory/isa/ram", "/memory/isa/ram/sysram", nullptr},
        {end_isa, end_4g, "/memory/below4G/ram", "/memory/below4G/ram/sysram",
         "/memory/below4G/ram/dma"},
        {end_4g, end_of_memory, "/memory/ram", "/memory/ram/sysram", nullptr},
    };
    for (const Zone& zone : zones) {
        const uint64_t from = base::max_of(start, zone.start), to = base::min_of(end, zone.end);
        table.add(zone.ram, from, to);
        table.add(zone.sysram, from, to);
        if (zone.dma != nullptr)
            table.add(zone.dma, from, to);
    }
}

void fill(NameTable& table)
{
    table.add("/memory", 0, end_of_memory);
    table.add("/memory/below4G", 0, end_4g);
    table.add("/memory/isa", 0, end_isa);
    const syspage_entry& page = *arch::syspage();
    const auto* area = _SYSPAGE_ENTRY(&page, asinfo);
    for (uint32_t i = 0; i < page.asinfo.total_size / sizeof *area; ++i) {
        switch (area[i].owner) {
        case AS_RAM:
            add_ram(table, area[i].start, area[i].end);
            break;
        case AS_RESERVED:
            table.add("/memory/reserved", area[i].start, area[i].end);
            break;
        case AS_IMAGE:
            table.add("/memory/imagefs", area[i].start, area[i].end);
            break;
        case AS_STARTUP:
            table.add("/memory/startup", area[i].start, area[i].end);
            break;
        default:
            break;
        }
    }
}

const NameTable& name_table()
{
    static NameTable table; // big kernel lock held
    if (table.count == 0) {
        fill(table);
    }
    return table;
}

class TypedMemory final : public Resource {
public:
    TypedMemory(const PhysicalRanges& ranges, uint32_t tflag) : ranges_(ranges), tflag_(tflag) {}

    void stat(_io_stat_data& out) const override
    {
        stat_common(out, first_ino + 1, mode_file | 0600u, ranges_.size());
    }
    int map(mm::MapRequest& wanted, bool& made) override
    {
        wanted.flags =
            (wanted.flags & ~MEM_MAP_PRIVATE) | MEM_MAP_SHARED; // its own pages, no copies
        return (tflag_ & (tflag_allocate | tflag_contig)) != 0 ? allocate(wanted, made)
                                                               : place(wanted, made);
    }
    bool allocatable(uint64_t& bytes) const override
    {
        bytes = 0;
        if ((tflag_ & (tflag_allocate | tflag_contig)) == 0) {
            return true;
        }
        mm::FreeFrames sum{0, 0};
        for (const PhysicalRanges::Range& range : ranges_) {
            const mm::FreeFrames here = mm::free_within(range.start, range.end);
            sum.pages += here.pages;
            sum.longest = base::max_of(sum.longest, here.longest);
        }
        const uint64_t most =
            mm::free_count() < mm::kernel_reserve ? 0 : mm::free_count() - mm::kernel_reserve;
        bytes =
            base::min_of(most, tflag_ == tflag_contig ? sum.longest : sum.pages) * mm::page_size;
        return true;
    }

private:
    int allocate(mm::MapRequest& wanted, bool& made) const
    {
        wanted.offset = 0;
        wanted.object = mm::SharedObject::create();
        if (wanted.object == nullptr) {
            return ENOMEM;
        }
        made = true;
        int error = ENOMEM;
        for (const PhysicalRanges::Range& range : ranges_) {
            error = wanted.object->set_within(wanted.length, wanted.align, range.start, range.end,
                                              tflag_ == tflag_contig);
            if (error != ENOMEM) {
                break;
            }
        }
        return error;
    }

    int place(mm::MapRequest& wanted, bool& made) const
    {
        const uint64_t length = base::align_up(wanted.length, mm::page_size);
        if (length < wanted.length || wanted.offset % mm::page_size != 0) {
            return EINVAL;
        }
        if (!ranges_.contains(wanted.offset, length)) {
            return ENXIO;
        }
        if (tflag_ == tflag_allocatable || !mm::is_ram(wanted.offset)) {
            wanted.flags |= MEM_MAP_PHYS; // there all the time, whoever has it
            return EOK;
        }
        wanted.object = mm::SharedObject::create();
        if (wanted.object == nullptr) {
            return ENOMEM;
        }
        made = true;
        const int error = wanted.object->set_exactly(wanted.offset, length);
        wanted.offset = 0;
        return error;
    }

    PhysicalRanges ranges_;
    uint32_t tflag_;
};

class TypedMemoryDirectory final : public Resource {
public:
    void stat(_io_stat_data& out) const override
    {
        stat_common(out, first_ino, mode_directory | 0555u, 0);
    }
    bool is_directory() const override { return true; }
    int list(Listing& listing) override
    {
        return listing.add(".", first_ino) && listing.add("..", 1) ? EOK : ENOMEM;
    }
    int bind(Request& request, const mem_bind& message, std::string_view name,
             Resource*& out) override
    {
        if ((message.tflag & (message.tflag - 1)) != 0 || message.tflag > tflag_allocatable) {
            return EINVAL;
        }
        PhysicalRanges ranges;
        const NameTable& table = name_table();
        if (const int error = find_typed_memory(table.names, table.count, name, ranges);
            error != EOK) {
            return error;
        }
        for (const PhysicalRanges::Range& range : ranges) {
            if (!able(*request.client, Ability::mem_phys, range.start, range.end - 1)) {
                return EPERM;
            }
        }
        out = new (std::nothrow) TypedMemory(ranges, message.tflag);
        return out == nullptr ? ENOMEM : EOK;
    }
};

class TypedMemoryManager final : public Manager {
public:
    int open(const Connect& connect, Resource*& out) override
    {
        if (!connect.path.empty()) {
            return ENOENT; // names go by MEM_BIND: they have '/' and '&' in them
        }
        out = new (std::nothrow) TypedMemoryDirectory;
        return out == nullptr ? ENOMEM : EOK;
    }
};

TypedMemoryManager manager;

} // namespace

void add_typed_memory_manager()
{
    add_manager("/dev/tymem", manager, PATH_FLAG_DIR, _FTYPE_ANY);
}

} // namespace proc
