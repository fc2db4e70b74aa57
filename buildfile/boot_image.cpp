// SPDX-License-Identifier: Apache-2.0
// Bootable images: startup and the image file system behind an ELF header (elf, multiboot) or a prefix (bios, raw).
#include "compress.hpp"
#include "layout.hpp"
#include "startup_file.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <elf.h>
#include <stdexcept>

namespace buildfile {
namespace {

constexpr uint64_t elf_prefix_size = page_size; // ELF header, program headers, multiboot header
constexpr uint64_t prefix_unit = page_size;
constexpr uint32_t multiboot_magic = 0x1badb002; // Multiboot 0.6.96, section 3.1
constexpr uint32_t multiboot_memory_info = 2, multiboot_addresses = 0x10000;

uint64_t round_up(uint64_t value, uint64_t to)
{
    return (value + to - 1) / to * to;
}

// Where everything goes, in the file and in memory.
struct Placement {
    uint64_t prefix_size = 0;
    uint64_t base = 0;        // of the startup header in memory
    uint64_t imagefs_at = 0;  // from the startup header, as stored
    uint64_t stored_size = 0; // startup header to the end
    uint64_t startup_size = 0;
    uint64_t imagefs_paddr = 0;
    uint64_t imagefs_size = 0;
    bool moves = false; // startup puts the image elsewhere: it is compressed, or ram= says so
};

void check_limits(const ImageSpec& spec, const Placement& at)
{
    uint64_t start = at.base - (spec.start ? at.base - *spec.start : 0);
    uint64_t size = at.base + at.stored_size - start;
    if (at.base + at.stored_size > UINT32_MAX || at.imagefs_paddr + at.imagefs_size > UINT32_MAX) {
        throw std::runtime_error("the image ends above 4 GiB; choose another [image=]");
    }
    if (spec.end && start + size > *spec.end + 1) {
        throw std::runtime_error("the image is larger than the range given with [image=]");
    }
    if (spec.max_size && size > *spec.max_size) {
        throw std::runtime_error("the image is larger than [image=]'s maximum size");
    }
}

template <typename Header>
Header elf_header(const StartupFile& startup, uint8_t elf_class, uint16_t machine)
{
    Header header{};
    std::memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = elf_class;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    header.e_ident[EI_VERSION] = EV_CURRENT;
    header.e_type = ET_EXEC;
    header.e_machine = machine;
    header.e_version = EV_CURRENT;
    header.e_entry = static_cast<decltype(header.e_entry)>(startup.entry);
    header.e_phoff = sizeof(header);
    header.e_ehsize = sizeof(header);
    return header;
}

// Header and program headers: startup's segments at their addresses, the image as one more.
template <typename Header, typename Segment>
Bytes elf_prefix(Header header, const std::vector<Elf64_Phdr>& segments, const Placement& at)
{
    std::vector<Segment> table;
    auto add = [&](const Elf64_Phdr& from) {
        Segment to{};
        to.p_type = from.p_type;
        to.p_flags = from.p_flags;
        to.p_offset = static_cast<decltype(to.p_offset)>(from.p_offset);
        to.p_vaddr = static_cast<decltype(to.p_vaddr)>(from.p_vaddr);
        to.p_paddr = static_cast<decltype(to.p_paddr)>(from.p_paddr);
        to.p_filesz = static_cast<decltype(to.p_filesz)>(from.p_filesz);
        to.p_memsz = static_cast<decltype(to.p_memsz)>(from.p_memsz);
        to.p_align = static_cast<decltype(to.p_align)>(from.p_align);
        table.push_back(to);
    };
    for (Elf64_Phdr segment : segments) {
        segment.p_offset += elf_prefix_size + sizeof(startup_header);
        add(segment);
    }
    Elf64_Phdr image{};
    image.p_type = PT_LOAD;
    image.p_flags = PF_R;
    image.p_offset = elf_prefix_size;
    image.p_vaddr = image.p_paddr = at.base;
    image.p_filesz = image.p_memsz = at.stored_size;
    image.p_align = page_size;
    add(image);
    header.e_phentsize = sizeof(Segment);
    header.e_phnum = static_cast<Elf64_Half>(table.size());
    size_t multiboot_at = elf_prefix_size - 3 * sizeof(uint32_t);
    if (sizeof(header) + table.size() * sizeof(Segment) > multiboot_at) {
        throw std::runtime_error("startup has too many segments");
    }
    Bytes out(elf_prefix_size);
    std::memcpy(out.data(), &header, sizeof(header));
    std::memcpy(out.data() + sizeof(header), table.data(), table.size() * sizeof(Segment));
    return out;
}

Bytes elf64_prefix(const StartupFile& startup, const Placement& at)
{
    std::vector<Elf64_Phdr> segments = startup.loads;
    if (startup.notes.empty()) {
        throw std::runtime_error("startup has no PVH note (PT_NOTE segment)");
    }
    segments.insert(segments.end(), startup.notes.begin(), startup.notes.end());
    auto header = elf_header<Elf64_Ehdr>(startup, ELFCLASS64, EM_X86_64);
    return elf_prefix<Elf64_Ehdr, Elf64_Phdr>(header, segments, at);
}

// Multiboot loaders take 32-bit ELF files only; the multiboot header is the last thing in the first page.
Bytes multiboot_prefix(const StartupFile& startup, const Placement& at)
{
    auto header = elf_header<Elf32_Ehdr>(startup, ELFCLASS32, EM_386);
    Bytes out = elf_prefix<Elf32_Ehdr, Elf32_Phdr>(header, startup.loads, at);
    uint32_t words[] = {multiboot_magic, multiboot_memory_info,
                        0u - multiboot_magic - multiboot_memory_info};
    std::memcpy(out.data() + out.size() - sizeof(words), words, sizeof(words));
    return out;
}

// The multiboot header of a prefix is written for load address 0; aligned to 4, in the first 8 KiB.
void relocate_multiboot(Bytes& prefix, uint32_t load_paddr)
{
    for (size_t i = 0; i + 32 <= prefix.size(); i += 4) {
        uint32_t words[8];
        std::memcpy(words, prefix.data() + i, sizeof(words));
        if (words[0] != multiboot_magic || !(words[1] & multiboot_addresses) ||
            words[0] + words[1] + words[2] != 0) {
            continue;
        }
        for (int address :
             {3, 4, 7}) { // header_addr, load_addr, entry_addr; the ends stay 0: the whole file
            words[address] += load_paddr;
        }
        std::memcpy(prefix.data() + i, words, sizeof(words));
        return;
    }
}

Bytes raw_prefix(const Image& image, const StartupFile& startup, const Placement& at)
{
    Bytes out = image.boot_prefix;
    out.resize(at.prefix_size);
    boot_prefix_slot slot{static_cast<uint32_t>(at.base - at.prefix_size),
                          static_cast<uint32_t>(at.prefix_size + at.stored_size),
                          static_cast<uint32_t>(at.prefix_size),
                          static_cast<uint32_t>(startup.entry)};
    const std::string mark = BOOT_PREFIX_MARK;
    auto found = std::search(out.begin(), out.end(), mark.begin(), mark.end());
    if (out.end() - found >= static_cast<ptrdiff_t>(mark.size() + sizeof(slot))) {
        std::memcpy(&*found + mark.size(), &slot, sizeof(slot));
    }
    relocate_multiboot(out, slot.load_paddr);
    return out;
}

uint8_t compression_flag(Compression kind)
{
    return static_cast<uint8_t>(static_cast<unsigned>(kind) << 2);
}

startup_header make_header(const StartupFile& startup, const Placement& at, Compression compress)
{
    startup_header header{};
    header.signature = STARTUP_HDR_SIGNATURE;
    header.version = STARTUP_HDR_VERSION;
    header.flags1 = STARTUP_HDR_FLAGS1_VIRTUAL | compression_flag(compress);
    header.header_size = sizeof(startup_header);
    header.machine = EM_X86_64;
    header.startup_vaddr = static_cast<uint32_t>(startup.entry);
    header.image_paddr = static_cast<uint32_t>(at.base);
    header.ram_paddr = static_cast<uint32_t>(at.moves ? at.imagefs_paddr : at.base);
    header.ram_size = static_cast<uint32_t>(at.moves ? at.imagefs_size : at.stored_size);
    header.startup_size = static_cast<uint32_t>(at.startup_size);
    header.stored_size = static_cast<uint32_t>(at.stored_size);
    header.imagefs_paddr = static_cast<uint32_t>(at.imagefs_paddr);
    header.imagefs_size = static_cast<uint32_t>(at.imagefs_size);
    header.preboot_size = static_cast<uint16_t>(at.prefix_size);
    header.info[STARTUP_INFO_IMAGEFS] = static_cast<uint32_t>(at.imagefs_at);
    startup.describe_segments(header);
    return header;
}

// Files aligned to more than a page keep that alignment in physical memory.
uint64_t largest_alignment(const Tree& tree)
{
    uint64_t align = page_size;
    for (const auto& [path, entry] : tree.entries()) {
        align = std::max(align, entry.align);
    }
    return align;
}

Placement place(const Image& image, const StartupFile& startup, const Bytes& stored,
                uint64_t imagefs_size, bool compressed)
{
    Placement at;
    bool elf = image.boot_prefix.empty();
    uint64_t start = image.spec.start.value_or(default_image_base);
    uint64_t align = largest_alignment(image.tree);
    if (start % page_size != 0) {
        throw std::runtime_error(
            "the image address is not a multiple of 4096; choose another [image=]");
    }
    at.prefix_size = elf ? elf_prefix_size : round_up(image.boot_prefix.size(), prefix_unit);
    if (at.prefix_size > UINT16_MAX) {
        throw std::runtime_error("the boot file's prefix is too long");
    }
    at.base = start + (elf ? 0 : at.prefix_size);
    uint64_t trailer_at = round_up(sizeof(startup_header) + startup.flat.size(), 4);
    at.startup_size = trailer_at + sizeof(startup_trailer);
    at.moves = compressed || image.ram.start.has_value();
    at.imagefs_at = at.moves ? round_up(at.startup_size, 4)
                             : round_up(at.base + at.startup_size, align) - at.base;
    at.stored_size = round_up(at.imagefs_at + stored.size(), 4);
    uint64_t behind = round_up(at.base + at.stored_size, align);
    at.imagefs_paddr = !at.moves ? at.base + at.imagefs_at : image.ram.start.value_or(behind);
    at.imagefs_size = imagefs_size;
    if (at.imagefs_paddr % align != 0) {
        throw std::runtime_error("[ram=] is not aligned to a page, or not to [phys_align=]");
    }
    if (at.moves && at.imagefs_paddr < at.base + at.stored_size &&
        at.base < at.imagefs_paddr + imagefs_size) {
        throw std::runtime_error("[ram=] overlaps the image as it is loaded");
    }
    return at;
}

// image=...=total%align: the file is padded.
void pad(Bytes& out, const ImageSpec& spec)
{
    if (spec.total_size && out.size() > *spec.total_size) {
        throw std::runtime_error("the image is larger than [image=]'s total size");
    }
    out.resize(std::max<uint64_t>(out.size(), spec.total_size.value_or(0)));
    if (spec.align && *spec.align) {
        out.resize(round_up(out.size(), *spec.align));
    }
}

void list_boot_rows(ImageFile& out, const Image& image, const StartupFile& startup,
                    const Placement& at, std::vector<LayoutRow>& rows)
{
    out.rows.push_back({-1, at.prefix_size, image.boot->bootfile + ".boot"});
    out.rows.push_back({0, sizeof(startup_header), "Startup-header"});
    out.rows.push_back(
        {sizeof(startup_header), startup.flat.size(), "startup.*=" + image.startup_name});
    out.rows.push_back({static_cast<int64_t>(at.startup_size - sizeof(startup_trailer)),
                        sizeof(startup_trailer), "Startup-trailer"});
    auto offset = static_cast<int64_t>(at.moves ? at.startup_size : at.imagefs_at);
    for (LayoutRow& row : rows) {
        row.offset += row.offset < 0 ? 0 : offset;
        out.rows.push_back(std::move(row));
    }
}

ImageFile layout_bootable(Image& image)
{
    StartupFile startup = read_startup(image.startup);
    std::vector<LayoutRow> rows;
    Bytes imagefs = layout_imagefs(image, rows);
    Compression kind = written_as(image.compress);
    bool compressed = kind != Compression::none;
    Bytes stored = compressed ? compress(kind, imagefs) : imagefs;
    Placement at = place(image, startup, stored, imagefs.size(), compressed);
    check_limits(image.spec, at);
    startup.check_overlap(at.base - (image.boot_prefix.empty() ? 0 : at.prefix_size),
                          at.stored_size + at.prefix_size);
    startup.check_overlap(at.imagefs_paddr, at.imagefs_size);
    startup.set_image_address(at.base);

    ImageFile out;
    startup_header header = make_header(startup, at, kind);
    out.bytes = !image.boot_prefix.empty()            ? raw_prefix(image, startup, at)
                : image.boot->bootfile == "multiboot" ? multiboot_prefix(startup, at)
                                                      : elf64_prefix(startup, at);
    out.bytes.resize(at.prefix_size + at.imagefs_at);
    std::memcpy(out.bytes.data() + at.prefix_size, &header, sizeof(header));
    std::copy(startup.flat.begin(), startup.flat.end(),
              out.bytes.begin() + static_cast<ptrdiff_t>(at.prefix_size + sizeof(header)));
    set_checksum(out.bytes, at.prefix_size, at.startup_size);
    out.bytes.insert(out.bytes.end(), stored.begin(), stored.end());
    out.bytes.resize(at.prefix_size + at.stored_size);
    pad(out.bytes, image.spec);
    list_boot_rows(out, image, startup, at, rows);
    if (compressed) {
        out.compressed_from = imagefs.size();
        out.compressed_to = stored.size();
    }
    return out;
}

} // namespace

ImageFile layout_image(Image& image)
{
    if (image.boot) {
        return layout_bootable(image);
    }
    ImageFile out;
    out.bytes = layout_imagefs(image, out.rows);
    pad(out.bytes, image.spec);
    return out;
}

} // namespace buildfile
