// SPDX-License-Identifier: Apache-2.0
// The bootable image: an ELF file whose segments are startup at its own addresses and the image at its base.
#include "layout.hpp"

#include <abi/image.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <elf.h>
#include <stdexcept>

namespace buildfile {
namespace {

constexpr uint64_t prefix_size = page_size; // ELF header and program headers
constexpr size_t mark_size = 8;

uint64_t round_up(uint64_t value, uint64_t to)
{
    return (value + to - 1) / to * to;
}

// Startup's segments, independent of its ELF class.
struct Startup {
    std::vector<Elf64_Phdr> loads; // p_offset counts from the start of `flat`
    std::vector<Elf64_Phdr> notes;
    uint64_t entry = 0;
    uint16_t machine = 0;
    Bytes flat;
};

template <typename Header, typename Segment>
Startup read_segments(const Bytes& file)
{
    Startup startup;
    Header header;
    if (file.size() < sizeof(header)) {
        throw std::runtime_error("startup is too short for an ELF file");
    }
    std::memcpy(&header, file.data(), sizeof(header));
    startup.entry = header.e_entry;
    startup.machine = header.e_machine;
    for (unsigned i = 0; i < header.e_phnum; ++i) {
        uint64_t at = uint64_t{header.e_phoff} + i * sizeof(Segment);
        if (at > file.size() || file.size() - at < sizeof(Segment)) {
            throw std::runtime_error("startup's program headers lie outside the file");
        }
        Segment segment;
        std::memcpy(&segment, file.data() + at, sizeof(segment));
        uint64_t offset = segment.p_offset, size = segment.p_filesz;
        if (offset > file.size() || size > file.size() - offset) {
            throw std::runtime_error("a segment of startup lies outside the file");
        }
        if (segment.p_type != PT_LOAD && segment.p_type != PT_NOTE) {
            continue;
        }
        Elf64_Phdr out{};
        out.p_type = segment.p_type;
        out.p_flags = segment.p_flags;
        out.p_vaddr = segment.p_vaddr;
        out.p_paddr = segment.p_paddr;
        out.p_memsz = segment.p_memsz;
        out.p_filesz = size;
        out.p_align = segment.p_type == PT_NOTE ? 4 : 1;
        startup.flat.resize(round_up(startup.flat.size(), 16));
        out.p_offset = startup.flat.size();
        startup.flat.insert(startup.flat.end(), file.begin() + static_cast<ptrdiff_t>(offset),
                            file.begin() + static_cast<ptrdiff_t>(offset + size));
        (segment.p_type == PT_LOAD ? startup.loads : startup.notes).push_back(out);
    }
    return startup;
}

Startup read_startup(const Bytes& file)
{
    if (!is_elf(file)) {
        throw std::runtime_error("startup is not an ELF file");
    }
    Startup startup = file.size() > EI_CLASS && file[EI_CLASS] == ELFCLASS32
                          ? read_segments<Elf32_Ehdr, Elf32_Phdr>(file)
                          : read_segments<Elf64_Ehdr, Elf64_Phdr>(file);
    if (startup.loads.empty()) {
        throw std::runtime_error("startup has nothing to load");
    }
    if (startup.notes.empty()) {
        throw std::runtime_error("startup has no PVH note (PT_NOTE segment)");
    }
    return startup;
}

// Startup learns where the image is from the 8 bytes after the mark.
void patch_mark(Bytes& flat, uint64_t address)
{
    const std::string mark(STARTUP_IMAGE_MARK, mark_size);
    auto found = std::search(flat.begin(), flat.end(), mark.begin(), mark.end());
    if (found == flat.end() || flat.end() - found < static_cast<ptrdiff_t>(2 * mark_size)) {
        throw std::runtime_error("startup has no place for the image address (STARTUP_IMAGE_MARK)");
    }
    std::memcpy(&*found + mark_size, &address, sizeof(address));
}

void check_overlap(const Startup& startup, uint64_t base, uint64_t size)
{
    for (const auto& segment : startup.loads) {
        if (segment.p_paddr < base + size && base < segment.p_paddr + segment.p_memsz) {
            throw std::runtime_error(
                "startup and the image overlap in memory; choose another [image=]");
        }
    }
}

Bytes elf_prefix(const Startup& startup, uint64_t base, uint64_t size)
{
    Elf64_Ehdr header{};
    std::memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS64;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    header.e_ident[EI_VERSION] = EV_CURRENT;
    header.e_type = ET_EXEC;
    header.e_machine = EM_X86_64;
    header.e_version = EV_CURRENT;
    header.e_entry = startup.entry;
    header.e_phoff = sizeof(header);
    header.e_ehsize = sizeof(header);
    header.e_phentsize = sizeof(Elf64_Phdr);
    std::vector<Elf64_Phdr> segments = startup.loads;
    segments.insert(segments.end(), startup.notes.begin(), startup.notes.end());
    for (Elf64_Phdr& segment : segments) {
        segment.p_offset += prefix_size + sizeof(startup_header);
    }
    Elf64_Phdr image{};
    image.p_type = PT_LOAD;
    image.p_flags = PF_R;
    image.p_offset = prefix_size;
    image.p_vaddr = image.p_paddr = base;
    image.p_filesz = image.p_memsz = size;
    image.p_align = page_size;
    segments.push_back(image);
    header.e_phnum = static_cast<Elf64_Half>(segments.size());
    if (sizeof(header) + segments.size() * sizeof(Elf64_Phdr) > prefix_size) {
        throw std::runtime_error("startup has too many segments");
    }
    Bytes out(prefix_size);
    std::memcpy(out.data(), &header, sizeof(header));
    std::memcpy(out.data() + sizeof(header), segments.data(), segments.size() * sizeof(Elf64_Phdr));
    return out;
}

startup_header make_header(const Startup& startup, uint64_t base, uint64_t startup_size,
                           uint64_t imagefs_at, uint64_t imagefs_size)
{
    startup_header header{};
    header.signature = STARTUP_HDR_SIGNATURE;
    header.version = STARTUP_HDR_VERSION;
    header.flags1 = STARTUP_HDR_FLAGS1_VIRTUAL;
    header.header_size = sizeof(startup_header);
    header.machine = EM_X86_64;
    header.startup_vaddr = static_cast<uint32_t>(startup.entry);
    header.image_paddr = static_cast<uint32_t>(base);
    header.ram_paddr = static_cast<uint32_t>(base);
    header.ram_size = static_cast<uint32_t>(imagefs_at + imagefs_size);
    header.startup_size = static_cast<uint32_t>(startup_size);
    header.stored_size = static_cast<uint32_t>(imagefs_at + imagefs_size);
    header.imagefs_paddr = static_cast<uint32_t>(base + imagefs_at);
    header.imagefs_size = static_cast<uint32_t>(imagefs_size);
    header.preboot_size = static_cast<uint16_t>(prefix_size);
    return header;
}

} // namespace

static ImageFile layout_bootable(Image& image)
{
    Startup startup = read_startup(image.startup);
    uint64_t base = image.spec.start.value_or(default_image_base);
    if (base % page_size != 0) {
        throw std::runtime_error(
            "the image address is not a multiple of 4096; choose another [image=]");
    }
    patch_mark(startup.flat, base);
    ImageFile out;
    std::vector<LayoutRow> rows;
    Bytes imagefs = layout_imagefs(image, rows);
    uint64_t trailer_at = round_up(sizeof(startup_header) + startup.flat.size(), 4);
    uint64_t startup_size = trailer_at + sizeof(startup_trailer);
    uint64_t imagefs_at = round_up(startup_size, page_size);
    uint64_t size = imagefs_at + imagefs.size();
    if (base + size > UINT32_MAX) {
        throw std::runtime_error("the image ends above 4 GiB; choose another [image=]");
    }
    if (image.spec.end && base + size > *image.spec.end + 1) {
        throw std::runtime_error("the image is larger than the range given with [image=]");
    }
    if (image.spec.max_size && size > *image.spec.max_size) {
        throw std::runtime_error("the image is larger than [image=]'s maximum size");
    }
    check_overlap(startup, base, size);
    startup_header header = make_header(startup, base, startup_size, imagefs_at, imagefs.size());
    out.bytes = elf_prefix(startup, base, size);
    out.bytes.resize(prefix_size + imagefs_at);
    std::memcpy(out.bytes.data() + prefix_size, &header, sizeof(header));
    std::copy(startup.flat.begin(), startup.flat.end(),
              out.bytes.begin() + static_cast<ptrdiff_t>(prefix_size + sizeof(header)));
    set_checksum(out.bytes, prefix_size, startup_size);
    out.bytes.insert(out.bytes.end(), imagefs.begin(), imagefs.end());

    out.rows.push_back({-1, prefix_size, "*.boot"});
    out.rows.push_back({0, sizeof(header), "Startup-header"});
    out.rows.push_back({sizeof(header), startup.flat.size(), "startup.* " + image.startup_name});
    for (LayoutRow& row : rows) {
        row.offset += row.offset < 0 ? 0 : static_cast<int64_t>(imagefs_at);
        out.rows.push_back(std::move(row));
    }
    return out;
}

ImageFile layout_image(Image& image)
{
    if (image.boot) {
        return layout_bootable(image);
    }
    ImageFile out;
    out.bytes = layout_imagefs(image, out.rows);
    return out;
}

} // namespace buildfile
