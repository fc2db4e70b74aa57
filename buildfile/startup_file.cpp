// SPDX-License-Identifier: Apache-2.0
// Reads startup's ELF file; nothing in it is trusted.
#include "startup_file.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace buildfile {
namespace {

constexpr size_t mark_size = 8;

uint64_t round_up(uint64_t value, uint64_t to)
{
    return (value + to - 1) / to * to;
}

template <typename Header, typename Segment>
StartupFile read_segments(const Bytes& file)
{
    StartupFile startup;
    Header header;
    if (file.size() < sizeof(header)) {
        throw std::runtime_error("startup is too short for an ELF file");
    }
    std::memcpy(&header, file.data(), sizeof(header));
    startup.entry = header.e_entry;
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

} // namespace

StartupFile read_startup(const Bytes& file)
{
    if (!is_elf(file)) {
        throw std::runtime_error("startup is not an ELF file");
    }
    StartupFile startup = file.size() > EI_CLASS && file[EI_CLASS] == ELFCLASS32
                              ? read_segments<Elf32_Ehdr, Elf32_Phdr>(file)
                              : read_segments<Elf64_Ehdr, Elf64_Phdr>(file);
    if (startup.loads.empty()) {
        throw std::runtime_error("startup has nothing to load");
    }
    return startup;
}

void StartupFile::set_image_address(uint64_t address)
{
    const std::string mark(STARTUP_IMAGE_MARK, mark_size);
    auto found = std::search(flat.begin(), flat.end(), mark.begin(), mark.end());
    if (found == flat.end() || flat.end() - found < static_cast<ptrdiff_t>(2 * mark_size)) {
        throw std::runtime_error("startup has no place for the image address (STARTUP_IMAGE_MARK)");
    }
    std::memcpy(&*found + mark_size, &address, sizeof(address));
}

void StartupFile::check_overlap(uint64_t base, uint64_t size) const
{
    for (const auto& segment : loads) {
        if (segment.p_paddr < base + size && base < segment.p_paddr + segment.p_memsz) {
            throw std::runtime_error(
                "startup and the image overlap in memory; choose another [image=]");
        }
    }
}

void StartupFile::describe_segments(startup_header& header) const
{
    if (loads.size() > STARTUP_MAX_SEGMENTS) {
        throw std::runtime_error("startup has too many segments");
    }
    uint32_t* info = header.info + STARTUP_INFO_SEGMENTS;
    *info++ = static_cast<uint32_t>(loads.size());
    for (const auto& segment : loads) {
        *info++ = static_cast<uint32_t>(sizeof(startup_header) + segment.p_offset);
        *info++ = static_cast<uint32_t>(segment.p_filesz);
        *info++ = static_cast<uint32_t>(segment.p_paddr);
        *info++ = static_cast<uint32_t>(segment.p_memsz);
    }
}

} // namespace buildfile
