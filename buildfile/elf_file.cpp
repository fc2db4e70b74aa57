// SPDX-License-Identifier: Apache-2.0
// Reading and stripping of ELF64 files.
#include "elf_file.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace buildfile {
namespace {

template <typename T>
T read_at(const Bytes& file, uint64_t offset)
{
    if (offset > file.size() || file.size() - offset < sizeof(T)) {
        throw std::runtime_error("ELF structure outside the file");
    }
    T value;
    std::memcpy(&value, file.data() + offset, sizeof(T));
    return value;
}

bool inside(const Bytes& file, uint64_t offset, uint64_t size)
{
    return offset <= file.size() && size <= file.size() - offset;
}

std::string string_at(const Bytes& file, uint64_t offset)
{
    if (offset >= file.size()) {
        throw std::runtime_error("ELF string outside the file");
    }
    auto end = std::find(file.begin() + static_cast<ptrdiff_t>(offset), file.end(), 0);
    return std::string(file.begin() + static_cast<ptrdiff_t>(offset), end);
}

template <typename T>
void append(Bytes& out, const T& value)
{
    const auto* bytes = reinterpret_cast<const uint8_t*>(&value);
    out.insert(out.end(), bytes, bytes + sizeof(T));
}

void pad_to(Bytes& out, size_t alignment)
{
    out.resize((out.size() + alignment - 1) / alignment * alignment);
}

} // namespace

bool is_elf(const Bytes& file)
{
    return file.size() >= SELFMAG && std::memcmp(file.data(), ELFMAG, SELFMAG) == 0;
}

bool is_elf64(const Bytes& file)
{
    return is_elf(file) && file.size() >= sizeof(Elf64_Ehdr) && file[EI_CLASS] == ELFCLASS64 &&
           file[EI_DATA] == ELFDATA2LSB;
}

ElfFile::ElfFile(const Bytes& file) : file_(file)
{
    header_ = read_at<Elf64_Ehdr>(file, 0);
    if (!is_elf(file) || header_.e_ident[EI_CLASS] != ELFCLASS64 ||
        header_.e_ident[EI_DATA] != ELFDATA2LSB) {
        throw std::runtime_error("not a 64-bit little-endian ELF file");
    }
    if (header_.e_phnum && header_.e_phentsize != sizeof(Elf64_Phdr)) {
        throw std::runtime_error("bad program header size");
    }
    for (unsigned i = 0; i < header_.e_phnum; ++i) {
        auto segment = read_at<Elf64_Phdr>(file, header_.e_phoff + i * sizeof(Elf64_Phdr));
        if (!inside(file, segment.p_offset, segment.p_filesz)) {
            throw std::runtime_error("ELF segment outside the file");
        }
        segments_.push_back(segment);
    }
}

std::optional<uint64_t> ElfFile::file_offset(uint64_t address) const
{
    for (const auto& segment : segments_) {
        if (segment.p_type == PT_LOAD && address >= segment.p_vaddr &&
            address - segment.p_vaddr < segment.p_filesz) {
            return segment.p_offset + (address - segment.p_vaddr);
        }
    }
    return std::nullopt;
}

std::vector<std::string> ElfFile::dynamic_strings(int64_t tag) const
{
    std::vector<uint64_t> names;
    std::optional<uint64_t> table;
    for (const auto& segment : segments_) {
        if (segment.p_type != PT_DYNAMIC) {
            continue;
        }
        for (uint64_t at = 0; at + sizeof(Elf64_Dyn) <= segment.p_filesz; at += sizeof(Elf64_Dyn)) {
            auto entry = read_at<Elf64_Dyn>(file_, segment.p_offset + at);
            if (entry.d_tag == tag) {
                names.push_back(entry.d_un.d_val);
            } else if (entry.d_tag == DT_STRTAB) {
                table = file_offset(entry.d_un.d_ptr);
            }
        }
    }
    std::vector<std::string> out;
    for (size_t i = 0; table && i < names.size(); ++i) {
        if (names[i] > file_.size()) {
            throw std::runtime_error("ELF string outside the file");
        }
        out.push_back(string_at(file_, *table + names[i]));
    }
    return out;
}

std::optional<std::string> ElfFile::soname() const
{
    std::vector<std::string> names;
    if (header_.e_type == ET_DYN) {
        names = dynamic_strings(DT_SONAME);
    }
    return names.empty() ? std::nullopt : std::optional(names[0]);
}

std::vector<std::string> ElfFile::needed() const
{
    return dynamic_strings(DT_NEEDED);
}

std::vector<ElfFile::Section> ElfFile::sections() const
{
    std::vector<Section> out;
    if (header_.e_shoff == 0 || header_.e_shstrndx >= header_.e_shnum) {
        return out;
    }
    auto section = [&](unsigned i) {
        return read_at<Elf64_Shdr>(file_, header_.e_shoff + i * sizeof(Elf64_Shdr));
    };
    uint64_t names = section(header_.e_shstrndx).sh_offset;
    for (unsigned i = 0; i < header_.e_shnum; ++i) {
        Elf64_Shdr header = section(i);
        if (header.sh_type != SHT_NOBITS && !inside(file_, header.sh_offset, header.sh_size)) {
            throw std::runtime_error("ELF section outside the file");
        }
        out.push_back({string_at(file_, names + header.sh_name), header});
    }
    return out;
}

Bytes ElfFile::stripped(const std::vector<std::string>& keep) const
{
    if (segments_.empty()) {
        return file_; // a relocatable object is nothing without its sections
    }
    uint64_t end = header_.e_phoff + header_.e_phnum * sizeof(Elf64_Phdr);
    for (const auto& segment : segments_) {
        end = std::max(end, segment.p_offset + segment.p_filesz);
    }
    Bytes out(file_.begin(), file_.begin() + static_cast<ptrdiff_t>(end));
    std::vector<Elf64_Shdr> table(1);
    std::string names(1, '\0');
    for (const auto& [name, header] : sections()) {
        if (std::find(keep.begin(), keep.end(), name) == keep.end() ||
            header.sh_type == SHT_NOBITS) {
            continue;
        }
        Elf64_Shdr kept = header;
        kept.sh_name = static_cast<Elf64_Word>(names.size());
        kept.sh_link = kept.sh_info = 0;
        names += name + '\0';
        if (header.sh_offset + header.sh_size > end) {
            pad_to(out, 8);
            kept.sh_offset = out.size();
            out.insert(out.end(), file_.begin() + static_cast<ptrdiff_t>(header.sh_offset),
                       file_.begin() + static_cast<ptrdiff_t>(header.sh_offset + header.sh_size));
        }
        table.push_back(kept);
    }
    Elf64_Ehdr header = header_;
    header.e_shoff = header.e_shnum = header.e_shstrndx = 0;
    if (table.size() > 1) {
        Elf64_Shdr strings{};
        strings.sh_name = static_cast<Elf64_Word>(names.size());
        strings.sh_type = SHT_STRTAB;
        strings.sh_addralign = 1;
        names += std::string(".shstrtab") + '\0';
        strings.sh_offset = out.size();
        strings.sh_size = names.size();
        out.insert(out.end(), names.begin(), names.end());
        pad_to(out, 8);
        header.e_shoff = out.size();
        header.e_shstrndx = static_cast<Elf64_Half>(table.size());
        table.push_back(strings);
        header.e_shnum = static_cast<Elf64_Half>(table.size());
        for (const auto& entry : table) {
            append(out, entry);
        }
    }
    std::memcpy(out.data(), &header, sizeof(header));
    return out;
}

} // namespace buildfile
