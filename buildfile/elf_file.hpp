// SPDX-License-Identifier: Apache-2.0
// What mkifs needs to know of ELF files: segments, SONAME, and a stripped copy for the image.
#pragma once

#include <cstdint>
#include <elf.h>
#include <optional>
#include <string>
#include <vector>

namespace buildfile {

using Bytes = std::vector<uint8_t>;

bool is_elf(const Bytes& file);
bool is_elf64(const Bytes& file); // and little endian: what ElfFile reads

// A view of an ELF64 little-endian file; every offset is checked when it is opened.
class ElfFile {
public:
    // Throws std::runtime_error with what is wrong.
    explicit ElfFile(const Bytes& file);

    const Elf64_Ehdr& header() const { return header_; }
    const std::vector<Elf64_Phdr>& segments() const { return segments_; }
    std::optional<std::string> soname() const;
    std::vector<std::string> needed() const; // DT_NEEDED

    // Everything up to the end of the last segment; symbols and debug sections go, the sections named in
    // `keep` stay and get a section table of their own.
    Bytes stripped(const std::vector<std::string>& keep) const;

private:
    struct Section {
        std::string name;
        Elf64_Shdr header;
    };
    std::vector<Section> sections() const;
    std::vector<std::string> dynamic_strings(int64_t tag) const;
    std::optional<uint64_t> file_offset(uint64_t address) const;

    const Bytes& file_;
    Elf64_Ehdr header_{};
    std::vector<Elf64_Phdr> segments_;
};

} // namespace buildfile
